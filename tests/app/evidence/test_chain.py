"""The chain of events against people who speak SQL as the application does."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text

from app.database import db
from app.evidence.models import Event, EventPrivate
from tests import make

FORGERIES = {
    "an edited body": "UPDATE event SET body = body || ' ' WHERE seq = 2",
    "a deleted act": "DELETE FROM event WHERE seq = 2",
    "an emptied table": "TRUNCATE event CASCADE",
    "a stage without an act": "UPDATE \"case\" SET stage = 'closed' WHERE id = root_id AND life = 'aid_project'",
    "a chain cut short": 'UPDATE "case" SET chain_seq = 1, chain_hash = (SELECT hash FROM event e WHERE e.root_id ='
    " \"case\".id AND seq = 1), last_seq = 1 WHERE life = 'aid_project'",
    "a deleted case": 'DELETE FROM "case"',
    "a forgotten duty": "DELETE FROM duty",
    "a rewritten private half": "UPDATE event_private SET body = 'x'",
}
#: Copies the last event of the project with something changed.
INSERT = """
INSERT INTO event (root_id, seq, case_id, prev_seq, prev_hash, case_prev_seq, action, role, duty, actor_id, case_from,
                   case_to, root_from, root_to, at, body)
SELECT root_id, {seq}, case_id, {prev_seq}, {prev_hash}, {case_prev_seq}, 'reject', {role}, {duty}, {actor},
       {stage_from}, 'rejected', {stage_from}, 'rejected', at,
       convert_to(json_build_object('seq', {seq}, 'type', 'reject', 'prev', encode({prev_hash}, 'hex'))::text, 'UTF8')
  FROM event WHERE root_id = {root} ORDER BY seq DESC LIMIT 1
"""


@pytest.fixture
def submitted(app: Flask) -> int:
    around = make.town()
    number = make.draft(around)
    make.act(make.pid_of(number), "submit", around.owner)
    ident = make.case_of(make.pid_of(number)).id
    db.session.rollback()
    return ident


def committed(statement: str) -> None:
    """Say this to the database in the web role, past row-level security, and commit."""
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.execute("SELECT asks_as('system')")
        driver.execute(statement)
        driver.commit()


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_the_application_role_cannot_forge(submitted: int, forgery: str, table_state: Callable[[], Any]) -> None:
    before = table_state()

    with pytest.raises(psycopg.Error):
        committed(forgery)

    assert table_state() == before


def forged(root: int, **changed: str) -> str:
    last = f"(SELECT max(seq) FROM event WHERE root_id = {root})"
    values = {
        "root": str(root),
        "seq": f"{last} + 1",
        "prev_seq": last,
        "prev_hash": "hash",
        "case_prev_seq": last,
        "role": "role",
        "duty": "duty",
        "actor": "actor_id",
        "stage_from": "'authenticity_review'",
    }
    return INSERT.format(**values | changed)


WRONG = {
    "a fork": {"seq": "2", "prev_seq": "1", "prev_hash": "prev_hash", "case_prev_seq": "1"},
    "a gap": {"seq": "9"},
    "a skipped stage": {"stage_from": "'joint_review'"},
    "another's hash": {"prev_hash": "sha256('x')"},
    "a duty nobody took": {"duty": "'approver'"},
    "an act without a person": {"actor": "NULL"},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG.keys())
def test_no_false_event_can_be_added(submitted: int, changed: dict[str, str], table_state: Callable[[], Any]) -> None:
    before = table_state()

    with pytest.raises(psycopg.Error):
        committed(forged(submitted, **changed))

    assert table_state() == before


def test_a_well_formed_event_does_not_stand_without_its_case(submitted: int, table_state: Callable[[], Any]) -> None:
    before = table_state()

    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.execute(forged(submitted))
        with pytest.raises(psycopg.errors.RestrictViolation, match="beyond the head"):
            driver.commit()

    assert table_state() == before


def test_every_event_is_hashed_as_stored_and_names_the_one_before(submitted: int) -> None:
    rows = db.session.execute(
        select(Event.seq, Event.body, Event.hash, Event.prev_hash).where(Event.root_id == submitted).order_by(Event.seq)
    ).all()

    assert [row.seq for row in rows] == [1, 2]
    previous = None
    for row in rows:
        said = json.loads(row.body)
        assert row.hash == hashlib.sha256(b"\x00" + row.body).digest()
        assert (row.prev_hash, said["prev"]) == (previous, previous.hex() if previous else "")
        previous = row.hash


def test_the_commitment_opens_with_salt_and_private_half(submitted: int) -> None:
    row = db.session.execute(
        select(Event.body, EventPrivate.salt, EventPrivate.body.label("private"))
        .join(EventPrivate, EventPrivate.event_id == Event.id)
        .where(Event.root_id == submitted, Event.seq == 2)
    ).one()

    assert json.loads(row.body)["commit"] == hashlib.sha256(row.salt + row.private).hexdigest()
    assert len(json.loads(row.private)["figures"]["papers"]) == len(make.DEFAULT_POLICY.required_papers)


def test_the_submitted_declaration_stands_still(submitted: int) -> None:
    for change in (
        "UPDATE project SET requested = requested",
        "DELETE FROM budget_line",
        "DELETE FROM performance_target",
    ):
        with pytest.raises(psycopg.Error):
            committed(change)
    assert db.session.scalar(text("SELECT count(*) FROM budget_line")) == 2
