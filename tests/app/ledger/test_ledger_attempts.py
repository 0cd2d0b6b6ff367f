"""Attempts to pay: one live attempt a tranche, one history, one bank reference."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.orm import Session

from app.ledger.models import PaymentAttempt, PaymentAttemptState
from app.ledger.service import (
    AmountOutOfRange,
    AttemptIsLive,
    AttemptMovedOn,
    BankReferenceUsed,
    MoneyRefused,
    begin_attempt,
    record_attempt_state,
)
from tests.app.ledger.books import Fund
from tests.app.ledger.test_ledger_races import together


class Orders:
    """Attempts to pay one project, one event for each act."""

    def __init__(self, fund: Fund) -> None:
        self.fund, self.session = fund, fund.session
        self.project = fund.project()
        self.order = fund.books.case("payment_order", "drafting", root=self.project)
        fund.session.commit()

    def begin(self, tranche: int = 1, **how: int) -> int:
        values = {"project_id": self.project, "case_id": self.order, "amount": 100}
        return begin_attempt(
            self.session, tranche=tranche, event_id=self.fund.act(self.order, "prepare"), **(values | how)
        )

    def record(self, attempt: int, state: str, bank_ref: str | None = None) -> bool:
        event = self.fund.act(self.order, "note")
        done = record_attempt_state(self.session, attempt_id=attempt, state=state, event_id=event, bank_ref=bank_ref)
        self.session.commit()
        return done

    def through(self, attempt: int, *states: str) -> None:
        for state in states:
            self.record(attempt, state)


@pytest.fixture
def orders(fund: Fund) -> Orders:
    """A project with a payment order."""
    return Orders(fund)


def test_an_attempt_goes_from_prepared_to_paid_and_its_history_stays(
    orders: Orders, session: Session, rows: Callable[..., list[object]]
) -> None:
    attempt = orders.begin()
    orders.through(attempt, "approved", "sent")

    orders.record(attempt, "paid", "BANK-1")

    assert [(a.tranche, a.attempt, a.seq, a.state) for a in rows(PaymentAttempt)] == [(1, 1, 4, "paid")]
    assert [(s.seq, s.state, s.prev_state, s.bank_ref) for s in rows(PaymentAttemptState)] == [
        (1, "prepared", None, None),
        (2, "approved", "prepared", None),
        (3, "sent", "approved", None),
        (4, "paid", "sent", "BANK-1"),
    ]


@pytest.mark.parametrize("alive", [(), ("approved",), ("approved", "sent")])
def test_no_attempt_begins_while_another_may_still_pay(orders: Orders, session: Session, alive: tuple[str]) -> None:
    attempt = orders.begin()
    orders.through(attempt, *alive)
    session.commit()

    with pytest.raises(AttemptIsLive):
        orders.begin()
    session.rollback()

    assert orders.begin(tranche=2) > attempt


def test_no_attempt_begins_after_one_has_paid(orders: Orders, session: Session) -> None:
    attempt = orders.begin()
    orders.through(attempt, "approved", "sent")
    orders.record(attempt, "paid", "BANK-1")

    with pytest.raises(AttemptIsLive):
        orders.begin()


@pytest.mark.parametrize(
    "ends", [("cancelled",), ("approved", "cancelled"), ("approved", "sent", "failed")], ids=lambda ends: ends[-1]
)
def test_the_next_attempt_begins_when_the_last_has_paid_nothing(
    orders: Orders, session: Session, rows: Callable[..., list[object]], ends: tuple[str, ...]
) -> None:
    orders.through(orders.begin(), *ends)

    orders.begin()
    session.commit()

    assert [(a.attempt, a.state) for a in rows(PaymentAttempt)] == [(1, ends[-1]), (2, "prepared")]


@pytest.mark.parametrize(
    ("before", "state", "bank_ref"),
    [
        ((), "sent", None),
        ((), "paid", "BANK-1"),
        (("approved",), "paid", "BANK-1"),
        (("approved", "sent"), "paid", None),
        (("approved", "sent"), "failed", "BANK-1"),
        (("approved", "sent"), "cancelled", None),
        (("approved", "sent", "failed"), "sent", None),
        (("approved", "sent"), "lost", None),
    ],
)
def test_a_step_that_is_not_allowed_is_refused(
    orders: Orders,
    session: Session,
    table_state: Callable[[], dict[str, str]],
    before: tuple[str, ...],
    state: str,
    bank_ref: str | None,
) -> None:
    attempt = orders.begin()
    orders.through(attempt, *before)
    session.commit()
    then = table_state()

    with pytest.raises(AttemptMovedOn):
        orders.record(attempt, state, bank_ref)
    session.rollback()

    assert table_state() == then


def test_the_same_answer_twice_is_recorded_once(
    orders: Orders, session: Session, rows: Callable[..., list[object]]
) -> None:
    attempt = orders.begin()
    orders.through(attempt, "approved", "sent")

    assert (orders.record(attempt, "paid", "BANK-1"), orders.record(attempt, "paid", "BANK-1")) == (True, False)
    assert [s.state for s in rows(PaymentAttemptState)] == ["prepared", "approved", "sent", "paid"]


def test_a_bank_reference_pays_once(orders: Orders, session: Session) -> None:
    first, second = orders.begin(), orders.begin(tranche=2)
    for attempt in (first, second):
        orders.through(attempt, "approved", "sent")
    orders.record(first, "paid", "BANK-1")

    with pytest.raises(BankReferenceUsed):
        orders.record(second, "paid", "BANK-1")


def test_an_attempt_belongs_to_one_project(orders: Orders, fund: Fund, session: Session) -> None:
    elsewhere = Orders(fund)

    with pytest.raises(MoneyRefused):
        orders.begin(case_id=elsewhere.order)
    session.rollback()
    with pytest.raises(MoneyRefused):
        orders.begin(project_id=elsewhere.project)
    session.rollback()
    with pytest.raises(AmountOutOfRange):
        orders.begin(amount=0)


def test_two_contradicting_answers_of_the_bank_collide(
    orders: Orders, session: Session, connect: Callable[..., psycopg.Connection]
) -> None:
    attempt = orders.begin()
    orders.through(attempt, "approved", "sent")
    event = orders.fund.act(orders.order, "note")
    session.commit()

    def answer(connection: psycopg.Connection, state: str, bank_ref: str | None) -> Callable[[], object]:
        def act() -> object:
            with connection:
                connection.execute(
                    "SELECT ledger_record_attempt_state(%s, %s, %s, %s)", (attempt, state, event, bank_ref)
                )
            return "recorded"

        return act

    outcome = together([answer(connect(), "paid", "BANK-1"), answer(connect(), "failed", None)])

    recorded = outcome.pop("recorded")
    assert recorded == 1
    assert set(outcome) <= {"pk_payment_attempt_state", "fk_payment_attempt_state_flow"}
    assert sum(outcome.values()) == 1


def test_eight_at_once_begin_one_attempt(
    orders: Orders, session: Session, connect: Callable[..., psycopg.Connection], rows: Callable[..., list[object]]
) -> None:
    event = orders.fund.act(orders.order, "prepare")
    session.commit()

    def begin(connection: psycopg.Connection) -> Callable[[], object]:
        def act() -> object:
            with connection:
                connection.execute(
                    "SELECT ledger_begin_attempt(%s, 1::smallint, %s, 100, %s)", (orders.project, orders.order, event)
                )
            return "begun"

        return act

    outcome = together([begin(connect()) for _ in range(8)])

    assert outcome["begun"] == 1
    assert len(rows(PaymentAttempt)) == 1
