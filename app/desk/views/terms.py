"""What all pages of the desk share: the blueprint, and how long a term still runs."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, request

from app.casework.queries import CaseRow
from app.database import Missing
from app.refusals import FieldRefused
from app.text import day, provisional, remaining_days
from workflows.calendar import shanghai_date, working_days_between
from workflows.definition import because

desk = Blueprint("desk", __name__)
#: Ids and cursors are whole numbers of at most this many digits.
DIGITS = 18
_INSTANT = timedelta(microseconds=1)


@desk.url_value_preprocessor
def _plain_places(_endpoint: str | None, places: dict[str, Any] | None) -> None:
    """A place in the address that no database could hold leads nowhere."""
    for value in (places or {}).values():
        if isinstance(value, str) and not value.isprintable():
            raise Missing(repr(value))


def due_sentence(due_at: datetime | None, now: datetime) -> str | None:
    """How long a term still runs and until which day; None without a term, whose end is the midnight `due_at`."""
    if due_at is None:
        return None
    last = shanghai_date(due_at - _INSTANT)
    days = working_days_between(shanghai_date(now), last)
    if now >= due_at:
        days = min(days, -1)
    return f"{remaining_days(max(days, 0) if now < due_at else days)}（{day(last)}）{provisional(last)}"


def overdue(row: CaseRow | Any, now: datetime) -> bool:
    """Whether the term of this case is over."""
    return row.due_at is not None and row.due_at <= now


def cursor() -> int | None:
    """The id after which a list goes on; None at its beginning."""
    text = request.args.get("cursor")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise FieldRefused("cursor", because("翻页标记无效，请从第一页重新开始。"))
    return int(text)
