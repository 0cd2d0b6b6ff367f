"""Until an expert declares that there is no conflict, the project is known by its name and by whose it is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.barrier import asking
from app.clock import Clock
from app.database import db
from app.desk.views.projects import PROJECTS
from app.people.permissions import Actor
from app.projects.queries.lists import projects_seen
from app.provision import WEB
from app.tables import listing
from app.tables import read as read_look
from tests.make import Town, act, bearer, children, draft, email_of, pid_of
from tests.pages.browsing import Browser, words
from tests.reviewing import with_panel
from workflows.calendar import shanghai_date

Desk = Callable[[Actor], Browser]
COLUMNS = "cols=title&cols=place&cols=requested"
#: Place, first day, amount and what the offices and the organisation wrote to each other.
IN_FILE = ("玛沁县", "2026年4月1日", "360,000.00", "360000.00", "法定代表人身份证", "另附账户说明")


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A project that was sent back once and whose panel is open, no sheet touched yet."""
    number, now = draft(around, now=clock.now()), clock.now()
    case = pid_of(number)
    act(case, "submit", around.owner, now=now)
    act(case, "return_for_correction", around.accepting, now=now, items=["补交法定代表人身份证复印件"])
    act(case, "resubmit", around.owner, now=now, reply="已补交，另附账户说明")
    act(case, "pass_authenticity", around.accepting, now=now, opinion="属实")
    act(case, "pass_compliance", around.fund, now=now, opinion="合规")
    experts = [email_of(each) for each in around.experts]
    act(case, "open_panel", around.secretary, now=now, experts=experts, reason="少", session_on=f"{shanghai_date(now)}")
    return number


def read(browser: Browser, number: str, actor: Actor, clock: Clock) -> dict[str, str]:
    """What somebody reads of a project, by where it is read."""
    header = bearer(actor, clock.now())
    return {
        "page": words(browser.get(f"/projects/{number}")),
        "list": words(browser.get(f"/projects?{COLUMNS}")),
        "file": taken(browser, f"/projects?as=csv&{COLUMNS}"),
        **{
            path: browser.client.get(f"/api/v1/projects{path}", headers=header).get_data(as_text=True)
            for path in ("", f"/{number}", f"/{number}/events")
        },
    }


def taken(browser: Browser, path: str) -> str:
    """A list as a file."""
    with browser.get(path) as answer:
        return answer.get_data(as_text=True)


def told(texts: dict[str, str]) -> dict[str, list[str]]:
    return {where: [each for each in IN_FILE if each in text] for where, text in texts.items()}


def test_place_dates_sums_and_words_are_read_once_the_expert_declared(
    around: Town, at_desk: Desk, number: str, clock: Clock
) -> None:
    expert = around.experts[0]
    before = read(at_desk(expert), number, expert, clock)
    act(children(number, "score_sheet")[0], "declare_conflict", expert, now=clock.now(), conflict=False)

    after = read(at_desk(expert), number, expert, clock)

    assert {where: said for where, said in told(before).items() if said} == {}
    assert {where for where, text in before.items() if "校园安全饮水" in text} == {*before} - {f"/{number}/events"}
    place, _day, shown, plain, *said = IN_FILE
    assert told(after) == {
        "page": [each for each in IN_FILE if each != plain],
        "list": [place, shown],
        "file": [place, plain],
        "": [plain],
        f"/{number}": [place, plain],
        f"/{number}/events": said,
    }


@pytest.mark.parametrize("order", ["requested", "-requested", "approved", "-approved"])
def test_what_is_withheld_is_last_in_every_order_and_no_page_loses_it(
    app: Flask, around: Town, number: str, clock: Clock, order: str
) -> None:
    expert, declared = around.experts[0], with_panel(around, now=clock.now())
    act(children(declared, "score_sheet")[0], "declare_conflict", expert, now=clock.now(), conflict=False)
    table, found, onward = replace(PROJECTS, size=1), [], f"/projects?sort={order}"

    with asking(db.session(), expert.user_id):
        while onward:
            with app.test_request_context(onward):
                page = listing(db.session(), read_look(table), projects_seen(expert))
            found += [(row.number, row.requested) for row in page.rows]
            onward = page.onward

    assert sorted(found) == [(number, None), (declared, 36_000_000)]
    assert "approved" in order or found[-1] == (number, None)


def test_the_database_withholds_the_words_as_well(
    around: Town, number: str, services: Any, database: str, clock: Clock
) -> None:
    expert = around.experts[0]
    ask = "SELECT count(*) FROM event_private p JOIN event e ON e.id = p.event_id WHERE e.action = 'resubmit'"

    def seen() -> int:
        with psycopg.connect(services.url(WEB, database)) as web:
            web.execute("SELECT asks(%s)", (expert.user_id,))
            return web.execute(ask).fetchone()[0]

    before = seen()
    act(children(number, "score_sheet")[0], "declare_conflict", expert, now=clock.now(), conflict=False)

    assert (before, seen()) == (0, 1)
