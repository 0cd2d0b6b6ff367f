"""A wrong settlement that was confirmed is reversed before anything is paid, and the money stands as before."""

from typing import Any

import pytest
from sqlalchemy import select

from app.database import db
from app.ledger.models import Posting
from app.ledger.queries import balances, project_balances, violations
from app.outbox.models import Message
from app.payments.queries import orders_of, settlements_of
from app.programmes.queries import programme_year
from tests.later import confirm, fail, pay, project_in, refused, root
from tests.make import act, case_of, children, pid_of, town
from workflows.calendar import shanghai_date
from workflows.engine import GuardRefused, NotYourRole
from workflows.money import yuan

WHY = {"reason": "审定金额有误"}


def books(number: str) -> tuple[dict[str, int], dict[str, int]]:
    """The balances of the project and of its budget year, those that are not zero."""
    session = db.session()
    year = programme_year(session, "DKZY").case_id
    found = project_balances(session, root(number)), balances(session, year)
    return tuple({kind: fen for kind, fen in each.items() if fen} for each in found)


def states(number: str) -> list[str]:
    return [case_of(pid).stage for pid in children(number, "payment_order")]


@pytest.mark.parametrize("stage", ["drafting", "prepared", "approved", "failed"])
def test_a_reversed_settlement_leaves_the_money_as_it_was_before(app: Any, rows: Any, stage: str) -> None:
    around = town()
    number, now = project_in(around, "settlement")
    before = books(number)
    confirm(around, number, now)
    if stage != "drafting":
        pay(around, number, now=now, until="sent" if stage == "failed" else stage)
    if stage == "failed":
        fail(around, number, now=now)

    act(pid_of(number), "reverse_settlement", around.checker, now=now, **WHY)

    assert books(number) == before
    assert (case_of(pid_of(number)).stage, case_of(pid_of(number)).holder_role) == ("settlement", "finance_maker")
    assert states(number) == ["cancelled"]
    (page,) = settlements_of(db.session(), root(number))
    assert (page.confirmed_by, page.ended_at, page.ended_reason) == (around.checker.name, now, WHY["reason"])
    named = {posting.id: posting.code for posting in rows(Posting)}
    assert {p.code: (named[p.reverses_id], p.maker_id, p.checker_id) for p in rows(Posting) if p.reverses_id} == {
        "accrual_reverse": ("accrue", around.maker.user_id, around.checker.user_id),
        "release_reverse": ("release", around.maker.user_id, around.checker.user_id),
    }
    told = select(Message.to_role).where(Message.template == "settlement_reversed").order_by(Message.to_role)
    assert list(db.session.scalars(told)) == ["finance_maker", "fund_office"]
    assert violations(db.session()) == []


def test_a_project_whose_settlement_was_reversed_is_settled_again_and_paid_once(due: Any) -> None:
    around, number, now = due
    pay(around, number, now=now, until="approved")
    act(pid_of(number), "reverse_settlement", around.checker, now=now, **WHY)

    confirm(around, number, now)
    act(pid_of(number), "reverse_settlement", around.checker, now=now, **WHY)
    confirm(around, number, now)
    pay(around, number, now=now)
    act(pid_of(number), "close", around.fund, now=now, performance_score=92, remark="目标完成")

    assert states(number) == ["cancelled", "cancelled", "paid"]
    assert [order.number for order in orders_of(db.session(), root(number))] == [f"{number}-P{n}" for n in (1, 2, 3)]
    assert books(number)[0] == {"disbursed": 27_500_000}
    assert violations(db.session()) == []


def test_a_project_whose_settlement_was_reversed_can_be_terminated(due: Any) -> None:
    around, number, now = due
    act(pid_of(number), "reverse_settlement", around.checker, now=now, **WHY)

    act(pid_of(number), "terminate", around.fund, now=now, **WHY)

    own, year = books(number)
    assert (own, year["available"] + year["source"]) == ({}, 0)
    assert violations(db.session()) == []


def test_a_settlement_is_not_reversed_by_others_nor_once_the_money_is_with_the_bank(due: Any, table_state: Any) -> None:
    around, number, now = due
    with pytest.raises(NotYourRole):
        act(pid_of(number), "reverse_settlement", around.maker, now=now, **WHY)
    pay(around, number, now=now, until="sent")
    before = table_state()

    with pytest.raises(GuardRefused, match="拨付单已送银行"):
        act(pid_of(number), "reverse_settlement", around.checker, now=now, **WHY)

    assert table_state() == before
    (order,) = children(number, "payment_order")
    paid_on = shanghai_date(now).isoformat()
    act(order, "record_paid", around.maker, now=now, bank_reference="ICBC-0001", paid_on=paid_on)
    with pytest.raises(GuardRefused, match="已有资金拨付到账"):
        act(pid_of(number), "reverse_settlement", around.checker, now=now, **WHY)


def test_a_settlement_is_not_reversed_when_the_budget_lacks_what_was_released(due: Any, table_state: Any) -> None:
    around, number, now = due
    year = programme_year(db.session(), "DKZY")
    left = balances(db.session(), year.case_id)["available"]
    act(year.pid, "cut_appropriation", around.fund, now=now, amount=yuan(left - 1), document="沪财预〔2026〕9号")
    before = table_state()

    with pytest.raises(GuardRefused, match="不足以重新锁定"):
        act(pid_of(number), "reverse_settlement", around.checker, now=now, **WHY)

    assert table_state() == before


def test_sql_of_the_web_role_cannot_end_a_settlement_that_is_to_be_paid(
    due: Any, settings: Any, table_state: Any
) -> None:
    around, number, now = due
    before = table_state()
    end = "UPDATE settlement SET ended_by_id = confirmed_by_id, ended_reason = 'x', ended_at = confirmed_at"

    assert refused(settings.database_url, end) == "ended_settlement_pays_nothing"
    assert refused(settings.database_url, f"{end} - interval '1 day'") == "ck_settlement_ended_after_the_confirmation"

    assert table_state() == before
    act(pid_of(number), "reverse_settlement", around.checker, now=now, **WHY)
    revive = "UPDATE payment_order SET state = 'drafting'"
    assert refused(settings.database_url, revive) in {"ended_settlement_pays_nothing", "state_is_the_stage"}
