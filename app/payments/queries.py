"""Settlements, payment orders and the closure as pages, papers and the API show them. Amounts are fen."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.casework.permissions import visible
from app.database import Missing
from app.organisations.models import Organisation
from app.organisations.permissions import account_reader
from app.organisations.store import masked
from app.payments.effects import computed
from app.payments.models import Closure, PaymentOrder, Settlement
from app.people.models import User
from app.people.permissions import Actor
from app.projects.models import Project
from workflows import money


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementPage(money.Settlement):
    """A settlement with every figure it came from; `content_hash` is what the checker confirms."""

    content_hash: str
    prepared_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    ended_reason: str | None
    prepared_by: str
    confirmed_by: str | None

    @property
    def ratio(self) -> Fraction:
        """The exact ratio that was applied to the base."""
        return Fraction(self.ratio_numerator, self.ratio_denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """A payment order; `content_hash` is what the checker approves."""

    pid: UUID
    number: str
    state: str
    amount: int
    payee_name: str | None
    payee_bank: str | None
    payee_branch: str | None
    payee_mark: str | None
    content_hash: str | None
    prepared_at: datetime | None
    approved_at: datetime | None
    sent_at: datetime | None
    bank_reference: str | None
    paid_on: date | None
    failed_reason: str | None
    prepared_by: str | None
    approved_by: str | None

    @property
    def payee_account(self) -> str:
        """The account as pages show it, with its last four digits."""
        return masked(self.payee_mark)


@dataclass(frozen=True, slots=True)
class ClosurePage:
    """How a project ended."""

    performance_score: int
    remark: str
    closed_by: str
    closed_at: datetime


_MAKER, _CHECKER = aliased(User), aliased(User)
_SETTLEMENTS = (
    select(Settlement, _MAKER.name, _CHECKER.name)
    .join(_MAKER, _MAKER.id == Settlement.prepared_by_id)
    .outerjoin(_CHECKER, _CHECKER.id == Settlement.confirmed_by_id)
    .where(Settlement.project_id == bindparam("project_id"))
    .order_by(Settlement.id.desc())
)
_ORDERS = (
    select(PaymentOrder, Case.pid, _MAKER.name, _CHECKER.name)
    .join(Case, Case.id == PaymentOrder.case_id)
    .outerjoin(_MAKER, _MAKER.id == PaymentOrder.prepared_by_id)
    .outerjoin(_CHECKER, _CHECKER.id == PaymentOrder.approved_by_id)
    .where(PaymentOrder.project_id == bindparam("project_id"))
    .order_by(PaymentOrder.case_id)
)


def settlements_of(session: Session, project_id: int) -> tuple[SettlementPage, ...]:
    """The settlements of a project, the newest first: the live one, then those that were queried."""
    rows = session.execute(_SETTLEMENTS, {"project_id": project_id})
    alike = [field.name for field in fields(SettlementPage)][:-2]
    return tuple(
        SettlementPage(**{name: getattr(row, name) for name in alike}, prepared_by=made, confirmed_by=checked)
        for row, made, checked in rows
    )


def settlement_now(session: Session, project_id: int) -> money.Settlement:
    """What a settlement prepared at this moment would say, by the computation that prepares it."""
    return computed(session, project_id)[0]


def orders_of(session: Session, project_id: int) -> tuple[OrderPage, ...]:
    """The payment orders of a project, oldest first; whoever sees the project may see them."""
    rows = session.execute(_ORDERS, {"project_id": project_id})
    alike = [field.name for field in fields(OrderPage)][1:-2]
    return tuple(
        OrderPage(pid=pid, **{name: getattr(row, name) for name in alike}, prepared_by=made, approved_by=checked)
        for row, pid, made, checked in rows
    )


def payee_of(session: Session, actor: Actor, pid: UUID) -> tuple[str, str, str | None]:
    """Name and code of the organisation of a project, and the token of its account; Missing as ever.

    Of an order that is prepared the account is that of the order, else the one on the register. The actor sees the
    case by a role that reads accounts.
    """
    row = session.execute(
        select(Organisation.name, Organisation.uscc, func.coalesce(PaymentOrder.payee_mark, Organisation.account_mark))
        .select_from(Case)
        .join(Project, Project.case_id == Case.root_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .outerjoin(PaymentOrder, PaymentOrder.case_id == Case.id)
        .where(Case.pid == pid, visible(account_reader(actor)))
    ).one_or_none()
    if row is None:
        raise Missing(f"case {pid}")
    return row[0], row[1], row[2]


def closure_of(session: Session, project_id: int) -> ClosurePage | None:
    """The closure of a project, None while it is open."""
    row = session.execute(
        select(Closure.performance_score, Closure.remark, User.name, Closure.closed_at)
        .join(User, User.id == Closure.closed_by_id)
        .where(Closure.project_id == project_id)
    ).one_or_none()
    return ClosurePage(*row) if row is not None else None
