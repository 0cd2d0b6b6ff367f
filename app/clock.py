"""What time it is: an argument everywhere below a view, and movable in a demonstration."""

from datetime import UTC, datetime

from sqlalchemy import Engine, text

from app.settings import Settings


class ClockOnlyMovesForward(Exception):
    """时钟只能向前拨 / the clock only moves forward."""


class ClockCannotBeMoved(Exception):
    """只有演示系统的时钟可以拨动 / only the clock of a demonstration can be moved."""


class Clock:
    """The time of the machine."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        return datetime.now(UTC)

    def move(self, to: datetime) -> datetime:
        """Refuse: people's terms run by this clock."""
        raise ClockCannotBeMoved(f"{to:%Y-%m-%dT%H:%M:%SZ}")


class DemoClock(Clock):
    """The time of the machine plus what the row of `demo_clock` says, for every process alike.

    It reads through a connection of its own, so that asking for the time joins no transaction.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def now(self) -> datetime:
        """This moment of the demonstration, aware, in UTC."""
        with self._engine.connect() as connection:
            ahead = connection.scalar(text("SELECT ahead FROM demo_clock WHERE id = 1"))
        return super().now() + ahead

    def move(self, to: datetime) -> datetime:
        """Make it `to` (aware); the moment it then is. ClockOnlyMovesForward for an earlier one."""
        with self._engine.begin() as connection:
            moved = connection.execute(
                text("UPDATE demo_clock SET ahead = :ahead WHERE id = 1 AND ahead <= :ahead"),
                {"ahead": to - super().now()},
            )
            if moved.rowcount != 1:
                raise ClockOnlyMovesForward(f"{to:%Y-%m-%dT%H:%M:%SZ}")
        return self.now()


def clock_for(settings: Settings, engine: Engine) -> Clock:
    """The clock that belongs to this environment."""
    return DemoClock(engine) if settings.clock_can_be_moved else Clock()
