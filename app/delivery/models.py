"""The tables of progress reports and change requests. Money is fen, dates are Shanghai's."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base

#: What may change in a running project; the money never does. Source: design "The stages", 变更.
CHANGEABLE = {"ends_on": "结束日期", "place": "实施地点", "title": "项目名称", "budget_note": "预算说明"}


class ProgressReport(Base):
    """One report on a period. `round` counts its submissions: 1, and one more for each correction."""

    __tablename__ = "progress_report"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "project_id"], ["case.id", "case.root_id"], name="fk_progress_report_case"),
        CheckConstraint("period_from <= period_until", name="period_begins_before_it_ends"),
        CheckConstraint("spent >= 0", name="spent_is_not_negative"),
        CheckConstraint("beneficiaries >= 0", name="beneficiaries_are_not_negative"),
        CheckConstraint("btrim(summary) <> ''", name="summary_is_there"),
        CheckConstraint("round >= 1", name="round_counts"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decision_is_whole"),
        CheckConstraint(
            "CASE state WHEN 'submitted' THEN decided_at IS NULL WHEN 'confirmed' THEN decided_at IS NOT NULL"
            " WHEN 'returned' THEN decided_at IS NOT NULL AND remark IS NOT NULL ELSE true END",
            name="state_is_what_was_decided",
        ),
        Index(
            "uq_progress_report_final",
            "project_id",
            unique=True,
            postgresql_where=text("final AND state <> 'cancelled'"),
        ),
        Index("ix_progress_report_project_id", "project_id"),
    )

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    state: Mapped[str] = mapped_column(Text)
    round: Mapped[int]
    final: Mapped[bool]
    period_from: Mapped[date]
    period_until: Mapped[date]
    summary: Mapped[str] = mapped_column(Text)
    spent: Mapped[int]
    beneficiaries: Mapped[int]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    filed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    remark: Mapped[str | None] = mapped_column(Text)


class ChangeRequest(Base):
    """One request to change a running project: what, from which value to which, and why."""

    __tablename__ = "change_request"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "project_id"], ["case.id", "case.root_id"], name="fk_change_request_case"),
        CheckConstraint(f"what IN ({', '.join(map(repr, CHANGEABLE))})", name="what_may_change"),
        CheckConstraint("new IS DISTINCT FROM old", name="something_changes"),
        CheckConstraint("btrim(new) <> ''", name="new_is_there"),
        CheckConstraint("what <> 'ends_on' OR new ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'", name="a_day_is_a_day"),
        CheckConstraint("btrim(reason) <> ''", name="reason_is_there"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decision_is_whole"),
        CheckConstraint(
            "CASE state WHEN 'submitted' THEN decided_at IS NULL WHEN 'accepted' THEN decided_at IS NOT NULL"
            " WHEN 'refused' THEN decided_at IS NOT NULL AND remark IS NOT NULL ELSE true END",
            name="state_is_what_was_decided",
        ),
        # Two requests about the same thing would each decide about a value the other one changes.
        Index(
            "uq_change_request_open",
            "project_id",
            "what",
            unique=True,
            postgresql_where=text("state = 'submitted'"),
        ),
        Index("ix_change_request_project_id", "project_id"),
    )

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    state: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    remark: Mapped[str | None] = mapped_column(Text)
