"""A role, a membership, a token or a session that is taken away counts no more from the next request on.

Many people ask without a pause, over HTTP and through two web processes; whoever asks after the commit that took
something away must be refused, in each of the streams.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.database import db
from app.people.models import ApiToken, RoleGrant
from app.people.permissions import Actor
from app.people.service import end_grant, issue_token, revoke_token, set_active
from app.people.service.sessions import begin_session, end_sessions
from tests import make
from tests.benchmarks._asking import sit_down
from tests.benchmarks._place import Place, Served, ask, installed, served

NAME = "revocation"
#: Seconds for which a stream must run well before something is taken away, and after that at most.
PATIENCE = 60.0
OK, SEE_OTHER, NO_NAME, NO_DUTY, ABSENT = 200, 303, 401, 403, 404


@dataclass
class Stream:
    """One person who asks again and again: when each question began, and what was answered."""

    path: str
    headers: dict[str, str]
    take: Callable[[], None]
    refused: frozenset[int]
    kind: str
    answers: list[tuple[float, int]] = field(default_factory=list)
    taken: float | None = None
    over: threading.Event = field(default_factory=threading.Event)
    failed: str = ""

    def run(self, server: Served) -> None:
        """Ask until told to stop."""
        try:
            with closing(server.connect()) as connection:
                while not self.over.is_set():
                    self.answers.append(self._once(connection))
        except OSError as broken:
            self.failed = repr(broken)

    def _once(self, connection: HTTPConnection) -> tuple[float, int]:
        began = time.monotonic()
        return began, ask(connection, "GET", self.path, **self.headers)[0]

    def after(self) -> list[int]:
        """The answers to whatever was asked after it was taken away."""
        return [] if self.taken is None else [status for began, status in self.answers if began > self.taken]

    def before(self) -> list[int]:
        """The answers to whatever was asked well before."""
        end = self.taken or float("inf")
        return [status for (began, status), (nxt, _s) in zip(self.answers, self.answers[1:], strict=False) if nxt < end]


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """200 streams in full form, 20 in short form, the kinds in turns."""
    count = 200 if full else 20
    with installed("test") as place, place.app.app_context():
        around = make.town_today(datetime.now(UTC))
        number = make.draft(around, now=datetime.now(UTC))
        makers = (_role, _membership, _token, _session, _switched_off)
        streams = [makers[n % len(makers)](place.app, around, number) for n in range(count)]
        with served(place) as server:
            _let_run(place, server, streams)
        db.session.remove()
        db.engine.dispose()
    late = [stream for stream in streams if set(stream.after()) - stream.refused]
    never = [stream for stream in streams if OK not in stream.before() or not stream.after() or stream.failed]
    return {
        "name": NAME,
        "seed": None,
        "ok": not late and not never,
        "streams": len(streams),
        "kinds": dict(Counter(stream.kind for stream in streams)),
        "answers": sum(len(stream.answers) for stream in streams),
        "after": dict(Counter(status for stream in streams for status in stream.after())),
        "let_in_late": [(stream.kind, stream.after()[:5]) for stream in late[:5]],
        "proved_nothing": [(stream.kind, stream.failed, stream.before()[:5]) for stream in never[:5]],
    }


def _let_run(place: Place, server: Served, streams: list[Stream]) -> None:
    threads = [threading.Thread(target=stream.run, args=(server,)) for stream in streams]
    for thread in threads:
        thread.start()
    try:
        for stream in streams:
            _until(lambda stream=stream: len(stream.answers) > 1 or stream.failed)  # type: ignore[misc]
        for stream in streams:
            stream.take()
            stream.taken = time.monotonic()
        for stream in streams:
            _until(lambda stream=stream: len(stream.after()) > 1 or stream.failed)  # type: ignore[misc]
    finally:
        for stream in streams:
            stream.over.set()
        for thread in threads:
            thread.join(PATIENCE)


def _until(so: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not so() and time.monotonic() < end:
        threading.Event().wait(0.02)


def _role(app: Flask, _around: make.Town, _number: str) -> Stream:
    person = make.person("fund_office")
    return Stream("/ledger", _cookie(app, person), lambda: _end(person), frozenset({NO_DUTY}), "role")


def _membership(app: Flask, _around: make.Town, number: str) -> Stream:
    person = make.person("applicant_member", uscc=make.WATER)
    headers = _cookie(app, person)
    return Stream(f"/projects/{number}", headers, lambda: _end(person), frozenset({ABSENT}), "membership")


def _token(_app: Flask, _around: make.Town, _number: str) -> Stream:
    person = make.person("fund_office")

    def take() -> None:
        assert person.user_id is not None
        (token,) = db.session.scalars(select(ApiToken.id).where(ApiToken.user_id == person.user_id))
        db.session.rollback()
        revoke_token(token, user_id=person.user_id, now=datetime.now(UTC))

    return Stream("/api/v1/projects", make.bearer(person, datetime.now(UTC)), take, frozenset({NO_NAME}), "token")


def _session(app: Flask, _around: make.Town, _number: str) -> Stream:
    person, refused = make.person("secretary"), frozenset({SEE_OTHER})
    headers = _cookie(app, person)
    return Stream("/inbox?all=1", headers, lambda: end_sessions(person.user_id or 0), refused, "session")


def _switched_off(_app: Flask, _around: make.Town, _number: str) -> Stream:
    person = make.person("supervisor")
    assert person.user_id is not None
    token = issue_token(person.user_id, "stream", now=datetime.now(UTC))
    return Stream(
        "/api/v1/me", {"Authorization": f"Bearer {token}"}, lambda: set_active(person.user_id or 0, active=False),
        frozenset({NO_NAME}), "account",
    )  # fmt: skip


def _end(person: Actor) -> None:
    (grant,) = db.session.scalars(select(RoleGrant.id).where(RoleGrant.user_id == person.user_id))
    db.session.rollback()
    end_grant(grant, now=datetime.now(UTC))


def _cookie(app: Flask, person: Actor) -> dict[str, str]:
    client = app.test_client()
    sit_down(client, begin_session(person.user_id or 0))
    found = client.get_cookie(str(app.config["SESSION_COOKIE_NAME"]))
    assert found is not None
    assert re.fullmatch(r"[\w.-]+", found.value)
    return {"Cookie": f"{found.key}={found.value}"}
