"""The calendar that an administrator publishes: terms that begin are reckoned by it, terms that run are not."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from app.clock import Clock
from app.people.permissions import Actor
from app.registers.models import CalendarNotice, RegisterChange
from app.registers.queries import calendar_in_force
from tests.app.registers.conftest import Administrators
from tests.make import Town, case_of, draft, pid_of
from tests.pages.browsing import Browser, form, words
from workflows.calendar import end_of

Desk = Callable[[Actor], Browser]
#: A Monday far beyond every calendar that the library can hold.
MONDAY = datetime(2060, 6, 7, 2, tzinfo=UTC)
NOTICE = {
    "year": "2060",
    "source": "国办发明电〔2059〕9号",
    "days_off": "2060-06-08 至 2060-06-11",
    "workdays": "2060-06-12",
}


def test_a_term_that_begins_is_reckoned_by_the_published_year_and_one_that_runs_keeps_its_end(
    around: Town, at_desk: Desk, three: Administrators, clock: Clock
) -> None:
    clock.move(MONDAY)
    there = town_again(around, clock)
    first, second = draft(there, now=clock.now()), draft(there, now=clock.now())
    at_desk(there.owner).act(pid_of(first), "submit")
    begun = case_of(pid_of(first)).due_at

    page = at_desk(three.system).fill("/administration/calendar/publish", **NOTICE)
    at_desk(there.owner).act(pid_of(second), "submit")

    assert "已公布 2060 年工作日历。" in words(page)
    assert case_of(pid_of(first)).due_at == begun == end_of(date(2060, 6, 21))
    # Four days off instead of working days, one Saturday worked: three working days later.
    assert case_of(pid_of(second)).due_at == end_of(date(2060, 6, 24))
    assert "暂定" not in words(at_desk(there.owner).get(f"/projects/{second}"))


def town_again(around: Town, clock: Clock) -> Town:
    """The same people with a call that is open now."""
    from datetime import timedelta

    from app.programmes.commands import OpenCall
    from app.programmes.service import open_call

    around.call = "TZ-2060"
    open_call(
        OpenCall(
            code=around.call, title="申报通知", programme="DKZY", opens_at=clock.now() - timedelta(days=1),
            closes_at=clock.now() + timedelta(days=90), budget="5000000.00",
        ),
        actor=around.fund, now=clock.now(),
    )  # fmt: skip
    return around


def test_a_correction_is_a_further_notice_and_the_newest_counts(
    at_desk: Desk, three: Administrators, rows: Any, session: Any
) -> None:
    system = at_desk(three.system)
    system.fill("/administration/calendar/publish", **NOTICE)

    system.fill("/administration/calendar/publish?year=2060", days_off="2060-06-08", workdays="", source="更正通知")

    assert [each.source for each in rows(CalendarNotice)] == ["国办发明电〔2059〕9号", "更正通知"]
    overrides = calendar_in_force(session).overrides
    assert (overrides[date(2060, 6, 8)], date(2060, 6, 9) in overrides) == (False, False)
    recorded = [(each.register, each.key, each.action) for each in rows(RegisterChange) if each.register == "calendar"]
    assert recorded == [("calendar", "2060", "add"), ("calendar", "2060", "change")]
    page = words(system.get("/administration/calendar/2060"))
    assert "更正通知" in page
    assert "已被替代" in page


def test_a_year_is_looked_at_before_it_is_published(at_desk: Desk, three: Administrators, table_state: Any) -> None:
    system = at_desk(three.system)
    before = table_state()

    page = system.fill("/administration/calendar/publish", 200, preview=["1"], **NOTICE)

    said = words(page)
    assert "尚未公布" in said
    # June 2060 has 22 weekdays. The library guesses that one is off; by the notice four are, and a Saturday is worked.
    assert "6 月 21 19" in said
    assert form(page)["source"] == NOTICE["source"]
    wrong = form(page)
    wrong["preview"], wrong["workdays"] = "1", "2060-06-10"
    assert "调休上班日须为周六或周日" in words(system.send("/administration/calendar/publish", wrong, 422))
    assert table_state() == before


def test_days_that_cannot_be_are_refused_at_their_field(at_desk: Desk, three: Administrators, table_state: Any) -> None:
    system = at_desk(three.system)
    fields = form(system.get("/administration/calendar/publish"))
    assert form(system.get(f"/administration/calendar/publish?year={'9' * 5_000}"))["year"] == fields["year"]
    before = table_state()

    for wrong, said in (
        ({"workdays": "2060-06-10"}, "调休上班日须为周六或周日"),
        ({"days_off": "2061-01-01"}, "不在 2060 年内"),
        ({"days_off": "六月八日"}, "须为一天或起止两天"),
        ({"days_off": "2060-06-11 至 2060-06-08"}, "须为一天或起止两天"),
        ({"days_off": "2060-06-12"}, "不能既放假又上班"),
    ):
        for name, value in (NOTICE | wrong).items():
            fields[name] = value
        page = system.send("/administration/calendar/publish", fields, 422)
        assert said in words(page)

    assert table_state() == before


def test_only_the_system_administrator_publishes_and_only_offices_read(
    around: Town, at_desk: Desk, three: Administrators
) -> None:
    for actor in (three.security, three.audit, around.fund, around.supervisor):
        at_desk(actor).get("/administration/calendar")
        at_desk(actor).get("/administration/calendar/publish", 403)
    at_desk(around.owner).get("/administration/calendar", 403)
