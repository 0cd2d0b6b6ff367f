"""The amounts between which a conclusion and an approval are made, and the last day for a sheet, are said first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.clock import Clock
from app.people.permissions import Actor
from tests.app.desk.test_meeting_pages import convened, waiting
from tests.app.desk.test_panel_sessions import schedule
from tests.make import Town, act, children, pid_of, town_today
from tests.pages.browsing import Browser, form, words
from tests.reviewing import fill, in_expert_review, with_panel
from tests.statements import statements
from workflows.calendar import shanghai_date

Desk = Callable[[Actor], Browser]
MOST = 12


@pytest.fixture
def around(app: Flask, clock: Clock) -> Town:
    """A town founded some time ago, so that a publicity can be over by now."""
    return town_today(clock.now() - timedelta(days=60))


def test_an_approval_says_its_limits_and_goes_never_above_what_was_requested(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = waiting(around, clock)
    convened(at_desk(around.secretary), clock, envelope="200000.00")
    for member in around.panel:
        act(pid_of(number), "vote", member, now=clock.now(), vote="for")
    approver, path = at_desk(around.approver), f"/cases/{pid_of(number).hex}/actions/approve"

    with statements() as seen:
        asked = approver.get(path)
    above = approver.fill(path, 409, amount="449000.00", minutes="同意")

    assert "至多可批准 300,000.00 元" in words(asked)
    assert "本次会议拟安排总额 200,000.00 元，尚可安排 200,000.00 元。" in words(asked)
    assert "批准金额须大于零且不超过 300000.00 元。" in words(above)
    assert len(seen) <= MOST + 2


def test_a_conclusion_says_its_limits_once_all_sheets_are_in(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = with_panel(around, now=clock.now())
    sheets = children(number, "score_sheet")
    secretary, path = at_desk(around.secretary), f"/cases/{pid_of(number).hex}/actions/close_panel"
    for pid, expert in list(zip(sheets, around.experts, strict=True))[:4]:
        fill(pid, expert, now=clock.now())

    early = words(secretary.get(path))
    fill(sheets[4], around.experts[4], now=clock.now(), suggested_amount="100000.00")
    asked = words(secretary.get(path))

    assert "建议金额平均" not in early
    assert "平均分 80.00" in asked
    assert "结论金额上限 360,000.00 元" in asked
    assert "中最低的一项" in asked


def test_the_day_of_the_session_is_the_day_of_the_review(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = in_expert_review(around, now=clock.now())
    schedule(at_desk(around.secretary), clock, [number])

    page = at_desk(around.secretary).get(f"/cases/{pid_of(number).hex}/actions/open_panel")

    assert form(page)["session_on"] == shanghai_date(clock.now() + timedelta(days=10)).isoformat()


def test_an_expert_reads_first_until_when_sheets_are_taken(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = with_panel(around, now=clock.now())
    schedule(at_desk(around.secretary), clock, [number], sheets_due_on=_day(clock, 4))
    expert = at_desk(around.experts[0])
    cutoff = shanghai_date(clock.now() + timedelta(days=4))

    said = f"评分表截止 {cutoff.year}年{cutoff.month}月{cutoff.day}日"
    pages = [words(expert.get(path)) for path in ("/inbox", "/reviews")]

    for page in pages:
        assert " ".join(said.split()) in page or said.replace("年", " 年 ") in page, page
        assert page.index("评分表截止") < page.index("环节期限")


def _day(clock: Clock, days: int) -> str:
    return shanghai_date(clock.now() + timedelta(days=days)).isoformat()
