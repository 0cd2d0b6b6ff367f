"""Checking a declaration at a real window: the list keeps itself, papers are turned beside it, rows chosen by keys."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.clock import Clock
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.make import Town, act, draft, pid_of

Sit = Callable[..., Sitter]


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A declaration that waits for the district."""
    made = draft(around, now=clock.now())
    act(pid_of(made), "submit", around.owner, now=clock.now())
    return made


def test_a_checklist_keeps_itself_while_papers_are_turned_beside_it(around: Town, sit: Sit, number: str) -> None:
    officer = sit(around.accepting, viewport=WIDE, locale="zh-CN")
    page = officer.open(f"/projects/{number}/review")

    page.locator("#check-need-yes").check()
    page.locator("#check-need-note").fill("已电话核实")
    expect(page.locator("[data-status]")).to_contain_text("已保存")
    page.get_by_role("button", name="bank_proof.pdf").first.click()
    expect(page.locator("[data-preview] h3")).to_contain_text("bank_proof.pdf")

    drawn = page.locator("[data-preview] img")
    expect(drawn).to_have_js_property("complete", True)  # noqa: FBT003 -- the value of the property.
    assert drawn.evaluate("it => it.naturalWidth") > 0
    expect(page.locator("#check-need-yes")).to_be_checked()
    officer.fits()
    officer.open(f"/cases/{pid_of(number).hex}/actions/pass_authenticity")
    expect(page.locator("#opinion")).to_have_value("1. 受援地需求真实：属实（已电话核实）。")


def test_without_scripts_turning_to_another_paper_keeps_what_was_ticked(around: Town, sit: Sit, number: str) -> None:
    officer = sit(around.accepting, viewport=NARROW, locale="zh-CN", java_script_enabled=False)
    page = officer.open(f"/projects/{number}/review")

    page.locator("#check-need-yes").check()
    page.get_by_role("button", name="bank_proof.pdf").first.click()

    expect(page.locator("[data-preview] h3")).to_contain_text("bank_proof.pdf")
    expect(page.locator("#check-need-yes")).to_be_checked()


def test_a_row_of_the_inbox_is_chosen_by_keys_and_counted(around: Town, sit: Sit, number: str) -> None:
    officer = sit(around.accepting, viewport=WIDE, locale="zh-CN")
    page = officer.open("/inbox")
    assign = page.get_by_role("button", name="分派")

    expect(assign).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("x")

    expect(page.locator("[data-chosen-count]")).to_have_text("已选 1 项")
    expect(page.get_by_label(f"选择 {number}")).to_be_checked()
    assign.click()
    expect(officer.main).to_contain_text("已分派：1 项。")
