"""The tables of the workbench; no row here changes where a case stands."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial

LONGEST_VIEW_NAME = 40
LONGEST_QUERY = 1000
LONGEST_NOTE = 5000


class Look(Base):
    """How far a person has read the chain of a project.

    `seq` is the head of the chain at the last look, `since_seq` what it was when the present visit
    began, so that what is new stays marked while somebody goes to and fro. `since_at` is null during
    the first visit of all, when nothing is marked.
    """

    __tablename__ = "look"
    __table_args__ = (
        CheckConstraint("since_seq <= seq", name="seen_in_order"),
        Index("ix_look_recent", "user_id", text("at DESC")),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    seq: Mapped[int]
    at: Mapped[datetime]
    since_seq: Mapped[int]
    since_at: Mapped[datetime | None]


class Pin(Base):
    """A project that a person keeps at the top of the search page."""

    __tablename__ = "pin"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    at: Mapped[datetime]


class SavedView(Base):
    """A named set of filters of one person on one page; at most one of a page is where it opens."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("user_id", "page", "name"),
        CheckConstraint("page IN ('inbox', 'projects')", name="page_is_known"),
        CheckConstraint(f"btrim(name) <> '' AND char_length(name) <= {LONGEST_VIEW_NAME}", name="name_is_there"),
        CheckConstraint(f"char_length(query) <= {LONGEST_QUERY}", name="query_is_short"),
        Index("uq_saved_view_default", "user_id", "page", unique=True, postgresql_where=text("is_default")),
    )

    id: Mapped[Serial]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    page: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(server_default=false())
    saved_at: Mapped[datetime]


class Note(Base):
    """What one officer tells the others about a project; written once, never part of a decision."""

    __tablename__ = "note"
    __table_args__ = (
        CheckConstraint("role IN ('accepting_unit', 'fund_office', 'secretary')", name="role_is_an_office"),
        CheckConstraint(f"btrim(text) <> '' AND char_length(text) <= {LONGEST_NOTE}", name="text_is_there"),
        Index("ix_note_root_id", "root_id", "id"),
    )

    id: Mapped[Serial]
    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    role: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class Assignment(Base):
    """Which colleague sees to a case while this role holds it; it sorts the inbox and gives no right."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_by_somebody"),
        Index("uq_assignment_live", "case_id", "role", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_assignment_user_id", "user_id", "case_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Serial]
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    role: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    assigned_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class Checklist(Base):
    """What one officer found at one stage of a project so far: a draft of his or her opinion.

    `content`: {"checks": {key: {"result": "yes"|"no"|"", "note": text}}, "items": [text]}.
    """

    __tablename__ = "checklist"

    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]


class Reminder(Base):
    """That the holder of a case was asked to see to it; once a day (of Shanghai) for each case."""

    __tablename__ = "reminder"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    sent_on: Mapped[date] = mapped_column(primary_key=True)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    sent_at: Mapped[datetime]
    to_role: Mapped[str] = mapped_column(Text)
