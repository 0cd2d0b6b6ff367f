"""Who holds which role, for whom, from when until when."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.database import Missing, db
from app.people.models import RoleGrant, Unit
from app.people.permissions import PUBLIC_ACTOR, SYSTEM_ACTOR, Actor, Grant
from app.people.queries import actor_of
from app.people.service import (
    add_unit,
    end_grant,
    grant_role,
    set_active,
)
from app.people.service.proposals import propose_grant
from tests import browse
from tests.browse import NOW
from tests.refusing import refused


def test_an_actor_is_the_person_with_the_grants_that_have_not_ended(app, rows):
    add_unit(code="SH310105", name="长宁区合作交流办", kind="accepting_unit", area_code="310105")
    org = browse.organisation()
    someone = browse.person("applicant_owner", uscc=browse.SCHOOL, name="周敏")
    grant_role(someone.user_id, "accepting_unit", unit_code="SH310105", now=NOW)
    ended = grant_role(someone.user_id, "expert", now=NOW)
    end_grant(ended, now=NOW + timedelta(days=1))
    unit = rows(Unit)[0].id

    actor = actor_of(db.session(), someone.user_id)

    assert actor == Actor(
        someone.user_id,
        "周敏",
        (Grant("accepting_unit", unit_id=unit), Grant("applicant_owner", organisation_id=org)),
    )
    assert (actor.roles, actor.organisation_ids) == ({"accepting_unit", "applicant_owner"}, {org})
    assert (actor.unit_ids("accepting_unit"), actor.unit_ids("front_office")) == ({unit}, frozenset())
    assert [(grant.role, grant.ended_at) for grant in rows(RoleGrant)][-1] == ("expert", NOW + timedelta(days=1))


def test_nobody_acts_who_is_switched_off_or_does_not_exist(app):
    someone = browse.person("expert")
    set_active(someone.user_id, active=False)

    assert (actor_of(db.session(), someone.user_id), actor_of(db.session(), 999)) == (None, None)


def test_the_clock_and_the_public_hold_a_role_of_their_own_and_are_nobody():
    assert [(actor.user_id, actor.roles) for actor in (SYSTEM_ACTOR, PUBLIC_ACTOR)] == [
        (None, {"system"}),
        (None, {"public"}),
    ]


def test_a_role_is_held_once_at_a_time_and_may_be_given_again_after_its_end(app, rows):
    someone = browse.person("expert")

    assert refused(grant_role, someone.user_id, "expert", now=NOW) == ("role", "该人员已具有此角色。")
    end_grant(rows(RoleGrant)[0].id, now=NOW)
    grant_role(someone.user_id, "expert", now=NOW)

    assert [(grant.role, grant.ended_at is None) for grant in rows(RoleGrant)] == [("expert", False), ("expert", True)]


def test_a_grant_ends_once(app, rows):
    browse.person("expert")
    grant = rows(RoleGrant)[0].id
    end_grant(grant, now=NOW)

    with pytest.raises(Missing):
        end_grant(grant, now=NOW)


def test_nobody_gives_a_role_to_himself_or_herself(app, table_state):
    someone = browse.person("security_admin")
    before = table_state()

    answer = refused(propose_grant, someone.user_id, "finance_checker", reason="需要", by=someone.user_id, now=NOW)

    assert answer == ("role", "管理员不得兼任其他角色，三类管理员须由不同的人担任。")
    assert table_state() == before


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("ck_role_grant_role_is_known", {"role": "emperor"}),
        ("ck_role_grant_unit_roles_have_a_unit", {"role": "accepting_unit"}),
        ("ck_role_grant_unit_roles_have_a_unit", {"role": "front_office"}),
        ("ck_role_grant_unit_roles_have_a_unit", {"role": "audit_firm"}),
        ("ck_role_grant_applicants_have_an_organisation", {"role": "applicant_owner"}),
        ("ck_role_grant_applicants_have_an_organisation", {"role": "expert", "organisation": True}),
        ("ck_role_grant_applicants_have_no_unit", {"role": "applicant_member", "organisation": True, "unit": True}),
        ("fk_role_grant_unit_id_unit_kind_unit", {"role": "audit_firm", "unit": True}),
        ("ck_role_grant_ends_after_it_begins", {"role": "expert", "ended_at": NOW - timedelta(seconds=1)}),
        ("ck_role_grant_nobody_grants_to_themselves", {"role": "expert", "by_self": True}),
        ("uq_role_grant_live", {"role": "supervisor"}),
    ],
)
def test_the_database_itself_refuses_a_grant_with_the_wrong_scope(session, rows, table_state, constraint, columns):
    add_unit(code="SH310105", name="长宁区合作交流办", kind="accepting_unit", area_code="310105")
    org, someone = browse.organisation(), browse.person("supervisor")
    unit = rows(Unit)[0].id
    before = table_state()

    session.add(
        RoleGrant(
            user_id=someone.user_id,
            role=columns["role"],
            unit_id=unit if "unit" in columns else None,
            organisation_id=org if "organisation" in columns else None,
            granted_at=NOW,
            granted_by_id=someone.user_id if "by_self" in columns else None,
            ended_at=columns.get("ended_at"),
        )
    )
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    session.rollback()

    assert caught.value.orig.diag.constraint_name == constraint
    assert table_state() == before
