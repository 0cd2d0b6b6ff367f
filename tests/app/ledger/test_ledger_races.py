"""Many at once, on real threads with real commits."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.orm import Session

from app.ledger.queries import balances, violations
from tests.app.ledger.books import Fund

POST = "SELECT ledger_post(%s, %s, %s, %s, %s, %s, 0, %s, %s, NULL)"


def together(acts: list[Callable[[], object]]) -> Counter[object]:
    """Do all of this at the same moment and count what came of it."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except psycopg.DatabaseError as refused:
            return refused.diag.constraint_name

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def posting(connection: psycopg.Connection, *values: object) -> Callable[[], object]:
    def act() -> object:
        with connection:
            (replayed,) = connection.execute(POST, values).fetchone()
        return "replayed" if replayed else "posted"

    return act


@pytest.mark.parametrize("budget_round", range(3))
def test_ten_agreements_of_300_against_1000_have_three_winners(
    fund: Fund, session: Session, connect: Callable[..., psycopg.Connection], budget_round: int
) -> None:
    projects = [fund.project(cap=300) for _ in range(10)]
    events = [fund.act(project) for project in projects]
    session.commit()

    outcome = together([
        posting(connect(), UUID(int=number + 1), event, "reserve", fund.year, project, 300, fund.officer, None)
        for number, (project, event) in enumerate(zip(projects, events, strict=True))
    ])  # fmt: skip

    assert outcome == {"posted": 3, "ck_account_balance": 7}
    totals = balances(session, fund.year)
    assert {kind: amount for kind, amount in totals.items() if amount} == {
        "source": -1000,
        "available": 100,
        "reserved": 900,
    }
    assert violations(session) == []


def test_the_same_request_from_eight_at_once_is_posted_once(
    fund: Fund, session: Session, connect: Callable[..., psycopg.Connection]
) -> None:
    project = fund.project()
    event = fund.act(project)
    session.commit()

    outcome = together(
        [
            posting(connect(), UUID(int=1), event, "reserve", fund.year, project, 100, fund.officer, None)
            for _ in range(8)
        ]
    )

    assert outcome == {"posted": 1, "replayed": 7}
    assert balances(session, fund.year)["reserved"] == 100


def test_one_event_posts_a_code_once_whoever_comes_first(
    fund: Fund, session: Session, connect: Callable[..., psycopg.Connection]
) -> None:
    project = fund.project()
    event = fund.act(project)
    session.commit()

    outcome = together([
        posting(connect(), UUID(int=number + 1), event, "reserve", fund.year, project, 100, fund.officer, None)
        for number in range(6)
    ])  # fmt: skip

    assert outcome == {"posted": 1, "uq_posting_event_id_code": 5}
    assert balances(session, fund.year)["reserved"] == 100


def test_reservations_of_one_project_never_pass_its_cap_together(
    fund: Fund, session: Session, connect: Callable[..., psycopg.Connection]
) -> None:
    project = fund.project(cap=250)
    events = [fund.act(project, f"note_{number}") for number in range(6)]
    session.commit()

    outcome = together([
        posting(connect(), UUID(int=number + 1), event, "reserve", fund.year, project, 100, fund.officer, None)
        for number, event in enumerate(events)
    ])  # fmt: skip

    assert outcome == {"posted": 2, "ck_project_fund_held": 4}
    assert violations(session) == []


def test_two_reversals_of_one_accrual_never_take_back_more_than_it(
    fund: Fund, session: Session, connect: Callable[..., psycopg.Connection]
) -> None:
    project = fund.project()
    fund.run(project, ("reserve", 500), ("encumber", 500), ("advance", 100))
    accrual = fund.post("accrue", 300, project=project)
    events = [fund.act(project, f"note_{number}") for number in range(2)]
    session.commit()

    def reverse(connection: psycopg.Connection, event: int) -> Callable[[], object]:
        def act() -> object:
            with connection:
                connection.execute(
                    "SELECT ledger_post(gen_random_uuid(), %s, 'accrual_reverse', %s, %s, 200, 0, %s, %s, %s)",
                    (event, fund.year, project, fund.maker, fund.checker, accrual.id),
                )
            return "reversed"

        return act

    outcome = together([reverse(connect(), event) for event in events])

    assert outcome == {"reversed": 1, "posting_reversal": 1}
