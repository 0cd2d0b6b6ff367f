"""Row-level security: whoever asks past every query of the application is shown nothing that is not theirs."""

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select

from app.barrier import asking
from app.casework.commands import NoFields
from app.casework.models import Case
from app.casework.permissions import visible
from app.casework.queries import case_visible
from app.casework.service import take_action
from app.database import Missing, db
from app.people.permissions import Actor, Grant
from app.provision import OWNER, WEB, WORKER
from tests import make
from tests.later import advance_further
from workflows.roles import FUND_OFFICE

#: Tables without row-level security, and why each may do without.
LEFT_OUT = {
    # Nobody's business in particular.
    "alembic_version": "the number of the schema", "demo_clock": "the time of a demonstration",
    "rate_limit": "counters", "procrastinate_events": "the queue's", "procrastinate_jobs": "the queue's",
    "procrastinate_periodic_defers": "the queue's", "procrastinate_workers": "the queue's",
    # Registers, which every page reads.
    "calendar_notice": "public", "call": "public", "notice": "public", "notice_text": "words of letters",
    "policy_version": "public", "programme": "public", "programme_year": "public", "public_figure": "public",
    "unit": "names of offices", "register_change": "changes of registers", "list_export": "written, read by auditors",
    "organisation": "named on every project; its bank account is a matter of columns",
    # Found by the hash of a secret before it is known who asks.
    "account_link": "by its word", "api_token": "by its word", "recovery_code": "before the sign-in is complete",
    "challenge": "before the sign-in is complete", "outside_account": "before the sign-in is complete",
    "passkey": "before the sign-in is complete", "second_factor": "before the sign-in is complete",
    "sign_in": "by its word", "user": "names of all who acted",
    # What the policies and the rules of ties are made of.
    "affiliation": "ties", "contact_mark": "hashes for ties", "expert_profile": "fields of experts",
    "role_grant": "who is who", "role_proposal": "who is to be who",
    # Sealed with a key outside the database, or said without the words.
    "sealed_account": "sealed", "mark_key": "sealed", "disclosure": "that a number was shown, read by auditors",
    "erasure_request": "that somebody asked to be erased",
    # The chain and the ledger: stages, hashes and amounts without words; the words are in event_private.
    "account": "amounts", "duty": "who holds a duty", "event": "the chain, read for receipts and proofs",
    "event_must_post": "rules", "flow_rule": "rules", "ledger_check": "results", "payment_attempt": "amounts",
    "payment_attempt_state": "amounts", "payment_flow": "rules", "posting": "amounts", "posting_code": "rules",
    "project_fund": "amounts", "transfer": "amounts",
    # Who sits where and when, without what was said.
    "assignment": "who works on what", "assignment_check": "findings", "case_party": "who was drawn in",
    "checklist": "ticks of an office", "expert_draw": "published", "expert_draw_member": "references",
    "expert_draw_result": "published", "expert_draw_secret": "granted to nobody", "expert_draw_step": "published",
    "joint_decision": "outcomes", "joint_meeting": "meetings of the city", "joint_meeting_presence": "meetings",
    "joint_meeting_project": "meetings", "letter": "that a letter went out, without its words",
    "recusal": "who is recused", "reminder": "that somebody was reminded", "review_session": "sessions",
    "review_session_project": "sessions",
}  # fmt: skip


@pytest.fixture
def late(app) -> tuple[make.Town, str]:
    """A project of one organisation that is far along, and a draft of it."""
    del app
    around = make.town()
    number = make.draft(around)
    reached = make.advance(around, number, "announcement")
    advance_further(around, number, "disbursement", now=reached)
    return around, number


def test_every_table_is_behind_the_barrier_or_says_why_not(superuser):
    found = dict(
        superuser.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    )
    policies = superuser.execute("SELECT tablename, array_agg(policyname::text) FROM pg_policies GROUP BY 1").fetchall()

    assert {name for name, forced in found.items() if not forced} == set(LEFT_OUT)
    assert {name for name, of_it in policies if {"owner", "system"} < set(of_it)} == {n for n, f in found.items() if f}


def test_every_rule_of_a_trigger_sees_all_rows_whoever_asks(superuser):
    blind = superuser.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND NOT prosecdef"
        " AND prorettype = 'trigger'::regtype AND proname NOT LIKE 'procrastinate%'"
    ).fetchall()

    assert blind == []


def test_every_view_looks_with_the_rights_of_whoever_asks(superuser):
    views = superuser.execute(
        "SELECT relname, coalesce(reloptions @> '{security_invoker=true}', false) FROM pg_class"
        " WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    ).fetchall()

    assert views == [("invariant_violations", True)]


@pytest.mark.parametrize("role", [WEB, WORKER, OWNER])
def test_whoever_does_not_say_who_asks_finds_nothing(role, late, superuser, services, database):
    del late
    full = {name for name in _protected(superuser) if _count(superuser, name)}

    with psycopg.connect(services.url(role, database)) as connection:
        granted = [
            name for name in sorted(full)
            if connection.execute("SELECT has_table_privilege(%s, 'SELECT')", (f'"{name}"',)).fetchone() == (True,)
        ]  # fmt: skip
        found = {name: _count(connection, name) for name in granted}

    assert len(found) > 15
    assert set(found.values()) == {0}


def test_a_stranger_reads_changes_writes_and_deletes_nothing_by_sql(late, services, database, superuser):
    around, number = late
    make.organisation(make.LIGHT, "上海光明社会服务中心")
    stranger = make.person("applicant_owner", uscc=make.LIGHT)
    root = make.case_of(make.pid_of(number)).id
    db.session.rollback()
    superuser.execute("INSERT INTO pin (user_id, root_id, at) VALUES (%s, %s, now())", (around.fund.user_id, root))
    attempts = (
        "UPDATE \"case\" SET stage = 'closed' WHERE id = %(root)s",
        "UPDATE project SET title = 'x' WHERE case_id = %(root)s",
        "DELETE FROM budget_line WHERE project_id = %(root)s",
        "UPDATE notification SET read_at = now() WHERE user_id = %(fund)s",
        "DELETE FROM pin WHERE user_id = %(fund)s",
        "UPDATE paper SET state = 'withdrawn', withdrawn_at = now() WHERE root_id = %(root)s",
    )
    writings = (
        "INSERT INTO note (root_id, author_id, role, text, written_at) VALUES (%(root)s, %(me)s, '-', 'x', now())",
        "INSERT INTO pin (user_id, root_id, at) VALUES (%(fund)s, %(root)s, now())",
        "INSERT INTO message (case_id, template, to_role, created_at) VALUES (%(root)s, 'x', 'fund_office', now())",
    )
    given = {"root": root, "fund": around.fund.user_id, "me": stranger.user_id}
    with psycopg.connect(services.url(WEB, database)) as web:
        seen = {name: _seen(web, stranger, f'SELECT FROM "{name}"', given) for name in _protected(superuser)}
        done = [_seen(web, stranger, each, given) for each in attempts]
        mine = [_seen(web, around.owner, f"SELECT FROM {name}", given) for name in ("project", "paper", "agreement")]
        for each in writings:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                _seen(web, stranger, each, given)

    assert {name: count for name, count in seen.items() if count} == {"case": 1}
    assert done == [0] * len(attempts)
    assert min(mine) > 0


def test_a_project_that_was_withdrawn_before_it_was_submitted_stays_its_organisations_alone(app, services, database):
    del app
    around = make.town()
    never_in, handed_in = make.draft(around), make.draft(around)
    make.act(make.pid_of(handed_in), "submit", around.owner)
    for number in (never_in, handed_in):
        make.act(make.pid_of(number), "withdraw", around.owner, reason="捐赠资金未到位")
    offices = [around.accepting, around.front, around.fund, around.secretary, around.maker, around.supervisor]
    pids, given = [make.pid_of(never_in), make.pid_of(handed_in)], {"root": make.case_of(make.pid_of(never_in)).id}
    db.session.rollback()

    with psycopg.connect(services.url(WEB, database)) as web:
        reached = {
            (table, actor.user_id): _seen(web, actor, f"SELECT FROM {table} WHERE {key} = %(root)s", given)
            for table, key in (('"case"', "id"), ("project", "case_id"), ("budget_line", "project_id"))
            for actor in (*offices, around.owner)
        }
    found = {actor.user_id: _pids_seen(actor, pids) for actor in (*offices, around.owner)}

    assert {who for (_table, who), count in reached.items() if count} == {around.owner.user_id}
    assert found.pop(around.owner.user_id) == set(pids)
    assert found == {actor.user_id: {make.pid_of(handed_in)} for actor in offices}


def test_an_actor_who_is_wrong_about_the_roles_still_sees_nothing(late):
    _around, number = late
    pid = make.pid_of(number)
    expert = make.person("expert")
    believed = Actor(expert.user_id, expert.name, (Grant(FUND_OFFICE),))

    with asking(db.session(), expert.user_id), pytest.raises(Missing):
        case_visible(db.session(), believed, pid)
    with pytest.raises(Missing):
        take_action(pid, "suspend", actor=believed, seen="", command=NoFields(), now=make.NOW)


def test_a_revoked_role_opens_nothing_in_the_next_transaction(late, superuser):
    around, number = late
    pid = make.pid_of(number)
    with asking(db.session(), around.fund.user_id):
        before = case_visible(db.session(), around.fund, pid).pid
    db.session.rollback()
    superuser.execute("UPDATE role_grant SET ended_at = now() WHERE user_id = %s", (around.fund.user_id,))

    with asking(db.session(), around.fund.user_id), pytest.raises(Missing):
        case_visible(db.session(), around.fund, pid)
    assert before == pid


def _pids_seen(actor: Actor, pids: list) -> set:
    """Which of these cases the application shows, without the rules below it."""
    return set(db.session.scalars(select(Case.pid).where(Case.pid.in_(pids), visible(actor))))


def _protected(connection: psycopg.Connection) -> list[str]:
    return [
        name for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY 1"
        )
    ]  # fmt: skip


def _count(connection: psycopg.Connection, name: str) -> int:
    (count,) = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
    return count


def _seen(web: psycopg.Connection, actor: Actor, statement: str, given: dict) -> int:
    """How many rows a statement of this person reaches; nothing of it stays."""
    with web.transaction(force_rollback=True):
        web.execute("SELECT asks(%s)", (actor.user_id,))
        return web.execute(statement, given).rowcount
