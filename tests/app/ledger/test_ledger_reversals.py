"""What was posted is taken back by a counter-entry that names it, never by an edit."""

import pytest
from sqlalchemy.orm import Session

from app.ledger.queries import balances, violations
from app.ledger.service import MoneyRefused, NotEnoughMoney
from tests.app.ledger.books import Fund
from tests.app.ledger.test_ledger_posting import amounts


def test_an_accrual_is_taken_back_by_a_counter_entry_up_to_its_amount(fund: Fund, session: Session) -> None:
    project = fund.project()
    fund.run(project, ("reserve", 500), ("encumber", 500))
    accrual = fund.post("accrue", 300, project=project)
    session.commit()

    fund.post("accrual_reverse", 200, project=project, reverses_id=accrual.id)
    session.commit()

    assert balances(session, fund.year) == amounts(source=-1000, available=500, encumbered=400, payable=100)
    fund.run(project, ("advance", 200))
    with pytest.raises(MoneyRefused):
        fund.post("accrual_reverse", 101, project=project, reverses_id=accrual.id)


def test_a_release_is_taken_back_by_its_own_counter_entry_while_the_budget_has_it(fund: Fund, session: Session) -> None:
    project, other = fund.project(), fund.project()
    fund.run(project, ("reserve", 500), ("encumber", 500))
    accrual = fund.post("accrue", 300, project=project)
    release = fund.post("release", 200, project=project)
    session.commit()

    for code, original, amount in (
        ("release_reverse", accrual.id, 100),
        ("accrual_reverse", release.id, 100),
        ("release_reverse", release.id, 201),
        ("release_reverse", None, 100),
    ):
        with pytest.raises(MoneyRefused):
            fund.post(code, amount, project=project, reverses_id=original)
        session.rollback()
    fund.run(other, ("reserve", 650))
    with pytest.raises(NotEnoughMoney):
        fund.post("release_reverse", 200, project=project, reverses_id=release.id)
    session.rollback()
    fund.run(other, ("unreserve", 650))
    fund.post("release_reverse", 200, project=project, reverses_id=release.id)
    session.commit()

    assert balances(session, fund.year) == amounts(source=-1000, available=500, encumbered=200, payable=300)
    with pytest.raises(MoneyRefused):
        fund.post("release_reverse", 1, project=project, reverses_id=release.id)
    session.rollback()
    assert violations(session) == []


@pytest.mark.parametrize("wrong", ["nothing", "a reservation", "another project's accrual"])
def test_a_reversal_names_an_accrual_of_its_project(fund: Fund, session: Session, wrong: str) -> None:
    project, other = fund.project(), fund.project()
    reservation = fund.post("reserve", 300, project=project)
    fund.run(project, ("encumber", 300), ("accrue", 300))
    fund.run(other, ("reserve", 300), ("encumber", 300))
    elsewhere = fund.post("accrue", 300, project=other)
    session.commit()
    named = {"nothing": None, "a reservation": reservation.id, "another project's accrual": elsewhere.id}[wrong]

    with pytest.raises(MoneyRefused):
        fund.post("accrual_reverse", 100, project=project, reverses_id=named)
