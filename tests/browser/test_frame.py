"""The frame and the components at a real window: menu, single keys, lists, both themes, both languages."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.clock import Clock
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.make import PDF, Town, draft, pid_of

Sit = Callable[..., Sitter]


def barriers(page: Page) -> list[str]:
    answer: dict[str, Any] = Axe().run(page).response
    return [f"{each['id']}: {node['html'][:200]}" for each in answer["violations"] for node in each["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tag", ["zh-CN", "en"])
def test_every_component_is_without_barriers_in_this_theme_and_language(sit: Sit, theme: str, tag: str) -> None:
    anybody = sit(viewport=WIDE, color_scheme=theme, locale="zh-CN")
    page = anybody.open(f"/components?lang={tag}")

    assert barriers(page) == []


@pytest.mark.parametrize("path", ["/components", "/help", "/help/glossary", "/help/keys", "/help/tour"])
def test_help_fits_a_telephone_and_is_without_barriers(sit: Sit, path: str) -> None:
    anybody = sit(viewport=NARROW, locale="zh-CN")
    page = anybody.open(path)

    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") == 0
    assert barriers(page) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_on_a_narrow_window_the_pages_are_found_in_the_menu(around: Town, sit: Sit, *, scripts: bool) -> None:
    fund = sit(around.fund, viewport=NARROW, locale="zh-CN", java_script_enabled=scripts)
    page = fund.open("/inbox")
    menu = page.get_by_role("navigation", name="主导航")

    expect(menu).to_have_count(0)
    page.get_by_text("菜单", exact=True).click()
    with page.expect_navigation():
        menu.get_by_role("link", name="项目", exact=True).click()

    assert fund.path == "/projects"


def test_on_a_wide_window_the_rail_says_how_much_waits(around: Town, sit: Sit, clock: Clock) -> None:
    draft(around, now=clock.now())
    owner = sit(around.owner, viewport=WIDE, locale="zh-CN")
    page = owner.open("/projects")
    rail = page.get_by_role("navigation", name="主导航")

    expect(rail.get_by_role("link", name="待办")).to_have_text("待办 1 项")
    expect(page.get_by_text("菜单", exact=True)).to_be_hidden()


def test_single_keys_lead_where_the_list_of_keys_says(around: Town, sit: Sit, clock: Clock) -> None:
    first, second = (draft(around, papers=False, now=clock.now()) for _ in range(2))
    owner = sit(around.owner, viewport=WIDE, locale="zh-CN")
    page = owner.open("/inbox")

    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press("p")
    assert owner.path == "/projects"
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="搜索")).to_be_focused()
    page.keyboard.type("j/k?")
    expect(page.get_by_role("combobox", name="搜索")).to_have_value("j/k?")
    page.keyboard.press("Tab")
    for key, number in (("j", second), ("j", first), ("j", first), ("k", second)):
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_contain_text(number)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert owner.path == f"/projects/{second}"
    with page.expect_navigation():
        page.keyboard.press("?")
    assert owner.path == "/help/keys"


def test_whoever_turned_single_keys_off_is_left_alone_by_them(around: Town, sit: Sit) -> None:
    owner = sit(around.owner, viewport=WIDE, locale="zh-CN")
    page = owner.open("/help/keys")
    page.get_by_label("在这个浏览器里使用单键快捷键").uncheck()
    page = owner.open("/inbox")

    page.keyboard.press("/")

    expect(page.get_by_role("combobox", name="搜索")).not_to_be_focused()


def test_columns_and_filters_are_chosen_without_scripts_and_kept(around: Town, sit: Sit, clock: Clock) -> None:
    draft(around, papers=False, now=clock.now())
    owner = sit(around.owner, viewport=WIDE, locale="zh-CN", java_script_enabled=False)
    page = owner.open("/projects?stage=draft")

    page.get_by_text("选择列").click()
    page.get_by_label("实施地点").check()
    page.get_by_label("经办").uncheck()
    with page.expect_navigation():
        page.get_by_role("button", name="显示所选列").click()
    heads = page.get_by_role("columnheader").all_inner_texts()

    assert "stage=draft" in page.url
    assert [head.strip("↑↓↕\n") for head in heads] == [
        "项目",
        "项目主体",
        "环节",
        "实施地点",
        "申请（元）",
        "批准（元）",
    ]
    owner.open("/projects")
    assert page.get_by_role("columnheader").all_inner_texts() == heads


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_is_taken_away_as_a_file(around: Town, sit: Sit, clock: Clock, kind: str) -> None:
    number = draft(around, papers=False, now=clock.now())
    owner = sit(around.owner, viewport=WIDE, locale="zh-CN")
    page = owner.open("/projects?cols=title&cols=number")

    with page.expect_download() as coming:
        page.get_by_role("link", name=kind.upper()).click()
    content = coming.value.path().read_bytes()

    assert coming.value.suggested_filename.endswith(f".{kind}")
    if kind == "csv":
        assert content.decode("utf-8-sig").splitlines()[1].endswith(f",{number}")
    else:
        assert content[:2] == b"PK"


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_papers_are_named_before_they_are_sent_and_arrive_either_way(
    around: Town, sit: Sit, clock: Clock, *, scripts: bool
) -> None:
    number = draft(around, papers=False, now=clock.now())
    owner = sit(around.owner, viewport=NARROW, locale="zh-CN", java_script_enabled=scripts)
    page = owner.open(f"/cases/{pid_of(number).hex}/papers")

    page.locator("input[type=file]").set_input_files(
        [{"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": PDF} for name in "甲乙"]
    )
    picked = page.locator("[data-picked] li")
    assert [line.partition(" · ")[0] for line in picked.all_inner_texts()] == (["甲.pdf", "乙.pdf"] if scripts else [])
    with page.expect_navigation():
        page.get_by_role("button", name="上传材料").click()

    expect(page.get_by_role("table")).to_contain_text("甲.pdf")
    expect(page.get_by_role("table")).to_contain_text("乙.pdf")
