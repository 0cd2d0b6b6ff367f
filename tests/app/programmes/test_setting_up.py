"""Programmes, budget years and calls: who sets them up, and what is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.database import Missing, transaction
from app.ledger.queries import balances
from app.people.permissions import Actor
from app.programmes.commands import CreateProgramme, OpenCall
from app.programmes.models import Programme, ProgrammeYear
from app.programmes.queries import CallRow, YearRow, call_named, programme_year, programme_years
from app.programmes.service import add_policy, create_programme, open_call
from tests.make import NOW, case_of, person
from tests.refusing import refused
from workflows.engine import NotYourRole
from workflows.policy import DEFAULT_POLICY

DKZY = CreateProgramme(code="DKZY", name="对口支援专项", year=2026)


@pytest.fixture
def fund(app: Any) -> Actor:
    """Somebody of the fund office."""
    return person("fund_office")


@pytest.fixture
def year(fund: Actor) -> YearRow:
    """A programme with its first year, and the usual policy."""
    with transaction() as session:
        add_policy(session, DEFAULT_POLICY, now=NOW)
    return create_programme(DKZY, actor=fund, now=NOW)


def call(**changed: Any) -> OpenCall:
    """A call of ten days that begins now."""
    usual = {"code": "TZ-1", "title": "申报通知", "programme": "DKZY", "opens_at": NOW, "budget": "1000000.00"}
    return OpenCall.model_validate(usual | {"closes_at": NOW + timedelta(days=10)} | changed)


def test_a_programme_begins_with_a_year_of_empty_accounts(
    year: YearRow, session: Session, rows: Callable[[Any], list[Any]]
) -> None:
    assert [(row.code, row.name) for row in rows(Programme)] == [("DKZY", "对口支援专项")]
    assert [(row.case_id, row.year) for row in rows(ProgrammeYear)] == [(year.case_id, 2026)]
    assert programme_years(session) == [year]
    assert (year.code, year.year, year.stage, case_of(year.pid).holder_role) == ("DKZY", 2026, "open", "fund_office")
    assert set(balances(session, year.case_id).values()) == {0}


def test_a_programme_has_each_year_once_and_one_name(
    year: YearRow, fund: Actor, session: Session, table_state: Any
) -> None:
    following = create_programme(DKZY.model_copy(update={"year": 2027}), actor=fund, now=NOW)
    before = table_state()

    renamed = DKZY.model_copy(update={"name": "另一名称", "year": 2028})
    assert refused(create_programme, DKZY, actor=fund, now=NOW) == ("year", "该专项的这一年度已经设立。")
    assert refused(create_programme, renamed, actor=fund, now=NOW) == ("code", "该专项代码已用于“对口支援专项”。")
    assert table_state() == before
    assert programme_years(session) == [following, year]


def test_the_code_of_a_call_is_taken_once(year: YearRow, fund: Actor, table_state: Any) -> None:
    open_call(call(), actor=fund, now=NOW)
    before = table_state()

    assert refused(open_call, call(title="另一通知"), actor=fund, now=NOW) == ("code", "该通知编号已被使用。")
    assert table_state() == before


@pytest.mark.parametrize("role", ["finance_maker", "approver", "system_admin", "secretary"])
def test_nobody_but_the_fund_office_sets_up_a_programme_or_a_call(year: YearRow, role: str, table_state: Any) -> None:
    other = person(role)
    before = table_state()

    with pytest.raises(NotYourRole):
        create_programme(CreateProgramme(code="OTHER", name="另一专项", year=2026), actor=other, now=NOW)
    with pytest.raises(NotYourRole):
        open_call(call(), actor=other, now=NOW)
    assert table_state() == before


def test_a_call_is_for_everything_its_policy_allows_unless_it_says_less(
    year: YearRow, fund: Actor, session: Session
) -> None:
    every = open_call(call(), actor=fund, now=NOW)
    some = open_call(call(code="TZ-2", areas=["6326"], fields=["education_health"]), actor=fund, now=NOW)

    assert every == CallRow(
        id=every.id,
        code="TZ-1",
        title="申报通知",
        programme="DKZY",
        year=2026,
        policy=DEFAULT_POLICY.key,
        opens_at=NOW,
        closes_at=NOW + timedelta(days=10),
        areas=tuple(prefix for prefix, _name in DEFAULT_POLICY.areas),
        fields=tuple(key for key, _label in DEFAULT_POLICY.fields),
        budget=100_000_000,
        case=year.pid,
        policy_id=every.policy_id,
    )
    assert (some.areas, some.fields) == (("6326",), ("education_health",))
    assert call_named(session, "TZ-2") == some


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"areas": ["6326", "9901", "9902"]}, "areas", "政策中没有：9901、9902。"),
        ({"fields": ["war"]}, "fields", "政策中没有：war。"),
        ({"policy": "nowhere/1"}, "policy", "没有适用的政策版本。"),
    ],
)
def test_a_call_beyond_its_policy_is_refused_by_the_name_of_the_field(
    year: YearRow, fund: Actor, table_state: Any, changed: dict[str, Any], field: str, said: str
) -> None:
    before = table_state()

    assert refused(open_call, call(**changed), actor=fund, now=NOW) == (field, said)
    assert table_state() == before


def test_a_call_that_closes_before_it_opens_is_none() -> None:
    with pytest.raises(ValueError, match="截止时间须晚于开放时间"):
        call(closes_at=NOW)


@pytest.mark.parametrize("changed", [{"programme": "NONE"}, {"year": 2027}])
def test_a_call_needs_a_programme_and_a_year_that_exist(
    year: YearRow, fund: Actor, table_state: Any, changed: dict[str, Any]
) -> None:
    before = table_state()

    with pytest.raises(Missing):
        open_call(call(**changed), actor=fund, now=NOW)
    assert table_state() == before


def test_the_newest_year_of_a_programme_is_meant_where_none_is_named(year: YearRow, session: Session) -> None:
    assert programme_year(session, "DKZY") == programme_year(session, "DKZY", 2026) == year
    with pytest.raises(Missing):
        programme_year(session, "DKZY", 2025)
