"""People: who is accepted, who is refused, and how passwords are kept."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.people.models import User
from app.people.service import (
    NewPerson,
    add_unit,
    add_user,
    change_password,
)
from tests import browse
from tests.browse import NOW
from tests.refusing import refused


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
