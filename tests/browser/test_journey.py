"""A project on its whole road through the pages of a real browser."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from app.casework.clock import tick
from app.clock import Clock
from app.people.permissions import Actor
from tests.browser import road
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
    telephone = {"viewport": NARROW, "locale": "zh-CN", "java_script_enabled": False}
    at = windows(sit, **telephone)

    number = road.declare(around, at)
    pid = pid_of(number)
    road.examine(around, at, number)
    road.review(around, at, number, clock.now())
    road.publish(around, at, number, sit(**telephone))
    due = case_of(pid).due_at
    assert due is not None
    clock.move(due)
    tick(clock.now())
    road.approve(around, at, number)
    worker()
    road.deliver(around, at, number)
    road.audit(around, at, number)
    road.pay(around, at, number, clock.now().date().isoformat())

    assert case_of(pid).stage == "closed"
    anybody = sit(**telephone)
    anybody.open("/results")
    expect(anybody.main.get_by_role("row", name="校园安全饮水")).to_contain_text("330,000.00")


def test_a_project_is_declared_and_examined_in_english_with_javascript(around: Town, sit: Sit) -> None:
    at = windows(sit, viewport=WIDE, locale="en-GB")

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
