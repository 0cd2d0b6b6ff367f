"""The view of violations: what a superuser breaks with every guard off is named there."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.orm import Session

from app.ledger.queries import violations
from app.ledger.service import begin_attempt
from app.provision import WEB, WORKER
from tests.app.ledger.books import Fund

#: What is done behind the ledger's back, and the rules that then are seen to be broken.
PLANTED = {
    "a balance raised": (
        "UPDATE account SET balance = balance + 1 WHERE kind = 'available'",
        {"balance_is_not_its_replay", "sum_is_not_zero"},
    ),
    "money moved without a transfer": (
        (
            "UPDATE account SET balance = balance + CASE kind WHEN 'available' THEN 1 ELSE -1 END"
            " WHERE kind = 'available' OR (kind = 'encumbered' AND project_id = {project})"
        ),
        {"balance_is_not_its_replay", "held_is_wrong_or_over_the_cap"},
    ),
    "a version turned back": ("UPDATE account SET version = 0 WHERE kind = 'reserved'", {"version_is_not_its_count"}),
    "a transfer deleted": (
        "DELETE FROM transfer WHERE code = 'encumber'",
        {
            "balance_is_not_its_replay",
            "version_is_not_its_count",
            "version_gap",
            "balance_after_is_wrong",
            "balance_was_negative",
            "posting_has_not_moved_its_amount",
        },
    ),
    "an amount changed": (
        "UPDATE transfer SET amount = 299 WHERE code = 'reserve'",
        {
            "balance_is_not_its_replay",
            "balance_after_is_wrong",
            "balance_was_negative",
            "posting_has_not_moved_its_amount",
        },
    ),
    "an after-balance changed": (
        "UPDATE transfer SET from_balance = 1 WHERE code = 'reserve'",
        {"balance_after_is_wrong"},
    ),
    "a version changed": ("UPDATE transfer SET to_version = 7 WHERE code = 'accrue'", {"version_gap"}),
    "a balance below zero": (
        "UPDATE account SET balance = -1 WHERE kind = 'recovered'",
        {"balance_is_negative", "balance_is_not_its_replay", "sum_is_not_zero"},
    ),
    "a kind changed": ("UPDATE transfer SET from_kind = 'source' WHERE code = 'reserve'", {"illegal_flow"}),
    "a code changed": ("UPDATE posting SET code = 'release' WHERE code = 'reserve'", {"illegal_flow"}),
    "a rule dropped": ("DELETE FROM flow_rule WHERE code = 'encumber'", {"illegal_flow"}),
    "an account of another project": (
        (
            "UPDATE transfer SET to_account_id ="
            " (SELECT id FROM account WHERE project_id = {other} AND kind = 'payable') WHERE code = 'accrue'"
        ),
        {"illegal_flow", "balance_is_not_its_replay", "version_is_not_its_count"},
    ),
    "a cap lowered": (
        "UPDATE project_fund SET cap = 299 WHERE project_id = {project}",
        {"held_is_wrong_or_over_the_cap"},
    ),
    "a lie about what is held": ("UPDATE project_fund SET held = 1", {"held_is_wrong_or_over_the_cap"}),
    "a posting alone": (
        (
            "INSERT INTO posting (id, event_id, code, needs_two, programme_year_id, amount)"
            " VALUES (gen_random_uuid(), 1, 'lapse', false, {year}, 5)"
        ),
        {"posting_has_not_moved_its_amount"},
    ),
    "a checker gone": ("UPDATE posting SET checker_id = NULL WHERE needs_two", {"one_person_did_what_needs_two"}),
    "an act without its posting": (
        "UPDATE posting SET event_id = 1 WHERE code = 'appropriate'",
        {"event_has_not_posted"},
    ),
    "an attempt that says it was paid": ("UPDATE payment_attempt SET state = 'paid'", {"attempt_is_not_its_history"}),
    "an attempt without its past": (
        "DELETE FROM payment_attempt_state",
        {"attempt_is_not_its_history"},
    ),
    "a second live attempt": (
        (
            "INSERT INTO payment_attempt (project_id, tranche, attempt, case_id, amount)"
            " SELECT project_id, tranche, 2, case_id, amount FROM payment_attempt;"
            " INSERT INTO payment_attempt_state (attempt_id, seq, state, event_id)"
            " SELECT max(id), 1, 'prepared', 1 FROM payment_attempt"
        ),
        {"two_live_attempts"},
    ),
}
TABLES = (
    "account", "project_fund", "posting", "transfer", "flow_rule", "payment_attempt", "payment_attempt_state",
)  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_corruption_is_named(
    fund: Fund, session: Session, superuser: psycopg.Connection, planted: str
) -> None:
    statement, expected = PLANTED[planted]
    project, other = fund.project(), fund.project()
    fund.run(project, ("reserve", 300), ("encumber", 300), ("accrue", 100))
    order = fund.books.case("payment_order", "drafting", root=project)
    begin_attempt(session, project_id=project, tranche=1, case_id=order, amount=9, event_id=fund.act(project))
    session.commit()
    assert violations(session) == []
    session.rollback()

    with superuser.transaction():
        superuser.execute("SET LOCAL lock_timeout = '5s'")
        disarm(superuser)
        superuser.execute(statement.format(project=project, other=other, year=fund.year))

    assert {violation.rule for violation in violations(session)} == expected


def disarm(connection: psycopg.Connection) -> None:
    """Take away every trigger, check and index that guards the ledger, in this database of a test."""
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    constraints = connection.execute(
        (
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE conrelid = ANY (%s::regclass[]) AND contype = 'c'"
        ),
        (list(TABLES),),
    ).fetchall()
    for table, name in constraints:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    connection.execute("DROP INDEX uq_payment_attempt_live")


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_the_application_may_look_for_violations_in_its_own_name(
    fund: Fund, connect: Callable[..., psycopg.Connection], superuser: psycopg.Connection, role: str
) -> None:
    options = superuser.execute(
        "SELECT reloptions FROM pg_class WHERE oid = 'invariant_violations'::regclass"
    ).fetchone()

    assert connect(role).execute("SELECT * FROM invariant_violations").fetchall() == []
    assert options == (["security_invoker=true"],)
