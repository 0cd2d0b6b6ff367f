"""Direct SQL against the ledger, as the application's roles and as the owner of the tables."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.orm import Session

from app.ledger.service import begin_attempt
from tests.app.ledger.books import TABLES, Fund

SOME_ID = "'00000000-0000-4000-8000-000000000001'"
#: A posting for the newest event of the project, and a transfer of it; {…} are ids of the world.
POSTING = (
    "INSERT INTO posting (id, event_id, code, programme_year_id, project_id, amount, maker_id)"
    f" VALUES ({SOME_ID}, {{event}}, '{{code}}', {{year}}, {{project}}, {{amount}}, {{officer}});"
)
TRANSFER = (
    "INSERT INTO transfer (posting_id, from_account_id, to_account_id, amount)"
    f" VALUES ({SOME_ID}, {{source}}, {{target}}, {{amount}});"
)


@pytest.fixture
def world(fund: Fund, session: Session, superuser: psycopg.Connection) -> dict[str, object]:
    """Two projects with 300 reserved each, cap 500; another programme-year; the ids of all of it."""
    project, other = fund.project(cap=500), fund.project(cap=500)
    fund.run(project, ("reserve", 300))
    fund.run(other, ("reserve", 300), ("encumber", 200))
    event = fund.act(project)
    session.commit()
    elsewhere = Fund(session)
    kinds = "SELECT kind, id FROM account WHERE {} = %s"
    mine = dict(superuser.execute(kinds.format("project_id"), (project,)).fetchall())
    theirs = dict(superuser.execute(kinds.format("project_id"), (other,)).fetchall())
    year = superuser.execute(kinds.format("project_id IS NULL AND programme_year_id"), (fund.year,)).fetchall()
    abroad = superuser.execute(kinds.format("project_id IS NULL AND programme_year_id"), (elsewhere.year,)).fetchall()
    session.rollback()
    return {
        "project": project,
        "other": other,
        "event": event,
        "year": fund.year,
        "officer": fund.officer,
        "first_posting": superuser.execute("SELECT id FROM posting ORDER BY event_id LIMIT 1").fetchone()[0],
        **mine,
        **{f"their_{kind}": ident for kind, ident in theirs.items()},
        **dict(year),
        **{f"abroad_{kind}": ident for kind, ident in abroad},
    }


#: What the web role may try with SQL of its own.
FORBIDDEN = {
    "a posting": POSTING.replace("{code}", "reserve").replace("{amount}", "1"),
    "a transfer": "INSERT INTO transfer (posting_id, from_account_id, to_account_id, amount)"
    " VALUES ('{first_posting}', {source}, {available}, 1)",
    "a balance": "UPDATE account SET balance = balance + 1 WHERE id = {available}",
    "a cap": "UPDATE project_fund SET cap = 1000000 WHERE project_id = {project}",
    "a flow rule": "INSERT INTO flow_rule VALUES ('reserve', 'source', 'disbursed', 1)",
    "a code for one": "UPDATE posting_code SET needs_two = false",
    "a free act": "DELETE FROM event_must_post",
    "an account": "INSERT INTO account (programme_year_id, kind) VALUES ({year}, 'available')",
    "an erased posting": "DELETE FROM posting",
    "an erased transfer": "DELETE FROM transfer",
    "an emptied account": "TRUNCATE account CASCADE",
    "a trigger off": "ALTER TABLE transfer DISABLE TRIGGER transfer_move",
    "all triggers off": "ALTER TABLE transfer DISABLE TRIGGER ALL",
    "a check off": "ALTER TABLE account DROP CONSTRAINT ck_account_balance",
    "a replica": "SET session_replication_role = replica",
    "the owner": "SET ROLE aidflow_owner",
    "another function": "CREATE OR REPLACE FUNCTION transfer_move() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "a table in front": "CREATE TEMP TABLE account (id bigint)",
    "a table in public": "CREATE TABLE public.mine (id bigint)",
    "a view rewritten": "CREATE OR REPLACE VIEW invariant_violations AS SELECT 1",
}


def test_the_web_role_is_turned_away(
    world: dict[str, object],
    connect: Callable[..., psycopg.Connection],
    table_state: Callable[[], dict[str, str]],
) -> None:
    before = table_state()
    web = connect()

    outcome = {attack: refusal(web, statement.format(**world)) for attack, statement in FORBIDDEN.items()}

    assert outcome == dict.fromkeys(FORBIDDEN, "42501")
    assert table_state() == before


def refusal(connection: psycopg.Connection, statement: str) -> str | None:
    """The constraint that refuses this transaction, or else the SQLSTATE; None when it is committed."""
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.DatabaseError as refused:
        return refused.diag.constraint_name or refused.sqlstate
    return None


def moving(
    code: str, source: str, target: str, amount: int, *, project: str = "{project}", posted: int | None = None
) -> str:
    """SQL for one posting with one transfer."""
    asked = POSTING.replace("{code}", code).replace("{project}", project).replace("{amount}", str(posted or amount))
    return asked + TRANSFER.format(source=source, target=target, amount=amount)


#: What even the owner of the tables cannot do, and the constraint or trigger that refuses it.
REFUSED = {
    "a flow that is no rule": (
        moving("reserve", "{source}", "{reserved}", 1),
        "fk_transfer_code_from_kind_to_kind_flow_rule",
    ),
    "a flow backwards": (
        moving("reserve", "{reserved}", "{available}", 1),
        "fk_transfer_code_from_kind_to_kind_flow_rule",
    ),
    "into another year": (
        moving("unreserve", "{reserved}", "{abroad_available}", 1),
        "fk_transfer_to_account_id_to_kind_programme_year_id_account",
    ),
    "out of another year": (
        moving("reserve", "{abroad_available}", "{reserved}", 1),
        "fk_transfer_from_account_id_from_kind_programme_year_id_account",
    ),
    "into another project": (moving("reserve", "{available}", "{their_reserved}", 1), "transfer_of_one_project"),
    "out of another project": (moving("unreserve", "{their_reserved}", "{available}", 1), "transfer_of_one_project"),
    "between projects": (moving("encumber", "{reserved}", "{their_encumbered}", 1), "transfer_of_one_project"),
    "a project's money without a project": (
        moving("unreserve", "{reserved}", "{available}", 1, project="NULL").replace("{event}", "{year_event}"),
        "transfer_of_one_project",
    ),
    "over the cap": (moving("reserve", "{available}", "{reserved}", 201), "ck_project_fund_held"),
    "over the budget": (moving("reserve", "{available}", "{reserved}", 401), "ck_account_balance"),
    "more than there is": (moving("unreserve", "{reserved}", "{available}", 301), "ck_account_balance"),
    "a negative amount": (moving("reserve", "{available}", "{reserved}", -1), "ck_posting_amount"),
    "a negative transfer": (moving("reserve", "{available}", "{reserved}", -1, posted=1), "ck_transfer_amount"),
    "a transfer of nothing": (moving("reserve", "{available}", "{reserved}", 0, posted=1), "ck_transfer_amount"),
    "to itself": (moving("reserve", "{available}", "{available}", 1), "ck_transfer_two_accounts"),
    "two-person work alone": (moving("accrue", "{encumbered}", "{payable}", 1), "posting_people"),
    "more transfers than asked": (
        moving("reserve", "{available}", "{reserved}", 1)
        + TRANSFER.format(source="{available}", target="{reserved}", amount=1),
        "posting_is_complete",
    ),
    "one more transfer of an old posting": (
        TRANSFER.replace(SOME_ID, "'{first_posting}'").format(
            first_posting="{first_posting}", source="{source}", target="{available}", amount=1
        ),
        "posting_is_complete",
    ),
    "less than asked": (moving("reserve", "{available}", "{reserved}", 1, posted=2), "posting_has_transfers"),
    "a posting without transfers": (
        POSTING.replace("{code}", "reserve").replace("{amount}", "1"),
        "posting_has_transfers",
    ),
    "a posting of another project's event": (
        moving("reserve", "{available}", "{their_reserved}", 1, project="{other}"),
        "posting_event_root",
    ),
    "a second account of a kind": (
        "INSERT INTO account (programme_year_id, kind) VALUES ({year}, 'available')",
        "uq_account_programme_year_id_project_id_kind",
    ),
    "an account of a kind there is not": (
        "INSERT INTO account (programme_year_id, kind) VALUES ({year}, 'gift')",
        "ck_account_level",
    ),
    "a balance": (
        "UPDATE account SET balance = balance + 1, version = version + 1 WHERE id = {available}",
        "account_guard",
    ),
    "an account that starts rich": (
        "INSERT INTO account (programme_year_id, kind, balance) VALUES ({project}, 'available', 5)",
        "account_guard",
    ),
    "a cap": ("UPDATE project_fund SET cap = 1000000 WHERE project_id = {project}", "project_fund_guard"),
    "what is held": ("UPDATE project_fund SET held = 0 WHERE project_id = {project}", "project_fund_guard"),
    "a fund that starts rich": (
        "INSERT INTO project_fund (project_id, programme_year_id, cap, held) VALUES ({year}, {year}, 9, 9)",
        "project_fund_guard",
    ),
}


def test_not_even_the_owner_moves_money_otherwise(
    fund: Fund,
    session: Session,
    world: dict[str, object],
    owner: psycopg.Connection,
    table_state: Callable[[], dict[str, str]],
) -> None:
    year_event = fund.act(fund.year)
    session.commit()
    before = table_state()

    outcome = {
        attack: refusal(owner, statement.format(**world, year_event=year_event))
        for attack, (statement, _) in REFUSED.items()
    }

    assert outcome == {attack: constraint for attack, (_, constraint) in REFUSED.items()}
    assert table_state() == before


@pytest.mark.parametrize("who", ["owner", "superuser"])
def test_rows_of_the_ledger_are_neither_deleted_nor_changed(
    fund: Fund,
    session: Session,
    world: dict[str, object],
    request: pytest.FixtureRequest,
    table_state: Callable[[], dict[str, str]],
    who: str,
) -> None:
    order = fund.books.case("payment_order", "drafting", root=int(str(world["project"])))
    begin_attempt(session, project_id=world["project"], tranche=1, case_id=order, amount=1, event_id=world["event"])
    session.commit()
    connection: psycopg.Connection = request.getfixturevalue(who)
    if who == "superuser":
        connection.execute("SET session_replication_role = replica")
    before = table_state()

    outcome = {
        (table, verb): refusal(connection, f"{verb.format(table)}")
        for table, column in TABLES.items()
        for verb in ("DELETE FROM {}", "TRUNCATE {} CASCADE", f"UPDATE {{}} SET {column} = {column}")
    }

    guards = {table: f"{table}_guard" for table in ("account", "project_fund", "payment_attempt")}
    assert outcome == {
        (table, verb): guards.get(table, "23001") if verb.startswith("UPDATE") else "23001" for table, verb in outcome
    }
    assert table_state() == before


def test_what_the_caller_writes_into_a_transfer_is_overwritten(
    world: dict[str, object], owner: psycopg.Connection
) -> None:
    lie = TRANSFER.replace(
        "from_account_id, to_account_id, amount)",
        "from_account_id, to_account_id, amount, leg, code, programme_year_id, from_kind, to_kind, from_version,"
        " from_balance, to_version, to_balance)",
    ).replace("{amount})", "{amount}, 9, 'lapse', 0, 'source', 'lapsed', 77, 77, 77, 77)")
    statement = POSTING + lie

    with owner.transaction():
        owner.execute(
            statement.format(
                **(world | {"source": world["available"]}), code="reserve", amount=5, target=world["reserved"]
            )
        )

    row = owner.execute(
        "SELECT leg, code, programme_year_id, from_kind, to_kind, amount, from_version, from_balance, to_version,"
        f" to_balance FROM transfer WHERE posting_id = {SOME_ID}"
    ).fetchone()
    assert row == (1, "reserve", world["year"], "available", "reserved", 5, 4, 395, 2, 305)
