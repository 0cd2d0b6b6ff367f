"""What the description says about tokens is what the server does: an operation that needs one refuses without."""

from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.specs.openapi.checks import ignored_auth

from app.clock import Clock
from app.people.permissions import Actor
from app.people.service import issue_token, revoke_token
from app.security.access import rule_of
from tests.app.api.conftest import Program
from tests.make import WATER, Town, advance, bearer, draft, pid_of

Speak = Callable[[Actor | None], Program]
PREFIX = "/api/v1"


@pytest.fixture
def description(around: Town, program: Speak) -> dict[str, Any]:
    """The OpenAPI document as anybody gets it."""
    return program(None).get("/openapi.json")


@pytest.fixture
def places(around: Town, program: Speak, clock: Clock) -> dict[str, str]:
    """Path parameters that lead to something the fund office may see."""
    number = draft(around, now=clock.now())
    advance(around, number, "compliance_review", now=clock.now())
    paper = program(around.fund).get(f"/projects/{number}")["papers"][0]["id"]
    programme = program(around.fund).get("/programmes")["items"][0]["code"]
    return {
        "number": number, "case": pid_of(number).hex, "paper": paper, "uscc": WATER, "code": programme,
        "programme": programme, "action": "reject",
    }  # fmt: skip


def declared(description: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Method, path and whether a token is needed, of every operation."""
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            yield method.upper(), path, {} not in told.get("security", description["security"])


def test_each_operation_declares_what_the_policy_says_of_its_address(app: Flask, description: dict[str, Any]) -> None:
    by_policy = {
        (method, rule.rule.replace("<uuid:", "<").replace("<", "{").replace(">", "}")): not policy.everybody
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if (policy := rule_of(app, rule.endpoint, method)) is not None
    }
    known = list(declared(description))

    assert {(method, path): needs for method, path, needs in known} == {
        (method, path): by_policy[method, path] for method, path, _needs in known
    }
    assert description["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert all(
        scheme in ({}, {"token": []})
        for path in description["paths"].values()
        for told in path.values()
        for scheme in told.get("security", description["security"])
    )
    assert sum(needs for _method, _path, needs in known) > len(known) / 2


def test_what_needs_a_token_refuses_without_and_with_every_wrong_one(
    app: Flask, around: Town, program: Speak, description: dict[str, Any], places: dict[str, str], table_state: Any,
    clock: Clock,
) -> None:  # fmt: skip
    now, holder = clock.now(), int(around.fund.user_id or 0)
    revoked = issue_token(holder, "revoked", now=now)
    (mine,) = [row for row in _tokens(holder) if row.name == "revoked"]
    revoke_token(mine.id, user_id=holder, now=now)
    right = bearer(around.fund, now)
    word = right["Authorization"].removeprefix("Bearer ")
    wrong = ["", "Bearer", "Bearer ", "Bearer x", f"Bearer {word}x", f"Bearer {word[:-1]}", f"Basic {word}", word]
    wrong += [f"Bearer {revoked}", f"Bearer {word.swapcase()}", f"Bearer {word} {word}"]
    before = table_state()

    taken = []
    for method, path, needs in declared(description):
        if needs:
            client = app.test_client()
            address = path.format_map(places)
            for said in (None, *wrong):
                answer = client.open(address, method=method, json={} if method != "GET" else None, headers=_said(said))
                asked = answer.headers.get("WWW-Authenticate", "")[:6]
                if (answer.status_code, answer.mimetype, asked) != (401, "application/problem+json", "Bearer"):
                    taken.append((method, path, said, answer.status_code))

    assert taken == []
    assert table_state() == before
    assert app.test_client().get(f"{PREFIX}/me", headers=right).status_code == 200


def _tokens(user_id: int) -> list[Any]:
    from app.database import db
    from app.people.models import ApiToken

    found = db.session.query(ApiToken).filter_by(user_id=user_id).all()
    db.session.rollback()
    return found


def _said(value: str | None) -> dict[str, str]:
    return {} if value is None else {"Authorization": value}


def test_schemathesis_finds_no_operation_that_ignores_its_token(
    app: Flask, around: Town, clock: Clock, places: dict[str, str]
) -> None:
    schema = Context().run(schemathesis.openapi.from_wsgi, f"{PREFIX}/openapi.json", app)
    reached, wanted = set(), set()

    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.method.upper() != "GET":
            continue
        case = operation.Case(path_parameters={name: places[name] for name in _names(operation.path)})
        wanted.add(operation.path)
        for who in (around.fund, around.supervisor, around.maker):
            headers = bearer(who, clock.now())
            answer = Context().run(case.call_and_validate, headers=headers, checks=[ignored_auth])
            if answer.status_code == 200:
                reached.add(operation.path)

    assert wanted - reached == set()


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]
