"""What the fund office does on a budget year: its money, its calls, its end."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casework.service import Stale, seen_of, take_action
from app.casework.subjects import command_of
from app.evidence.models import Event
from app.ledger.queries import balances
from app.people.permissions import Actor
from app.programmes.queries import call_named, programme_year
from tests.make import NOW, Town, act, advance, case_of, draft, person, town
from tests.refusing import refused
from workflows.engine import NotYourRole, Refused

LATER = NOW + timedelta(days=40)


@pytest.fixture
def around(app: Any) -> Town:
    """A fund with five million yuan and an open call."""
    return town()


@pytest.fixture
def year(around: Town, session: Session) -> UUID:
    """The case of the budget year."""
    return programme_year(session, around.programme).pid


def available(session: Session) -> int:
    """What is free in the year, in fen."""
    session.rollback()
    return balances(session, programme_year(session, "DKZY").case_id)["available"]


def closes_at(session: Session) -> datetime:
    """When the call closes."""
    session.rollback()
    return call_named(session, "TZ2026-1").closes_at


def test_budget_is_issued_and_cut_to_the_fen(around: Town, year: UUID, session: Session) -> None:
    act(year, "appropriate", around.fund, amount="0.01", document="沪财〔2026〕1号")
    act(year, "cut_appropriation", around.fund, amount="4999999.99")

    assert available(session) == 2


@pytest.mark.parametrize(
    ("action", "amount", "said"),
    [
        ("cut_appropriation", "5000000.01", "可用预算余额 5000000.00 元，不足以核减该金额。"),
        ("cut_appropriation", "0.00", "金额必须大于零。"),
        ("appropriate", "0.00", "金额必须大于零。"),
    ],
)
def test_no_more_is_cut_than_is_free_and_nothing_is_no_amount(
    around: Town, year: UUID, table_state: Any, action: str, amount: str, said: str
) -> None:
    before = table_state()

    with pytest.raises(Refused) as caught:
        act(year, action, around.fund, amount=amount)
    assert str(caught.value.reason) == said
    assert table_state() == before


@pytest.mark.parametrize("amount", ["1.001", "-1.00", "1,00.00", "ten"])
def test_money_has_two_places_and_no_sign(around: Town, year: UUID, table_state: Any, amount: str) -> None:
    before = table_state()

    with pytest.raises(ValidationError):
        act(year, "appropriate", around.fund, amount=amount)
    assert table_state() == before


def test_a_year_closes_with_what_is_left_going_back_and_nothing_more_happens_in_it(
    around: Town, year: UUID, session: Session, table_state: Any
) -> None:
    assert act(year, "close_year", around.fund).stage == "closed"
    assert available(session) == 0
    before = table_state()

    for action, fields in (
        ("appropriate", {"amount": "1.00"}),
        ("close_year", {}),
        ("change_window", {"call": around.call, "closes_at": LATER}),
    ):
        with pytest.raises(Refused):
            act(year, action, around.fund, **fields)
    assert table_state() == before


def test_a_year_with_money_under_way_stays_open(around: Town, year: UUID, table_state: Any) -> None:
    now = advance(around, draft(around), "publicity")
    before = table_state()

    with pytest.raises(Refused) as caught:
        act(year, "close_year", around.fund, now=now)
    assert str(caught.value.reason) == "尚有 340000.00 元已安排而未拨付，不能结转本年度。"
    assert table_state() == before


@pytest.mark.parametrize("action", ["appropriate", "cut_appropriation", "close_year"])
def test_nobody_issues_cuts_or_closes_over_money_that_came_after_the_look(
    around: Town, year: UUID, table_state: Any, action: str
) -> None:
    read = seen_of(case_of(year))
    act(year, "appropriate", person("fund_office"), amount="9000000.00", document="沪财预〔2026〕9号")
    fields = {} if action == "close_year" else {"amount": "9000000.00", "document": "沪财预〔2026〕9号"}
    command = command_of("programme_year", action).model_validate(fields)
    before = table_state()

    with pytest.raises(Stale):
        take_action(year, action, actor=around.fund, seen=read, command=command, now=NOW)
    assert table_state() == before


@pytest.mark.parametrize("closes", [LATER, NOW])
def test_a_call_is_extended_or_closed_early_and_the_chain_of_its_year_says_so(
    around: Town, year: UUID, session: Session, closes: datetime
) -> None:
    receipt = act(year, "change_window", around.fund, call=around.call, closes_at=closes)

    assert closes_at(session) == closes
    events = session.scalars(select(Event).where(Event.root_id == case_of(year).id).order_by(Event.seq)).all()
    assert [event.action for event in events] == ["open", "appropriate", "change_window"]
    last = events[-1]
    assert (last.action, last.actor_id, last.at, last.hash.hex()) == (
        "change_window",
        around.fund.user_id,
        NOW,
        receipt.hash,
    )


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"call": "TZ-NONE"}, "call", "本年度没有该编号的申报通知。"),
        ({"closes_at": NOW - timedelta(seconds=1)}, "closes_at", "截止时间不得早于现在。"),
        ({"closes_at": NOW - timedelta(days=3)}, "closes_at", "截止时间须晚于开放时间"),
    ],
)
def test_a_window_that_cannot_be_is_refused_by_the_name_of_the_field(
    around: Town, year: UUID, table_state: Any, changed: dict[str, Any], field: str, said: str
) -> None:
    before = table_state()
    asked = {"call": around.call, "closes_at": LATER} | changed

    assert refused(act, year, "change_window", around.fund, **asked) == (field, said)
    assert table_state() == before


def test_after_a_call_was_closed_early_nothing_more_is_declared_under_it(
    around: Town, year: UUID, table_state: Any
) -> None:
    number = draft(around)
    act(year, "change_window", around.fund, call=around.call, closes_at=NOW)
    before = table_state()

    with pytest.raises(Refused):
        advance(around, number, "authenticity_review", now=NOW + timedelta(minutes=1))
    assert table_state() == before


@pytest.mark.parametrize("role", ["approver", "finance_maker", "supervisor", "system_admin"])
def test_nobody_but_the_fund_office_acts_on_a_budget_year(
    around: Town, year: UUID, table_state: Any, role: str
) -> None:
    other: Actor = person(role)
    before = table_state()

    for action, fields in (
        ("appropriate", {"amount": "1.00"}),
        ("cut_appropriation", {"amount": "1.00"}),
        ("change_window", {"call": around.call, "closes_at": LATER}),
        ("close_year", {}),
    ):
        with pytest.raises((NotYourRole, LookupError)):
            act(year, action, other, **fields)
    assert table_state() == before
