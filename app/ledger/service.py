"""Moving money: one posting, one call of the database; it refuses what must not be.

Every function works inside the transaction of its caller. A refusal leaves that transaction to be
rolled back. Amounts are whole fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import BigInteger, SmallInteger, Text, Uuid, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import TextClause

from app.ledger.models import LARGEST
from workflows.definition import because
from workflows.engine import Refused

#: A posting without an id of its own is known by its event and its code, so a repeat is a replay.
BY_EVENT_AND_CODE = UUID("2f0c8a52-6f0e-5f57-9a3c-1f6f3a5d7b10")


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting that is there; `replayed` when it had been there before this call."""

    id: UUID
    code: str
    amount: int
    replayed: bool


class MoneyRefused(Refused):
    """The ledger refuses this movement."""

    said = because("资金账簿拒绝该笔变动。")

    def __init__(self) -> None:
        super().__init__(self.said)


class NotEnoughMoney(MoneyRefused):
    """An account holds less than is to be taken from it."""

    said = because("账户余额不足，资金变动被拒绝。")


class OverTheCap(MoneyRefused):
    """The fund would hold more for this project than it may."""

    said = because("超过本项目的资金上限，资金变动被拒绝。")


class AmountOutOfRange(MoneyRefused):
    """An amount is at least one fen and at most a million million yuan."""

    said = because("金额必须大于零且不超过一万亿元。")


class NeedsTwoPeople(MoneyRefused):
    """This movement needs a maker and a checker with duties on the project, and they must differ."""

    said = because("该笔资金变动须由两名有职责的人员分别经办和复核。")


class AccountMissing(MoneyRefused):
    """There is no account for this movement, or no movement of this code."""

    said = because("资金账户不存在，或没有这种资金变动。")


class PostedOtherwise(MoneyRefused):
    """This posting was made already, for something else."""

    said = because("该笔资金变动已按其他内容登记。")


class OpenOtherwise(MoneyRefused):
    """The project's accounts are open already, with another cap or in another programme-year."""

    said = because("本项目的资金账户已按其他上限或年度开立。")


class AttemptIsLive(MoneyRefused):
    """Another attempt to pay this tranche is under way or has paid."""

    said = because("该期资金已有在途或已付的付款，不得重复付款。")


class AttemptMovedOn(MoneyRefused):
    """The attempt is in another state by now, from which this step is not allowed."""

    said = because("该笔付款的状态已变化，不能登记为所报状态。")


class BankReferenceUsed(MoneyRefused):
    """This bank reference belongs to another payment."""

    said = because("该银行流水号已用于另一笔付款。")


#: Name of a constraint in migration 0003 → what it means to the person who asked.
MEANING: Mapping[str, type[MoneyRefused]] = MappingProxyType(
    {
        "ck_account_balance": NotEnoughMoney,
        "ck_project_fund_held": OverTheCap,
        "ck_project_fund_cap": AmountOutOfRange,
        "ck_posting_amount": AmountOutOfRange,
        "ck_posting_rest": AmountOutOfRange,
        "ck_payment_attempt_amount": AmountOutOfRange,
        "ck_posting_needs_two": NeedsTwoPeople,
        "ck_posting_maker_is_not_checker": NeedsTwoPeople,
        "posting_people": NeedsTwoPeople,
        "account_is_missing": AccountMissing,
        "account_of_a_root": AccountMissing,
        "fk_posting_code_needs_two_posting_code": AccountMissing,
        "fk_posting_programme_year_id_case": AccountMissing,
        "fk_posting_project_id_programme_year_id_project_fund": AccountMissing,
        "fk_payment_attempt_project_id_project_fund": AccountMissing,
        "posting_is_something_else": PostedOtherwise,
        "uq_posting_event_id_code": PostedOtherwise,
        "project_is_open_otherwise": OpenOtherwise,
        "uq_payment_attempt_live": AttemptIsLive,
        "uq_payment_attempt_project_id_tranche_attempt": AttemptIsLive,
        "fk_payment_attempt_state_flow": AttemptMovedOn,
        "pk_payment_attempt_state": AttemptMovedOn,
        "ck_payment_attempt_state_paid_has_a_reference": AttemptMovedOn,
        "uq_payment_attempt_state_bank_ref": BankReferenceUsed,
    }
)

OPEN_PROGRAMME_YEAR = text("SELECT ledger_open_programme_year(:programme_year_id)").bindparams(
    bindparam("programme_year_id", type_=BigInteger)
)
OPEN_PROJECT = text("SELECT ledger_open_project(:project_id, :programme_year_id, :cap)").bindparams(
    *(bindparam(name, type_=BigInteger) for name in ("project_id", "programme_year_id", "cap"))
)
POST = text(
    "SELECT ledger_post(:id, :event_id, :code, :programme_year_id, :project_id,"
    " :amount, :rest, :maker_id, :checker_id, :reverses_id)"
).bindparams(
    *(bindparam(name, type_=Uuid) for name in ("id", "reverses_id")),
    *(
        bindparam(name, type_=BigInteger)
        for name in ("event_id", "programme_year_id", "project_id", "amount", "rest", "maker_id", "checker_id")
    ),
    bindparam("code", type_=Text),
)
BEGIN_ATTEMPT = text(
    "SELECT ledger_begin_attempt(:project_id, CAST(:tranche AS smallint), :case_id, :amount, :event_id)"
).bindparams(
    bindparam("tranche", type_=SmallInteger),
    *(bindparam(name, type_=BigInteger) for name in ("project_id", "case_id", "amount", "event_id")),
)
RECORD_STATE = text("SELECT ledger_record_attempt_state(:attempt_id, :state, :event_id, :bank_ref)").bindparams(
    *(bindparam(name, type_=BigInteger) for name in ("attempt_id", "event_id")),
    *(bindparam(name, type_=Text) for name in ("state", "bank_ref")),
)


def open_programme_year(session: Session, *, programme_year_id: int) -> None:
    """Open the accounts of a programme-year (the id of its root case); repeating changes nothing."""
    _call(session, OPEN_PROGRAMME_YEAR, programme_year_id=programme_year_id)


def open_project(session: Session, *, project_id: int, programme_year_id: int, cap: int) -> None:
    """Open the accounts of a project; `cap` in fen is the most the fund may ever hold for it.

    Repeating changes nothing. Raises `OpenOtherwise` when they are open with another cap or in
    another programme-year, `AccountMissing` when the programme-year has no accounts.
    """
    _call(session, OPEN_PROJECT, project_id=project_id, programme_year_id=programme_year_id, cap=cap)


def post(  # noqa: PLR0913 - what a posting is asked for with, each by its name
    session: Session,
    *,
    event_id: int,
    code: str,
    programme_year_id: int,
    amount: int,
    maker_id: int | None,
    project_id: int | None = None,
    checker_id: int | None = None,
    posting_id: UUID | None = None,
    rest: int = 0,
    reverses_id: UUID | None = None,
) -> Posted:
    """Move `amount` fen as `code` says, because of this event.

    `rest` is what the code's second movement takes: `encumber` gives back what was reserved beyond
    the agreement. `reverses_id` names the accrual or the release that an `accrual_reverse` or a
    `release_reverse` takes back. The same posting asked again alike is replayed. Raises the
    `MoneyRefused` that says what is wrong.
    """
    ident = posting_id or uuid5(BY_EVENT_AND_CODE, f"{event_id}/{code}")
    if not (0 < amount <= LARGEST and 0 <= rest <= LARGEST):
        raise AmountOutOfRange
    replayed = _call(
        session,
        POST,
        id=ident,
        event_id=event_id,
        code=code,
        programme_year_id=programme_year_id,
        project_id=project_id,
        amount=amount,
        rest=rest,
        maker_id=maker_id,
        checker_id=checker_id,
        reverses_id=reverses_id,
    )
    return Posted(ident, code, amount, bool(replayed))


def begin_attempt(session: Session, *, project_id: int, tranche: int, case_id: int, amount: int, event_id: int) -> int:
    """Begin the next attempt to pay a tranche, in the state "prepared"; answers its permanent id.

    `case_id` is the payment order's case. Raises `AttemptIsLive` while another attempt may still
    pay or has paid.
    """
    attempt_id: int = _call(
        session,
        BEGIN_ATTEMPT,
        project_id=project_id,
        tranche=tranche,
        case_id=case_id,
        amount=amount,
        event_id=event_id,
    )
    return attempt_id


def record_attempt_state(
    session: Session, *, attempt_id: int, state: str, event_id: int, bank_ref: str | None = None
) -> bool:
    """Record that an attempt is now approved, sent, paid, failed, cancelled or returned.

    `bank_ref` belongs to "paid" and to nothing else. Answers False when exactly this was the last
    thing recorded. Raises `AttemptMovedOn` or `BankReferenceUsed`.
    """
    replayed = _call(session, RECORD_STATE, attempt_id=attempt_id, state=state, event_id=event_id, bank_ref=bank_ref)
    return not replayed


def _call(session: Session, statement: TextClause, **values: object) -> Any:
    try:
        return session.execute(statement, values).scalar()
    except DBAPIError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if constraint is None:
            raise
        raise MEANING.get(constraint, MoneyRefused) from error
