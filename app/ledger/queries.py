"""What the ledger says: balances, movements, and whether it is sound. Amounts are whole fen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    and_,
    column,
    exists,
    func,
    literal,
    select,
    table,
)
from sqlalchemy.orm import Session

from app.evidence.models import Event
from app.ledger.models import PROGRAMME_KINDS, PROJECT_KINDS, Account, LedgerCheck, Posting, Transfer

VIOLATIONS = table(
    "invariant_violations", column("rule"), column("programme_year_id"), column("project_id"), column("detail")
)

#: A case id: a number, or a bound parameter or column that holds one.
Id = int | ColumnElement[int]


@dataclass(frozen=True, slots=True)
class Violation:
    """Something the ledger must never show; `rule` is its name, `detail` says where."""

    rule: str
    programme_year_id: int | None
    project_id: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer as a line of an account statement."""

    at: datetime
    event_id: int
    posting_id: UUID
    leg: int
    code: str
    project_id: int | None
    from_kind: str
    to_kind: str
    amount: int
    maker_id: int | None
    checker_id: int | None


def balances(session: Session, programme_year_id: int) -> dict[str, int]:
    """Kind of account → balance over the whole programme-year, every kind named."""
    rows = session.execute(
        select(Account.kind, func.sum(Account.balance))
        .where(Account.programme_year_id == programme_year_id)
        .group_by(Account.kind)
    ).all()
    found = {kind: int(total) for kind, total in rows}
    return {kind: found.get(kind, 0) for kind in (*PROGRAMME_KINDS, *PROJECT_KINDS)}


def project_balances(session: Session, project_id: int) -> dict[str, int]:
    """Kind of account → balance of one project, every kind named."""
    rows = session.execute(select(Account.kind, Account.balance).where(Account.project_id == project_id)).all()
    found = {kind: int(balance) for kind, balance in rows}
    return {kind: found.get(kind, 0) for kind in PROJECT_KINDS}


def identity_holds(totals: Mapping[str, int]) -> bool:
    """Whether every fen of authority given is in exactly one place: the accounts add up to zero."""
    return sum(totals.values()) == 0


def project_balance(root_id: Id, kind: str) -> ScalarSelect[int]:
    """The balance of one account of a project, as a column of a larger query; zero without it."""
    return (
        select(func.coalesce(func.sum(Account.balance), literal(0)).cast(BigInteger))
        .where(Account.project_id == root_id, Account.kind == kind)
        .scalar_subquery()
    )


def programme_balance(programme_year_id: Id, kind: str) -> ScalarSelect[int]:
    """The sum over all accounts of this kind in a programme-year, as a column; zero without any."""
    wanted = [Account.programme_year_id == programme_year_id, Account.kind == kind]
    if kind in PROGRAMME_KINDS:
        # One account; without this its place in the index lies behind those of every project of the year.
        wanted.append(Account.project_id.is_(None))
    return (
        select(func.coalesce(func.sum(Account.balance), literal(0)).cast(BigInteger)).where(*wanted).scalar_subquery()
    )


def movements(
    session: Session,
    *,
    programme_year_id: int,
    project_id: int | None = None,
    limit: int = 100,
) -> Sequence[Movement]:
    """Transfers of a programme-year or of one project in it, the newest by date first."""
    query = (
        select(
            Event.at,
            Posting.event_id,
            Posting.id,
            Transfer.leg,
            Posting.code,
            Posting.project_id,
            Transfer.from_kind,
            Transfer.to_kind,
            Transfer.amount,
            Posting.maker_id,
            Posting.checker_id,
        )
        .join(Posting, Posting.id == Transfer.posting_id)
        .join(Event, Event.id == Posting.event_id)
        .where(Posting.programme_year_id == programme_year_id)
        .order_by(Event.at.desc(), Posting.event_id.desc(), Posting.code.desc(), Transfer.leg.desc())
        .limit(limit)
    )
    if project_id is not None:
        query = query.where(Posting.project_id == project_id)
    return [Movement(*row) for row in session.execute(query)]


def violations(session: Session) -> Sequence[Violation]:
    """Everything that is wrong with the ledger; empty when it is sound. Reads every transfer."""
    rows = session.execute(
        select(VIOLATIONS).order_by(VIOLATIONS.c.programme_year_id, VIOLATIONS.c.rule, VIOLATIONS.c.detail)
    )
    return [Violation(*row) for row in rows]


def last_check_was_clean() -> ColumnElement[bool]:
    """Whether the last full replay found nothing; true before the first one."""
    last = select(LedgerCheck.violations).order_by(LedgerCheck.id.desc()).limit(1).scalar_subquery()
    return func.coalesce(last, 0) == 0


def last_check(session: Session) -> tuple[datetime, int] | None:
    """When the whole ledger was last replayed and how many violations were found; None before the first time."""
    row = session.execute(
        select(LedgerCheck.checked_at, LedgerCheck.violations).order_by(LedgerCheck.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def project_is_sound(root_id: Id) -> ColumnElement[bool]:
    """Whether the last replay was clean and this project's balances are its transfers, now.

    What a payment is made on: it costs the same however many projects there are.
    """
    into = select(func.sum(Transfer.amount)).where(Transfer.to_account_id == Account.id).scalar_subquery()
    out = select(func.sum(Transfer.amount)).where(Transfer.from_account_id == Account.id).scalar_subquery()
    differs = Account.balance != func.coalesce(into, 0) - func.coalesce(out, 0)
    return and_(last_check_was_clean(), ~exists().where(Account.project_id == root_id, differs))
