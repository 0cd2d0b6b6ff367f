"""Notices that the public reads and objections that it raises.

A notice repeats what was published, so that a later edit of the project changes no notice. Columns
marked `personal` say who objected; only those who decide the objection read them.
"""

from datetime import date, datetime

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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial

PERSONAL = {"personal": True}


class Notice(Base):
    """One publication: publicity (公示), announcement (公告) or result. Amounts are fen.

    Only a publicity runs: from `first_day` to `last_day`, both working days in Shanghai, over at
    `closes_at`, the midnight after. While an objection is held it is suspended and has no end.
    `days_left` are the working days of the present run when it began or, while suspended, those
    that were not fully served.

    `year` is the budget year that pays, `area` the prefix of the aided area under the policy of the
    project, and `social` what society puts in by the declaration: own money, donations and other
    money that is not fiscal. The public statistics are sums over these rows, see `PublicFigure`.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("project_id", "kind"),
        CheckConstraint("kind IN ('publicity', 'announcement', 'result')", name="kind_is_known"),
        CheckConstraint(
            "(kind = 'publicity') = (first_day IS NOT NULL) AND (kind = 'publicity') = (days_left IS NOT NULL)",
            name="only_a_publicity_runs",
        ),
        CheckConstraint(
            "(kind = 'publicity' AND suspended_at IS NULL) = (closes_at IS NOT NULL)", name="runs_or_is_suspended"
        ),
        CheckConstraint("(closes_at IS NULL) = (last_day IS NULL)", name="end_has_a_day"),
        CheckConstraint("suspended_at IS NULL OR kind = 'publicity'", name="only_a_publicity_is_suspended"),
        CheckConstraint("first_day <= last_day", name="begins_before_it_ends"),
        CheckConstraint("days_left > 0", name="days_are_left"),
        CheckConstraint("amount >= 0", name="amount_is_not_negative"),
        CheckConstraint("social >= 0", name="social_is_not_negative"),
        CheckConstraint("btrim(contact) <> ''", name="contact_is_there"),
    )

    id: Mapped[Serial]
    kind: Mapped[str] = mapped_column(Text)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    number: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    organisation: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    year: Mapped[int] = mapped_column(SmallInteger)
    field: Mapped[str] = mapped_column(Text)
    area: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    social: Mapped[int]
    experts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    contact: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    closes_at: Mapped[datetime | None]
    days_left: Mapped[int | None]
    suspended_at: Mapped[datetime | None]


Index("ix_notice_published", Notice.kind, Notice.published_at.desc(), Notice.id.desc())
Index("ix_notice_shown", Notice.published_at.desc(), Notice.id.desc(), postgresql_where=Notice.kind != text("'result'"))
Index("ix_notice_running", Notice.closes_at, postgresql_where=Notice.kind == text("'publicity'"))
Index("ix_notice_organisation", Notice.organisation_id, Notice.id.desc())


class PublicFigure(Base):
    """The sums of the announcements and results of one budget year, field and area, in fen.

    Triggers of the database keep them, in the transaction that announces, publishes a result, or ends
    a project without its money; the application only reads them.
    """

    __tablename__ = "public_figure"
    __table_args__ = (
        CheckConstraint("least(projects, granted, social, paid) >= 0", name="nothing_is_negative"),
    )  # fmt: skip

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    field: Mapped[str] = mapped_column(Text, primary_key=True)
    area: Mapped[str] = mapped_column(Text, primary_key=True)
    projects: Mapped[int]
    granted: Mapped[int]
    social: Mapped[int]
    paid: Mapped[int]


class Objection(Base):
    """One objection to a project shown to the public, and how it was decided."""

    __tablename__ = "objection"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "project_id"], ["case.id", "case.root_id"], name="fk_objection_case"),
        CheckConstraint("outcome IN ('upheld', 'refuted', 'dropped')", name="outcome_is_known"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decision_has_a_time"),
        CheckConstraint(
            "(outcome IS NOT NULL AND outcome <> 'dropped') = (reason IS NOT NULL)", name="decision_has_a_reason"
        ),
        CheckConstraint("(reason IS NULL) = (decided_by_id IS NULL)", name="reason_has_an_author"),
        CheckConstraint("decided_at >= received_at", name="received_before_it_is_decided"),
        Index("ix_objection_project_id", "project_id"),
        Index("ix_objection_open", "project_id", postgresql_where=text("outcome IS NULL")),
    )

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int]
    objector: Mapped[str] = mapped_column(Text, info=PERSONAL)
    contact: Mapped[str] = mapped_column(Text, info=PERSONAL)
    statement: Mapped[str] = mapped_column(Text, info=PERSONAL)
    received_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
