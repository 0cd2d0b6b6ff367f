"""Searching and reading messages with one's hands: what is found, what is read, and nothing in anybody's way."""

import pytest
from playwright.sync_api import expect

from app.database import db
from app.notifications.queries import unread_count
from tests.browser.looking import barriers, too_wide
from tests.browser.sitting import NARROW, WIDE
from tests.make import act, draft, person, pid_of

#: How often one opens one's messages again before what was read must be read.
MOST_LOOKS = 20


@pytest.fixture
def number(around, clock, worker):
    """A declaration that was submitted, everybody told; its number."""
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    worker()
    return number


def unread(actor):
    db.session.rollback()
    return unread_count(db.session(), actor)


def test_from_any_page_the_box_finds_a_project_and_enter_leads_to_the_hits(around, number, sit):
    sitter = sit(around.accepting, viewport=WIDE, locale="zh-CN")
    page = sitter.open("/inbox")

    page.keyboard.press("/")
    page.keyboard.type("安全饮水")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=**")

    expect(page.locator("main mark").first).to_have_text("安全饮水")
    sitter.follow(".hits a")
    assert sitter.path == f"/projects/{number}"


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_suggestions_are_gone_through_by_the_arrow_keys_and_keep_nobody_from_searching(around, number, sit, window):
    sitter = sit(around.accepting, viewport=window, locale="zh-CN")
    page = sitter.open("/inbox")
    box, options = page.locator("#find"), page.locator(".suggestions").get_by_role("option")

    box.press_sequentially("安全饮水")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text(f"{number} 校园安全饮水")
    assert [*barriers(page), *too_wide(page)] == []
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("安全饮水")
    box.press_sequentially(" ")
    expect(options).to_have_count(1)
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    box.press("Enter")
    page.wait_for_url(f"**/projects/{number}")


def test_a_message_that_is_opened_is_read(around, number, sit):
    sitter = sit(around.accepting, viewport=WIDE, locale="zh-CN")
    sitter.open("/notifications")
    before = unread(around.accepting)

    sitter.follow(".messages a")

    assert (before, sitter.path) == (1, f"/projects/{number}")
    # The page is left while its word to the server is still under way; the browser tells nobody when it has arrived.
    for _look in range(MOST_LOOKS):
        sitter.open("/notifications")
        if not unread(around.accepting):
            break
    sitter.open("/notifications")
    expect(sitter.main.locator(".messages .unread")).to_have_count(0)
    assert unread(around.accepting) == 0


def test_without_scripts_a_button_does_it(around, number, sit):
    sitter = sit(around.accepting, java_script_enabled=False, locale="zh-CN")
    sitter.open("/notifications")

    sitter.main.get_by_role("button", name="标为已读").last.click()
    expect(sitter.main.get_by_role("button", name="标为未读")).to_have_count(1)

    assert unread(around.accepting) == 0


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_on_these_pages_is_in_anybodys_way(around, number, sit, window, language):
    people = {
        around.owner: ("/search", f"/search?q={number}", "/search?q=xx", "/notifications", "/notifications/choices"),
        person("system_admin"): ("/administration/mail", "/notifications"),
    }

    found = {}
    for actor, paths in people.items():
        sitter = sit(actor, viewport=window, locale=language)
        for path in paths:
            page = sitter.open(path)
            found[path] = [*barriers(page), *too_wide(page)]

    assert {path: faults for path, faults in found.items() if faults} == {}
