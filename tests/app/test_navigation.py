"""The frame shows only what a person's duties need, with counts that are right, in one statement."""

from flask import g

from app.casework.queries import inbox
from app.database import db
from app.navigation import Item, navigation
from app.people.permissions import PUBLIC_ACTOR
from tests.make import act, draft, pid_of, town_today
from tests.statements import statements


def lines_of(app, actor):
    """Endpoint → how much waits there, and the statements that this cost."""
    with app.test_request_context("/"), statements() as said:
        # The context of a test outlives its requests.
        g.pop("navigation", None)
        found = {line.item.endpoint: line.waiting for line in navigation(actor)}
        assert {line.item.endpoint: line.waiting for line in navigation(actor)} == found
    return found, said


def test_the_public_sees_public_pages_without_a_statement(app):
    found, said = lines_of(app, PUBLIC_ACTOR)

    assert {"portal.notices", "help.index"} <= found.keys()
    assert not {"desk.inbox", "desk.projects", "people.account"} & found.keys()
    assert (set(found.values()), said) == ({None}, [])


def test_the_number_beside_the_inbox_is_what_waits_there_and_costs_one_statement(app, clock):
    around = town_today(clock.now())
    for number in [draft(around, now=clock.now()) for _ in range(3)][:2]:
        act(pid_of(number), "submit", around.owner, now=clock.now())

    for actor, waiting in ((around.owner, 1), (around.accepting, 2), (around.fund, 0)):
        found, said = lines_of(app, actor)
        assert (found["desk.inbox"], len(said)) == (waiting, 1)
        assert len(inbox(db.session(), actor)) == waiting


def test_a_page_for_one_duty_is_not_offered_to_another(app, clock):
    around = town_today(clock.now())

    offered = {
        name: "desk.ledgers" in lines_of(app, actor)[0]
        for name, actor in {"owner": around.owner, "fund": around.fund, "expert": around.experts[0]}.items()
    }

    assert offered == {"owner": False, "fund": True, "expert": False}


def test_a_page_that_is_not_there_is_left_out(app, monkeypatch):
    monkeypatch.setattr("app.navigation._items", [Item("没有", "nowhere.at_all", everybody=True)])

    assert lines_of(app, PUBLIC_ACTOR) == ({}, [])
