"""Programmes, their budget years, the dated policy versions, and calls (申报通知)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial


class Programme(Base):
    """A standing purpose; its money comes by the year."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9-]{1,30}$'", name="code_is_short"),
        CheckConstraint("btrim(name) <> ''", name="name_is_there"),
    )

    id: Mapped[Serial]
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class ProgrammeYear(Base):
    """One budget year of a programme: a case of its own, whose acts give and cut the budget."""

    __tablename__ = "programme_year"
    __table_args__ = (
        UniqueConstraint("programme_id", "year"),
        CheckConstraint("year BETWEEN 2010 AND 2100", name="year_is_plausible"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, autoincrement=False)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    year: Mapped[int] = mapped_column(SmallInteger)


class PolicyVersion(Base):
    """One dated set of rules, written once: a project keeps the version it was declared under.

    `sources` names, by rule, the document of a number that is not that of the built-in set; `drawn_from_id`
    is the version this one was made from.
    """

    __tablename__ = "policy_version"
    __table_args__ = (
        CheckConstraint("jsonb_typeof(body) = 'object'", name="body_is_an_object"),
        CheckConstraint("jsonb_typeof(sources) = 'object'", name="sources_are_by_rule"),
    )

    id: Mapped[Serial]
    key: Mapped[str] = mapped_column(Text, unique=True)
    effective_on: Mapped[date]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    drawn_from_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"))
    sources: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))


class Call(Base):
    """One dated opening (申报通知): when, where, for what, under which policy, with what budget in fen."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("btrim(title) <> ''", name="title_is_there"),
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("budget > 0", name="budget_is_positive"),
        CheckConstraint("cardinality(areas) > 0 AND cardinality(fields) > 0", name="areas_and_fields_are_there"),
        Index("ix_call_closes_at", text("closes_at DESC"), text("id DESC")),
    )

    id: Mapped[Serial]
    code: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    programme_year_id: Mapped[int] = mapped_column(ForeignKey("programme_year.case_id"))
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    areas: Mapped[list[str]] = mapped_column(ARRAY(Text))
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    budget: Mapped[int]
    created_at: Mapped[datetime]
