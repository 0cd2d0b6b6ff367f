"""Settling a project at actuals, and the ledger's attempts to pay an order."""

import hashlib
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audits.models import Audit
from app.casework.subjects import Act
from app.evidence.service import canonical
from app.ledger import service as ledger
from app.ledger.models import DEAD_STATES, PaymentAttempt
from app.ledger.queries import project_balances
from app.organisations.models import Organisation
from app.payments.models import PAYEE, PaymentOrder
from app.programmes.queries import policy_of
from app.projects.models import Project
from workflows import money
from workflows.definition import because
from workflows.engine import Refused

#: Accounts that hold what was already accrued to the project.
ACCRUED = ("payable", "inflight", "disbursed", "receivable")


class NoAccount(Refused):
    """The organisation has no bank account on the register."""

    def __init__(self) -> None:
        super().__init__(because("项目主体尚未登记银行账户，无法编制拨付单。"))


def computed(session: Session, project_id: int) -> tuple[money.Settlement, Project, Audit]:
    """The settlement of a project as things stand, and what it comes from: the accepted audit, the project, the ledger.

    What was accrued before counts as paid, whether the bank has confirmed it or not.
    """
    project = session.get_one(Project, project_id, populate_existing=True)
    audit = session.scalars(
        select(Audit)
        .where(Audit.project_id == project_id, Audit.state == "accepted")
        .execution_options(populate_existing=True)
    ).one()
    balances = project_balances(session, project_id)
    result = money.settle(
        policy_of(session, project.policy_id),
        planned_total=project.planned_total,
        approved=project.approved or 0,
        audited_eligible=audit.audited or 0,
        opinion=audit.opinion or "",
        other_fiscal=audit.other_fiscal or 0,
        already_paid=sum(balances[kind] for kind in ACCRUED),
    )
    return result, project, audit


def settled(session: Session, project_id: int) -> dict[str, Any]:
    """The settlement of a project as columns of its row."""
    result, project, audit = computed(session, project_id)
    figures = asdict(result)
    named = figures | {"project": project.number, "audit": audit.number}
    return figures | {
        "project_id": project_id,
        "audit_id": audit.case_id,
        "content_hash": hashlib.sha256(canonical(named)).hexdigest(),
    }


def snapshot_payee(act: Act, order: PaymentOrder) -> None:
    """Copy the account of the organisation, as it stands on the register now, onto the order."""
    organisation = act.session.get_one(
        Organisation, act.root.organisation_id, populate_existing=True, with_for_update={"read": True}
    )
    if organisation.account_mark is None:
        raise NoAccount
    account = (
        organisation.account_name, organisation.bank_name, organisation.bank_branch, organisation.account_mark,
    )  # fmt: skip
    for column, value in zip(PAYEE, account, strict=True):
        setattr(order, column, value)


def begin_attempt(act: Act, order: PaymentOrder) -> None:
    """Begin the next attempt to pay the order; one that paid nothing and was given up is closed first."""
    give_up_attempt(act, order)
    order.attempt_id = ledger.begin_attempt(
        act.session, project_id=order.project_id, tranche=order.tranche, case_id=order.case_id, amount=order.amount,
        event_id=act.event.id,
    )  # fmt: skip


def record_attempt(act: Act, order: PaymentOrder, state: str, bank_ref: str | None = None) -> None:
    """Record what became of the order's attempt."""
    if order.attempt_id is not None:
        ledger.record_attempt_state(
            act.session, attempt_id=order.attempt_id, state=state, event_id=act.event.id, bank_ref=bank_ref
        )


def give_up_attempt(act: Act, order: PaymentOrder) -> None:
    """Cancel the order's attempt when it was never sent; a dead one stays what it is."""
    if order.attempt_id is None:
        return
    state = act.session.scalar(select(PaymentAttempt.state).where(PaymentAttempt.id == order.attempt_id))
    if state not in DEAD_STATES:
        record_attempt(act, order, "cancelled")
