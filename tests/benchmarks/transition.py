"""What an act costs: against the same SQL sent bare, over HTTP, and two acts that exclude each other.

Bare means psycopg alone, in one transaction, with the very statements that the service sends for
the same act on a twin project, prepared before the clock starts.
"""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text

from app.casework.models import Case
from app.casework.service import seen_of, take_action
from app.casework.subjects import command_of
from app.database import db, transaction
from app.documents.models import STORED, Paper
from app.people.permissions import Actor
from tests import make
from tests.benchmarks._place import Place, Served, ask, installed, milliseconds, served
from tests.benchmarks._statements import Statement, written_down

NAME = "transition"
AIMS = {"ratio": 3.0, "http_median_ms": 15.0}
PAIRS_AT_ONCE = 15
#: The bare statements go past the second barrier as cheaply as may be.
AS_THE_SYSTEM = "-c aidflow.actor=system"
#: What the service and its twin must have left behind alike.
TRACES = """
SELECT c.stage, c.last_seq, c.chain_seq, c.holder_role, c.due_at,
       (SELECT count(*) FROM event WHERE root_id = c.id),
       (SELECT count(*) FROM event_private p JOIN event e ON e.id = p.event_id WHERE e.root_id = c.id),
       (SELECT count(*) FROM message WHERE case_id = c.id),
       (SELECT count(*) FROM duty WHERE root_id = c.id),
       (SELECT count(*) FROM paper WHERE root_id = c.id AND sealed_event_id IS NOT NULL),
       (SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'case_id' = c.id::text)
FROM "case" c WHERE c.id = %s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a project stands before an act: what its statements name it by."""

    id: int
    pid: UUID
    head: bytes
    seen: str
    next_event: int


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """200 acts of each kind in full form, 4 in short form; conflicts are the same in both."""
    times = 200 if full else 4
    with installed() as place, place.app.app_context():
        # Numbers that mean one thing only, so that one project's statements can be told for another.
        for table, first in (('"case"', 10**9), ("event", 10**12)):
            _superuser(place, f"ALTER TABLE {table} ALTER COLUMN id RESTART WITH {first}")
        now = datetime.now(UTC)
        around = make.town_today(now)
        acts, alike = _against_bare_sql(place, around, now, times)
        with served(place) as server:
            latency = _over_http(server, around, now, times)
            accepted = _conflicts(server, around, now)
    ratios = [found["ratio"] for found in acts.values()]
    both = accepted[2]
    return {
        "name": NAME,
        "seed": None,
        "ok": alike and both == 0 and accepted == Counter({1: PAIRS_AT_ONCE}),
        "acts": acts,
        "worst_ratio": max(ratios),
        "writes_alike": alike,
        "http": latency,
        "conflicts": PAIRS_AT_ONCE,
        "both_accepted": both,
        "neither_accepted": accepted[0],
        "aims": AIMS,
        "of_aim": {
            "ratio": round(max(ratios) / AIMS["ratio"], 2),
            "http_median_ms": round(latency["median_ms"] / AIMS["http_median_ms"], 2),
        },
    }


def _against_bare_sql(place: Place, around: make.Town, now: datetime, times: int) -> tuple[dict[str, Any], bool]:
    pattern, *projects = [_draft(around, now) for _ in range(2 * times + 1)]
    found: dict[str, Any] = {}
    alike = True
    steps = (
        ("submit", around.owner, {}),
        ("give_opinion", around.front, {"supports": True, "opinion": "需求属实"}),
        ("pass_authenticity", around.accepting, {"opinion": "属实"}),
        ("pass_compliance", around.fund, {"opinion": "合规"}),
    )
    with psycopg.connect(place.settings.database_url, options=AS_THE_SYSTEM) as bare:
        for action, actor, fields in steps:
            before = _standing(pattern)
            with written_down(db.engine) as statements:
                _act(before, action, actor, fields, now)
            durations: tuple[list[float], list[float]] = ([], [])
            for ours, twin in zip(projects[::2], projects[1::2], strict=True):
                durations[0].append(_timed(_act, _standing(ours), action, actor, fields, now))
                durations[1].append(_timed(_send, bare, list(_told_of(_standing(twin), before, statements))))
                traces = [bare.execute(TRACES, (project,)).fetchone() for project in (ours, twin)]
                bare.commit()
                alike = alike and traces[0] == traces[1]
            service, sql = (milliseconds(each) for each in durations)
            ratio = round(service["median_ms"] / sql["median_ms"], 2)
            found[action] = {"statements": len(statements), "service": service, "sql": sql, "ratio": ratio}
    return found, alike


def _act(standing: Standing, action: str, actor: Actor, fields: dict[str, Any], now: datetime) -> None:
    command = command_of("aid_project", action).model_validate(fields)
    take_action(
        standing.pid, action, actor=actor, seen=standing.seen, command=command,
        idempotency_key=f"key-of-{standing.id}-{action}", now=now,
    )  # fmt: skip


def _send(connection: psycopg.Connection[Any], statements: list[Statement]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            statement.send(cursor)
    connection.commit()


def _told_of(twin: Standing, pattern: Standing, statements: list[Statement]) -> Any:
    """The statements of the pattern's act as they would be for its twin, hashes computed anew."""
    numbers = {pattern.id: twin.id, pattern.next_event: twin.next_event}
    words = {pattern.pid.hex: twin.pid.hex, pattern.head.hex(): twin.head.hex(), str(pattern.id): str(twin.id)}
    digests = {pattern.head: twin.head}

    def change(value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return numbers.get(value, value)
        if isinstance(value, UUID):
            return twin.pid if value == pattern.pid else uuid4()
        if isinstance(value, str):
            return _replaced(value, words)
        if isinstance(value, bytes) and value.startswith(b'{"') and value.endswith(b"}"):
            told = _replaced(value.decode(), words).encode()
            digests[hashlib.sha256(b"\0" + value).digest()] = hashlib.sha256(b"\0" + told).digest()
            return told
        return digests.get(value, value) if isinstance(value, bytes) else value

    for statement in statements:
        yield statement.with_parameters(change)


def _replaced(value: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        value = value.replace(old, new)
    return value


def _standing(ident: int) -> Standing:
    with transaction() as session:
        case = session.get_one(Case, ident, populate_existing=True)
        assert case.chain_hash is not None
        latest = session.scalar(text("SELECT max(id) FROM event"))
        return Standing(case.id, case.pid, case.chain_hash, seen_of(case), latest + 1)


def _draft(around: make.Town, now: datetime) -> int:
    """A complete draft whose papers are rows alone: an act seals papers without opening them."""
    case = make.case_of(make.pid_of(make.draft(around, papers=False, now=now)))
    with transaction() as session:
        for kind, _label in around.policy.required_papers:
            session.add(
                Paper(
                    public_id=uuid4(), case_id=case.id, root_id=case.id, kind=kind, name=f"{kind}.pdf",
                    content_type="application/pdf", size=1, sha256=uuid4().hex * 2, key=uuid4().hex, state=STORED,
                    uploaded_by_id=around.owner.user_id, uploaded_at=now,
                )
            )  # fmt: skip
        return case.id


def _over_http(server: Served, around: make.Town, now: datetime, times: int) -> dict[str, Any]:
    bearer = make.bearer(around.accepting, now)
    waiting = [_submitted(around, now) for _ in range(times)]
    durations = []
    with closing(server.connect()) as connection:
        for project in waiting:
            body = json.dumps({"seen": project.seen, "opinion": "属实"}).encode()
            path = f"/api/v1/cases/{project.pid}/actions/pass_authenticity"
            started = perf_counter()
            status, told = ask(connection, "POST", path, body, Content_Type="application/json", **bearer)
            durations.append(perf_counter() - started)
            assert status == 200, told
    return milliseconds(durations)


def _conflicts(server: Served, around: make.Town, now: datetime) -> Counter[int]:
    """How many of two acts that exclude each other were accepted → how often."""
    colleague = make.person("accepting_unit", unit="SH310106")
    sides = [
        ("pass_authenticity", {"opinion": "属实"}, make.bearer(around.accepting, now)),
        ("reject", {"reason": "需求不实"}, make.bearer(colleague, now)),
    ]
    accepted: Counter[int] = Counter()
    for _ in range(PAIRS_AT_ONCE):
        project = _submitted(around, now)
        start, statuses = threading.Barrier(len(sides)), []

        def send(action: str, fields: dict[str, Any], bearer: dict[str, str]) -> None:
            body = json.dumps({"seen": project.seen, **fields}).encode()  # noqa: B023 -- joined below
            path = f"/api/v1/cases/{project.pid}/actions/{action}"  # noqa: B023
            with closing(server.connect()) as connection:
                start.wait()  # noqa: B023
                answer = ask(connection, "POST", path, body, Content_Type="application/json", **bearer)
            statuses.append(answer[0])  # noqa: B023

        threads = [threading.Thread(target=send, args=side) for side in sides]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) <= {200, 409}, statuses
        accepted[statuses.count(200)] += 1
    return accepted


def _submitted(around: make.Town, now: datetime) -> Standing:
    ident = _draft(around, now)
    _act(_standing(ident), "submit", around.owner, {}, now)
    return _standing(ident)


def _timed(work: Callable[..., None], *told: Any) -> float:
    started = perf_counter()
    work(*told)
    return perf_counter() - started


def _superuser(place: Place, statement: str) -> None:
    with psycopg.connect(place.embedded.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type] -- ours
