"""The tables of settlements, payment orders and closures. Amounts are fen.

Source: design "Money" (settlement at actuals), "Forms" 4.7, "What makes violations impossible" 6-7.
"""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial
from app.organisations.models import STAND_IN
from workflows.money import OPINIONS, PAYABLE_OPINIONS

#: What a payment order says, in the order in which it is hashed. Any edit changes the hash.
CONTENT = ("number", "settlement_id", "amount", "payee_name", "payee_bank", "payee_branch", "payee_mark")
PAYEE = CONTENT[3:]
# Nothing that is hashed holds the separator, so two different orders never hash alike.
_CLEAN = " AND ".join(f"{name} !~ '[[:cntrl:]|]'" for name in ("number", *PAYEE))


class Settlement(Base):
    """What a project is entitled to at actuals, with every figure it came from; written once.

    `ratio_numerator / ratio_denominator` is exact. `content_hash` is that of the canonical figures. A
    settlement that was queried or reversed has `ended_at`; a project has one live settlement.
    """

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint("planned_total > 0 AND approved > 0 AND cap > 0", name="there_is_something_to_settle"),
        CheckConstraint("least(audited_eligible, other_fiscal, already_paid) >= 0", name="amounts_are_not_negative"),
        CheckConstraint(f"opinion IN {OPINIONS}", name="opinion_is_known"),
        CheckConstraint("ratio_numerator >= 0 AND ratio_denominator >= 1", name="ratio_is_a_ratio"),
        CheckConstraint(
            "ratio_numerator::numeric * 1000000 <= policy_ratio_ppm::numeric * ratio_denominator",
            name="ratio_is_within_the_policy",
        ),
        CheckConstraint("base = greatest(0, audited_eligible - other_fiscal)", name="base_is_the_audited_spending"),
        # An adverse opinion and a disclaimer entitle to nothing; rounding is one floor, at the end.
        CheckConstraint(
            f"entitled = CASE WHEN opinion IN {PAYABLE_OPINIONS} THEN least(approved, cap,"
            " div(base::numeric * ratio_numerator, ratio_denominator::numeric)::bigint) ELSE 0 END",
            name="entitled_is_computed",
        ),
        CheckConstraint("payable = entitled - already_paid", name="payable_is_what_is_left"),
        CheckConstraint("payable <= entitled AND entitled <= approved", name="never_over_the_approval"),
        CheckConstraint("content_hash ~ '^[0-9a-f]{64}$'", name="content_is_hashed"),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmation_is_whole"),
        CheckConstraint("prepared_by_id <> confirmed_by_id", name="maker_is_not_checker"),
        CheckConstraint("num_nulls(ended_by_id, ended_at, ended_reason) IN (0, 3)", name="end_is_whole"),
        CheckConstraint("confirmed_at <= ended_at", name="ended_after_the_confirmation"),
        # A payment order points here with its project and its amount, and so cannot say another.
        UniqueConstraint("id", "project_id", "payable"),
        Index("uq_settlement_live", "project_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_settlement_project_id", "project_id"),
    )

    id: Mapped[Serial]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.case_id"))
    planned_total: Mapped[int]
    approved: Mapped[int]
    audited_eligible: Mapped[int]
    other_fiscal: Mapped[int]
    already_paid: Mapped[int]
    opinion: Mapped[str] = mapped_column(Text)
    policy_key: Mapped[str] = mapped_column(Text)
    policy_ratio_ppm: Mapped[int]
    cap: Mapped[int]
    reading: Mapped[str] = mapped_column(Text)
    base: Mapped[int]
    ratio_numerator: Mapped[int]
    ratio_denominator: Mapped[int]
    rounding: Mapped[str] = mapped_column(Text)
    entitled: Mapped[int]
    payable: Mapped[int]
    content_hash: Mapped[str] = mapped_column(Text)
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(Text)


class PaymentOrder(Base):
    """One order to the bank (拨付单). A trigger of the database computes `content_hash` from what the order says.

    The approval names that hash, so that an order edited after its approval is not approved any more.
    `payee_mark` is the token of the account on the register. `attempt_id` is the ledger's present attempt
    to pay this tranche.
    """

    __tablename__ = "payment_order"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "project_id"], ["case.id", "case.root_id"], name="fk_payment_order_case"),
        ForeignKeyConstraint(
            ["settlement_id", "project_id", "amount"],
            ["settlement.id", "settlement.project_id", "settlement.payable"],
            name="fk_payment_order_pays_the_settlement",
        ),
        UniqueConstraint("project_id", "tranche"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint(f"payee_mark ~ '{STAND_IN}'", name="payee_is_sealed"),
        CheckConstraint("tranche >= 1", name="tranche_counts"),
        CheckConstraint(
            f"num_nulls({', '.join(PAYEE)}, prepared_by_id, prepared_at, attempt_id) IN (0, 7)",
            name="preparation_is_whole",
        ),
        CheckConstraint(_CLEAN, name="content_is_plain"),
        CheckConstraint("num_nulls(approved_by_id, approved_at, approved_content) IN (0, 3)", name="approval_is_whole"),
        CheckConstraint("prepared_by_id <> approved_by_id", name="maker_is_not_checker"),
        CheckConstraint(
            "approved_content IS NULL OR approved_content IS NOT DISTINCT FROM content_hash",
            name="approval_is_of_this_content",
        ),
        CheckConstraint("bank_reference ~ '^[0-9A-Za-z-]{4,64}$'", name="bank_reference_is_plain"),
        CheckConstraint(
            "(state = 'paid') = (bank_reference IS NOT NULL) AND (state = 'paid') = (paid_on IS NOT NULL)",
            name="paid_has_a_bank_reference",
        ),
        CheckConstraint(
            "(state = 'failed') = (failed_reason IS NOT NULL) OR state = 'cancelled'", name="failed_has_a_reason"
        ),
        CheckConstraint(
            "CASE WHEN state = 'drafting' THEN prepared_by_id IS NULL"
            " WHEN state = 'prepared' THEN prepared_by_id IS NOT NULL AND approved_by_id IS NULL"
            " WHEN state = 'approved' THEN approved_by_id IS NOT NULL AND sent_at IS NULL"
            " WHEN state IN ('sent', 'paid', 'failed') THEN approved_by_id IS NOT NULL AND sent_at IS NOT NULL"
            " ELSE true END",
            name="state_is_what_was_done",
        ),
        # A settlement is paid once: there is one order for it that was not cancelled.
        Index("uq_payment_order_live", "settlement_id", unique=True, postgresql_where=text("state <> 'cancelled'")),
    )

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    number: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text)
    settlement_id: Mapped[int]
    tranche: Mapped[int] = mapped_column(SmallInteger)
    amount: Mapped[int]
    payee_name: Mapped[str | None] = mapped_column(Text)
    payee_bank: Mapped[str | None] = mapped_column(Text)
    payee_branch: Mapped[str | None] = mapped_column(Text)
    payee_mark: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[str | None] = mapped_column(Text, FetchedValue(), server_onupdate=FetchedValue())
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime | None]
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("payment_attempt.id"), unique=True)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    approved_content: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    bank_reference: Mapped[str | None] = mapped_column(Text, unique=True)
    paid_on: Mapped[date | None]
    failed_reason: Mapped[str | None] = mapped_column(Text)


class Closure(Base):
    """How a project ended (结项): the score of its performance and a remark."""

    __tablename__ = "closure"
    __table_args__ = (CheckConstraint("performance_score BETWEEN 0 AND 100", name="score_is_of_a_hundred"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"), primary_key=True, autoincrement=False)
    performance_score: Mapped[int] = mapped_column(SmallInteger)
    remark: Mapped[str] = mapped_column(Text)
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime]
