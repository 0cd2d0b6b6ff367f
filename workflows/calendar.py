"""Working days of mainland China and the ends of terms, from facts and never from the clock.

Holidays and the working weekends that pay for them come from the `holidays` library, which only
knows a year once the State Council has announced it; `overrides` are days that an administrator
has entered from a notice. Dates are days in Shanghai, times are aware.
"""

from calendar import isleap, monthrange
from collections.abc import Collection, Container, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: The last year of which the library holds the announced calendar with its working weekends.
#: A later year is a guess: the festivals are right, the bridges and working weekends unknown.
PUBLISHED_THROUGH = 2026
SATURDAY = 5
WORKING_DAYS, DAYS = "working_days", "days"

#: A day → whether people work on it, against what the library says.
Overrides = Mapping[date, bool]
NO_OVERRIDES: Overrides = {}


@cache
def _year(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The days off of a year and the weekend days on which people work."""
    calendar = holidays.country_holidays("CN", years=year)
    weekends: set[date] = getattr(calendar, "weekend_workdays", set())
    return frozenset(calendar), frozenset(day for day in weekends if day.year == year)


def is_working_day(day: date, overrides: Overrides = NO_OVERRIDES) -> bool:
    """Whether offices work on this day."""
    if day in overrides:
        return overrides[day]
    days_off, working_weekends = _year(day.year)
    return day in working_weekends or (day.weekday() < SATURDAY and day not in days_off)


def is_provisional(year: int, published: Container[int] = ()) -> bool:
    """Whether the calendar of a year is a guess, because its notice is not known yet.

    `published` are the years for which an administrator has entered the notice.
    """
    return year > PUBLISHED_THROUGH and year not in published


def overrides_of(year: int, days_off: Collection[date], workdays: Collection[date]) -> dict[date, bool]:
    """A notice of the State Council as days against the library: the days off and the working weekends of a year.

    The notice is whole: a weekday that it does not name is a working day, whatever the library guesses.
    """
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366 if isleap(year) else 365))
    announced = {day: day in workdays or (day.weekday() < SATURDAY and day not in days_off) for day in days}
    return {day: works for day, works in announced.items() if works != is_working_day(day)}


def days_off_of(year: int) -> tuple[list[date], list[date]]:
    """What the library knows of a year: the days off that are no ordinary weekends, and the working weekends."""
    off, working = _year(year)
    return sorted(off), sorted(working)


def working_day_after(day: date, count: int = 1, overrides: Overrides = NO_OVERRIDES) -> date:
    """The `count`-th working day after this day, the day itself not counted; count zero is the day."""
    if count < 0:
        raise ValueError("a term cannot be negative")
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, overrides)
    return day


def working_days_between(first: date, last: date, overrides: Overrides = NO_OVERRIDES) -> int:
    """How many working days lie after `first` up to and including `last`; negative backwards.

    This is what a term that does not count its first day has left when today is `first`.
    """
    if last < first:
        return -working_days_between(last, first, overrides)
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(is_working_day(day, overrides) for day in days)


def term_end(
    start: date,
    count: int,
    unit: str = WORKING_DAYS,
    first_day_counts: bool = False,  # noqa: FBT001, FBT002 - the fields of a Due, in their order
    overrides: Overrides = NO_OVERRIDES,
) -> date:
    """The last day of a term of `count` working days or calendar days that begins on `start`.

    With `first_day_counts` the start is day one, if it is a day of the unit at all. Source: 民法典
    Art. 201 (the day of the act is not counted) and, for publicity, the 福田 notice of 2021.
    """
    if count < 1:
        raise ValueError("a term lasts one day at least")
    before = start - timedelta(days=1) if first_day_counts else start
    if unit == DAYS:
        return before + timedelta(days=count)
    if unit == WORKING_DAYS:
        return working_day_after(before, count, overrides)
    raise ValueError(f"unknown unit {unit!r}")


def deadline(
    count: int,
    unit: str,
    first_day_counts: bool,  # noqa: FBT001 - the fields of a Due, in their order
    at: datetime,
    overrides: Overrides = NO_OVERRIDES,
) -> datetime:
    """The moment at which a term that starts at `at` is over: the midnight after its last day.

    The term still runs at every moment before the answer. Raises ValueError for a naive time.
    """
    return end_of(term_end(shanghai_date(at), count, unit, first_day_counts, overrides))


def end_of(day: date) -> datetime:
    """The midnight in Shanghai with which this day is over."""
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=SHANGHAI)


def shanghai_date(at: datetime) -> date:
    """The day on which this moment falls in Shanghai; ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone has no date")
    return at.astimezone(SHANGHAI).date()


def months_after(day: date, months: int) -> date:
    """The same day of the month some months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
