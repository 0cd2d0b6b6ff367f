"""Payment orders: two people, one account, one bank reference, and the money follows."""

import hashlib
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.database import db
from app.documents.models import Paper
from app.ledger.models import PaymentAttempt, PaymentAttemptState
from app.ledger.queries import project_balances, violations
from app.ledger.service import BankReferenceUsed
from app.organisations.commands import BankAccount
from app.organisations.service import block_credit, rename, update_bank_account
from app.organisations.store import token_of
from app.payments.models import PaymentOrder
from app.payments.queries import closure_of, orders_of
from app.publicity.models import Notice
from tests.later import confirm, content_hash, fail, pay, project_in, root
from tests.make import act, case_of, children, paper, pid_of, town
from workflows.calendar import shanghai_date
from workflows.engine import GuardRefused, NotFromHere, NotYourRole

ELSEWHERE = BankAccount(bank_name="中国银行", bank_branch="徐汇支行", account_number="4563000011112222")


def money(number: str) -> dict[str, int]:
    return {kind: fen for kind, fen in project_balances(db.session(), root(number)).items() if fen}


def the_order(number: str) -> Any:
    return orders_of(db.session(), root(number))[-1]


def attempts() -> list[tuple[int, str]]:
    db.session.rollback()
    wanted = select(PaymentAttempt.attempt, PaymentAttempt.state).order_by(PaymentAttempt.id)
    return [(attempt, state) for attempt, state in db.session.execute(wanted)]


def test_a_paid_order_says_who_when_and_where_to_and_the_project_closes(due, rows):
    around, number, now = due

    order = pay(around, number, now=now)
    act(pid_of(number), "close", around.fund, now=now, performance_score=92, remark="目标完成")

    page = asdict(the_order(number))
    assert the_order(number).payee_account == "****2222"
    assert page.pop("content_hash") == page_hash(rows)
    assert page == {
        "pid": order, "number": f"{number}-P1", "state": "paid", "amount": 27_500_000,
        **dict(zip(("payee_name", "payee_bank", "payee_branch", "payee_mark"), payee(), strict=True)),
        "prepared_at": now, "approved_at": now, "sent_at": now, "bank_reference": f"ICBC-{number}",
        "paid_on": shanghai_date(now), "failed_reason": None, "prepared_by": around.maker.name,
        "approved_by": around.checker.name,
    }  # fmt: skip
    assert money(number) == {"disbursed": 27_500_000}
    assert violations(db.session()) == []
    assert [(state.state, state.bank_ref) for state in rows(PaymentAttemptState)] == [
        ("prepared", None), ("approved", None), ("sent", None), ("paid", f"ICBC-{number}"),
    ]  # fmt: skip
    closure = closure_of(db.session(), root(number))
    assert asdict(closure) == {
        "performance_score": 92, "remark": "目标完成", "closed_by": around.fund.name, "closed_at": now,
    }  # fmt: skip
    assert (case_of(pid_of(number)).stage, case_of(order).stage) == ("closed", "paid")
    assert [notice.amount for notice in rows(Notice) if notice.kind == "result"] == [27_500_000]


def page_hash(rows: Any) -> str:
    """The hash that anybody can compute from what the order says."""
    (row,) = rows(PaymentOrder)
    said = ("payment_order/1", row.number, row.settlement_id, row.amount, *payee())
    return hashlib.sha256("|".join(map(str, said)).encode()).hexdigest()


def test_money_leaves_the_account_step_by_step(due):
    around, number, now = due
    seen = [money(number)]
    for action, actor, fields in (
        ("prepare", around.maker, dict),
        ("approve_payment", around.checker, lambda: {"content_hash": content_hash(number)}),
        ("record_sent", around.maker, dict),
    ):
        act(the_order(number).pid, action, actor, now=now, **fields())
        seen.append(money(number))
    fail(around, number, now=now)
    seen.append(money(number))

    payable, inflight = {"payable": 27_500_000}, {"inflight": 27_500_000}
    assert seen == [payable, payable, payable, inflight, payable]


def test_a_project_is_not_closed_before_it_is_paid(due, table_state):
    around, number, now = due
    before = table_state()

    with pytest.raises(GuardRefused, match="尚未付清"):
        act(pid_of(number), "close", around.fund, now=now, performance_score=92, remark="目标完成")

    assert table_state() == before


def test_approving_another_content_leaves_every_table_as_it_was(due, table_state):
    around, number, now = due
    order = pay(around, number, now=now, until="prepared")
    before = table_state()

    with pytest.raises(GuardRefused, match="所复核的拨付单与当前内容不一致"):
        act(order, "approve_payment", around.checker, now=now, content_hash="0" * 64)
    with pytest.raises(NotYourRole):
        act(order, "approve_payment", around.maker, now=now, content_hash=content_hash(number))

    assert table_state() == before


def test_a_refused_order_is_prepared_anew_as_another_attempt(due):
    around, number, now = due
    order = pay(around, number, now=now, until="prepared")
    prepared = case_of(order).content_hash

    act(order, "refuse_payment", around.checker, now=now, reason="请核对账号")
    refused_page = the_order(number)
    pay(around, number, now=now, until="approved")

    assert (refused_page.state, refused_page.payee_mark, refused_page.content_hash) == ("drafting", None, None)
    assert (the_order(number).state, case_of(order).content_hash) == ("approved", prepared)
    assert attempts() == [(1, "cancelled"), (2, "approved")]


def test_a_failed_payment_is_tried_again_and_paid_once(due):
    around, number, now = due
    pay(around, number, now=now, until="sent")
    order = fail(around, number, now=now, reason="账号不符")
    failed = the_order(number)
    pay(around, number, now=now)

    assert (failed.state, failed.failed_reason) == ("failed", "账号不符")
    assert (the_order(number).state, the_order(number).failed_reason) == ("paid", None)
    assert attempts() == [(1, "failed"), (2, "paid")]
    assert money(number) == {"disbursed": 27_500_000}
    with pytest.raises(NotFromHere):
        act(order, "record_failed", around.checker, now=now, reason="再退一次")


def test_a_payment_is_failed_by_another_person_on_a_slip_that_came_since_it_was_sent(due, rows, table_state):
    around, number, now = due
    order = pay(around, number, now=now, until="sent")
    fail(around, number, now=now)
    later = now + timedelta(hours=1)
    pay(around, number, now=later, until="sent")
    paper(number, "bank_receipt", around.maker, pid=order, now=later - timedelta(minutes=1))
    before = table_state()

    with pytest.raises(NotYourRole):
        act(order, "record_failed", around.maker, now=later, reason="未收到银行回单")
    with pytest.raises(GuardRefused, match="须先由财务经办上传送银行之后的银行回单或退票通知"):
        act(order, "record_failed", around.checker, now=later, reason="未收到银行回单")

    assert table_state() == before
    assert [slip.sealed_event_id is None for slip in rows(Paper)[-2:]] == [False, True]
    fail(around, number, now=later)
    assert [slip.sealed_event_id is None for slip in rows(Paper)[-3:]] == [False, False, False]
    assert attempts() == [(1, "failed"), (2, "failed")]


@pytest.mark.parametrize("change", ["account", "name"])
def test_a_payee_that_changed_after_preparing_stops_the_approval(due, table_state, change):
    around, number, now = due
    order = pay(around, number, now=now, until="prepared")
    move_the_payee(around, change)
    before = table_state()

    with pytest.raises(GuardRefused, match="收款账户在编制后发生变更"):
        act(order, "approve_payment", around.checker, now=now, content_hash=content_hash(number))

    assert table_state() == before
    act(order, "refuse_payment", around.checker, now=now, reason="账户已变更")
    pay(around, number, now=now)
    assert the_order(number).payee_name == ("上海清泉公益基金会" if change == "account" else "上海甘泉公益基金会")


def test_a_payee_that_changed_after_the_approval_voids_it(due, table_state):
    around, number, now = due
    order = pay(around, number, now=now, until="approved")
    with pytest.raises(GuardRefused, match="复核仍然有效"):
        act(order, "prepare", around.maker, now=now)
    move_the_payee(around, "account")
    before = table_state()

    with pytest.raises(GuardRefused, match="收款账户在编制后发生变更"):
        act(order, "record_sent", around.maker, now=now)

    assert table_state() == before
    act(order, "prepare", around.maker, now=now)
    page = the_order(number)
    assert (page.state, page.payee_bank, page.payee_mark, page.approved_by) == (
        "prepared", "中国银行", token_of("4563000011112222"), None,
    )  # fmt: skip
    assert attempts() == [(1, "cancelled"), (2, "prepared")]


def payee() -> tuple[str, ...]:
    return ("上海清泉公益基金会", "中国工商银行", "静安支行", token_of("6222000011112222"))


def move_the_payee(around: Any, change: str) -> None:
    (organisation,) = around.owner.organisation_ids
    if change == "account":
        update_bank_account(organisation, ELSEWHERE)
    else:
        rename(organisation, "上海甘泉公益基金会")


def test_a_bank_reference_pays_one_order_only(app, table_state):
    around = town()
    first, now = project_in(around, "settlement")
    second, later = project_in(around, "settlement")
    for number in (first, second):
        confirm(around, number, later)
    pay(around, first, now=later)
    order = pay(around, second, now=later, until="sent")
    today = shanghai_date(later).isoformat()
    before = table_state()

    with pytest.raises(BankReferenceUsed):
        act(order, "record_paid", around.maker, now=later, bank_reference=f"ICBC-{first}", paid_on=today)

    with pytest.raises(BankReferenceUsed):
        act(order, "record_paid", around.maker, now=later, bank_reference=f"icbc-{first.lower()}", paid_on=today)

    assert table_state() == before
    assert (now, len(attempts())) == (later, 2)


def test_a_payment_cannot_arrive_tomorrow_nor_before_it_was_sent(due, table_state):
    around, number, now = due
    order = pay(around, number, now=now, until="sent")
    before = table_state()

    with pytest.raises(GuardRefused, match="到账日期不得晚于今天"):
        act(order, "record_paid", around.maker, now=now, bank_reference="ICBC-1", paid_on="2030-01-01")
    yesterday = shanghai_date(now - timedelta(days=1)).isoformat()
    with pytest.raises(GuardRefused, match="到账日期不得早于送银行之日"):
        act(order, "record_paid", around.maker, now=now, bank_reference="ICBC-1", paid_on=yesterday)

    assert table_state() == before


@pytest.mark.parametrize(("until", "action"), [("prepared", "approve_payment"), ("approved", "record_sent")])
def test_nothing_is_paid_to_an_organisation_that_lost_its_good_standing_since(due, table_state, until, action):
    around, number, now = due
    order = pay(around, number, now=now, until=until)
    (organisation,) = around.owner.organisation_ids
    block_credit(organisation, until=shanghai_date(now))
    who, said = (around.checker, {"content_hash": content_hash(number)}) if until == "prepared" else (around.maker, {})
    before = table_state()

    with pytest.raises(GuardRefused, match="前不得领取资助"):
        act(order, action, who, now=now, **said)
    assert table_state() == before


def test_no_payment_moves_while_the_ledger_is_not_sound(due, superuser, table_state):
    around, number, now = due
    order = pay(around, number, now=now, until="approved")
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("ALTER TABLE account DISABLE TRIGGER account_guard")
    superuser.execute("UPDATE account SET balance = balance + 1 WHERE kind = 'payable'")
    before = table_state()

    with pytest.raises(GuardRefused, match="资金账簿核对不平，拨付已全部停止"):
        act(order, "record_sent", around.maker, now=now)

    assert table_state() == before


def test_a_supervisor_opens_a_clawback_of_what_was_paid(due):
    around, number, now = due
    pay(around, number, now=now)

    act(pid_of(number), "open_clawback", around.supervisor, now=now, reason="虚报受益人数")
    act(pid_of(number), "end_clawback", around.checker, now=now, reason="经复核无须退款")

    assert case_of(pid_of(number)).stage == "closed"
    assert [case_of(pid).stage for pid in children(number, "payment_order")] == ["paid"]
