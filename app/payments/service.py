"""Recording settlements, payment orders and closures; every amount comes from what is on record."""

from collections.abc import Iterator

from sqlalchemy import func, select

from app.casework.commands import NoFields, Reasoned
from app.casework.models import Case
from app.casework.subjects import Act, Opening, describes, opens, records
from app.database import locked
from app.documents.service import seal_papers
from app.payments.commands import ApprovePayment, Close, ConfirmSettlement, RecordFailed, RecordPaid, RefusePayment
from app.payments.effects import begin_attempt, give_up_attempt, record_attempt, settled, snapshot_payee
from app.payments.models import PAYEE, Closure, PaymentOrder, Settlement
from app.projects.models import Project

describes("aid_project", "open_clawback", Reasoned)
describes("aid_project", "end_clawback", Reasoned)

PREPARATION = (*PAYEE, "prepared_by_id", "prepared_at", "attempt_id")
APPROVAL = ("approved_by_id", "approved_at", "approved_content")


@records("aid_project", "prepare_settlement", NoFields)
def record_settlement(act: Act) -> None:
    """Settle at actuals. Nobody types a figure."""
    row = Settlement(**settled(act.session, act.root.id), prepared_by_id=act.actor.user_id, prepared_at=act.now)
    act.session.add(row)


@records("aid_project", "query_settlement", Reasoned)
@records("aid_project", "reverse_settlement", Reasoned)
def record_end(act: Act) -> None:
    """The settlement is over, confirmed or not; the maker makes another."""
    row = _live_settlement(act)
    row.ended_by_id, row.ended_at, row.ended_reason = act.actor.user_id, act.now, act.command.reason


@records("aid_project", "confirm_settlement", ConfirmSettlement)
def record_confirmation(act: Act) -> None:
    """The figures stand."""
    row = _live_settlement(act)
    row.confirmed_by_id, row.confirmed_at = act.actor.user_id, act.now


@opens("payment_order")
def openings(act: Act) -> Iterator[Opening]:
    """One order over what the settlement says is payable."""
    settlement = _live_settlement(act)
    project = act.session.get_one(Project, act.root.id)

    def write(case: Case) -> None:
        tranche = 1 + (act.session.scalar(select(func.count()).where(PaymentOrder.project_id == act.root.id)) or 0)
        act.session.add(
            PaymentOrder(
                case_id=case.id,
                project_id=act.root.id,
                number=f"{project.number}-P{tranche}",
                state=case.stage,
                settlement_id=settlement.id,
                tranche=tranche,
                amount=settlement.payable,
            )
        )
        act.session.flush()

    yield Opening(write=write)


@records("payment_order", "prepare", NoFields)
def record_preparation(act: Act) -> None:
    """The order names its payee, as the register shows it now; an earlier approval is void."""
    order = _order(act)
    begin_attempt(act, order)
    snapshot_payee(act, order)
    order.state = act.case.stage
    order.prepared_by_id, order.prepared_at = act.actor.user_id, act.now
    _clear(order, *APPROVAL, "sent_at", "failed_reason")
    _show_content(act, order)


@records("payment_order", "approve_payment", ApprovePayment)
def record_approval(act: Act) -> None:
    """The checker stands by this content and no other."""
    order = _order(act)
    order.state = act.case.stage
    order.approved_by_id, order.approved_at = act.actor.user_id, act.now
    order.approved_content = act.command.content_hash
    record_attempt(act, order, "approved")


@records("payment_order", "refuse_payment", RefusePayment)
def record_refusal(act: Act) -> None:
    """The order is to be prepared anew."""
    order = _order(act)
    give_up_attempt(act, order)
    order.state = act.case.stage
    _clear(order, *PREPARATION)
    _show_content(act, order)


@records("payment_order", "record_sent", NoFields)
def record_sending(act: Act) -> None:
    """The order is with the bank from now on and cannot be edited."""
    order = _order(act)
    order.state, order.sent_at = act.case.stage, act.now
    record_attempt(act, order, "sent")


@records("payment_order", "record_paid", RecordPaid)
def record_payment(act: Act) -> None:
    """The money has arrived; the bank's reference belongs to this payment alone."""
    order = _order(act)
    record_attempt(act, order, "paid", act.command.bank_reference)
    order.state = act.case.stage
    order.bank_reference, order.paid_on = act.command.bank_reference, act.command.paid_on
    seal_papers(act.session, act.root.id, act.event.id, act.case.id)


@records("payment_order", "record_failed", RecordFailed)
def record_failure(act: Act) -> None:
    """The money came back, as the slip of the bank shows; the order may be prepared again."""
    order = _order(act)
    record_attempt(act, order, "failed")
    order.state, order.failed_reason = act.case.stage, act.command.reason
    seal_papers(act.session, act.root.id, act.event.id, act.case.id)


@records("payment_order", "cancel", NoFields)
def record_cancellation(act: Act) -> None:
    """Nothing will be paid by this order."""
    order = _order(act)
    give_up_attempt(act, order)
    order.state = act.case.stage


@records("aid_project", "close", Close)
def record_closure(act: Act) -> None:
    """Keep how the project did."""
    act.session.add(
        Closure(
            project_id=act.root.id,
            performance_score=act.command.performance_score,
            remark=act.command.remark,
            closed_by_id=act.actor.user_id,
            closed_at=act.now,
        )
    )


def _live_settlement(act: Act) -> Settlement:
    return act.session.scalars(
        select(Settlement)
        .where(Settlement.project_id == act.root.id, Settlement.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _order(act: Act) -> PaymentOrder:
    return locked(act.session, PaymentOrder, act.case.id)


def _clear(order: PaymentOrder, *columns: str) -> None:
    for column in columns:
        setattr(order, column, None)


def _show_content(act: Act, order: PaymentOrder) -> None:
    """What a reader has in front of them changes with the order's content, which the database hashes."""
    act.session.flush()
    act.session.refresh(order, ["content_hash"])
    act.case.content_hash = order.content_hash or ""
