"""Working days, terms and deadlines, from facts only."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import (
    SHANGHAI,
    deadline,
    end_of,
    is_provisional,
    is_working_day,
    months_after,
    shanghai_date,
    term_end,
    working_day_after,
    working_days_between,
)

DAYS = st.dates(date(2020, 1, 1), date(2028, 12, 31))


def test_the_publicity_of_futian_ran_from_wednesday_to_tuesday():
    assert term_end(date(2021, 8, 18), 5, first_day_counts=True) == date(2021, 8, 24)

    published = datetime(2021, 8, 18, 9, 30, tzinfo=SHANGHAI)
    assert deadline(5, "working_days", first_day_counts=True, at=published) == datetime(2021, 8, 25, tzinfo=SHANGHAI)


def test_a_term_does_not_count_the_day_of_the_act_unless_told_so():
    assert term_end(date(2021, 8, 18), 5) == date(2021, 8, 25)
    assert term_end(date(2021, 8, 18), 30, "days") == date(2021, 9, 17)
    assert term_end(date(2021, 8, 18), 30, "days", first_day_counts=True) == date(2021, 9, 16)


def test_a_first_day_that_is_no_working_day_is_not_day_one():
    assert term_end(date(2021, 8, 21), 5, first_day_counts=True) == date(2021, 8, 27)  # begins on a Saturday


@pytest.mark.parametrize(
    ("year", "working_weekends"),
    [
        (2025, ["01-26", "02-08", "04-27", "09-28", "10-11"]),
        (2026, ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]),
        (2027, []),
    ],
)
def test_the_working_weekends_are_those_of_the_notice(year, working_weekends):
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]

    assert [f"{day:%m-%d}" for day in days if day.weekday() >= 5 and is_working_day(day)] == working_weekends


def test_the_days_off_of_2026_are_those_of_the_notice():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]

    assert [f"{day:%m-%d}" for day in days if day.weekday() < 5 and not is_working_day(day)] == [
        "01-01", "01-02", "02-16", "02-17", "02-18", "02-19", "02-20", "02-23", "04-06", "05-01", "05-04", "05-05",
        "06-19", "09-25", "10-01", "10-02", "10-05", "10-06", "10-07",
    ]  # fmt: skip


def test_a_term_over_the_spring_festival_skips_it_and_counts_the_working_weekend():
    # Fri 2026-02-13; Sat 14 is worked, 15 to 23 are off, then Tue 24.
    assert term_end(date(2026, 2, 13), 2) == date(2026, 2, 24)


def test_an_administrators_notice_overrides_the_library():
    overrides = {date(2027, 2, 11): False, date(2027, 2, 13): True}

    assert [is_working_day(day) for day in overrides] == [True, False]
    assert [is_working_day(day, overrides) for day in overrides] == [False, True]
    assert term_end(date(2027, 2, 10), 1, overrides=overrides) == date(2027, 2, 12)
    assert working_days_between(date(2027, 2, 10), date(2027, 2, 13), overrides) == 2
    assert deadline(
        1, "working_days", first_day_counts=False, at=datetime(2027, 2, 10, 8, tzinfo=UTC), overrides=overrides
    ) == datetime(2027, 2, 13, tzinfo=SHANGHAI)


def test_a_year_without_a_notice_is_provisional_until_an_administrator_enters_it():
    assert [is_provisional(year) for year in (2021, 2025, 2026, 2027)] == [False, False, False, True]
    assert [is_provisional(year, published={2027}) for year in (2027, 2028)] == [False, True]


def test_a_deadline_is_the_shanghai_midnight_after_the_last_day():
    late_in_london = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # already Tuesday 2026-03-03 in Shanghai

    assert shanghai_date(late_in_london) == date(2026, 3, 3)
    assert deadline(1, "working_days", first_day_counts=False, at=late_in_london) == datetime(
        2026, 3, 4, 16, 0, tzinfo=UTC
    )
    assert deadline(1, "days", first_day_counts=True, at=late_in_london) == end_of(date(2026, 3, 3))


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        deadline(1, "days", first_day_counts=False, at=datetime(2026, 3, 2, 17))  # noqa: DTZ001


@pytest.mark.parametrize(("count", "unit"), [(0, "days"), (-1, "working_days"), (1, "fortnights")])
def test_a_term_of_no_length_or_of_an_unknown_unit_is_refused(count, unit):
    with pytest.raises(ValueError, match=r"one day at least|unknown unit"):
        term_end(date(2026, 3, 2), count, unit)


def test_a_negative_number_of_working_days_is_refused():
    with pytest.raises(ValueError, match="cannot be negative"):
        working_day_after(date(2026, 3, 2), -1)


def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month():
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_after(date(2026, 3, 15), 12) == date(2027, 3, 15)


@given(DAYS, st.integers(1, 60))
def test_a_term_ends_on_a_working_day_with_its_days_between(start, count):
    end = term_end(start, count)

    assert is_working_day(end)
    assert working_days_between(start, end) == count
    assert working_days_between(end, start) == -count


@given(DAYS, st.integers(1, 30))
def test_counting_the_first_day_ends_one_working_day_earlier_exactly_when_it_is_one(start, count):
    earlier, later = term_end(start, count, first_day_counts=True), term_end(start, count)

    assert working_days_between(earlier, later) == (1 if is_working_day(start) else 0)
