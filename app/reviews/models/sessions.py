"""When and where panels meet, what an expert is an expert in, and what stands in a sheet not handed in yet.

None of this decides anything: the panel itself is opened, and a sheet handed in, by acts of the workflow.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial


class ExpertProfile(Base):
    """What an expert knows about, by the keys of the policies' fields, as the secretary keeps it."""

    __tablename__ = "expert_profile"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class ReviewSession(Base):
    """One session of the panels of one or several projects: when, where, and by when the sheets are due.

    `version` counts the changes, which tells a calendar that its entry is out of date.
    """

    __tablename__ = "review_session"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_it_begins"),
        CheckConstraint("btrim(place) <> '' OR btrim(link) <> ''", name="is_somewhere"),
        CheckConstraint("version > 0", name="version_is_positive"),
    )

    id: Mapped[Serial]
    pid: Mapped[UUID] = mapped_column(unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(Text, server_default="")
    link: Mapped[str] = mapped_column(Text, server_default="")
    sheets_due_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, server_default="")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class ReviewSessionProject(Base):
    """A project on the list of a session; `entered_seq` names the visit to expert review, as for its panel."""

    __tablename__ = "review_session_project"
    __table_args__ = (Index("ix_review_session_project_session_id", "session_id"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"), primary_key=True, autoincrement=False)
    entered_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    session_id: Mapped[int] = mapped_column(ForeignKey("review_session.id"))


class SheetDraft(Base):
    """What an expert has typed into a sheet so far, by the names of the fields; gone once the sheet is in.

    The pair of keys ties a draft to the sheet of the very expert, so that no other can ever hold it.
    `version` counts the saves: a window that is behind learns of it instead of overwriting.
    """

    __tablename__ = "sheet_draft"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "expert_id"], ["score_sheet.case_id", "score_sheet.expert_id"], name="fk_sheet_draft_sheet"
        ),
        CheckConstraint("jsonb_typeof(typed) = 'object'", name="typed_is_an_object"),
        CheckConstraint("version > 0", name="version_is_positive"),
    )

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    expert_id: Mapped[int]
    typed: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default="1")
    saved_at: Mapped[datetime]
