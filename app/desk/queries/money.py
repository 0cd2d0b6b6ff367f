"""What finance works through, and what the accounts of a budget year tell, as lists. Amounts are fen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased

from app.audits.models import Audit
from app.casework.models import Case
from app.casework.permissions import visible
from app.evidence.models import Event
from app.ledger.models import PROJECT_KINDS, Account, Posting, Transfer
from app.organisations.models import Organisation
from app.payments.models import PaymentOrder, Settlement
from app.people.models import User
from app.people.permissions import Actor
from app.projects.models import Project

#: What a movement of money is called, by its ledger code.
CODE_LABELS = {
    "appropriate": "下达预算", "appropriation_cut": "核减预算", "reserve": "评审预留", "unreserve": "解除预留",
    "encumber": "协议锁定", "accrue": "核定应付", "advance": "预拨", "accrual_reverse": "冲回核定",
    "release": "释放结余", "release_reverse": "恢复锁定",
    "instruct": "送银行", "settle": "银行到账", "bounce": "银行退票", "bank_return": "银行退回",
    "clawback": "要求追回", "clawback_waive": "免予追回", "clawback_receive": "收到退款", "recycle": "追回再用",
    "lapse": "年度结转",
}  # fmt: skip
#: The steps of finance: name → (life, stages).
STEPS = {
    "settle": ("aid_project", ("settlement",)),
    "prepare": ("payment_order", ("drafting", "failed")),
    "approve": ("payment_order", ("prepared",)),
    "send": ("payment_order", ("approved",)),
    "confirm": ("payment_order", ("sent",)),
}
STEP_LABELS = {
    "settle": "核定", "prepare": "编制拨付单", "approve": "复核拨付单", "send": "送银行", "confirm": "确认到账",
}  # fmt: skip
#: Lines of one step that the desk shows; the list of orders has all of them.
MOST = 100


@dataclass(frozen=True, slots=True)
class ToPay:
    """One thing that finance has to do: a settlement, or a payment order."""

    pid: UUID
    life: str
    workflow: str
    stage: str
    holder_role: str | None
    due_at: datetime | None
    number: str
    project: str
    title: str
    organisation: str
    amount: int | None


def to_pay(session: Session, actor: Actor) -> Mapping[str, Sequence[ToPay]]:
    """Step of finance → what waits there, most urgent first, in one statement."""
    stages = [and_(Case.life == life, Case.stage.in_(names)) for life, names in STEPS.values()]
    live = and_(Settlement.project_id == Case.root_id, Settlement.ended_at.is_(None))
    audited = select(Audit.audited).where(Audit.project_id == Case.root_id, Audit.state == "accepted").scalar_subquery()
    rows = session.execute(
        select(
            Case.pid, Case.life, Case.workflow, Case.stage, Case.holder_role, Case.due_at,
            func.coalesce(PaymentOrder.number, Project.number), Project.number, Project.title, Organisation.name,
            func.coalesce(PaymentOrder.amount, Settlement.payable, audited),
        )
        .join(Project, Project.case_id == Case.root_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .outerjoin(PaymentOrder, PaymentOrder.case_id == Case.id)
        .outerjoin(Settlement, live)
        .where(or_(*stages), Case.closed_at.is_(None), visible(actor))
        .order_by(Case.urgent_at, Case.id)
        .limit(MOST * len(STEPS))
    )  # fmt: skip
    found: dict[str, list[ToPay]] = {step: [] for step in STEPS}
    for row in rows:
        line = ToPay(*row)
        step = next(name for name, (life, names) in STEPS.items() if line.life == life and line.stage in names)
        found[step].append(line)
    return found


def orders_seen(actor: Actor) -> Select[Any]:
    """The payment orders this actor sees, for a list."""
    maker, checker = aliased(User), aliased(User)
    return (
        select(
            Case.id, Case.pid, PaymentOrder.number, Project.number.label("project"), Project.title,
            Organisation.name.label("organisation"), Case.stage, PaymentOrder.amount, maker.name.label("maker"),
            checker.name.label("checker"), PaymentOrder.prepared_at, PaymentOrder.approved_at, PaymentOrder.sent_at,
            PaymentOrder.paid_on, PaymentOrder.bank_reference, PaymentOrder.payee_bank,
        )
        .join(PaymentOrder, PaymentOrder.case_id == Case.id)
        .join(Project, Project.case_id == Case.root_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .outerjoin(maker, maker.id == PaymentOrder.prepared_by_id)
        .outerjoin(checker, checker.id == PaymentOrder.approved_by_id)
        .where(visible(actor))
    )  # fmt: skip


def movements_listed(programme_year_id: int) -> Select[Any]:
    """Every transfer of a budget year, for a list; `id` puts those of one event into their order."""
    maker, checker = aliased(User), aliased(User)
    place = func.array_position(array(list(CODE_LABELS)), Posting.code)
    return (
        select(
            (Posting.event_id * 100 + place * 2 + Transfer.leg).label("id"), Event.at, Project.number, Project.title,
            Posting.code, Transfer.from_kind, Transfer.to_kind, Transfer.amount, maker.name.label("maker"),
            checker.name.label("checker"), Event.seq,
        )
        .join(Posting, Posting.id == Transfer.posting_id)
        .join(Event, Event.id == Posting.event_id)
        .outerjoin(Project, Project.case_id == Posting.project_id)
        .outerjoin(maker, maker.id == Posting.maker_id)
        .outerjoin(checker, checker.id == Posting.checker_id)
        .where(Posting.programme_year_id == programme_year_id)
    )  # fmt: skip


def promised_and_paid(programme_year_id: int) -> Select[Any]:
    """Each project that holds or held money of a budget year: what was promised, and where it is now."""
    held = {
        kind: func.coalesce(func.sum(Account.balance).filter(Account.kind == kind), literal(0)).label(kind)
        for kind in PROJECT_KINDS
    }
    fen = Project.approved.type
    sums = (
        select(Account.project_id, *held.values())
        .where(Account.programme_year_id == programme_year_id, Account.project_id.is_not(None))
        .group_by(Account.project_id)
        .subquery()
    )
    approved = func.coalesce(Project.approved, literal(0))
    return (
        select(
            Project.case_id.label("id"), Project.number, Project.title, Organisation.name.label("organisation"),
            Case.stage, approved.label("promised"), *[sums.c[kind].cast(fen) for kind in PROJECT_KINDS],
            (approved - sums.c.disbursed).cast(fen).label("open"),
        )
        .join(sums, sums.c.project_id == Project.case_id)
        .join(Case, Case.id == Project.case_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
    )  # fmt: skip
