"""Tables of the fund ledger. Amounts are whole fen.

Source: design "Money: the fund ledger". The application reads these tables and never writes them:
it calls the functions of migration 0003, whose triggers and constraints hold for everybody.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial

#: The most one transfer may move, in fen: a million million yuan.
LARGEST = 10**14
#: Accounts of a programme-year: authority given (negative), unreserved, clawed back, returned.
PROGRAMME_KINDS = ("source", "available", "recovered", "lapsed")
#: Accounts of a project: in review, signed, verified, with the bank, confirmed, demanded back.
PROJECT_KINDS = ("reserved", "encumbered", "payable", "inflight", "disbursed", "receivable")
#: States in which an attempt is known to have paid nothing, so that the next may begin.
DEAD_STATES = ("failed", "cancelled", "returned")

Short = Annotated[int, mapped_column(SmallInteger)]
Name = Annotated[str, mapped_column(Text)]
IN_RANGE = f"BETWEEN 1 AND {LARGEST}"


class PostingCode(Base):
    """A kind of posting, and whether one person alone may make it."""

    __tablename__ = "posting_code"
    __table_args__ = (UniqueConstraint("code", "needs_two"),)

    code: Mapped[Name] = mapped_column(primary_key=True)
    needs_two: Mapped[bool]


class FlowRule(Base):
    """A movement that is allowed. Leg 2 of a code is for what leg 1 leaves over."""

    __tablename__ = "flow_rule"
    __table_args__ = (UniqueConstraint("code", "leg"), CheckConstraint("leg IN (1, 2)", name="leg"))

    code: Mapped[Name] = mapped_column(ForeignKey("posting_code.code"), primary_key=True)
    from_kind: Mapped[Name] = mapped_column(primary_key=True)
    to_kind: Mapped[Name] = mapped_column(primary_key=True)
    leg: Mapped[Short]


class ProjectFund(Base):
    """What the fund holds for one project, and the most it may ever hold."""

    __tablename__ = "project_fund"
    __table_args__ = (
        UniqueConstraint("project_id", "programme_year_id"),
        CheckConstraint(f"cap BETWEEN 0 AND {LARGEST}", name="cap"),
        CheckConstraint("held BETWEEN 0 AND cap", name="held"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, autoincrement=False)
    programme_year_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    cap: Mapped[int]
    held: Mapped[int] = mapped_column(server_default=text("0"))


class Account(Base):
    """One bucket of money. `version` counts the transfers that touched it."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("programme_year_id", "project_id", "kind", postgresql_nulls_not_distinct=True),
        UniqueConstraint("id", "kind", "programme_year_id"),
        ForeignKeyConstraint(
            ["project_id", "programme_year_id"], ["project_fund.project_id", "project_fund.programme_year_id"]
        ),
        CheckConstraint(
            f"CASE WHEN project_id IS NULL THEN kind IN {PROGRAMME_KINDS} ELSE kind IN {PROJECT_KINDS} END",
            name="level",
        ),
        CheckConstraint("CASE kind WHEN 'source' THEN balance <= 0 ELSE balance >= 0 END", name="balance"),
        CheckConstraint("version >= 0", name="version"),
    )

    id: Mapped[Serial]
    programme_year_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    project_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[Name]
    balance: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("0"))


class Posting(Base):
    """One step of money: what caused it, who made and who checked it, and what was asked."""

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("event_id", "code"),
        UniqueConstraint("id", "code", "programme_year_id"),
        ForeignKeyConstraint(["code", "needs_two"], ["posting_code.code", "posting_code.needs_two"]),
        ForeignKeyConstraint(
            ["project_id", "programme_year_id"], ["project_fund.project_id", "project_fund.programme_year_id"]
        ),
        CheckConstraint(f"amount {IN_RANGE}", name="amount"),
        CheckConstraint(f"rest BETWEEN 0 AND {LARGEST}", name="rest"),
        CheckConstraint("maker_id <> checker_id", name="maker_is_not_checker"),
        CheckConstraint("NOT needs_two OR (maker_id IS NOT NULL AND checker_id IS NOT NULL)", name="needs_two"),
        CheckConstraint(
            "(code IN ('accrual_reverse', 'release_reverse')) = (reverses_id IS NOT NULL)", name="reverses"
        ),
        Index("ix_posting_reverses_id", "reverses_id", postgresql_where=text("reverses_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    code: Mapped[Name]
    needs_two: Mapped[bool]
    programme_year_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    project_id: Mapped[int | None] = mapped_column(index=True)
    amount: Mapped[int]
    rest: Mapped[int] = mapped_column(server_default=text("0"))
    maker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    checker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("posting.id"))
    request_hash: Mapped[bytes] = mapped_column(
        LargeBinary,
        Computed(
            "sha256((event_id || '|' || code || '|' || programme_year_id || '|' || coalesce(project_id, 0) || '|'"
            " || amount || '|' || rest || '|' || coalesce(maker_id, 0) || '|' || coalesce(checker_id, 0)"
            " || '|' || coalesce(reverses_id::text, ''))::bytea)",
            persisted=True,
        ),
    )


class Transfer(Base):
    """One amount from one account to another, with what both came to."""

    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("from_account_id", "from_version"),
        UniqueConstraint("to_account_id", "to_version"),
        ForeignKeyConstraint(
            ["posting_id", "code", "programme_year_id"], ["posting.id", "posting.code", "posting.programme_year_id"]
        ),
        ForeignKeyConstraint(
            ["code", "from_kind", "to_kind"], ["flow_rule.code", "flow_rule.from_kind", "flow_rule.to_kind"]
        ),
        ForeignKeyConstraint(
            ["from_account_id", "from_kind", "programme_year_id"],
            ["account.id", "account.kind", "account.programme_year_id"],
        ),
        ForeignKeyConstraint(
            ["to_account_id", "to_kind", "programme_year_id"],
            ["account.id", "account.kind", "account.programme_year_id"],
        ),
        CheckConstraint(f"amount {IN_RANGE}", name="amount"),
        CheckConstraint("from_account_id <> to_account_id", name="two_accounts"),
    )

    posting_id: Mapped[UUID] = mapped_column(primary_key=True)
    leg: Mapped[Short] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[Name]
    programme_year_id: Mapped[int]
    from_account_id: Mapped[int]
    from_kind: Mapped[Name]
    to_account_id: Mapped[int]
    to_kind: Mapped[Name]
    amount: Mapped[int]
    from_version: Mapped[int]
    from_balance: Mapped[int]
    to_version: Mapped[int]
    to_balance: Mapped[int]


class EventMustPost(Base):
    """An act that cannot be committed without one of these postings; role "*" is any."""

    __tablename__ = "event_must_post"
    __table_args__ = (CheckConstraint("cardinality(codes) > 0", name="codes"),)

    life: Mapped[Name] = mapped_column(primary_key=True)
    action: Mapped[Name] = mapped_column(primary_key=True)
    case_to: Mapped[Name] = mapped_column(primary_key=True)
    role: Mapped[Name] = mapped_column(primary_key=True)
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))


class PaymentFlow(Base):
    """A step that a payment attempt may take."""

    __tablename__ = "payment_flow"

    from_state: Mapped[Name] = mapped_column(primary_key=True)
    to_state: Mapped[Name] = mapped_column(primary_key=True)


class PaymentAttempt(Base):
    """One try to pay one tranche of a project. Its state is the last one recorded."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("project_id", "tranche", "attempt"),
        ForeignKeyConstraint(
            ["id", "seq", "state"],
            ["payment_attempt_state.attempt_id", "payment_attempt_state.seq", "payment_attempt_state.state"],
            name="fk_payment_attempt_state_is_recorded",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        CheckConstraint("tranche >= 1", name="tranche"),
        CheckConstraint("attempt >= 1", name="attempt"),
        CheckConstraint(f"amount {IN_RANGE}", name="amount"),
        Index(
            "uq_payment_attempt_live",
            "project_id",
            "tranche",
            unique=True,
            postgresql_where=text(f"state NOT IN {DEAD_STATES}"),
        ),
    )

    id: Mapped[Serial]
    project_id: Mapped[int] = mapped_column(ForeignKey("project_fund.project_id"))
    tranche: Mapped[Short]
    attempt: Mapped[Short]
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    amount: Mapped[int]
    seq: Mapped[Short] = mapped_column(server_default=text("1"))
    state: Mapped[Name] = mapped_column(server_default=text("'prepared'"))


class PaymentAttemptState(Base):
    """A state that an attempt was in, the event that brought it, and the one before."""

    __tablename__ = "payment_attempt_state"
    __table_args__ = (
        UniqueConstraint("attempt_id", "seq", "state"),
        UniqueConstraint("bank_ref"),
        ForeignKeyConstraint(
            ["attempt_id", "prev_seq", "prev_state"],
            ["payment_attempt_state.attempt_id", "payment_attempt_state.seq", "payment_attempt_state.state"],
            name="fk_payment_attempt_state_previous",
        ),
        ForeignKeyConstraint(
            ["prev_state", "state"],
            ["payment_flow.from_state", "payment_flow.to_state"],
            name="fk_payment_attempt_state_flow",
        ),
        CheckConstraint(
            "(seq = 1) = (prev_seq IS NULL) AND (prev_seq IS NULL) = (prev_state IS NULL)"
            " AND (seq > 1 OR state = 'prepared')",
            name="starts_prepared",
        ),
        CheckConstraint("prev_seq = seq - 1", name="has_no_gap"),
        CheckConstraint("(state = 'paid') = (bank_ref IS NOT NULL)", name="paid_has_a_reference"),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("payment_attempt.id"), primary_key=True, autoincrement=False)
    seq: Mapped[Short] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[Name]
    prev_seq: Mapped[Short | None]
    prev_state: Mapped[Name | None]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    bank_ref: Mapped[Name | None]


class LedgerCheck(Base):
    """How many violations a full replay found, each time one was made."""

    __tablename__ = "ledger_check"
    __table_args__ = (CheckConstraint("violations >= 0", name="violations_are_counted"),)

    id: Mapped[Serial]
    checked_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    violations: Mapped[int]
