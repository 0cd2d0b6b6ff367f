"""What an act is about: the project, its amounts, the text or figures that are decided on, and what came of it.

The page of a life shows the same as the page that asks before an act on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agreements.queries import AgreementPage, agreement_of
from app.audits.queries import AuditPage, audit_of
from app.barrier import opened
from app.casework.models import Case
from app.casework.permissions import roles_before_duty
from app.casework.queries import transitions_by_name
from app.casework.service import receipt_number
from app.casework.subjects import command_of, gather, subject_of
from app.database import Missing
from app.delivery.queries import ChangeRow, ReportRow, changes_of, reports_of
from app.evidence.models import Event
from app.organisations.models import Organisation
from app.organisations.permissions import reads_account_of
from app.payments.queries import OrderPage, SettlementPage, orders_of, settlement_now, settlements_of
from app.people.permissions import Actor
from app.programmes.queries import policy_of
from app.projects.queries import ProjectHead, head_of_case
from app.publicity.queries import ObjectionRow, objections_of
from app.registers.queries import calendar_shown
from app.reviews.queries import JointReview, PanelSummary, SheetRow, panel_summary, sheets_of, votes_of
from workflows.calendar import deadline
from workflows.definition import Notify, Open, Transition
from workflows.engine import refusal
from workflows.money import Settlement
from workflows.policy import Policy
from workflows.registry import LIVES
from workflows.roles import AUDIT_FIRM, FINANCE_MAKER


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """Whether an order may go to its account: the payee is the organisation, the account is that on the register."""

    payee: str
    payee_is_the_organisation: bool
    as_registered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """The project and those of its contents that an act on one case rests on."""

    head: ProjectHead | None = None
    policy: Policy | None = None
    agreement: AgreementPage | None = None
    settlement: SettlementPage | None = None
    proposed: Settlement | None = None
    orders: Sequence[OrderPage] = ()
    account: AccountCheck | None = None
    reads_accounts: bool = False
    sheet: SheetRow | None = None
    audit: AuditPage | None = None
    report: ReportRow | None = None
    change: ChangeRow | None = None
    panel: PanelSummary | None = None
    joint: JointReview | None = None
    objections: Sequence[ObjectionRow] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """Where an act leads, who is told, and who has it then until when, were it taken now.

    `answer` is the answer of the form that leads there. `until` is the midnight that ends the term.
    """

    answer: str
    to: str
    told: tuple[str, ...]
    final: bool
    holder: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An act as whoever took it keeps it: the place in the chain, the hash and the number of the receipt."""

    action: str
    workflow: str
    seq: int
    hash: str
    at: datetime
    receipt: str
    to: str


def matter_of(session: Session, actor: Actor, case: Case, now: datetime) -> Matter:
    """What is decided on this case, as far as this actor may see it."""
    if case.organisation_id is None:
        return Matter()
    head = head_of_case(session, actor, case.root_id)
    policy = policy_of(session, head.policy_id)
    parts = _LIVES.get(case.life) or _STAGES.get(case.stage, ())
    given: dict[str, Any] = {}
    for part in parts if head.file_open else ():
        given |= part(session, actor, case, now)
    return Matter(head=head, policy=policy, **given)


def ways_of(session: Session, actor: Actor, case: Case, action: str, now: datetime) -> list[Way]:
    """Where this action leads as things stand, for each answer that its form takes.

    Where the facts admit no way at all, every way of the workflow is named.
    """
    leaving = transitions_by_name(case.workflow, case.stage, action)
    subject, roles = subject_of(case.workflow), roles_before_duty(actor, case)
    with opened(session, [case.id]):
        columns = gather(session, case.life, [case.id], actor, now)[case.id]
    found = []
    for answer, label in _answers(case.life, action).items():
        facts = subject.facts(columns, {"outcome": answer} if answer else {}, now)
        admitted = next((t for t in leaving if refusal(t, roles, facts) is None), None)
        if admitted is not None:
            found.append(_way(case, admitted, label if len(leaving) > 1 else "", facts, now))
    if not found:
        facts = subject.facts(columns, {}, now)
        found = [_way(case, each, "", facts, now) for each in leaving]
    return list(dict.fromkeys(found))


def stake_of(matter: Matter, case: Case, action: str) -> tuple[str, int] | None:
    """What is at stake in an act in fen, with its label; None where no amount is decided yet."""
    head = matter.head
    stakes: dict[str, tuple[str, int | None]] = {}
    if head is not None and head.file_open:
        decided = ("批准金额", head.approved) if head.approved else ("建议资助金额", head.suggested)
        asked = ("申请金额", head.requested)
        stakes |= {"submit": asked, "resubmit": asked, "approve": decided, "announce": decided}
    if matter.agreement:
        stakes["sign_agreement"] = "资助上限", matter.agreement.data["ceiling"]
    if matter.settlement:
        acts = ("confirm_settlement", "query_settlement", "reverse_settlement")
        stakes |= dict.fromkeys(acts, ("本次应付", matter.settlement.payable))
    if matter.proposed:
        stakes["prepare_settlement"] = "本次应付", matter.proposed.payable
    if case.life == "payment_order" and matter.orders:
        stakes[action] = "拨付金额", matter.orders[0].amount
    label, amount = stakes.get(action, ("", None))
    return None if amount is None else (label, amount)


def done_by(session: Session, actor: Actor, pid: UUID, seq: int) -> Done:
    """An act of this person on this case; `Missing` for what others did or nobody.

    Whoever acted keeps the receipt, even where the case is not theirs to see any more.
    """
    row = session.execute(
        select(Event.action, Case.workflow, Event.seq, Event.hash, Event.at, Event.root_id, Event.case_to)
        .join(Case, Case.id == Event.case_id)
        .where(Case.pid == pid, Event.seq == seq, Event.actor_id == actor.user_id)
    ).one_or_none()
    root = None if row is None else session.scalar(select(Case.pid).where(Case.id == row.root_id))
    if row is None or root is None:
        raise Missing(f"{pid} {seq}")
    number = receipt_number(root, row.seq, row.hash.hex())
    return Done(row.action, row.workflow, row.seq, row.hash.hex(), row.at, number, row.case_to)


def _answers(life: str, action: str) -> Mapping[str, str]:
    schema = command_of(life, action).model_json_schema().get("properties", {}).get("outcome", {})
    labels = schema.get("labels") or schema.get("choices") or {}
    return labels or {"": ""}


def _way(case: Case, transition: Transition, answer: str, facts: Any, now: datetime) -> Way:
    told = tuple(sorted({effect.to for effect in transition.effects if isinstance(effect, Notify)}))
    stage = subject_of(case.workflow).workflow.stage(transition.to)
    due = transition.due or (stage.due if transition.moves else None)
    days = due.count(facts) if due else 0
    overrides = calendar_shown().overrides
    until = deadline(days, due.unit, due.first_day_counts, now, overrides) if due and days else None
    begun = [LIVES[effect.life] for effect in transition.effects if isinstance(effect, Open)]
    inside = next((each.stage(each.start).holder for each in begun), None)
    return Way(answer, transition.to, told, stage.final, inside or transition.holder or stage.holder, until)


def _agreement(session: Session, _actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    return {"agreement": agreement_of(session, case.root_id)}


def _settlement(session: Session, actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    live = [each for each in settlements_of(session, case.root_id) if each.ended_at is None]
    if not live and case.stage == "settlement" and actor.holds(FINANCE_MAKER):
        return {"proposed": settlement_now(session, case.root_id)}
    return {"settlement": live[0] if live else None}


def _orders(session: Session, actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    found = orders_of(session, case.root_id)
    account = None
    if case.life == "payment_order":
        # An order that is still to be prepared goes to the account that is on the register now.
        payee = session.get_one(Organisation, case.organisation_id)
        found = tuple(_with_payee(payee, case, each) for each in found if each.pid == case.pid)
        account = _account_check(payee, found[0]) if found else None
    return {"orders": found, "account": account, "reads_accounts": reads_account_of(actor, case.organisation_id)}


def _account_check(payee: Organisation, order: OrderPage) -> AccountCheck:
    registered = (payee.bank_name, payee.bank_branch, payee.account_mark)
    same = (order.payee_bank, order.payee_branch, order.payee_mark) == registered
    return AccountCheck(payee.name, order.payee_name == payee.name, same)


def _with_payee(payee: Organisation, case: Case, order: OrderPage) -> OrderPage:
    if order.payee_mark is not None or case.closed_at is not None:
        return order
    return replace(
        order, payee_name=payee.account_name or payee.name, payee_bank=payee.bank_name,
        payee_branch=payee.bank_branch, payee_mark=payee.account_mark,
    )  # fmt: skip


def _sheet(session: Session, actor: Actor, case: Case, now: datetime) -> dict[str, Any]:
    rows = sheets_of(session, case.root_id, actor, now=now)
    return {"sheet": next((row for row in rows if row.case == case.pid), None)}


def _audit(session: Session, actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    found = audit_of(session, case.root_id, with_work=actor.holds(AUDIT_FIRM))
    # A project has one audit at a time; an earlier one is told by its own history.
    return {"audit": found if found and (case.life != "audit" or found.pid == case.pid) else None}


def _report(session: Session, _actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    return {"report": next((row for row in reports_of(session, case.root_id) if row.pid == case.pid), None)}


def _change(session: Session, _actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    return {"change": next((row for row in changes_of(session, case.root_id) if row.pid == case.pid), None)}


def _panel(session: Session, actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    return {"panel": panel_summary(session, case.root_id, actor)}


def _joint(session: Session, actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    return {"joint": votes_of(session, case.root_id, actor)}


def _objections(session: Session, actor: Actor, case: Case, _now: datetime) -> dict[str, Any]:
    rows = objections_of(session, case.root_id, actor)
    wanted = [row for row in rows if row.case == case.pid or (case.life != "objection" and row.outcome is None)]
    return {"objections": wanted}


#: What the page of a life inside a project shows.
_LIVES: dict[str, tuple[Any, ...]] = {
    "agreement": (_agreement,),
    "audit": (_audit,),
    "change_request": (_change,),
    "objection": (_objections,),
    "payment_order": (_settlement, _orders),
    "progress_report": (_report,),
    "score_sheet": (_sheet,),
}
#: What an act on the project itself rests on, by its stage.
_STAGES: dict[str, tuple[Any, ...]] = {
    "expert_review": (_panel,),
    "objection_hold": (_objections,),
    "joint_review": (_panel, _joint),
    "announcement": (_joint,),
    "agreement": (_agreement,),
    "audit": (_audit,),
    "settlement": (_audit, _settlement),
    "disbursement": (_settlement, _orders),
    "clawback": (_settlement, _orders),
}
