"""A declaration is begun, filled in, handed in and examined by people who have no mouse."""

from collections.abc import Callable

from playwright.sync_api import expect

from app.clock import Clock
from tests.browser.keyboard import enter, tab_to, to_content
from tests.browser.sitting import WIDE, Sitter
from tests.make import Town, act, case_of, draft, pid_of

Sit = Callable[..., Sitter]


def test_a_draft_is_begun_and_a_step_of_it_filled_in_by_keyboard_alone(around: Town, sit: Sit) -> None:
    owner = sit(around.owner, viewport=WIDE, locale="zh-CN")
    page = owner.open("/projects/new")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    tab_to(page, "申报通知编号")
    page.keyboard.press("ArrowDown")
    tab_to(page, "项目名称")
    page.keyboard.type("校园安全饮水")
    tab_to(page, "建立草稿")
    enter(page)
    expect(page.get_by_role("status").filter(has_text="已建立草稿")).to_be_visible()
    to_content(page)
    tab_to(page, "需求与方案")
    enter(page)
    tab_to(page, "需求分析")
    page.keyboard.type("包虫病多发")
    tab_to(page, "保存并继续")
    enter(page)

    owner.open(owner.path.rsplit("/", 1)[0] + "/plan")
    expect(page.locator("#need")).to_have_value("包虫病多发")


def test_a_declaration_is_handed_in_by_keyboard_alone(around: Town, sit: Sit, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    owner = sit(around.owner, viewport=WIDE, locale="zh-CN")
    page = owner.open(f"/projects/{number}")

    to_content(page)
    tab_to(page, "提交申报")
    enter(page)
    to_content(page)
    tab_to(page, "提交申报")
    enter(page)

    expect(owner.main).to_contain_text("已办理：提交申报")
    assert case_of(pid_of(number)).stage == "authenticity_review"


def test_a_declaration_is_examined_from_the_inbox_by_keyboard_alone(around: Town, sit: Sit, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    officer = sit(around.accepting, viewport=WIDE, locale="zh-CN")
    page = officer.open("/inbox")

    to_content(page)
    tab_to(page, f"{number} 校园安全饮水")
    enter(page)
    to_content(page)
    tab_to(page, "初审通过")
    enter(page)
    to_content(page)
    tab_to(page, "审查意见")
    page.keyboard.type("情况属实")
    tab_to(page, "初审通过")
    enter(page)

    expect(officer.main).to_contain_text("已办理：初审通过")
    assert case_of(pid_of(number)).stage == "compliance_review"
