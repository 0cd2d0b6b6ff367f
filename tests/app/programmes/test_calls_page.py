"""The calls on their page and over the API: what the form offers, and how a window is changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app.clock import Clock
from app.database import transaction
from app.people.permissions import Actor
from app.programmes.queries import call_named, programme_year
from app.programmes.service import add_policy
from tests.make import Town, bearer
from tests.pages.browsing import Browser, links, parsed, words
from tests.pages.conftest import around, at_desk
from workflows.calendar import shanghai_date
from workflows.policy import DEFAULT_POLICY

__all__ = ["around", "at_desk"]
Desk = Callable[[Actor], Browser]


def test_the_form_of_a_call_offers_what_the_newest_policy_in_force_knows(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    today = shanghai_date(clock.now())
    newest = replace(
        DEFAULT_POLICY, key="newest", effective_on=today, areas=(("6326", "果洛"),), fields=(("water", "饮水"),)
    )
    coming = replace(newest, key="coming", effective_on=today + timedelta(days=2), fields=(("roads", "道路"),))
    with transaction() as session:
        for policy in (newest, coming):
            add_policy(session, policy, now=clock.now())

    page = parsed(at_desk(around.fund).get("/calls/new"))

    offered = {name: [each.get("value") for each in page.iter("input") if each.get("name") == name]
               for name in ("areas", "fields")}  # fmt: skip
    assert offered == {"areas": ["6326"], "fields": ["water"]}


def test_the_fund_office_changes_a_window_from_the_page_of_the_calls(
    around: Town, at_desk: Desk, session: Session
) -> None:
    year = programme_year(session, around.programme)
    session.rollback()
    desk = at_desk(around.fund)
    button = f"/cases/{year.pid.hex}/actions/change_window"
    assert links(desk.get("/calls")).count(button) == 2

    done = desk.fill(button, call=around.call, closes_at="2099-01-01T08:00")

    assert "已办理：调整申报期限。" in words(done)
    assert call_named(session, around.call).closes_at.isoformat() == "2099-01-01T00:00:00+00:00"


def test_others_see_the_calls_and_nothing_to_change_them_with(around: Town, at_desk: Desk, session: Session) -> None:
    year = programme_year(session, around.programme)
    session.rollback()
    page = at_desk(around.owner).get("/calls")

    assert "当期申报通知" in words(page)
    assert links(page) == ["/projects/new?call=TZ-NOW"]
    at_desk(around.owner).get(f"/cases/{year.pid.hex}/actions/change_window", 404)


def test_the_api_changes_a_window_once_for_a_key_and_for_nobody_else(
    app: Flask, around: Town, clock: Clock, session: Session, table_state: Any
) -> None:
    def patch(actor: Actor, code: str = "TZ-NOW", *, key: str = "", **sent: Any) -> Any:
        headers = bearer(actor, clock.now()) | ({"Idempotency-Key": key} if key else {})
        return app.test_client().patch(f"/api/v1/calls/{code}", json=sent, headers=headers)

    closes = "2099-01-01T00:00:00Z"
    first = patch(around.fund, key="w-1", closes_at=closes)
    before = table_state(without=["api_token"])
    second = patch(around.fund, key="w-1", closes_at=closes)
    refusals = [
        patch(around.owner, closes_at=closes),
        patch(around.fund, "TZ-NONE", closes_at=closes),
        patch(around.fund, closes_at="2001-01-01T00:00:00Z"),
        patch(around.fund, closes_at="tomorrow"),
        patch(around.fund),
        patch(around.fund, closes_at=closes, budget="1.00"),
    ]

    assert (first.status_code, second.json) == (200, first.json)
    assert set(first.json) == {"stage", "event", "receipt"}
    assert [(each.status_code, [e["field"] for e in each.json["errors"]]) for each in refusals] == [
        (403, []),
        (404, []),
        (422, ["closes_at"]),
        (422, ["closes_at"]),
        (422, ["closes_at"]),
        (422, ["budget"]),
    ]
    assert table_state(without=["api_token"]) == before
    assert call_named(session, "TZ-NOW").closes_at.isoformat() == "2099-01-01T00:00:00+00:00"
