"""The declaration of an aid project (申报表): its head, budget lines and performance targets.

Source: design "Forms" 4.1-4.3. The amounts obey the policy's ratio and cap through the workflow;
what must hold whatever the workflow does is a CHECK here.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial
from app.grams import grams_column

SOURCES = ("grant", "own", "donated", "other_fiscal", "other")


class Project(Base):
    """One project. Amounts are fen; `declaration` holds the texts of the form by their field names.

    `planned_total` is all the money put into the project, the requested grant included.
    `content_version` counts the edits of the declaration and is what If-Match compares;
    `declared_hash` is the SHA-256 of its RFC 8785 text, which submitting binds into the chain.
    """

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("btrim(title) <> ''", name="title_is_there"),
        CheckConstraint("area_code IS NULL OR area_code ~ '^[0-9]{6}$'", name="area_code_is_six_digits"),
        CheckConstraint("starts_on <= ends_on", name="starts_before_it_ends"),
        CheckConstraint(
            "least(own_funds, donated, other_fiscal, other_funds, requested) >= 0", name="amounts_are_not_negative"
        ),
        CheckConstraint(
            "planned_total = own_funds + donated + other_fiscal + other_funds + requested", name="sources_add_up"
        ),
        CheckConstraint("suggested > 0 AND suggested <= requested", name="suggested_only_downwards"),
        CheckConstraint("approved > 0 AND approved <= suggested", name="approved_only_downwards"),
        Index("ix_project_grams", "grams", postgresql_using="gin"),
        # What lists are sorted by; rows without a value come last either way, for which one index is not enough.
        *(Index(f"ix_project_{name}", name, "case_id") for name in ("title", "requested", "approved", "submitted_at")),
        *(
            Index(f"ix_project_{name}_down", text(f"{name} DESC NULLS LAST"), text("case_id DESC"))
            for name in ("approved", "submitted_at")
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(Text, unique=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(Text)
    area_code: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(Text)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    declaration: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    own_funds: Mapped[int] = mapped_column(server_default="0")
    donated: Mapped[int] = mapped_column(server_default="0")
    other_fiscal: Mapped[int] = mapped_column(server_default="0")
    other_funds: Mapped[int] = mapped_column(server_default="0")
    requested: Mapped[int] = mapped_column(server_default="0")
    planned_total: Mapped[int] = mapped_column(server_default="0")
    suggested: Mapped[int | None]
    approved: Mapped[int | None]
    content_version: Mapped[int] = mapped_column(server_default="1")
    declared_hash: Mapped[str] = mapped_column(Text, server_default="")
    submitted_at: Mapped[datetime | None]
    made_up: Mapped[bool] = mapped_column(server_default=text("false"))
    grams: Mapped[Any] = grams_column("number || chr(10) || title || chr(10) || coalesce(place, '')")


class BudgetLine(Base):
    """One line of the budget: amount = quantity × unit price, paid from one source."""

    __tablename__ = "budget_line"
    __table_args__ = (
        UniqueConstraint("project_id", "position"),
        CheckConstraint(f"paid_from IN ({', '.join(map(repr, SOURCES))})", name="paid_from_is_known"),
        CheckConstraint("quantity > 0 AND unit_price >= 0", name="quantity_is_positive"),
        CheckConstraint("amount = quantity * unit_price", name="amount_is_quantity_times_price"),
    )

    id: Mapped[Serial]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    category: Mapped[str] = mapped_column(Text)
    item: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    unit_price: Mapped[int]
    amount: Mapped[int]
    paid_from: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text, server_default="")


class PerformanceTarget(Base):
    """One line of the performance table (绩效目标表): what is promised and how it is measured."""

    __tablename__ = "performance_target"
    __table_args__ = (
        UniqueConstraint("project_id", "position"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight_is_points"),
    )

    id: Mapped[Serial]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    level_one: Mapped[str] = mapped_column(Text)
    level_two: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text, server_default="")
    weight: Mapped[int] = mapped_column(SmallInteger)


class DraftField(Base):
    """One field of a draft exactly as somebody typed it, by the name it has in the form.

    A row exists for every field from the first change on the pages; before that the declaration says all.
    `wrong` marks what cannot be read as a value yet: it counts as a gap. Unknown hands saved the fields
    that nobody has changed since.
    """

    __tablename__ = "draft_field"
    __table_args__ = (
        CheckConstraint("name ~ '^[a-z_]{1,40}(-[a-z0-9]{1,12}){0,1}(-[a-z_]{1,40}){0,1}$'", name="name_is_a_field"),
        CheckConstraint("char_length(text) <= 20000", name="text_is_bounded"),
        CheckConstraint("(saved_by_id IS NULL) = (saved_at IS NULL)", name="saved_by_somebody"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    wrong: Mapped[bool] = mapped_column(server_default=text("false"))
    text: Mapped[str] = mapped_column(Text)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    saved_at: Mapped[datetime | None]


class DraftPresence(Base):
    """Who has a draft open, in which step, and when he or she was last heard of."""

    __tablename__ = "draft_presence"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime]


class KeptForm(Base):
    """What somebody sent after the session had ended; shown again to that person alone after sign-in."""

    __tablename__ = "kept_form"
    __table_args__ = (Index("ix_kept_form_project_id", "project_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"), primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kept_at: Mapped[datetime]


class DeclarationSnapshot(Base):
    """The declaration as one submission said it: the RFC 8785 text whose SHA-256 the act is bound to."""

    __tablename__ = "declaration_snapshot"
    __table_args__ = (
        CheckConstraint("declared_hash = encode(sha256(body), 'hex')", name="hash_is_of_the_body"),
        Index("ix_declaration_snapshot_project_id", "project_id", "event_id"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    declared_hash: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
