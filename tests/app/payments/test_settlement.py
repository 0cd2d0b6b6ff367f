"""Settlement at actuals: computed from what is on record, made by one person, confirmed by another."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from app.casework.models import Case
from app.database import db
from app.evidence.service import canonical
from app.ledger.queries import project_balances
from app.payments.models import PaymentOrder, Settlement
from app.payments.queries import orders_of, settlements_of
from app.people.models import RoleGrant
from app.people.queries import actor_of
from tests.later import AUDIT, advance_further, project_in, refused, root, settlement_hash, submit_audit
from tests.make import act, advance, case_of, draft, pid_of, town
from tests.snapshots import recalled
from workflows.engine import GuardRefused, NotYourRole

NOTHING = {
    "lines": [
        {"item": "净水设备", "budget": "1.00", "claimed": "1.00", "disallowed": "1.00", "audited": "0.00",
         "reason": "无凭证"}
    ],
    "claimed": "1.00", "disallowed": "1.00", "audited": "0.00",
}  # fmt: skip


@pytest.fixture
def audited(app: Any) -> Any:
    return recalled(audit)


def audit() -> Any:
    around = town()
    number, now = project_in(around, "settlement")
    return around, number, now


def test_the_settlement_follows_from_audit_project_policy_and_ledger(audited, rows):
    around, number, now = audited

    act(pid_of(number), "prepare_settlement", around.maker, now=now)

    (row,) = rows(Settlement)
    figures = {
        "planned_total": 120_000_000, "approved": 33_000_000, "audited_eligible": 100_000_000, "other_fiscal": 0,
        "already_paid": 0, "opinion": "unqualified", "policy_key": "2020/1", "policy_ratio_ppm": 300_000,
        "cap": 50_000_000, "reading": "agreed", "base": 100_000_000, "ratio_numerator": 11, "ratio_denominator": 40,
        "rounding": "floor_to_fen_once", "entitled": 27_500_000, "payable": 27_500_000,
    }  # fmt: skip
    assert {name: getattr(row, name) for name in figures} == figures
    named = figures | {"project": number, "audit": AUDIT["number"]}
    assert row.content_hash == hashlib.sha256(canonical(named)).hexdigest()
    assert (row.prepared_by_id, row.prepared_at, row.confirmed_by_id, row.ended_at) == (
        around.maker.user_id, now, None, None,
    )  # fmt: skip


def test_a_queried_settlement_ends_and_another_takes_its_place(audited):
    around, number, now = audited
    pid = pid_of(number)
    act(pid, "prepare_settlement", around.maker, now=now)
    with pytest.raises(GuardRefused, match="核定结果已提交复核"):
        act(pid, "prepare_settlement", around.maker, now=now)
    act(pid, "query_settlement", around.checker, now=now, reason="请核对基数")
    act(pid, "prepare_settlement", around.maker, now=now)

    pages = settlements_of(db.session(), root(number))
    assert [(page.ended_reason, page.confirmed_by, page.payable) for page in pages] == [
        (None, None, 27_500_000),
        ("请核对基数", None, 27_500_000),
    ]


def test_confirming_moves_the_money_and_opens_one_payment_order(audited):
    around, number, now = audited
    act(pid_of(number), "prepare_settlement", around.maker, now=now)

    act(pid_of(number), "confirm_settlement", around.checker, now=now, content_hash=settlement_hash(number))

    (page,) = settlements_of(db.session(), root(number))
    assert (page.prepared_by, page.confirmed_by, page.confirmed_at) == (around.maker.name, around.checker.name, now)
    assert {k: v for k, v in project_balances(db.session(), root(number)).items() if v} == {"payable": 27_500_000}
    (order,) = orders_of(db.session(), root(number))
    assert (order.number, order.state, order.amount, order.payee_name) == (f"{number}-P1", "drafting", 27_500_000, None)
    assert case_of(order.pid).holder_role == "finance_maker"


def test_confirming_other_figures_leaves_every_table_as_it_was(audited, table_state):
    around, number, now = audited
    act(pid_of(number), "prepare_settlement", around.maker, now=now)
    before = table_state()

    with pytest.raises(GuardRefused, match="所复核的核定结果与当前结果不一致"):
        act(pid_of(number), "confirm_settlement", around.checker, now=now, content_hash="0" * 64)

    assert table_state() == before


def test_whoever_prepared_cannot_confirm_with_a_second_role(audited, table_state, superuser):
    around, number, now = audited
    act(pid_of(number), "prepare_settlement", around.maker, now=now)
    superuser.execute(
        "INSERT INTO role_grant (user_id, role, granted_at) VALUES (%s, 'finance_checker', %s)",
        (around.maker.user_id, now),
    )
    both = actor_of(db.session(), around.maker.user_id)
    before = table_state()

    with pytest.raises(NotYourRole, match="一人在一个项目中只能承担一项职责"):
        act(pid_of(number), "confirm_settlement", both, now=now, content_hash=settlement_hash(number))

    assert both.roles == {"finance_maker", "finance_checker"}
    assert table_state() == before


def test_a_project_with_nothing_payable_closes_without_an_order(app, rows):
    around = town()
    number = draft(around)
    now = advance(around, number, "announcement")
    now = advance_further(around, number, "audit", now=now)
    submit_audit(around, number, now=now, **NOTHING)
    pid = pid_of(number)
    act(pid, "accept_audit", around.fund, now=now)
    act(pid, "prepare_settlement", around.maker, now=now)
    act(pid, "confirm_settlement", around.checker, now=now, content_hash=settlement_hash(number))

    assert case_of(pid).stage == "closed"
    assert [(row.base, row.entitled, row.payable) for row in rows(Settlement)] == [(0, 0, 0)]
    assert rows(PaymentOrder) == []
    assert set(project_balances(db.session(), root(number)).values()) == {0}
    assert db.session.scalars(select(Case.stage).where(Case.life == "agreement")).all() == ["fulfilled"]


def test_sql_of_the_web_role_cannot_forge_a_settlement(audited, settings, table_state):
    around, number, now = audited
    act(pid_of(number), "prepare_settlement", around.maker, now=now)
    web = settings.database_url
    copied = (
        "planned_total", "approved", "audited_eligible", "other_fiscal", "already_paid", "opinion", "policy_key",
        "policy_ratio_ppm", "cap", "reading", "base", "ratio_numerator", "ratio_denominator", "rounding", "entitled",
        "payable", "content_hash", "prepared_by_id", "prepared_at",
    )  # fmt: skip

    def inserted(**changed: str) -> Any:
        values = ", ".join(changed.get(name, name) for name in copied)
        return (
            "UPDATE settlement SET ended_by_id = 1, ended_at = now(), ended_reason = 'x'",
            f"INSERT INTO settlement (project_id, audit_id, {', '.join(copied)})"  # noqa: ISC004 -- two statements
            f" SELECT project_id, audit_id, {values} FROM settlement",
        )

    before = table_state()
    attacks = {
        "a second one": refused(web, inserted()[1]),
        "a fen more": refused(web, *inserted(entitled="entitled + 1", payable="payable + 1")),
        "less payable": refused(web, *inserted(payable="payable - 1")),
        "another ratio": refused(
            web, *inserted(ratio_numerator="1", ratio_denominator="2", entitled="33000000", payable="33000000")
        ),
        "another base": refused(web, *inserted(base="base + 1")),
        "another audit": refused(
            web, *inserted(audited_eligible="120000000", base="120000000", entitled="33000000", payable="33000000")
        ),
        "another approval": refused(web, *inserted(approved="34000000", entitled="27500000")),
        "another opinion": refused(web, *inserted(opinion="'adverse'")),
        "the maker confirms": refused(
            web, "UPDATE settlement SET confirmed_by_id = prepared_by_id, confirmed_at = now()"
        ),
        "the figures": refused(web, "UPDATE settlement SET payable = 1"),
        "deleted": refused(web, "DELETE FROM settlement"),
    }

    assert attacks == {
        "a second one": "uq_settlement_live",
        "a fen more": "ck_settlement_entitled_is_computed",
        "less payable": "ck_settlement_payable_is_what_is_left",
        "another ratio": "ck_settlement_ratio_is_within_the_policy",
        "another base": "ck_settlement_base_is_the_audited_spending",
        "another audit": "settlement_is_of_its_audit",
        "another approval": "settlement_is_of_its_audit",
        "another opinion": "settlement_is_of_its_audit",
        "the maker confirms": "ck_settlement_maker_is_not_checker",
        "the figures": "InsufficientPrivilege",
        "deleted": "InsufficientPrivilege",
    }
    assert table_state() == before
    assert db.session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == around.maker.user_id)).all() == [
        "finance_maker"
    ]
