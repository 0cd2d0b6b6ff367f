"""Everybody asks for everything by every method: what is not theirs is refused, unseen, unchanged, alike."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from flask import Flask

from app.database import db
from app.security.access import WRITING
from app.security.policy import Rule
from app.security.principals import PRINCIPALS
from tests.benchmarks import _hands, _pace, _reading
from tests.benchmarks._asking import LIMITED, METHODS, OVERRIDES, Answer, Ask, Asker, Still, asks, sees
from tests.benchmarks._place import installed
from tests.benchmarks._reading import written_by
from tests.benchmarks._world import AUDIENCE, World, build, canary

NAME = "sweep"
#: In short form one address in so many is asked by one principal.
PART = 4
#: Answers that say where to go for a name, or that one is needed.
SIGN_IN = {False: 303, True: 401}
MOST_FAULTS = 40


@dataclass
class Sweep:
    """What was asked so far, and what was wrong with the answers."""

    app: Flask
    world: World
    still: Still
    asked: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    reached: set[str] = field(default_factory=set)
    absent: dict[tuple[str, ...], str] = field(default_factory=dict)

    def fault(self, *words: object) -> None:
        """Note what was wrong; the same thing again only counts."""
        self.faults[" ".join(str(word) for word in words)] += 1


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """Every thing and every method in full form; one foreign and the absent thing, own methods, in short form."""
    with ExitStack() as stack:
        place = stack.enter_context(installed("test"))
        superuser = stack.enter_context(psycopg.connect(place.embedded.url("postgres"), autocommit=True))
        with place.app.app_context():
            world = build(datetime.now(UTC))
            db.session.remove()
        still = Still(superuser)
        sweep = Sweep(place.app, world, still)
        told = _reading.off(sweep)
        for number, principal in enumerate(PRINCIPALS):
            asker = Asker(place.app, world, principal.name)
            still.changed()
            for ask, method, headers in _questions(sweep, principal.name, number, full=full):
                _judge(sweep, asker, ask, method, headers)
        _hands.off(sweep, full=full)
        told |= _pace.measured(sweep, full=full)
        with place.app.app_context():
            db.engine.dispose()
    return _found(sweep, full=full) | told


def _questions(
    sweep: Sweep, principal: str, number: int, *, full: bool
) -> Iterator[tuple[Ask, str, dict[str, str] | None]]:
    """What this principal asks: absent things first, so that there is something to compare the foreign with.

    In short form each address meets each principal by a part of what there is to ask, in turn.
    """
    for turn, (absent, *things) in enumerate(asks(sweep.app, sweep.world), number):
        mine, foreign = [a for a in things if sees(principal, a)], [a for a in things if not sees(principal, a)]
        if full:
            for method in METHODS:
                yield from ((ask, method, None) for ask in (absent, *mine, *foreign))
            for name in OVERRIDES:
                yield from ((ask, "POST", {name: "DELETE"}) for ask in (absent, *foreign))
                yield absent, "GET", {name: "POST"}
            continue
        some = [absent, *_one(foreign, turn)] if turn % PART == 0 else []
        some += _one(mine, turn) if turn % (3 * PART) == 0 else []
        for ask in some:
            yield from ((ask, m, None) for m in ("GET", *WRITING) if ask.endpoint(sweep.app, m))
        if turn % len(PRINCIPALS) == 0:
            # Each address meets each method by one principal or another.
            yield from ((absent, method, None) for method in METHODS)
            yield absent, "POST", {OVERRIDES[number % len(OVERRIDES)]: "DELETE"}


def _one(these: list[Ask], turn: int) -> list[Ask]:
    return these[turn % len(these) :][:1] if these else []


def _judge(sweep: Sweep, asker: Asker, ask: Ask, method: str, headers: dict[str, str] | None) -> None:
    rule = ask.rule(sweep.app, method)
    admitted = rule is not None and (rule.everybody or (asker.name != "stranger" and _admits(sweep, rule, asker.name)))
    limited = rule is not None and rule.scope in LIMITED and ask.thing is not None
    if admitted and method in WRITING and (not limited or sees(asker.name, ask)):
        return  # What one may write is tried with a field too many, by `_hands`.
    answer = asker.ask(ask, method, headers)
    sweep.asked[method if not headers else "override"] += 1
    where = (asker.name, method, ask.address, ask.thing, answer.status)
    wanted = _wanted(asker, ask, method, rule, admitted=admitted)
    if answer.status not in wanted:
        sweep.fault("status", *where, "wanted", sorted(wanted))
    for thing, readers in AUDIENCE.items():
        if asker.name not in readers and _tells(answer, canary(thing)):
            sweep.fault("canary of", thing, "told to", *where)
    if (tables := set(sweep.still.changed()) - written_by(answer)) and (method not in WRITING or not admitted):
        sweep.fault("changed", sorted(tables), *where)
    if admitted and rule and answer.status < 400:
        sweep.reached.add(f"{method} {ask.address}")
    if admitted and limited and not sees(asker.name, ask):
        _compare(sweep, asker, ask, method, answer, headers)


def _admits(sweep: Sweep, rule: Rule, principal: str) -> bool:
    actor = sweep.world.people[principal]
    return actor is not None and rule.admits(actor)


def _wanted(asker: Asker, ask: Ask, method: str, rule: Rule | None, *, admitted: bool) -> set[int]:
    """The statuses that the policy allows here."""
    if rule is None:
        return {200} if method == "OPTIONS" else {405}
    if not admitted:
        return {SIGN_IN[ask.api]} if asker.name == "stranger" else {rule.denial}
    if rule.scope in LIMITED and ask.thing is not None and not sees(asker.name, ask):
        # What cannot be read is refused before anything is looked up; `_compare` wants the same of the absent.
        return {404} | ({422} if method in WRITING else set()) | ({401} if asker.name == "stranger" else set())
    return {200, 302, 303, 304, 400, 404, 406, 409, 422, 503}


def _tells(answer: Answer, word: str) -> bool:
    return word.encode() in answer.body or any(word in value for value in answer.headers.values())


def _compare(sweep: Sweep, asker: Asker, ask: Ask, method: str, answer: Answer, headers: Any) -> None:
    """What is somebody else's must answer as what is not there; how fast is for `_pace` to say."""
    key = (asker.name, method, ask.address, str(headers))
    fingerprint = answer.fingerprint(ask.path)
    if ask.thing == "absent":
        sweep.absent[key] = fingerprint
        return
    sweep.compared += 1
    if sweep.absent.get(key, fingerprint) != fingerprint:
        sweep.fault("not as if absent", *key[:3], ask.thing)


def _found(sweep: Sweep, *, full: bool) -> dict[str, Any]:
    addresses = [absent for absent, *_things in asks(sweep.app, sweep.world)]
    readable = {f"GET {ask.address}" for ask in addresses if ask.rule(sweep.app, "GET")}
    return {
        "name": NAME,
        "seed": None,
        "ok": not sweep.faults,
        "asked": sweep.asked.total(),
        "by_method": dict(sweep.asked),
        "principals": len(PRINCIPALS),
        "addresses": len(addresses),
        "things": len(sweep.world.things),
        "compared": sweep.compared,
        "never_read": sorted(readable - sweep.reached) if full else None,
        "faults": len(sweep.faults),
        "wrong": dict(sweep.faults.most_common(MOST_FAULTS)),
    }
