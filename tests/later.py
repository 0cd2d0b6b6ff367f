"""The second half of a project's road, from the announcement to the closure, as a user would take it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any, LiteralString

import psycopg
import pytest
from flask import current_app
from sqlalchemy import make_url

from app.agreements.jobs import draw_up_text
from app.agreements.queries import agreement_of
from app.database import db
from app.payments.queries import orders_of, settlements_of
from tests.make import NOW, Town, act, advance, case_of, children, draft, paper, pid_of
from workflows.calendar import shanghai_date

#: 1,200,000.00 claimed, 200,000.00 disallowed, 1,000,000.00 audited, in two lines.
LINES = [
    {"item": "净水设备", "budget": "840000.00", "claimed": "840000.00", "disallowed": "0.00", "audited": "840000.00"},
    {"item": "滤芯", "budget": "360000.00", "claimed": "360000.00", "disallowed": "200000.00", "audited": "160000.00",
     "reason": "未到货"},
]  # fmt: skip
AUDIT = {
    "number": "申审〔2026〕018号", "licence": "31000099", "first_cpa": "赵示例", "second_cpa": "钱示例",
    "independence": "本所与项目主体没有任何利害关系。", "period_from": "2026-04-01", "period_until": "2026-09-30",
    "received": [{"source": "自有资金", "amount": "840000.00"}], "lines": LINES, "claimed": "1200000.00",
    "disallowed": "200000.00", "audited": "1000000.00", "other_fiscal": "0.00",
    "opinion": "unqualified", "findings": "无",
}  # fmt: skip
REPORT = {
    "final": True, "period_from": "2026-04-01", "period_until": "2026-09-30", "summary": "全部设备已安装。",
    "spent": "1200000.00", "beneficiaries": 6000,
}  # fmt: skip


def project_in(around: Town, stage: str, **changed: Any) -> tuple[str, datetime]:
    """A project that was brought to this stage of the second half; its number and the moment."""
    number = draft(around, **changed)
    now = advance(around, number, "announcement")
    return number, advance_further(around, number, stage, now=now)


def brought_to(around: Town, stage: str, *, now: datetime) -> str:
    """The number of a project that has come to this stage, the announcement or later."""
    number = draft(around, now=now)
    advance_further(around, number, stage, now=advance(around, number, "announcement", now=now))
    return number


def advance_further(around: Town, number: str, stage: str, *, now: datetime = NOW) -> datetime:
    """Take an announced project on to this stage; the moment at which it got there."""
    steps = _road(around, number, now)
    while case_of(pid_of(number)).stage != stage:
        next(steps)
    return now


def _road(around: Town, number: str, now: datetime) -> Iterator[None]:
    pid = pid_of(number)

    def by(actor: Any, action: str, *, on: Any = pid, **fields: Any) -> None:
        act(on, action, actor, now=now, **fields)

    yield by(around.fund, "announce")
    draw_up(number, now=now)
    yield by(around.fund, "sign_agreement", document_hash=document_hash(number))
    yield by(around.owner, "sign_agreement", document_hash=document_hash(number))
    yield by(around.owner, "start", started_on="2026-04-01")
    by(around.owner, "file_report", **REPORT)
    by(around.front, "confirm_report", on=only(number, "progress_report"))
    yield by(around.owner, "finish", summary="已完成")
    submit_audit(around, number, now=now)
    yield by(around.fund, "accept_audit")
    yield confirm(around, number, now)
    pay(around, number, now=now)
    yield by(around.fund, "close", performance_score=92, remark="目标完成")


def draw_up(number: str, *, now: datetime = NOW) -> None:
    """Draw up the agreement, as the worker would."""
    ours = current_app.extensions["aidflow"]
    draw_up_text(root(number), store=ours.store, limit=ours.settings.max_upload_bytes, now=now)


def submit_audit(around: Town, number: str, *, now: datetime = NOW, **changed: Any) -> None:
    """Assign the town's firm and have it hand in its report."""
    audit = only(number, "audit")
    act(audit, "assign_auditor", around.fund, now=now, firm="CPA1")
    paper(number, "audit_report", around.firm, pid=audit)
    act(audit, "submit_audit", around.firm, now=now, **AUDIT | changed)


def confirm(around: Town, number: str, now: datetime) -> None:
    """Have the settlement made by one and confirmed by the other."""
    act(pid_of(number), "prepare_settlement", around.maker, now=now)
    act(pid_of(number), "confirm_settlement", around.checker, now=now, content_hash=settlement_hash(number))


def pay(around: Town, number: str, *, now: datetime = NOW, until: str = "paid") -> Any:
    """Take the project's payment order on to this stage; its public id."""
    order = children(number, "payment_order")[-1]
    steps = (
        ("prepared", around.maker, "prepare", dict),
        ("approved", around.checker, "approve_payment", lambda: {"content_hash": content_hash(number)}),
        ("sent", around.maker, "record_sent", dict),
        ("paid", around.maker, "record_paid",
         lambda: {"bank_reference": f"ICBC-{number}", "paid_on": shanghai_date(now).isoformat()}),
    )  # fmt: skip
    for stage, actor, action, fields in steps:
        act(order, action, actor, now=now, **fields())
        if stage == until:
            break
    return order


def fail(around: Town, number: str, *, now: datetime = NOW, reason: str = "账号不符") -> Any:
    """Record that the payment which is with the bank failed, on the slip that the maker uploads; its public id."""
    order = children(number, "payment_order")[-1]
    paper(number, "bank_receipt", around.maker, pid=order, now=now)
    act(order, "record_failed", around.checker, now=now, reason=reason)
    return order


def root(number: str) -> int:
    """The id of the project's case."""
    return case_of(pid_of(number)).id


def only(number: str, life: str) -> Any:
    """The public id of the one life of this kind."""
    (pid,) = children(number, life)
    return pid


def document_hash(number: str) -> str:
    """What one signs."""
    agreement = agreement_of(db.session(), root(number))
    assert agreement is not None
    return agreement.document_hash or ""


def settlement_hash(number: str) -> str:
    """What the checker of the settlement confirms."""
    return settlements_of(db.session(), root(number))[0].content_hash


def content_hash(number: str) -> str:
    """What the checker of the last payment order approves."""
    return orders_of(db.session(), root(number))[-1].content_hash or ""


def refused(url: str, *statements: LiteralString) -> str:
    """Run SQL as a role of the application and commit; the constraint, or the class, that refused it."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(plain, options="-c aidflow.actor=system")) as connection:
        with pytest.raises(psycopg.Error) as refusal:
            _committed(connection, statements)
        return refusal.value.diag.constraint_name or type(refusal.value).__name__


def _committed(connection: psycopg.Connection, statements: tuple[LiteralString, ...]) -> None:
    for statement in statements:
        connection.execute(statement)
    connection.commit()
