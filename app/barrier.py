"""The second barrier: every transaction tells the database who asks, and row-level security answers accordingly.

The database looks up for itself what that person may see (`asks` in `app/migrations/versions/barrier/`), so that an
error in a query or in an `Actor` shows nobody what is not theirs. A transaction that tells nothing finds nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask import Flask, current_app, g, has_app_context, has_request_context
from psycopg import Connection, OperationalError
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Engine
from sqlalchemy.orm import Session

#: A job of the system, the command line, a test: sees everything.
SYSTEM = "system"
#: Anybody who did not sign in: sees what is published.
PUBLIC = "public"
#: A person by the id of the user, or one of the two words above.
Asker = int | str


def for_the_system(app: Flask) -> Flask:
    """The same application, which outside a request works for the system: for the command line and for jobs."""
    app.config["ASKS_OUTSIDE_REQUESTS"] = SYSTEM
    return app


def asker() -> Asker | None:
    """Who asks here: in a request the public until somebody is known; elsewhere nobody, who finds nothing."""
    if not has_app_context():
        return None
    if "asker" in g:
        return cast("Asker | None", g.asker)
    return PUBLIC if has_request_context() else current_app.config.get("ASKS_OUTSIDE_REQUESTS")


def asks(who: Asker | None) -> None:
    """From the next transaction of this request or job on this is who asks."""
    g.asker = who


def ask_from_here(session: Session, who: Asker | None) -> None:
    """The same, for the transaction that has begun as well."""
    if who != asker():
        asks(who)
        if session.in_transaction():
            _say(session, _telling(who))


@contextmanager
def asking(session: Session, who: Asker) -> Iterator[None]:
    """Let somebody ask, in this transaction and in those that the block begins; then who asked before."""
    before = asker()
    ask_from_here(session, who)
    try:
        yield
    finally:
        ask_from_here(session, before)


def open_projects(session: Session, case_ids: Iterable[int]) -> None:
    """Open the projects of these cases to this transaction, as far as whoever asks sees the cases."""
    ids = ",".join(str(int(each)) for each in case_ids)
    _say(session, f"SELECT open_projects('{{{ids}}}')")


@contextmanager
def opened(session: Session, case_ids: Iterable[int]) -> Iterator[None]:
    """Open the projects of these cases to what the rules look at, which look at a project whole; then close them."""
    if asker() == SYSTEM:
        yield
        return
    open_projects(session, case_ids)
    try:
        yield
    finally:
        open_projects(session, ())


def tell_who_asks(engine: Engine) -> None:
    """Begin every transaction of this engine by telling who asks, in the very message that begins it."""

    def begin(connection: Any) -> None:
        driver = cast("Connection[Any]", getattr(connection, "driver_connection", connection))
        if not driver.autocommit:
            who = asker()
            _execute(driver, "BEGIN" if who is None else f"BEGIN; {_telling(who)}")

    engine.dialect.do_begin = begin  # type: ignore[assignment]


def _telling(who: Asker | None) -> str:
    return f"SELECT asks({who})" if isinstance(who, int) else f"SELECT asks_as('{who or ''}')"


def _say(session: Session, statement: str) -> None:
    if session.is_active:
        driver = cast("Connection[Any]", session.connection().connection.driver_connection)
        # A transaction that has failed takes nothing any more; what failed is what is to be heard of.
        if driver.info.transaction_status != TransactionStatus.INERROR:
            _execute(driver, statement)


def _execute(driver: Connection[Any], statement: str) -> None:
    """Past cursors and parameters: there are none, and each such message would be planned and described."""
    answer = driver.pgconn.exec_(statement.encode())
    if answer.status not in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
        raise OperationalError(answer.get_error_message())
