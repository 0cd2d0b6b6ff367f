"""The tables of audits. Amounts are fen. Source: design "Forms" 4.6; 第三方独立审计."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial
from workflows.money import OPINIONS

#: The words users read.
OPINION_LABELS = {
    "unqualified": "无保留意见",
    "qualified": "保留意见",
    "adverse": "否定意见",
    "disclaimer": "无法表示意见",
}
#: What a report says and an audit in work does not have yet.
REPORT = (
    "number", "licence", "cpa_one", "cpa_two", "independence", "period_from", "period_until", "received",
    "opinion", "findings", "claimed", "disallowed", "audited", "other_fiscal", "submitted_by_id", "submitted_at",
)  # fmt: skip
#: What is fixed while the report lies with the fund office, and after.
HANDED_IN = ("submitted", "accepted", "refused")


class Audit(Base):
    """The audit of a project and the report of the round it is in; `round` is 0 before the first.

    The lines of the round add up to the totals: the database checks it at commit.
    """

    __tablename__ = "audit"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "project_id"], ["case.id", "case.root_id"], name="fk_audit_case"),
        CheckConstraint("round >= 0", name="round_counts"),
        CheckConstraint(
            f"num_nulls({', '.join(REPORT)}) = CASE round WHEN 0 THEN {len(REPORT)} ELSE 0 END", name="report_is_whole"
        ),
        CheckConstraint("least(claimed, disallowed, audited, other_fiscal) >= 0", name="amounts_are_not_negative"),
        CheckConstraint("claimed - disallowed = audited", name="totals_add_up"),
        CheckConstraint(f"opinion IN {OPINIONS}", name="opinion_is_known"),
        CheckConstraint(
            "btrim(cpa_one) <> '' AND btrim(cpa_two) <> '' AND cpa_one <> cpa_two", name="two_accountants_sign"
        ),
        CheckConstraint("period_from <= period_until", name="period_begins_before_it_ends"),
        CheckConstraint("jsonb_typeof(received) = 'array'", name="received_is_a_list"),
        CheckConstraint(
            "CASE WHEN state = 'awaiting_firm' THEN firm_id IS NULL WHEN state = 'at_work' THEN firm_id IS NOT NULL"
            f" WHEN state IN {HANDED_IN} THEN firm_id IS NOT NULL AND round > 0 ELSE true END",
            name="state_is_what_was_done",
        ),
        CheckConstraint(
            "state <> 'accepted' OR opinion IN ('unqualified', 'qualified')", name="accepted_is_acceptable"
        ),
        Index("uq_audit_live", "project_id", unique=True, postgresql_where=text("state <> 'cancelled'")),
        Index("ix_audit_project_id", "project_id"),
        Index("ix_audit_firm_id", "firm_id", postgresql_where=text("firm_id IS NOT NULL")),
    )

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    state: Mapped[str] = mapped_column(Text)
    firm_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    round: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    number: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)
    cpa_one: Mapped[str | None] = mapped_column(Text)
    cpa_two: Mapped[str | None] = mapped_column(Text)
    independence: Mapped[str | None] = mapped_column(Text)
    period_from: Mapped[date | None]
    period_until: Mapped[date | None]
    received: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    opinion: Mapped[str | None] = mapped_column(Text)
    findings: Mapped[str | None] = mapped_column(Text)
    claimed: Mapped[int | None]
    disallowed: Mapped[int | None]
    audited: Mapped[int | None]
    other_fiscal: Mapped[int | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]


class AuditLine(Base):
    """One line of spending in one round of an audit; written once."""

    __tablename__ = "audit_line"
    __table_args__ = (
        UniqueConstraint("audit_id", "round", "position"),
        CheckConstraint("least(budget, claimed, disallowed, audited) >= 0", name="amounts_are_not_negative"),
        CheckConstraint("claimed - disallowed = audited", name="adds_up"),
        CheckConstraint("disallowed = 0 OR btrim(reason) <> ''", name="a_disallowance_has_a_reason"),
        CheckConstraint("btrim(item) <> ''", name="item_is_there"),
    )

    id: Mapped[Serial]
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.case_id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    position: Mapped[int] = mapped_column(SmallInteger)
    item: Mapped[str] = mapped_column(Text)
    budget: Mapped[int]
    claimed: Mapped[int]
    disallowed: Mapped[int]
    audited: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, server_default="")


class AuditDraft(Base):
    """A report as one accountant has typed it so far; nobody else sees it, and it goes with the submission.

    `version` counts the saves: a window that is behind learns of it instead of overwriting.
    """

    __tablename__ = "audit_draft"
    __table_args__ = (
        CheckConstraint("jsonb_typeof(typed) = 'object'", name="typed_is_an_object"),
        CheckConstraint("octet_length(typed::text) <= 500000", name="typed_is_short"),
        CheckConstraint("version > 0", name="version_is_positive"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("audit.case_id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    typed: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")
