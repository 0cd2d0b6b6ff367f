"""The declaration at a real window: saved as one types, whatever happens to the network and the session."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.clock import Clock
from app.database import db
from app.people.permissions import Actor
from app.projects.queries import declaration_of
from tests.browser.sitting import Sitter
from tests.make import WATER, Town, case_of, draft, email_of, person, pid_of
from tests.pages.browsing import PASSWORD

Sit = Callable[..., Sitter]
ZH = "zh-CN"
SAVED = re.compile(r"已保存 \d\d:\d\d:\d\d")


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    return draft(around, now=clock.now(), papers=False)


def at_step(sitter: Sitter, number: str, step: str) -> Page:
    return sitter.open(f"/projects/{number}/declare/{step}")


def says(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("#save-state")).to_contain_text(words)


def kept(number: str) -> dict[str, object]:
    found = declaration_of(db.session(), case_of(pid_of(number)).id)
    db.session.rollback()
    return found.values()


def end_session(page: Page) -> None:
    """Lose the cookie, after whatever was under way has renewed it."""
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()


def sign_in_again(page: Page, actor: Actor, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.locator("input[type=email]").fill(email_of(actor))
    page.locator("input[type=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").last.click()


def test_every_field_is_saved_as_one_types_and_is_there_on_another_machine(around: Town, sit: Sit, number: str) -> None:
    page = at_step(sit(around.owner, locale=ZH), number, "plan")

    page.locator("#goals").fill("打字即存的目标")
    says(page, SAVED)

    assert kept(number)["goals"] == "打字即存的目标"
    expect(at_step(sit(around.owner, locale=ZH), number, "plan").locator("#goals")).to_have_value("打字即存的目标")


def test_what_is_half_typed_is_kept_with_its_fault(around: Town, sit: Sit, number: str) -> None:
    page = at_step(sit(around.owner, locale=ZH), number, "budget")

    page.locator("#requested").fill("36万")
    says(page, SAVED)
    expect(page.locator("#requested-error")).to_contain_text("金额须为非负数字")
    page.reload()

    expect(page.locator("#requested")).to_have_value("36万")
    expect(page.locator("#errors")).to_contain_text("申请资助金额（元）：金额须为非负数字")
    page.locator("#requested").fill("360000")
    says(page, SAVED)
    expect(page.locator("#requested-error")).to_have_count(0)


def test_what_is_typed_without_a_network_waits_on_the_machine_until_it_is_back(
    around: Town, sit: Sit, number: str
) -> None:
    page = at_step(sit(around.owner, locale=ZH), number, "plan")
    page.context.set_offline(True)

    page.locator("#goals").fill("离线写的目标")
    says(page, "网络不通")
    waits = page.evaluate("Object.values(localStorage).join()")
    before = kept(number)["goals"]
    page.context.set_offline(False)
    says(page, SAVED)

    assert ("离线写的目标" in waits, before) == (True, "安全饮水")
    assert kept(number)["goals"] == "离线写的目标"
    assert page.evaluate("localStorage.length") == 0


def test_what_waits_on_the_machine_is_taken_up_when_the_page_is_opened_again(
    around: Town, sit: Sit, number: str
) -> None:
    page = at_step(sit(around.owner, locale=ZH), number, "plan")
    page.context.set_offline(True)
    page.locator("#goals").fill("关掉页面之前写的")
    says(page, "网络不通")
    # What this machine keeps is opened in another window; the one of before stays cut off, with no last word to send.
    machine = page.context.storage_state()

    page = at_step(sit(locale=ZH, storage_state=machine), number, "plan")
    says(page, SAVED)

    expect(page.locator("#goals")).to_have_value("关掉页面之前写的")
    assert kept(number)["goals"] == "关掉页面之前写的"


def test_a_session_that_ended_is_said_and_what_was_typed_is_saved_after_sign_in_elsewhere(
    around: Town, sit: Sit, number: str
) -> None:
    sitter = sit(around.owner, locale=ZH)
    page = at_step(sitter, number, "plan")
    end_session(page)

    page.locator("#goals").fill("登录过期时写的")
    says(page, "登录已过期")
    before = kept(number)["goals"]
    sign_in_again(page.context.new_page(), around.owner, sitter.address)
    page.bring_to_front()
    says(page, SAVED)

    assert (before, kept(number)["goals"]) == ("安全饮水", "登录过期时写的")


def test_what_waits_is_never_sent_for_somebody_else_at_the_same_machine(around: Town, sit: Sit, number: str) -> None:
    sitter = sit(around.owner, locale=ZH)
    page = at_step(sitter, number, "plan")
    end_session(page)
    page.locator("#goals").fill("甲写的")
    says(page, "登录已过期")
    colleague = person("applicant_member", uscc=WATER)
    sit(colleague, locale=ZH)

    other = page.context.new_page()
    sign_in_again(other, colleague, sitter.address)
    page.bring_to_front()
    says(page, "现在登录的是另一个人")

    assert kept(number)["goals"] == "安全饮水"
    other.goto(f"{sitter.address}/projects/{number}/declare/plan")
    expect(other.locator("#goals")).to_have_value("安全饮水")


def test_a_form_sent_after_its_session_ended_is_shown_again_after_sign_in_without_a_script(
    around: Town, sit: Sit, number: str
) -> None:
    sitter = sit(around.owner, java_script_enabled=False, locale=ZH)
    page = at_step(sitter, number, "plan")
    end_session(page)
    sitter.fill(goals="没有脚本时写的")

    sitter.press_named("next")
    assert sitter.path == "/sign-in"
    page.locator("input[type=email]").fill(email_of(around.owner))
    page.locator("input[type=password]").fill(PASSWORD)
    sitter.press()

    assert sitter.path == f"/projects/{number}/declare/plan"
    expect(page.locator("#restored")).to_contain_text("尚未保存")
    expect(page.locator("#goals")).to_have_value("没有脚本时写的")
    assert kept(number)["goals"] == "安全饮水"
    sitter.press_named("next")
    assert kept(number)["goals"] == "没有脚本时写的"


def test_two_editors_are_told_of_each_other_and_choose_field_by_field(around: Town, sit: Sit, number: str) -> None:
    colleague = person("applicant_member", uscc=WATER)
    mine, theirs = (
        at_step(sit(around.owner, locale=ZH), number, "plan"),
        at_step(sit(colleague, locale=ZH), number, "plan"),
    )
    theirs.locator("#goals").fill("同事的目标")
    theirs.locator("#need").fill("同事的需求")
    says(theirs, SAVED)

    mine.locator("#goals").fill("我的目标")
    expect(mine.locator("[data-company]")).to_contain_text(f"{colleague.name} 正在填写“需求与方案”。")
    mine.get_by_role("button", name="用我的：我的目标").click()
    says(mine, SAVED)

    assert kept(number)["goals"] == "我的目标"
    expect(mine.locator("#need")).to_have_value("同事的需求")
    theirs.locator("#goals").fill("同事又改")
    theirs.get_by_role("button", name="用对方的：我的目标").click()
    expect(theirs.locator("#goals")).to_have_value("我的目标")
    assert (kept(number)["goals"], kept(number)["need"]) == ("我的目标", "同事的需求")


def test_two_editors_choose_without_a_script_too(around: Town, sit: Sit, number: str) -> None:
    colleague = sit(person("applicant_member", uscc=WATER), java_script_enabled=False, locale=ZH)
    sitter = sit(around.owner, java_script_enabled=False, locale=ZH)
    for each in (sitter, colleague):
        at_step(each, number, "plan")
    colleague.fill(goals="同事的目标")
    colleague.press_named("later")
    sitter.fill(goals="我的目标", need="我的需求")

    with sitter.page.expect_navigation() as arriving:
        sitter.main.locator('button[value="next"]:not(.unseen)').click()
    assert arriving.value.status == 409
    assert (kept(number)["goals"], kept(number)["need"]) == ("同事的目标", "我的需求")
    sitter.page.locator("#goals-mine").check()
    sitter.press_named("next")

    assert kept(number)["goals"] == "我的目标"
