"""What a piece of work says to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.database import db


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that pass while the block runs.

    Those of the demonstration's clock do not count, nor what pages read once a minute: the calendar and the
    texts of notices.
    """
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not any(table in statement for table in ("demo_clock", "calendar_notice", "notice_text")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
