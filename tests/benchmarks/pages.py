"""What a page costs, with few projects and with very many, and beside a bare view over the same SQL.

A bare view is a Flask view that sends the very statements of the page by psycopg and answers the rows
as JSON: no permission, no template, no translation.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.people.permissions import Actor
from app.people.service.sessions import begin_session
from tests import make
from tests.benchmarks._crowd import move_in
from tests.benchmarks._place import Place, installed, milliseconds
from tests.benchmarks._statements import Statement, written_down

NAME = "pages"
MOST_STATEMENTS = 12
AIMS = {"median_ms": 30.0, "growth": 1.2, "ratio": 2.5}
#: Name → path; the accepting officer sees one district, the fund office the whole city.
PAGES = {
    "inbox": "/inbox",
    "projects": "/projects",
    "projects of a stage": "/projects?stage=compliance_review&sort=requested",
    "projects by title": "/projects?title=校园饮水",
    "project": "/projects/{number}",
    "organisations": "/organisations",
    "messages": "/notifications",
    "search by words": "/search?q=校园饮水",
    "search by number": "/search?q={number}",
    "search by organisation": "/search?q=基金会7",
    "results": "/results",
    "statistics": "/statistics",
    "inbox by api": "/api/v1/inbox",
    "projects by api": "/api/v1/projects",
    "project by api": "/api/v1/projects/{number}",
}
WARM = 3

Visit = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Measured:
    """One page in one place: how to open it, how to open its bare twin, and what it sends."""

    page: Visit
    bare: Visit
    statements: list[Statement]


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """1,000 and 100,000 projects and 100 visits in full form; 300 and 3,000 and 10 in short form."""
    sizes = (1_000, 100_000) if full else (300, 3_000)
    visits = 100 if full else 10
    with ExitStack() as stack:
        places = [_peopled(stack, size) for size in sizes]
        found = {f"{name}, {who}": _compared([each[name, who] for each in places], visits) for name, who in places[0]}
    worst = {aim: max(page[aim] for page in found.values()) for aim in AIMS}
    return {
        "name": NAME,
        "seed": None,
        "ok": all(page["statements"][0] == page["statements"][1] <= MOST_STATEMENTS for page in found.values()),
        "projects": sizes,
        "pages": found,
        "most_statements": max(max(page["statements"]) for page in found.values()),
        "worst": worst,
        "aims": AIMS,
        "of_aim": {aim: round(worst[aim] / AIMS[aim], 2) for aim in AIMS},
    }


def _compared(places: list[Measured], visits: int) -> dict[str, Any]:
    """The page in both places and its bare twins, visited in turns so that a busy moment hits all alike."""
    kinds: list[Visit] = [visit for place in places for visit in (place.page, place.bare)]
    for _ in range(WARM):
        for visit in kinds:
            visit()
    times = list(zip(*([visit() for visit in kinds] for _ in range(visits)), strict=True))
    few, _few_bare, many, many_bare = (median(each) for each in times)
    return {
        "statements": [len(place.statements) for place in places],
        "few": milliseconds(list(times[0])),
        "many": milliseconds(list(times[2])),
        "bare": milliseconds(list(times[3])),
        "median_ms": round(many * 1000, 2),
        "growth": round(many / few, 2),
        "ratio": round(many / many_bare, 2),
    }


def _peopled(stack: ExitStack, size: int) -> dict[tuple[str, str], Measured]:
    place = stack.enter_context(installed())
    now = datetime.now(UTC)
    with place.app.app_context():
        around = make.town_today(now)
        crowd = move_in(place.embedded.url("postgres"), around, size)
        people = {"district": crowd.officer, "city": crowd.fund}
        tokens = {who: make.bearer(actor, now) for who, actor in people.items()}
        browsers = {who: _signed_in(place, actor) for who, actor in people.items()}
        db.session.remove()
        engine = db.engine
    connection = stack.enter_context(psycopg.connect(place.settings.database_url, options="-c aidflow.actor=system"))
    found = {}
    for name, path in PAGES.items():
        for who in people:
            page = _page(browsers[who], path.format(number=crowd.number), tokens[who])
            page()
            with written_down(engine) as statements:
                page()
            found[name, who] = Measured(page, _bare(connection, statements), statements)
    stack.callback(engine.dispose)
    return found


def _page(browser: FlaskClient, path: str, bearer: dict[str, str]) -> Visit:
    headers = bearer if path.startswith("/api") else {}

    def visit() -> float:
        started = perf_counter()
        answer = browser.get(path, headers=headers)
        duration = perf_counter() - started
        assert answer.status_code == 200, answer.text
        return duration

    return visit


def _bare(connection: psycopg.Connection[Any], statements: list[Statement]) -> Visit:
    app = Flask("bare")

    @app.get("/")
    def view() -> str:
        with connection.cursor() as cursor:
            rows = [statement.send(cursor) for statement in statements]
        connection.commit()  # A rollback would make psycopg forget what it has prepared.
        return json.dumps(rows, default=str)

    return _page(app.test_client(), "/", {})


def _signed_in(place: Place, actor: Actor) -> FlaskClient:
    browser = place.app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = begin_session(actor.user_id or 0)
    return browser
