"""A role is given or taken by two administrators, and by none of them alone: in the service and in the database."""

from datetime import timedelta

import psycopg
import pytest

from app.database import Missing, db
from app.people.models import RoleGrant, RoleProposal
from app.people.queries import actor_of
from app.people.service import add_unit, end_grant, set_active
from app.people.service.proposals import (
    WAITS,
    confirm_proposal,
    propose_end,
    propose_grant,
    refuse_proposal,
    withdraw_proposal,
)
from app.registers.models import RegisterChange
from tests import browse
from tests.browse import NOW, person
from tests.refusing import refused

LATER = NOW + timedelta(days=1)


@pytest.fixture
def system(app):
    return person("system_admin").user_id


@pytest.fixture
def security(app):
    return person("security_admin").user_id


@pytest.fixture
def someone(app):
    return person("expert").user_id


def proposed(someone, by, role="secretary", **more):
    return propose_grant(someone, role, reason="评审工作需要", by=by, now=NOW, **more)


def roles_of(user_id):
    found = actor_of(db.session(), user_id).roles
    db.session.rollback()
    return found


def test_a_role_counts_when_another_one_has_confirmed_it(system, security, someone, rows):
    add_unit(code="SH310105", name="长宁区合作交流办", kind="accepting_unit", area_code="310105")

    proposal = proposed(someone, system, "accepting_unit", unit="SH310105")
    before = roles_of(someone)
    confirm_proposal(proposal, by=security, now=LATER)

    assert (before, roles_of(someone)) == ({"expert"}, {"expert", "accepting_unit"})
    grant = rows(RoleGrant)[-1]
    assert (grant.granted_by_id, grant.proposal_id, grant.granted_at) == (system, proposal, LATER)
    steps = [(each.action, each.by_id) for each in rows(RegisterChange) if each.register == "role"][-3:]
    assert steps == [("propose", system), ("confirm", security), ("add", system)]


def test_a_role_ends_when_another_one_has_confirmed_it(system, security, someone, rows):
    grant = next(each.id for each in rows(RoleGrant) if each.user_id == someone)

    proposal = propose_end(grant, reason="调离", by=system, now=NOW)
    before = roles_of(someone)
    confirm_proposal(proposal, by=security, now=LATER)

    assert (before, roles_of(someone)) == ({"expert"}, set())
    ended = next(each for each in rows(RoleGrant) if each.id == grant)
    assert (ended.ended_at, ended.ended_by_id) == (LATER, system)


def test_proposer_confirmer_and_person_are_three(system, security, someone, table_state):
    second = person("security_admin").user_id
    about_security = propose_end(grant_of(security), reason="轮岗", by=system, now=NOW)
    by_second = proposed(someone, second)
    before = table_state()

    answers = [
        refused(propose_end, grant_of(system), reason="轮岗", by=system, now=NOW),
        refused(confirm_proposal, about_security, by=security, now=LATER),
        refused(confirm_proposal, by_second, by=second, now=LATER),
        refused(refuse_proposal, by_second, reason="不需要", by=second, now=LATER),
        refused(refuse_proposal, by_second, reason="  ", by=security, now=LATER),
        refused(withdraw_proposal, by_second, by=security, now=LATER),
    ]

    own = "不得办理自己的角色，须由其他管理员提出和核准。"
    second_hand = "这是您提出的事项，须由另一位安全管理员核准。"
    assert answers == [
        ("user", own),
        ("proposal", own),
        ("proposal", second_hand),
        ("proposal", second_hand),
        ("reason", "请填写不予核准的理由。"),
        ("proposal", "只有提出人可以撤回。"),
    ]
    assert table_state() == before


def grant_of(user_id):
    found = db.session.query(RoleGrant.id).filter_by(user_id=user_id).scalar()
    db.session.rollback()
    return found


def test_what_is_refused_withdrawn_or_late_gives_nothing_and_is_decided_once(system, security, someone, rows):
    first = proposed(someone, system)
    refuse_proposal(first, reason="已有人担任", by=security, now=LATER)
    second = proposed(someone, system)
    withdraw_proposal(second, by=system, now=LATER)
    third = proposed(someone, system)
    late = refused(confirm_proposal, third, by=security, now=NOW + WAITS)
    again = propose_grant(someone, "secretary", reason="仍需要", by=system, now=NOW + WAITS)

    for decided in (first, second, third):
        with pytest.raises(Missing):
            confirm_proposal(decided, by=security, now=NOW + WAITS)
    assert late == ("proposal", "该事项已逾期，不能再核准，请重新提出。")
    outcomes = [(each.id, each.outcome, each.decided_reason) for each in rows(RoleProposal)]
    assert outcomes == [
        (first, "refused", "已有人担任"),
        (second, "withdrawn", ""),
        (third, "lapsed", ""),
        (again, None, ""),
    ]
    assert roles_of(someone) == {"expert"}
    actions = [each.action for each in rows(RegisterChange) if each.register == "role"][-6:]
    assert actions == ["refuse", "propose", "withdraw", "propose", "lapse", "propose"]


def test_nothing_is_confirmed_that_somebody_proposed_who_is_suspended_since(system, security, someone, table_state):
    proposal = proposed(someone, system)
    set_active(system, active=False, by=security, now=NOW)
    before = table_state()

    answer = refused(confirm_proposal, proposal, by=security, now=LATER)

    assert answer == ("proposal", "提出人已不再担任管理员，该事项不能核准。")
    assert table_state() == before


def test_the_same_is_proposed_once_at_a_time_and_never_what_is_held(system, someone, table_state):
    proposed(someone, system)
    before = table_state()

    assert refused(proposed, someone, system) == ("role", "已有相同的事项等待核准。")
    assert refused(proposed, someone, system, "expert") == ("role", "该人员已具有此角色。")
    assert table_state() == before


def test_an_administrator_is_one_thing_only_even_where_the_service_is_left_out(app, owner, system, table_state):
    before = table_state()

    for role in ("security_admin", "audit_admin", "expert"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="beside another role"):
            owner.execute("INSERT INTO role_grant (user_id, role, granted_at) VALUES (%s, %s, now())", (system, role))
    someone = person("secretary").user_id
    after = table_state()
    with pytest.raises(psycopg.errors.RestrictViolation, match="beside another role"):
        owner.execute(
            "INSERT INTO role_grant (user_id, role, granted_at) VALUES (%s, 'audit_admin', now())", (someone,)
        )

    assert table_state() == after != before


ATTACKS = {
    "a grant without a proposal": (
        ("INSERT INTO role_grant (user_id, role, granted_at, granted_by_id) VALUES (%(someone)s,"
         " 'approver', now(), %(system)s)"),
        "without a confirmed proposal",
    ),
    "a grant upon a proposal that waits": (
        ("INSERT INTO role_grant (user_id, role, granted_at, granted_by_id, proposal_id) VALUES"
         " (%(someone)s, 'secretary', now(), %(system)s, %(waiting)s)"),
        "without a confirmed proposal",
    ),
    "another role than was confirmed": (
        ("INSERT INTO role_grant (user_id, role, granted_at, granted_by_id, proposal_id) VALUES"
         " (%(someone)s, 'approver', now(), %(system)s, %(confirmed)s)"),
        "without a confirmed proposal",
    ),
    "an end without a proposal": (
        ("UPDATE role_grant SET ended_at = now(), ended_by_id = %(system)s WHERE user_id = %(someone)s"
         " AND ended_at IS NULL"),
        "without a confirmed proposal",
    ),
    "another role in an old grant": (
        "UPDATE role_grant SET role = 'approver' WHERE user_id = %(someone)s",
        "written once",
    ),
    "a decision of one's own": (
        ("UPDATE role_proposal SET outcome = 'confirmed', decided_by_id = %(system)s, decided_at ="
         " proposed_at WHERE id = %(waiting)s"),
        "holds that office|another_one_decides",
    ),
    "a decision by somebody without the office": (
        ("UPDATE role_proposal SET outcome = 'confirmed', decided_by_id = %(audit)s, decided_at ="
         " proposed_at WHERE id = %(waiting)s"),
        "holds that office",
    ),
    "a decision about oneself": (
        ("UPDATE role_proposal SET outcome = 'confirmed', decided_by_id = %(security)s, decided_at ="
         " proposed_at WHERE id = %(about_security)s"),
        "nobody_decides_about_oneself",
    ),
    "a proposal by somebody without the office": (
        ("INSERT INTO role_proposal (user_id, kind, role, reason, proposed_by_id, proposed_at,"
         " expires_at) VALUES (%(someone)s, 'grant', 'approver', 'x', %(audit)s, now(), now() + interval"
         " '1 day')"),
        "holds that office",
    ),
    "a proposal for oneself": (
        ("INSERT INTO role_proposal (user_id, kind, role, reason, proposed_by_id, proposed_at,"
         " expires_at) VALUES (%(system)s, 'grant', 'approver', 'x', %(system)s, now(), now() + interval"
         " '1 day')"),
        "nobody_proposes_for_oneself",
    ),
    "a second decision": (
        "UPDATE role_proposal SET outcome = 'refused', decided_reason = 'x' WHERE id = %(confirmed)s",
        "decided once",
    ),
    "another person in a proposal": (
        "UPDATE role_proposal SET user_id = %(audit)s WHERE id = %(waiting)s",
        "decided once",
    ),
    "no trace of it": (
        "DELETE FROM role_proposal WHERE id = %(waiting)s",
        "append-only",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_refuses_what_two_administrators_did_not_do(attack, system, security, someone, owner, table_state):
    waiting = proposed(someone, system)
    confirmed = proposed(someone, system, "panel_member")
    owner.execute(
        "UPDATE role_proposal SET outcome = 'confirmed', decided_by_id = %s, decided_at = proposed_at WHERE id = %s",
        (security, confirmed),
    )
    about_security = propose_end(grant_of(security), reason="轮岗", by=system, now=NOW)
    names = {
        "system": system, "security": security, "audit": person("audit_admin").user_id, "someone": someone,
        "waiting": waiting, "confirmed": confirmed, "about_security": about_security,
    }  # fmt: skip
    before = table_state()
    statement, why = ATTACKS[attack]

    with pytest.raises(psycopg.errors.IntegrityError, match=why):
        owner.execute(statement, names)

    assert table_state() == before


def test_an_owner_keeps_the_people_of_the_own_organisation_alone(app, owner, rows):
    organisation = browse.organisation()
    holder = person("applicant_owner", uscc=browse.SCHOOL).user_id
    member = person().user_id
    stranger = person("expert").user_id
    insert = (
        "INSERT INTO role_grant (user_id, role, organisation_id, granted_at, granted_by_id)"
        " VALUES (%s, 'applicant_member', %s, now(), %s)"
    )

    owner.execute(insert, (member, organisation, holder))
    with pytest.raises(psycopg.errors.RestrictViolation, match="without a confirmed proposal"):
        owner.execute(insert, (person().user_id, organisation, stranger))
    end_grant(grant_of(member), by=holder, now=LATER + timedelta(days=36500))

    assert rows(RoleGrant)[-1].ended_by_id == holder
