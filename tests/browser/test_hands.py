"""What hands do at a page: they press twice, they look for what is missing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from app.clock import Clock
from app.evidence.models import Event
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.make import Town, advance, case_of, draft, pid_of, town_today
from workflows.calendar import PUBLISHED_THROUGH

Sit = Callable[..., Sitter]


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_double_click_on_an_act_acts_once(
    around: Town, sit: Sit, rows: Callable[..., list[Event]], clock: Clock, *, scripts: bool
) -> None:
    number = draft(around, now=clock.now())
    pid = pid_of(number)
    owner = sit(around.owner, viewport=NARROW, locale="zh-CN", java_script_enabled=scripts)
    owner.open(f"/cases/{pid.hex}/actions/submit")

    owner.main.get_by_role("button", name="提交申报").dblclick(no_wait_after=True)
    owner.page.wait_for_url("**/receipts/*")

    expect(owner.page.get_by_role("status").filter(has_text="已办理：提交申报")).to_be_visible()
    acts = [event.action for event in rows(Event) if event.case_id == case_of(pid).id]
    assert acts == ["open", "submit"]


def test_a_page_says_why_a_button_is_missing(around: Town, sit: Sit, clock: Clock) -> None:
    number = draft(around, papers=False, now=clock.now())
    owner = sit(around.owner, viewport=WIDE, locale="zh-CN")
    page = owner.open(f"/projects/{number}")
    now_card = page.get_by_role("complementary")

    expect(now_card.get_by_role("link", name="提交申报")).to_have_count(0)
    expect(now_card.get_by_role("listitem").filter(has_text="提交申报")).to_contain_text("尚缺材料")


def test_a_term_in_a_year_without_announced_holidays_is_marked_as_provisional(
    app: Flask, sit: Sit, clock: Clock
) -> None:
    clock.move(datetime(max(PUBLISHED_THROUGH, clock.now().year) + 1, 6, 1, 2, tzinfo=UTC))
    around = town_today(clock.now())
    number = draft(around, now=clock.now())
    advance(around, number, "compliance_review", now=clock.now())
    fund = sit(around.fund, viewport=WIDE, locale="zh-CN")
    page = fund.open(f"/projects/{number}")

    expect(page.get_by_role("complementary")).to_contain_text("（该年度节假日安排尚未公布，期限为暂定）")


def test_a_long_history_shows_the_newest_twenty_and_unfolds_the_rest(around: Town, sit: Sit, clock: Clock) -> None:
    earlier = clock.now() - timedelta(days=1)
    number = draft(around, now=earlier)
    advance(around, number, "publicity", now=earlier)
    fund = sit(around.fund, viewport=WIDE, locale="zh-CN", java_script_enabled=False)
    page = fund.open(f"/projects/{number}")
    history = page.get_by_role("region", name="办理记录")

    shown = history.get_by_role("listitem").count()
    history.get_by_text("更早的").click()
    all_of_it = history.get_by_role("listitem").count()

    assert (shown, all_of_it) == (20, page.locator("#history li").count())
    assert all_of_it > shown
