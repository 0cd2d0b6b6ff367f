"""A town whose call is open now, and programs with the tokens of its people."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import Clock
from app.people.permissions import Actor
from tests.make import Town, bearer, town_today


class Program:
    """A program that speaks to the API with one person's token, or with none."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    def ask(self, method: str, path: str, status: int, **sent: Any) -> TestResponse:
        """One request; the status must be this."""
        headers = {**self.headers, **sent.pop("headers", {})}
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, **sent)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text[:2000])
        return answer

    def get(self, path: str, status: int = 200, **sent: Any) -> Any:
        """What a GET answers, as JSON."""
        return self.ask("GET", path, status, **sent).json

    def act(self, case: str, action: str, status: int = 200, *, key: str | None = None, **fields: Any) -> Any:
        """Look at a case and act on it."""
        seen = self.get(f"/cases/{case}")["seen"]
        headers = {"Idempotency-Key": key} if key else {}
        path, body = f"/cases/{case}/actions/{action}", {"seen": seen, **fields}
        return self.ask("POST", path, status, json=body, headers=headers).json


@pytest.fixture
def around(app: Flask, clock: Clock) -> Town:
    """Everybody and everything a project needs, with a call that is open at this moment."""
    return town_today(clock.now())


@pytest.fixture
def program(app: Flask, clock: Clock) -> Callable[[Actor | None], Program]:
    """`program(actor)`: a program with a token of this person; without an actor it has none."""

    def speaking(actor: Actor | None) -> Program:
        return Program(app.test_client(), bearer(actor, clock.now()) if actor else {})

    return speaking
