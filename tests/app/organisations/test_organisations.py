"""Organisations: whose code is right, where the money would go, and who sees them."""

from datetime import date

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from app.database import Missing, db
from app.organisations.commands import BankAccount, YearlyCheck
from app.organisations.models import Organisation
from app.organisations.queries import organisation, organisations
from app.organisations.service import (
    block_credit,
    checked_code,
    kind_of,
    record_yearly_check,
    register_organisation,
    rename,
    update_bank_account,
)
from app.organisations.store import account_number, token_of
from app.people.permissions import Actor
from app.people.queries import actor_of
from tests import browse
from tests.browse import NOW
from tests.refusing import refused

FOUNDATION = "53310000500000031Q"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("513100005000000159", "social_group"),
        ("52310105500000023E", "private_non_enterprise"),
        ("53310000500000031Q", "foundation"),
        ("5231012050000004XP", "private_non_enterprise"),
        ("91310000MA1FL0AA20", "enterprise"),
    ],
)
def test_a_valid_code_says_which_kind_of_organisation_it_is(code, kind):
    assert (checked_code(code), kind_of(code)) == (code, kind)


def test_a_code_may_be_typed_with_spaces_and_small_letters():
    assert checked_code(" 5231 0105 5000 0002 3e ") == "52310105500000023E"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "统一社会信用代码须为 18 位。"),
        ("5231010550000002", "统一社会信用代码须为 18 位。"),
        ("52310105500000023F", "统一社会信用代码的校验位不符，请核对。"),
        ("52310105500000032E", "统一社会信用代码的校验位不符，请核对。"),
        ("52310105O00000023E", "统一社会信用代码前 8 位为数字，其余为数字或大写字母（不含 I、O、S、V、Z）。"),
        ("A2310105500000023E", "统一社会信用代码前 8 位为数字，其余为数字或大写字母（不含 I、O、S、V、Z）。"),
        ("113100000000000017", "项目主体的统一社会信用代码须以 51、52、53 或 91 开头。"),
    ],
)
def test_a_wrong_code_is_refused_with_the_rule_it_breaks(app, table_state, code, said):
    before = table_state()

    assert refused(register_organisation, browse.registration(code), by=None, now=NOW) == ("uscc", said)
    assert table_state() == before


def test_an_organisation_is_kept_as_it_was_typed_and_is_its_own_payee(app, rows):
    browse.organisation()

    row = rows(Organisation)[0]
    assert (row.uscc, row.kind, row.district, row.founded_on) == (
        browse.SCHOOL,
        "private_non_enterprise",
        "310105",
        date(2015, 6, 1),
    )
    assert (row.registered_funds, row.yearly_check_year, row.yearly_check_result) == (50_000_000, 2025, "passed")
    assert (row.account_name, row.account_mark) == (row.name, token_of("450112345678"))
    assert account_number(db.session(), row.uscc, row.account_mark) == "450112345678"
    assert (row.made_up, row.created_at) == (True, NOW)


@pytest.mark.parametrize(
    ("field", "changed", "said"),
    [
        ("district", {"district": "310102"}, "请选择上海市的一个区。"),
        ("rating_until", {"rating": 5}, "评估等级与有效期须同时填写。"),
    ],
)
def test_what_is_wrong_with_an_organisation_is_named(app, table_state, field, changed, said):
    before = table_state()

    assert refused(register_organisation, browse.registration(**changed), by=None, now=NOW) == (field, said)
    assert table_state() == before


def test_a_code_is_registered_once(app, table_state):
    browse.organisation()
    before = table_state()

    answer = refused(register_organisation, browse.registration(name="另一个中心"), by=None, now=NOW)

    assert answer == ("uscc", "该统一社会信用代码已登记。")
    assert table_state() == before


@pytest.mark.parametrize("number", ["", "1234567", "4501 1234 5678", "45011234567８", "4501-12345678"])
def test_an_account_number_is_plain_digits(number):
    with pytest.raises(ValidationError) as caught:
        BankAccount(bank_name="中国银行", bank_branch="长宁支行", account_number=number)

    assert [fault["loc"] for fault in caught.value.errors()] == [("account_number",)]


def test_unknown_fields_are_refused_and_not_ignored():
    with pytest.raises(ValidationError) as caught:
        browse.registration(credit_blocked_until=None)

    assert [(fault["loc"], fault["type"]) for fault in caught.value.errors()] == [
        (("credit_blocked_until",), "extra_forbidden")
    ]


def test_a_new_account_and_a_new_name_keep_the_payee_the_organisation(app, rows):
    ident = browse.organisation()

    update_bank_account(ident, BankAccount(bank_name="建设银行", bank_branch="仙霞支行", account_number="310012345678"))
    rename(ident, "长宁乐学教育服务中心")

    row = rows(Organisation)[0]
    assert (row.bank_name, row.bank_branch, row.account_mark) == ("建设银行", "仙霞支行", token_of("310012345678"))
    assert (row.name, row.account_name) == ("长宁乐学教育服务中心", "长宁乐学教育服务中心")


def test_a_yearly_check_and_a_credit_bar_are_kept_and_lifted(app, rows):
    ident = browse.organisation()

    record_yearly_check(ident, YearlyCheck(year=2026, result="failed"))
    block_credit(ident, until=date(2029, 3, 1))
    row = rows(Organisation)[0]
    assert (row.yearly_check_year, row.yearly_check_result, row.credit_blocked_until) == (
        2026,
        "failed",
        date(2029, 3, 1),
    )

    block_credit(ident, until=None)
    assert rows(Organisation)[0].credit_blocked_until is None


@pytest.mark.parametrize(
    ("constraint", "changed"),
    [
        ("ck_organisation_payee_is_the_organisation", {"account_name": "某个人"}),
        ("ck_organisation_bank_is_whole", {"bank_name": None}),
        ("ck_organisation_kind_agrees_with_uscc", {"kind": "enterprise"}),
        ("ck_organisation_district_is_in_shanghai", {"district": "320100"}),
        ("ck_organisation_uscc_is_a_code", {"uscc": "52310105O00000023E"}),
        ("ck_organisation_registered_funds_are_not_negative", {"registered_funds": -1}),
        ("ck_organisation_rating_has_an_end", {"rating": 3}),
        ("ck_organisation_yearly_check_has_year_and_result", {"yearly_check_year": None}),
    ],
)
def test_the_database_itself_refuses_what_cannot_be_true(session, table_state, constraint, changed):
    row = session.get(Organisation, browse.organisation())
    before = table_state()

    for name, value in changed.items():
        setattr(row, name, value)
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    session.rollback()

    assert caught.value.orig.diag.constraint_name == constraint
    assert table_state() == before


def test_officials_see_every_organisation_and_applicants_their_own(app):
    browse.organisation()
    browse.organisation(FOUNDATION, name="上海清泉公益基金会")
    actors = {
        "fund office": browse.person("fund_office"),
        "own": browse.person("applicant_owner", uscc=FOUNDATION),
        "expert": browse.person("expert"),
    }

    seen = {
        who: [row.uscc for row in organisations(db.session(), actor_of(db.session(), person.user_id))]
        for who, person in actors.items()
    }

    assert seen == {"fund office": [browse.SCHOOL, FOUNDATION], "own": [FOUNDATION], "expert": []}


@pytest.mark.parametrize("code", [browse.SCHOOL, "513100005000000159"])
def test_an_organisation_of_others_is_missing_like_one_that_does_not_exist(app, code):
    browse.organisation()

    with pytest.raises(Missing):
        organisation(db.session(), Actor(1, "外人"), code)
