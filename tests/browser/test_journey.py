"""A project on its whole road through the pages of a real browser, by everybody who has a part in it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from app.clock import Clock
from app.people.permissions import Actor
from tests.browser import road
from tests.browser.looking import Looker
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.make import Town, case_of, pid_of

Sit = Callable[..., Sitter]


def windows(sit: Sit, **properties: Any) -> road.At:
    """Everybody at a window of his or her own."""
    taken: dict[Any, Sitter] = {}

    def at(actor: Actor) -> Sitter:
        if actor.user_id not in taken:
            taken[actor.user_id] = sit(actor, **properties)
        return taken[actor.user_id]

    return at


def test_a_project_goes_from_draft_to_archive_on_telephones_without_javascript(
    around: Town, sit: Sit, clock: Clock, worker: Callable[[], None]
) -> None:
    look = Looker()
    telephone = {"viewport": NARROW, "locale": "zh-CN", "java_script_enabled": False, "look": look}
    at, anybody = windows(sit, **telephone), sit(**telephone)

    number = road.go(around, at, anybody, clock, worker)

    assert case_of(pid_of(number)).stage == "closed"
    anybody.open("/results")
    result = anybody.main.get_by_role("row", name="校园安全饮水")
    expect(result).to_contain_text("青海省果洛州玛沁县拉加镇")
    expect(result).to_contain_text("330,000.00")
    # Who objected is known to those who decide on it, and to nobody else.
    told = {}
    for actor in (around.fund, around.owner):
        at(actor).open(f"/projects/{number}/reviews")
        told[actor] = "张三" in at(actor).main.inner_text()
    assert told == {around.fund: True, around.owner: False}
    at(around.maker).open(f"/projects/{number}/money")
    expect(at(around.maker).main).to_contain_text("330,000.00")
    assert look.faults == {}


def test_a_project_is_declared_and_examined_in_english_with_javascript(around: Town, sit: Sit) -> None:
    look = Looker()
    at = windows(sit, viewport=WIDE, locale="en-GB", look=look)

    number = road.declare(around, at)
    road.examine(around, at, number)

    owner = at(around.owner)
    owner.open(f"/projects/{number}")
    expect(owner.page.locator("html")).to_have_attribute("lang", "en")
    expect(owner.page.get_by_role("complementary")).to_contain_text("Expert review")
    rail = owner.page.get_by_role("list", name="Progress")
    assert rail.locator(".stop").all_inner_texts() == [
        "Declaration", "Authenticity review", "Compliance review", "Expert review", "Publicity", "Joint review",
        "Announcement", "Agreement", "Implementation", "Third-party audit", "Settlement", "Disbursement", "Closed",
    ]  # fmt: skip
    assert look.faults == {}
