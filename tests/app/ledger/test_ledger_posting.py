"""Postings through the service: what they move, what is replayed and what is refused."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.ledger.models import LARGEST, PROGRAMME_KINDS, PROJECT_KINDS
from app.ledger.queries import (
    balances,
    identity_holds,
    movements,
    programme_balance,
    project_balance,
    project_balances,
    violations,
)
from app.ledger.service import (
    AccountMissing,
    AmountOutOfRange,
    MoneyRefused,
    NeedsTwoPeople,
    NotEnoughMoney,
    OverTheCap,
    PostedOtherwise,
)
from tests.app.ledger.books import Fund

ALL_KINDS = (*PROGRAMME_KINDS, *PROJECT_KINDS)
ONE_ID = UUID("00000000-0000-4000-8000-000000000001")


def amounts(**known: int) -> dict[str, int]:
    return dict.fromkeys(ALL_KINDS, 0) | known


def test_money_runs_from_the_budget_to_the_bank_and_back(fund: Fund, session: Session) -> None:
    project = fund.project(cap=500)

    fund.run(
        project,
        ("reserve", 500),
        ("unreserve", 100),
        ("encumber", 400),
        ("accrue", 300),
        ("release", 100),
        ("instruct", 300),
        ("bounce", 300),
    )
    again = fund.act(project, "again")
    fund.post("instruct", 300, project=project, event=again)
    fund.post("settle", 300, project=project, event=again)
    fund.run(project, ("clawback", 50), ("clawback_waive", 20), ("clawback_receive", 30))
    fund.post("recycle", 10)
    fund.post("lapse", 710)
    session.commit()

    totals = balances(session, fund.year)
    assert totals == amounts(source=-1000, recovered=20, lapsed=710, disbursed=270)
    assert identity_holds(totals)
    assert project_balances(session, project) == dict.fromkeys(PROJECT_KINDS, 0) | {"disbursed": 270}
    assert violations(session) == []


def test_the_rest_of_a_reservation_is_given_back_in_the_same_posting(fund: Fund, session: Session) -> None:
    project = fund.project()
    fund.run(project, ("reserve", 500))

    fund.post("encumber", 450, rest=50, project=project)
    session.commit()

    assert balances(session, fund.year) == amounts(source=-1000, available=550, encumbered=450)
    lines = [(m.code, m.leg, m.from_kind, m.to_kind, m.amount) for m in movements(session, programme_year_id=fund.year)]
    assert lines == [
        ("encumber", 2, "reserved", "available", 50),
        ("encumber", 1, "reserved", "encumbered", 450),
        ("reserve", 1, "available", "reserved", 500),
        ("appropriate", 1, "source", "available", 1000),
    ]


def test_movements_of_a_project_are_its_own_the_newest_by_date_first(fund: Fund, session: Session) -> None:
    project, other = fund.project(), fund.project()
    fund.run(project, ("reserve", 10), ("encumber", 10))
    fund.run(other, ("reserve", 20))

    found = movements(session, programme_year_id=fund.year, project_id=project)

    assert [m.code for m in found] == ["encumber", "reserve"]
    assert [m.at for m in found] == sorted((m.at for m in found), reverse=True)


def test_balances_are_columns_of_a_larger_query(fund: Fund, session: Session) -> None:
    project = fund.project()
    fund.run(project, ("reserve", 70))

    row = session.execute(
        select(
            project_balance(literal(project), "reserved"),
            project_balance(literal(project), "payable"),
            programme_balance(literal(fund.year), "available"),
            programme_balance(literal(0), "available"),
        )
    ).one()

    assert tuple(row) == (70, 0, 930, 0)


def test_a_posting_asked_again_alike_is_replayed_and_moves_nothing(
    fund: Fund, session: Session, table_state: Callable[[], dict[str, str]]
) -> None:
    project = fund.project()
    event = fund.act(project)
    first = fund.post("reserve", 300, project=project, event=event)
    session.commit()
    before = table_state()

    again = fund.post("reserve", 300, project=project, event=event)
    session.commit()

    assert (first.replayed, again.replayed, again.id) == (False, True, first.id)
    assert table_state() == before


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 301},
        {"rest": 1},
        {"code": "unreserve"},
        {"project_id": None},
        {"maker_id": None},
        {"checker_id": 1},
        {"event_id": 1},
        {"reverses_id": ONE_ID},
    ],
    ids=lambda other: next(iter(other)),
)
def test_the_id_of_a_posting_is_never_used_for_anything_else(
    fund: Fund, session: Session, table_state: Callable[[], dict[str, str]], other: dict[str, object]
) -> None:
    project = fund.project()
    event = fund.act(project)
    asked = {"code": "reserve", "amount": 300, "project": project, "event": event, "posting_id": ONE_ID}
    fund.post(**asked)
    session.commit()
    before = table_state()

    with pytest.raises(PostedOtherwise):
        fund.post(**(asked | other))
    session.rollback()

    assert table_state() == before


def test_one_event_posts_a_code_once(fund: Fund, session: Session, table_state: Callable[[], dict[str, str]]) -> None:
    project = fund.project()
    event = fund.act(project)
    fund.post("reserve", 300, project=project, event=event)
    session.commit()
    before = table_state()

    with pytest.raises(PostedOtherwise):
        fund.post("reserve", 300, project=project, event=event, posting_id=ONE_ID)
    session.rollback()

    assert table_state() == before


@pytest.mark.parametrize("amount", [0, -1, LARGEST + 1, 2**63])
def test_an_amount_out_of_range_is_refused(fund: Fund, amount: int) -> None:
    project = fund.project()

    with pytest.raises(AmountOutOfRange):
        fund.post("reserve", amount, project=project)


#: What is asked of a project with cap 600, of which 500 are reserved, 200 encumbered and 100 payable.
REFUSED = {
    "over the budget": (NotEnoughMoney, "reserve", 501, {}),
    "over the cap": (OverTheCap, "reserve", 101, {}),
    "more than is reserved": (NotEnoughMoney, "encumber", 301, {}),
    "more than is encumbered": (NotEnoughMoney, "accrue", 101, {}),
    "more than is payable": (NotEnoughMoney, "instruct", 101, {}),
    "nothing is in flight": (NotEnoughMoney, "settle", 1, {}),
    "nothing was disbursed": (NotEnoughMoney, "clawback", 1, {}),
    "nothing was recovered": (NotEnoughMoney, "recycle", 1, {"project_id": None, "project": None}),
    "no checker": (NeedsTwoPeople, "accrue", 50, {"checker_id": None}),
    "no maker": (NeedsTwoPeople, "instruct", 50, {"maker_id": None}),
    "a code that is none": (AccountMissing, "gift", 50, {}),
    "a project's code without a project": (AccountMissing, "reserve", 50, {"project": None}),
    "a rest where there is none": (AccountMissing, "reserve", 50, {"rest": 1}),
    "another programme-year": (AccountMissing, "reserve", 50, {"programme_year_id": 0}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_posting_leaves_every_table_as_it_was(
    fund: Fund, session: Session, table_state: Callable[[], dict[str, str]], case: str
) -> None:
    refusal, code, amount, more = REFUSED[case]
    project = fund.project(cap=600)
    fund.run(project, ("reserve", 500), ("encumber", 200), ("accrue", 100))
    before = table_state()

    with pytest.raises(refusal):
        fund.post(code, amount, **({"project": project} | more))
    session.rollback()

    assert table_state() == before


@pytest.mark.parametrize("code", ["accrue", "release"])
def test_nobody_checks_what_they_made(fund: Fund, code: str) -> None:
    project = fund.project()
    fund.run(project, ("reserve", 500), ("encumber", 500))
    one = fund.maker if code == "accrue" else fund.officer

    with pytest.raises(NeedsTwoPeople):
        fund.post(code, 100, project=project, checker_id=one)


def test_a_checker_without_a_duty_on_the_project_does_not_count(fund: Fund) -> None:
    project = fund.project()
    fund.run(project, ("reserve", 500), ("encumber", 500))

    with pytest.raises(NeedsTwoPeople):
        fund.post("accrue", 100, project=project, checker_id=fund.books.person())


def test_a_posting_names_the_person_who_acted(fund: Fund) -> None:
    project = fund.project()

    with pytest.raises(NeedsTwoPeople):
        fund.post("reserve", 100, project=project, maker_id=fund.maker)


def test_an_event_of_another_project_moves_no_money(fund: Fund) -> None:
    project, other = fund.project(), fund.project()
    event = fund.act(other)

    with pytest.raises(MoneyRefused):
        fund.post("reserve", 100, project=project, event=event)


def test_a_refusal_says_why_in_words_for_the_person_who_asked(fund: Fund) -> None:
    project = fund.project()

    with pytest.raises(NotEnoughMoney) as refused:
        fund.post("unreserve", 1, project=project)

    assert str(refused.value.reason) == "账户余额不足，资金变动被拒绝。"
