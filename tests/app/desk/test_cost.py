"""What a page costs, and that looking changes nothing."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

from app.clock import Clock
from app.database import db
from app.people.permissions import Actor
from tests.later import advance_further
from tests.make import Town, act, advance, case_of, children, draft, pid_of
from tests.pages.browsing import Browser
from tests.statements import statements

Desk = Callable[[Actor], Browser]
#: Statements that a page may cost at most, finding out who asks included.
MOST = 12
PAGES = (
    "/inbox", "/projects", "/projects/{number}", "/projects/{number}/declaration", "/projects/{number}/reviews",
    "/projects/{number}/delivery", "/projects/{number}/money", "/cases/{case}/papers", "/calls", "/organisations",
    "/notices", "/notices/{number}", "/results", "/workflow", "/account",
    "/api/v1/openapi.json",
)  # fmt: skip


def costs(browser: Browser, number: str) -> dict[str, int]:
    """Page → statements, once everything that is read once in the life of the process was read."""
    found = {}
    for pattern in PAGES:
        path = pattern.format(number=number, case=pid_of(number).hex)
        db.session.rollback()
        browser.get(path)
        with statements() as seen:
            browser.get(path)
        found[pattern] = len(seen)
    return found


def file_report(around: Town, number: str, clock: Clock) -> None:
    act(
        pid_of(number), "file_report", around.owner, now=clock.now(), final=False, period_from="2026-12-10",
        period_until="2026-12-31", summary="进展", spent="1.00", beneficiaries=1,
    )  # fmt: skip


def test_a_page_costs_the_same_few_statements_with_one_report_and_with_sixty(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = draft(around, now=clock.now())
    now = advance(around, number, "announcement", now=clock.now())
    advance_further(around, number, "implementation", now=now)
    fund, owner, front = (at_desk(actor) for actor in (around.fund, around.owner, around.front))
    file_report(around, number, clock)
    few = [costs(browser, number) for browser in (fund, owner, front)]
    for _ in range(59):
        file_report(around, number, clock)
    for _ in range(30):
        draft(around, papers=False, now=clock.now())

    many = [costs(browser, number) for browser in (fund, owner, front)]

    assert many == few
    assert max(max(each.values()) for each in many) <= MOST


def test_looking_at_anything_changes_no_row(
    app: Flask, around: Town, at_desk: Desk, clock: Clock, table_state: Any
) -> None:
    number = draft(around, now=clock.now())
    now = advance(around, number, "announcement", now=clock.now())
    advance_further(around, number, "disbursement", now=now)
    browsers = [at_desk(actor) for actor in (around.fund, around.owner, around.maker, around.experts[0], around.firm)]
    browsers.append(Browser(app.test_client()))
    lives = [pid_of(number), *(pid for life in LIVES for pid in children(number, life)[:1])]
    known = {"number": number, "code": "DKZY", "programme": "DKZY", "year": 2026, "uscc": "53310000500000031Q"}
    # A look is the reader's own row, see test_workbench; an archive that is taken away is on record.
    before = table_state(without=("look", "list_export"))

    asked = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        for pid in lives if rule.arguments & {"pid", "case"} else [lives[0]]:
            with app.test_request_context():
                values = {
                    "pid": pid,
                    "case": pid,
                    "public_id": pid,
                    "paper": pid,
                    "action": "close",
                    "token_id": 1,
                    **known,
                }
                numbers = {name for name, kind in rule._converters.items() if isinstance(kind, IntegerConverter)}
                unknown = {name: 1 if name in numbers else "x" for name in rule.arguments}
                path = app.url_for(rule.endpoint, **{name: values.get(name, unknown[name]) for name in unknown})
            for browser in browsers:
                assert browser.client.get(path).status_code < 500, path
        asked.add(rule.endpoint)

    assert {
        "desk.project",
        "desk.ask",
        "desk.declare_steps",
        "portal.notice",
        "api.get_project",
        "documents.papers",
    } <= asked
    assert table_state(without=("look", "list_export")) == before
    assert case_of(pid_of(number)).stage == "disbursement"


LIVES = ("score_sheet", "agreement", "progress_report", "audit", "payment_order")
