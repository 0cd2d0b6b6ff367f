"""The first barrier is taken away: every scope says yes to everybody, and the database still shows nothing foreign."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import true

from app.casework.models import Case
from app.casework.permissions import file_open, not_recused, visible
from app.database import db
from app.documents.permissions import visible_papers
from app.people.permissions import Actor
from app.people.queries import actor_of
from app.people.service import issue_token
from app.people.service.sessions import begin_session
from app.provision import WEB
from app.security.principals import PRINCIPALS
from tests import make
from tests.benchmarks._asking import Ask, Asker, asks, sees
from tests.benchmarks._place import Place, installed
from tests.benchmarks._world import AUDIENCE, World, build, canary

NAME = "second-barrier"
#: The first barrier: what every query of cases and papers says.
SCOPES = (visible, file_open, not_recused, visible_papers)
#: Principals whom only this proof knows: an expert with no project, and one who declared a conflict on "panel".
STRANGE, RECUSED = "strange_expert", "recused_expert"
#: In short form one address in so many is asked by one principal.
PART = 6
#: Canaries that are no rows of a case: the register of organisations is open to officials by columns.
BY_ROWS = {thing: readers for thing, readers in AUDIENCE.items() if thing != "other_bank"}
MOST_FAULTS = 40


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """Ask everything as everybody without the first barrier: once without the second one either, once with it."""
    with ExitStack() as stack:
        place = stack.enter_context(installed("test"))
        superuser = stack.enter_context(psycopg.connect(place.embedded.url("postgres"), autocommit=True))
        world = _world(place.app)
        protected = [name for (name,) in superuser.execute(PROTECTED)]
        rows = _rows_of_others(place, world, protected)
        with _first_barrier_away():
            told = _told(place.app, world, full=full)
            with _second_barrier_away(superuser, protected):
                bare = _told(place.app, world, full=full)
        with place.app.app_context():
            db.engine.dispose()
    faults = told["told"] + rows["faults"]
    return {
        "name": NAME,
        "seed": None,
        "ok": not faults and bool(bare["told"]),
        "tables": len(protected),
        "asked": told["asked"],
        "told_with_neither_barrier": sum(bare["told"].values()),
        "told_with_the_second_alone": sum(told["told"].values()),
        "answered_with_neither": bare["answered"].total(),
        "answered_with_the_second_alone": dict(told["answered"]),
        "rows_asked_for": rows["asked"],
        "wrong": dict(faults.most_common(MOST_FAULTS)),
    }


PROTECTED = """
SELECT relname FROM pg_class
WHERE relrowsecurity AND relforcerowsecurity AND relnamespace = 'public'::regnamespace ORDER BY 1
"""


def _world(app: Flask) -> World:
    """The world of the sweep, with the two experts who are nothing to it or must not be any more."""
    now = datetime.now(UTC)
    with app.app_context():
        world = build(now)
        panel = make.pid_of(world.things["panel"]["number"])
        mine = {actor.user_id: name for name, actor in world.people.items() if actor is not None}
        sheet, expert = next(
            (case.pid, case.assigned_user_id)
            for case in db.session.query(Case).filter_by(root_id=make.case_of(panel).id, life="score_sheet")
            if case.assigned_user_id not in mine
        )
        recused = actor_of(db.session(), expert)
        assert recused is not None
        db.session.rollback()
        make.act(sheet, "declare_conflict", recused, now=now, conflict=True, statement="曾在该单位任职")
        world.people |= {STRANGE: make.person("expert"), RECUSED: recused}
        for name in (STRANGE, RECUSED):
            ident = world.people[name].user_id  # type: ignore[union-attr]
            world.tokens[name], world.keys[name] = issue_token(ident, "proof", now=now), begin_session(ident)
        db.session.remove()
    return world


@contextmanager
def _first_barrier_away() -> Iterator[None]:
    """Every scope is true, wherever a module of the application knows it by its name."""
    names = [name for name in sys.modules if name.startswith("app.")]
    found = [
        (sys.modules[module], name, scope)
        for module in names
        for name, scope in vars(sys.modules[module]).copy().items()
        if any(scope is each for each in SCOPES)
    ]
    try:
        for module, name, _scope in found:
            setattr(module, name, lambda *_said: true())
        yield
    finally:
        for module, name, scope in found:
            setattr(module, name, scope)


@contextmanager
def _second_barrier_away(superuser: psycopg.Connection[Any], tables: list[str]) -> Iterator[None]:
    """Row-level security is off: this shows that there is something to be seen at all."""

    def all_of_them(verb: str) -> None:
        for name in tables:
            superuser.execute(sql.SQL(f"ALTER TABLE {{}} {verb} ROW LEVEL SECURITY").format(sql.Identifier(name)))

    all_of_them("DISABLE")
    try:
        yield
    finally:
        all_of_them("ENABLE")


def _told(app: Flask, world: World, *, full: bool) -> dict[str, Any]:
    """Whose canaries were told to whom, and how many addresses answered about what is somebody else's."""
    told: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    asked = 0
    everybody = [principal.name for principal in PRINCIPALS] + [STRANGE, RECUSED]
    for number, principal in enumerate(everybody):
        asker = Asker(app, world, principal)
        for ask in _questions(app, world, principal, number, full=full):
            answer = asker.ask(ask, "GET")
            asked += 1
            rule = ask.rule(app, "GET")
            limited = rule is not None and not rule.everybody and ask.thing not in {None, "absent"}
            if limited and answer.status == HTTPStatus.OK:
                answered[ask.address] += 1
            for thing, readers in BY_ROWS.items():
                if principal not in readers and canary(thing).encode() in answer.body:
                    told[f"canary of {thing} told to {principal} at {ask.address} about {ask.thing}"] += 1
    return {"told": told, "asked": asked, "answered": answered}


def _questions(app: Flask, world: World, principal: str, number: int, *, full: bool) -> Iterator[Ask]:
    for turn, (absent, *things) in enumerate(asks(app, world), number):
        foreign = [ask for ask in things if not sees(principal, ask)]
        if full:
            yield from (absent, *foreign)
        elif turn % PART == 0:
            yield foreign[turn // PART % len(foreign)] if foreign else absent


def _rows_of_others(place: Place, world: World, tables: list[str]) -> dict[str, Any]:
    """SQL in the role of the web, as each person: no foreign canary is read, changed or deleted, whatever is asked."""
    faults: Counter[str] = Counter()
    asked = 0
    with psycopg.connect(place.embedded.url(WEB)) as web:
        for principal, actor in world.people.items():
            for table in tables:
                for words in _as(web, actor, table):
                    asked += 1
                    for thing, readers in BY_ROWS.items():
                        if principal not in readers and canary(thing) in words:
                            faults[f"row of {thing} in {table} read by {principal}"] += 1
    return {"asked": asked, "faults": faults}


def _as(web: psycopg.Connection[Any], actor: Actor | None, table: str) -> list[str]:
    with web.transaction(force_rollback=True):
        if actor is None or actor.user_id is None:
            web.execute("SELECT asks_as('public')")
        else:
            web.execute("SELECT asks(%s)", (actor.user_id,))
        # The private half of an event is text only when it is read as such.
        body = "convert_from(body, 'UTF8')" if table == "event_private" else "t::text"
        return [words for (words,) in web.execute(
            sql.SQL(f"SELECT {body} FROM {{}} t").format(sql.Identifier(table))
        )]  # fmt: skip
