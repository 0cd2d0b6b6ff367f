"""An act that means money is not committed without it, whatever wrote it."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.orm import Session

from tests.app.ledger.books import Fund

#: life, action, stage it leads to, role, code that it must post.
MUST = (
    ("programme_year", "appropriate", "open", "fund_office", "appropriate"),
    ("programme_year", "cut_appropriation", "open", "fund_office", "appropriation_cut"),
    ("aid_project", "close_panel", "publicity", "secretary", "reserve"),
    ("aid_project", "sign_agreement", "agreement", "applicant_owner", "encumber"),
    ("aid_project", "confirm_settlement", "disbursement", "finance_checker", "accrue"),
    ("aid_project", "confirm_settlement", "disbursement", "finance_checker", "release"),
    ("aid_project", "confirm_settlement", "closed", "finance_checker", "release"),
    ("aid_project", "reverse_settlement", "settlement", "finance_checker", "accrual_reverse"),
    ("payment_order", "record_sent", "sent", "finance_maker", "instruct"),
    ("payment_order", "record_paid", "paid", "finance_maker", "settle"),
    ("payment_order", "record_failed", "failed", "finance_checker", "bounce"),
)


@pytest.mark.parametrize(("life", "action", "to", "role", "code"), MUST)
def test_an_act_that_means_money_is_not_committed_without_it(
    fund: Fund,
    session: Session,
    table_state: Callable[[], dict[str, str]],
    life: str,
    action: str,
    to: str,
    role: str,
    code: str,
) -> None:
    project = fund.project()
    fund.run(project, ("reserve", 500), ("encumber", 400), ("accrue", 300), ("instruct", 200))
    if life == "programme_year":
        case, project = fund.year, None
    else:
        case = project if life == "aid_project" else fund.books.case(life, "drafting", root=project)
    session.commit()
    person = {"finance_maker": fund.maker, "finance_checker": fund.checker}.get(role) or fund.books.person()
    session.commit()
    before = table_state()

    fund.act(case, action, to=to, role=role, by=person)
    with pytest.raises(Exception, match="must move money") as refused:
        session.connection().connection.driver_connection.commit()
    session.rollback()

    assert isinstance(refused.value, psycopg.errors.CheckViolation)
    assert table_state() == before
    event = fund.act(case, action, to=to, role=role, by=person)
    more = {} if code in {"accrue", "instruct", "accrual_reverse"} else {"maker_id": person}
    if code == "accrual_reverse":
        (more["reverses_id"],) = fund.books.connection.execute(
            "SELECT id FROM posting WHERE code = 'accrue'"
        ).fetchone()
    fund.post(code, 100, project=project, event=event, **more)
    session.commit()
    assert table_state() != before


@pytest.mark.parametrize(
    ("action", "to", "role"),
    [
        ("close_panel", "rejected", "secretary"),
        ("sign_agreement", "agreement", "fund_office"),
        ("note", "draft", "fund_office"),
    ],
)
def test_an_act_that_means_no_money_is_committed_without_it(
    fund: Fund, session: Session, action: str, to: str, role: str
) -> None:
    project = fund.project()

    event = fund.act(project, action, to=to, role=role)
    session.commit()

    assert fund.books.connection.execute("SELECT max(id) FROM event").fetchone() == (event,)
