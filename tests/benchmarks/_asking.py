"""Asking the application for everything, as everybody, and seeing whether a question changed anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from time import perf_counter
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Rule as Address

from app.security.access import rule_of
from app.security.policy import Rule
from tests.benchmarks._world import ABSENT, AUDIENCE, ORGANISATIONS, World

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")
#: The one of them that is no header but a parameter.
PARAMETER = "_method"
#: Words that an address is filled with where it leads to nothing of anybody.
ELSE = {
    "action": "withdraw", "step": "organisation", "programme": "DKZY", "code": "TZ-NOW", "call": "TZ-NOW",
    "year": "2026", "template": "due_soon", "tongue": "en", "name": "notices", "filename": "aidflow.css", "seq": "1",
    "page": "1", "draw_round": "1", "tie": "1", "letter_id": "1", "grant": "1", "ident": "1",
}  # fmt: skip
#: What an address calls a thing → what the world calls it; a life of a project where the address is about one.
CALLED = {"number": "number", "pid": "pid", "case": "pid", "public_id": "paper", "paper": "paper", "uscc": "uscc"}
#: Where a word of an address is another kind of thing: how the address begins, its word, what the world calls it.
ELSEWHERE = (
    ("/meetings/", "pid", "meeting"), ("/panels/sessions/", "pid", "session"), ("/reviews/sessions/", "pid", "session"),
    ("/members/", "ident", "link_id"), ("/members/", "grant", "grant_id"),
)  # fmt: skip
LIVES = {"own_sheet": "score_sheet", "own_audits": "audit"}
OF_ONESELF = ("token_id", "view_id", "notification_id")
#: Scopes within which a thing may be somebody else's.
LIMITED = {
    "visible", "file", "own_organisation", "own_members", "office", "own_sheet", "own_audits", "organisations",
    "oneself",
}  # fmt: skip
#: Headers that are new in every answer, and the word of the content policy, which says nothing.
ITS_OWN = frozenset({"Content-Security-Policy", "Set-Cookie", "X-Request-ID"})


@dataclass(frozen=True, slots=True)
class Ask:
    """One address with one thing in it; `thing` is None where it leads to nothing of anybody."""

    address: str
    path: str
    thing: str | None = None

    @property
    def api(self) -> bool:
        """Whether it is for programs, who have tokens."""
        return self.path.startswith("/api/")

    def endpoint(self, app: Flask, method: str) -> str | None:
        """Who answers this method here; None where nobody does."""
        try:
            return str(app.url_map.bind("localhost").match(self.path, method=method)[0])
        except MethodNotAllowed:
            return None

    def rule(self, app: Flask, method: str) -> Rule | None:
        """What the policy says about it; None where the address does not have this method."""
        endpoint = self.endpoint(app, method) if method != "OPTIONS" else None
        return rule_of(app, endpoint, method) if endpoint else None


def asks(app: Flask, world: World) -> Iterator[list[Ask]]:
    """Every address with nothing and then with every thing of the world."""
    known = {address.rule: address for address in sorted(app.url_map.iter_rules(), key=_first_written)}
    for rule, address in sorted(known.items()):
        yield [
            Ask(rule, filled(app, address, ABSENT), "absent" if leads(address) else None),
            *(
                Ask(rule, filled(app, address, words), thing)
                for thing, words in world.things.items()
                if leads(address) and all(_word(app, address, name, words) for name in leads(address))
            ),
        ]


def _first_written(address: Address) -> bool:
    """Of two rules for one address the one that reads is kept."""
    return "GET" in (address.methods or ())


def leads(address: Address) -> set[str]:
    """The parts of an address that name somebody's thing."""
    return {name for name in address.arguments if _called(address, name) or name in OF_ONESELF}


def _called(address: Address, name: str) -> str | None:
    """What the world calls the thing that this word of an address names."""
    found = (called for begins, word, called in ELSEWHERE if word == name and address.rule.startswith(begins))
    return next(found, CALLED.get(name))


def filled(app: Flask, address: Address, words: dict[str, str]) -> str:
    """The address with these words in it, in the form in which our own links have it."""
    path = address.rule
    for name in address.arguments:
        known = _word(app, address, name, words)
        word = known if name in leads(address) and known else ELSE.get(name) or known or words.get("id", "1")
        path = re.sub(rf"<[^<>]*\b{name}>", word, path)
    return path


def _word(app: Flask, address: Address, name: str, words: dict[str, str]) -> str | None:
    method = min((address.methods or set()) - {"HEAD", "OPTIONS"})
    rule = rule_of(app, address.endpoint, method)
    life = LIVES.get(rule.scope if rule else "", "")
    if name == "pid" and life:
        return words.get(life) if words is not ABSENT else words["pid"]
    return words.get(_called(address, name) or name)


def sees(principal: str, ask: Ask) -> bool:
    """Whether the thing of this question is this principal's to see."""
    if ask.thing is None or ask.thing == "absent":
        return False
    return principal in (ORGANISATIONS if "<uscc>" in ask.address else AUDIENCE)[ask.thing]


class Asker:
    """One principal at a browser and with a token."""

    def __init__(self, app: Flask, world: World, name: str) -> None:
        self.app, self.name = app, name
        self.client: FlaskClient = app.test_client()
        self.bearer = {"Authorization": f"Bearer {world.tokens[name]}"} if name in world.tokens else {}
        if name in world.keys:
            sit_down(self.client, world.keys[name])
        page = self.client.get("/account" if name in world.keys else "/sign-in").text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, name
        self.csrf = {"X-CSRFToken": found[1]}

    def ask(self, ask: Ask, method: str, headers: dict[str, str] | None = None, **sent: Any) -> "Answer":
        """One request as our own pages and programs would send it."""
        more = dict(self.bearer if ask.api else self.csrf) | (headers or {})
        if PARAMETER in more:
            sent["query_string"] = {PARAMETER: more.pop(PARAMETER)}
        if ask.api and method in {"POST", "PUT", "PATCH"} and sent.keys() <= {"query_string"}:
            more |= {"If-Match": '"1"'}
            sent |= {"data": {"kind": "other"}} if ask.path.endswith("/papers") else {"json": {"seen": "x"}}
            if ask.path.endswith("/papers"):
                more["Content-Type"] = "multipart/form-data"
        started = perf_counter()
        found = self.client.open(ask.path, method=method, headers=more, **sent)
        body = found.get_data()
        took = perf_counter() - started
        # A file that is answered stays open until then.
        found.close()
        return Answer(found.status_code, body, dict(found.headers), took)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long it took in seconds."""

    status: int
    body: bytes
    headers: dict[str, str]
    seconds: float

    def fingerprint(self, path: str) -> str:
        """The same for two answers that are the same byte for byte, but for the address that was asked for."""
        kept = sorted((name, said.replace(path, "")) for name, said in self.headers.items() if name not in ITS_OWN)
        return sha256(repr((self.status, kept)).encode() + self.body.replace(path.encode(), b"")).hexdigest()


def sit_down(client: FlaskClient, word: str) -> None:
    """The session that this word stands for (see `begin_session`), as sign-in leaves it in a browser."""
    with client.session_transaction() as session:
        session["_user_id"] = word


@dataclass
class Still:
    """Whether the database stays as it is. Who writes takes a transaction number, so most looks are cheap."""

    connection: psycopg.Connection[Any]
    number: int = 0
    state: dict[str, str] = field(default_factory=dict)

    def changed(self) -> list[str]:
        """The tables that changed since the last look, whole."""
        (number,) = self.connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()  # type: ignore[misc]
        if number == self.number:
            return []
        before, self.number, self.state = self.state, number, self._digests()
        return sorted(name for name in {*before, *self.state} if before.get(name) != self.state.get(name))

    def _digests(self) -> dict[str, str]:
        tables = self.connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        digest = sql.SQL("SELECT {name}, coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t")
        parts = [digest.format(name=sql.Literal(name), table=sql.Identifier(name)) for (name,) in tables]
        return dict(self.connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall())
