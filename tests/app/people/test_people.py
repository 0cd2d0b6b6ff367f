"""People, their roles and their tokens: what is accepted, what is refused, what stays."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.database import Missing, db
from app.people.models import ApiToken, RoleGrant, Unit, User
from app.people.permissions import PUBLIC_ACTOR, SYSTEM_ACTOR, Actor, Grant
from app.people.queries import actor_by_token, actor_of, units_for_area
from app.people.service import (
    NewPerson,
    add_unit,
    add_user,
    change_password,
    end_grant,
    grant_role,
    issue_token,
    note_token_use,
    revoke_token,
    set_active,
)
from app.refusals import FieldRefused
from tests import browse
from tests.browse import NOW


def refused(call, *args, **kwargs):
    """The field and the sentence with which this call is refused."""
    with pytest.raises(FieldRefused) as caught:
        call(*args, **kwargs)
    db.session.rollback()
    return caught.value.field, str(caught.value.reason)


def test_a_person_is_kept_with_a_lower_case_address_and_a_hashed_password(app, rows):
    add_user(NewPerson(email=" Wang.Fang@Example.ORG ", name=" 王芳 ", password=browse.PASSWORD), now=NOW)

    user = rows(User)[0]
    assert (user.email, user.name, user.active, user.created_at) == ("wang.fang@example.org", "王芳", True, NOW)
    assert user.password.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("field", "changed", "said"),
    [
        ("email", {"email": "nonsense"}, "电子邮箱格式不正确，例如 name@example.org。"),
        ("email", {"email": "王@example.org"}, "电子邮箱格式不正确，例如 name@example.org。"),
        ("name", {"name": "  "}, "请填写姓名。"),
        ("password", {"password": "elevenchars"}, "密码至少 12 个字符。"),
        ("locale", {"locale": "fr"}, "没有这种语言。"),
        ("role", {"role": "emperor"}, "没有“emperor”这种角色。"),
        ("role", {"role": "public"}, "没有“public”这种角色。"),
        ("unit", {"role": "accepting_unit"}, "该角色须指定单位。"),
        ("unit", {"role": "audit_firm", "unit_code": "SH310105"}, "该单位的类别与角色不符。"),
        ("unit", {"role": "front_office", "unit_code": "nowhere"}, "没有代码为“nowhere”的单位。"),
        ("unit", {"role": "applicant_owner", "unit_code": "SH310105"}, "项目主体人员不属于工作单位。"),
        ("organisation", {"role": "applicant_member"}, "该角色须指定项目主体。"),
        ("organisation", {"role": "expert", "uscc": browse.SCHOOL}, "只有项目主体人员属于项目主体。"),
        (
            "organisation",
            {"role": "applicant_owner", "uscc": "513100005000000159"},
            "没有统一社会信用代码为“513100005000000159”的项目主体。",
        ),
    ],
)
def test_what_is_wrong_with_a_new_person_is_named_and_nobody_is_added(app, table_state, field, changed, said):
    add_unit(code="SH310105", name="长宁区合作交流办", kind="accepting_unit", area_code="310105")
    browse.organisation()
    before = table_state()

    answer = refused(add_user, NewPerson(**{"email": "a@example.org", "name": "王芳"} | changed), now=NOW)

    assert answer == (field, said)
    assert table_state() == before


def test_an_address_is_taken_once_whatever_its_case(app, table_state):
    add_user(NewPerson(email="a@example.org", name="王芳"), now=NOW)
    before = table_state()

    assert refused(add_user, NewPerson(email="A@example.org", name="李强"), now=NOW) == (
        "email",
        "该电子邮箱已被使用。",
    )
    assert table_state() == before


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

    answer = refused(grant_role, someone.user_id, "finance_checker", now=NOW, granted_by_id=someone.user_id)

    assert answer == ("user", "不得给自己授予角色。")
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


@pytest.mark.parametrize("password", ["plain words", "$2b$12$abcdefghijklmnopqrstuv"])
def test_the_database_keeps_no_password_that_is_not_argon2id(session, password):
    someone = browse.person()

    session.get(User, someone.user_id).password = password
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    session.rollback()

    assert caught.value.orig.diag.constraint_name == "ck_user_password_is_hashed"


def test_a_new_password_ends_every_session(app, rows):
    someone = browse.person()
    before = rows(User)[0].fs_uniquifier

    change_password(someone.user_id, "another long word")

    assert rows(User)[0].fs_uniquifier != before
    assert refused(change_password, someone.user_id, "short") == ("password", "密码至少 12 个字符。")


def test_a_token_is_kept_only_as_its_hash(app, superuser, rows):
    someone = browse.person("expert")

    token = issue_token(someone.user_id, "  脚本 ", now=NOW)

    kept = rows(ApiToken)[0]
    assert token.startswith("aidflow_")
    assert len(token) == len("aidflow_") + 43
    assert (kept.hash, kept.name) == (hashlib.sha256(token.encode()).hexdigest(), "脚本")
    assert (kept.created_at, kept.expires_at, kept.revoked_at) == (NOW, NOW + timedelta(days=90), None)
    assert token not in str(superuser.execute("SELECT * FROM api_token").fetchall())


def test_a_token_stands_for_its_holder_until_it_expires(app):
    someone = browse.person("expert")
    token = issue_token(someone.user_id, "test", now=NOW, lasts=timedelta(days=1))

    def holder(now):
        found = actor_by_token(db.session(), hashlib.sha256(token.encode()).hexdigest(), now=now)
        return found and found[1].user_id

    assert [holder(NOW), holder(NOW + timedelta(days=1, seconds=-1)), holder(NOW + timedelta(days=1))] == [
        someone.user_id,
        someone.user_id,
        None,
    ]


def test_a_token_is_void_when_revoked_and_when_its_holder_is_switched_off(app, rows):
    one, two = browse.person("expert"), browse.person("expert")
    hashes = {who: hashlib.sha256(issue_token(who.user_id, "test", now=NOW).encode()).hexdigest() for who in (one, two)}
    revoke_token(rows(ApiToken)[0].id, user_id=one.user_id, now=NOW)
    set_active(two.user_id, active=False)

    assert [actor_by_token(db.session(), hashes[who], now=NOW) for who in (one, two)] == [None, None]


def test_a_token_is_revoked_by_its_owner_once(app, rows, table_state):
    one, two = browse.person(), browse.person()
    issue_token(one.user_id, "test", now=NOW)
    token, before = rows(ApiToken)[0].id, table_state()

    with pytest.raises(Missing):
        revoke_token(token, user_id=two.user_id, now=NOW)
    assert table_state() == before

    revoke_token(token, user_id=one.user_id, now=NOW)
    with pytest.raises(Missing):
        revoke_token(token, user_id=one.user_id, now=NOW)


def test_the_use_of_a_token_is_written_at_most_once_a_day_by_the_date_of_shanghai(app, rows, table_state):
    issue_token(browse.person().user_id, "test", now=NOW)
    before = table_state()

    # 09:00 in Shanghai when issued: the day there ends 15 hours later.
    note_token_use(rows(ApiToken)[0], now=NOW + timedelta(hours=14, minutes=59))
    assert table_state() == before

    note_token_use(rows(ApiToken)[0], now=NOW + timedelta(hours=15))
    assert rows(ApiToken)[0].last_used_on.isoformat() == "2026-03-03"


def test_the_units_of_an_area_are_those_whose_code_begins_its_code(app):
    for code, kind, area in [
        ("QZ53", "front_office", "53"),
        ("QZ5301", "front_office", "5301"),
        ("QZ6531", "front_office", "6531"),
        ("SH310105", "accepting_unit", "310105"),
    ]:
        add_unit(code=code, name=code, kind=kind, area_code=area)

    found = {
        area: [unit.code for unit in units_for_area(db.session(), "front_office", area)]
        for area in ("530102", "532301", "653101", "310105")
    }

    assert found == {"530102": ["QZ5301", "QZ53"], "532301": ["QZ53"], "653101": ["QZ6531"], "310105": []}


@pytest.mark.parametrize(
    ("field", "changed", "said"),
    [
        ("code", {}, "该单位代码已被使用。"),
        ("kind", {"code": "y", "kind": "ministry"}, "没有这种单位类别。"),
        ("area_code", {"code": "y", "area_code": "31x"}, "行政区划代码为 2 至 6 位数字。"),
        ("area_code", {"code": "y", "area_code": None}, "受理单位和前方工作机构须填写行政区划代码。"),
    ],
)
def test_a_unit_that_will_not_do_is_refused_by_the_name_of_its_field(app, table_state, field, changed, said):
    fit = {"code": "x", "name": "长宁区合作交流办", "kind": "accepting_unit", "area_code": "310105"}
    add_unit(**fit)
    before = table_state()

    assert refused(add_unit, **fit | changed) == (field, said)
    assert table_state() == before
