"""What the rules of a project and of a payment order look at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.casework.subjects import Ids, Subject, contribute, register
from app.database import db
from app.documents.models import STORED, Paper
from app.ledger.models import Posting
from app.ledger.queries import project_is_sound
from app.organisations.models import GOOD_ENOUGH, Organisation
from app.payments.models import PaymentOrder, Settlement
from app.programmes.queries import policy_of
from app.projects.models import Project
from workflows.calendar import shanghai_date
from workflows.money import yuan
from workflows.payment import PAYMENT_ORDER, Facts

#: Stages in which an order is over.
OVER = ("paid", "cancelled")


def _of_settlement(content: Any) -> Any:
    return lambda ids: (
        select(content).where(Settlement.project_id == ids.root, Settlement.ended_at.is_(None)).scalar_subquery()
    )


def _reversible(content: Any, code: str) -> Any:
    """Of the posting with this code that was made with the project's accrual, while the accrual stands."""
    posting, accrual, counter = aliased(Posting), aliased(Posting), aliased(Posting)
    stands = ~exists().where(counter.reverses_id == accrual.id)
    return lambda ids: (
        select(getattr(posting, content))
        .join(accrual, accrual.event_id == posting.event_id)
        .where(posting.project_id == ids.root, posting.code == code, accrual.code == "accrue", stands)
        .scalar_subquery()
    )


def _of_order(content: Any) -> Any:
    return lambda ids: select(content).where(PaymentOrder.case_id == ids.case).scalar_subquery()


def _payee_unchanged(ids: Ids) -> Any:
    return exists().where(
        PaymentOrder.case_id == ids.case,
        Project.case_id == PaymentOrder.project_id,
        Organisation.id == Project.organisation_id,
        Organisation.name == PaymentOrder.payee_name,
        Organisation.account_name == PaymentOrder.payee_name,
        Organisation.bank_name == PaymentOrder.payee_bank,
        Organisation.bank_branch == PaymentOrder.payee_branch,
        Organisation.account_mark == PaymentOrder.payee_mark,
    )


def _receipt_attached(ids: Ids) -> Any:
    # What is sealed already proves an earlier failure.
    return exists().where(
        PaymentOrder.case_id == ids.case,
        Paper.case_id == PaymentOrder.case_id,
        Paper.kind == "bank_receipt",
        Paper.state == STORED,
        Paper.sealed_event_id.is_(None),
        Paper.uploaded_at >= PaymentOrder.sent_at,
    )


contribute(
    "aid_project",
    settlement_hash=_of_settlement(Settlement.content_hash),
    settlement_maker=_of_settlement(Settlement.prepared_by_id),
    entitled=_of_settlement(Settlement.entitled),
    payable=_of_settlement(Settlement.payable),
    accrual=_reversible("id", "accrue"),
    release=_reversible("id", "release"),
    released=_reversible("amount", "release"),
    live_orders=lambda ids: (
        select(func.count())
        .where(PaymentOrder.project_id == ids.root, PaymentOrder.state.not_in(OVER))
        .scalar_subquery()
    ),
)


def _of_payee(content: Any) -> Any:
    return lambda ids: (
        select(content)
        .join(Project, Project.organisation_id == Organisation.id)
        .where(Project.case_id == ids.root)
        .scalar_subquery()
    )


contribute(
    "payment_order",
    policy_id=lambda ids: select(Project.policy_id).where(Project.case_id == ids.root).scalar_subquery(),
    payable=_of_order(PaymentOrder.amount),
    actor=lambda ids: ids.actor,
    prepared_by=_of_order(PaymentOrder.prepared_by_id),
    approved_by=_of_order(PaymentOrder.approved_by_id),
    content_hash=_of_order(PaymentOrder.content_hash),
    approved_content=_of_order(PaymentOrder.approved_content),
    payee_unchanged=_payee_unchanged,
    sent_at=_of_order(PaymentOrder.sent_at),
    receipt_attached=_receipt_attached,
    violations_free=lambda ids: project_is_sound(ids.root),
    credit_blocked_until=_of_payee(Organisation.credit_blocked_until),
    yearly_check_passed=_of_payee(Organisation.yearly_check_result.in_(GOOD_ENOUGH)),
)


def facts(row: Mapping[str, Any], asked: Mapping[str, Any], now: datetime) -> Facts:
    """The order as it stands, who asks, and whether paying is safe."""
    alike = (
        "actor", "prepared_by", "approved_by", "content_hash", "approved_content", "payee_unchanged", "violations_free",
        "credit_blocked_until",
        "sent_at", "receipt_attached",
    )  # fmt: skip
    return Facts(
        policy=policy_of(db.session(), row["policy_id"]),
        asked=asked,
        payable=row["payable"] or 0,
        yearly_check_passed=bool(row["yearly_check_passed"]),
        today=shanghai_date(now),
        **{name: row[name] for name in alike},
    )


def figures(facts: Facts, _action: str) -> Mapping[str, Any]:
    """What a decision about an order rests on, for the private half of its event."""
    return {"amount": yuan(facts.payable), "content": facts.content_hash or ""}


def bound(facts: Facts, action: str) -> Mapping[str, str]:
    """The order one approves, by its hash."""
    return {"content_hash": facts.content_hash or ""} if action == "approve_payment" else {}


register(Subject(workflow=PAYMENT_ORDER, facts=facts, figures=figures, bound=bound))
