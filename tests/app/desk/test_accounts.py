"""Account numbers on pages: four digits for everybody, in full for those who need it and asked, and written down."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.clock import Clock
from app.people.permissions import Actor
from app.people.service import grant_role
from app.registers.models import Disclosure
from tests.later import brought_to
from tests.make import LIGHT, WATER, Town, act, children, organisation, pid_of
from tests.pages.browsing import Browser, form, words

Desk = Callable[[Actor], Browser]
Rows = Callable[[type], Sequence[Any]]
NUMBER = "6222000011112222"


@pytest.fixture
def order(around: Town, clock: Clock) -> tuple[str, str]:
    """The number of a project, and the address of its order, which is prepared."""
    number = brought_to(around, "disbursement", now=clock.now())
    (pid,) = children(number, "payment_order")
    act(pid, "prepare", around.maker, now=clock.now())
    return number, f"/cases/{pid.hex}"


def shown_by(browser: Browser, page: str, status: int = 200) -> TestResponse:
    """Ask to be shown an account, with a token of one's own session."""
    token = form(browser.get("/account"), "/account/language")["csrf_token"]
    return browser.send(page, {"csrf_token": token}, status)


def test_no_page_shows_an_account_in_full_unless_one_asks(
    around: Town, at_desk: Desk, order: tuple[str, str], rows: Rows
) -> None:
    number, address = order
    pages = (f"/organisations/{WATER}", f"/projects/{number}/money", address, f"{address}/account")

    shown = {
        name: "".join(at_desk(actor).get(page).get_data(as_text=True) for page in pages)
        for name, actor in (("owner", around.owner), ("maker", around.maker), ("checker", around.checker))
    }

    assert {name: (NUMBER in text, "****2222" in text) for name, text in shown.items()} == dict.fromkeys(
        shown, (False, True)
    )
    assert rows(Disclosure) == []


def test_whoever_needs_it_is_shown_it_and_that_is_written_down(
    around: Town, at_desk: Desk, order: tuple[str, str], rows: Rows, clock: Clock
) -> None:
    _number, address = order
    here = {around.owner: f"/organisations/{WATER}/account", around.checker: f"{address}/account"}

    shown = [words(shown_by(at_desk(actor), page)) for actor, page in here.items()]

    assert all(NUMBER in text and "本次查看已记录" in text for text in shown)
    assert [(row.user_id, row.what, row.of) for row in rows(Disclosure)] == [
        (actor.user_id, "account", f"{WATER} ****2222") for actor in here
    ]
    assert NUMBER not in words(at_desk(around.checker).get(f"{address}/account"))


def test_nobody_else_is_shown_it_and_another_organisations_is_absent(
    around: Town, at_desk: Desk, order: tuple[str, str], rows: Rows
) -> None:
    number, address = order
    organisation(LIGHT, "上海光明社会服务中心")

    for actor in (around.accepting, around.supervisor, around.secretary, around.experts[0], around.firm):
        for page in (f"/organisations/{WATER}/account", f"{address}/account"):
            assert NUMBER not in shown_by(at_desk(actor), page, 403).get_data(as_text=True)
        assert f"{address}/account" not in at_desk(actor).client.get(f"/projects/{number}/money").get_data(as_text=True)
    shown_by(at_desk(around.owner), f"/organisations/{LIGHT}/account", 404)

    assert rows(Disclosure) == []


def test_whoever_belongs_to_another_organisation_is_not_shown_it_by_a_further_role(
    around: Town, at_desk: Desk, order: tuple[str, str], rows: Rows, clock: Clock
) -> None:
    number, address = order
    organisation(LIGHT, "上海光明社会服务中心")
    for each in (around.accepting, around.experts[0]):
        grant_role(int(each.user_id or 0), "applicant_member", now=clock.now(), uscc=LIGHT)
    accepting, expert = at_desk(around.accepting), at_desk(around.experts[0])
    seen = (f"/organisations/{WATER}", f"/projects/{number}/money", address)
    pages = [accepting.get(page).get_data(as_text=True) for page in seen]
    expert.get(f"/projects/{number}")

    for browser, page in (
        (accepting, f"/organisations/{WATER}"), (accepting, address), (expert, f"/cases/{pid_of(number).hex}"),
    ):  # fmt: skip
        shown_by(browser, f"{page}/account", 404)

    assert ["显示全部" in page for page in pages] == [False] * len(pages)
    assert rows(Disclosure) == []
