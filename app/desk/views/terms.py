"""What all pages of the desk share: the blueprint, and how long a term still runs."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, request

from app.addresses import nothing_unprintable
from app.casework.queries import CaseRow
from app.refusals import FieldRefused
from app.registers.queries import calendar_shown
from app.text import bracketed, day, provisional, remaining_days
from workflows.calendar import shanghai_date, working_days_between
from workflows.definition import because

desk = Blueprint("desk", __name__)
#: Digits of a version; a longer one did not come from our page.
DIGITS = 9
_INSTANT = timedelta(microseconds=1)


desk.url_value_preprocessor(nothing_unprintable)


def due_sentence(due_at: datetime | None, now: datetime) -> str | None:
    """How long a term still runs and until which day; None without a term, whose end is the midnight `due_at`."""
    if due_at is None:
        return None
    last = shanghai_date(due_at - _INSTANT)
    days = working_days_between(shanghai_date(now), last, calendar_shown().overrides)
    if now >= due_at:
        days = min(days, -1)
    return f"{remaining_days(max(days, 0) if now < due_at else days)}{bracketed(day(last))}{provisional(last)}"


def overdue(row: CaseRow | Any, now: datetime) -> bool:
    """Whether the term of this case is over."""
    return row.due_at is not None and row.due_at <= now


def version_typed() -> int:
    """The save that the window of this form started from; FieldRefused when our page did not write it."""
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise FieldRefused("version", because("页面已失效，请刷新后重试。"))
    return int(text)
