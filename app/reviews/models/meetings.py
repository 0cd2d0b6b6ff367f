"""Meetings of the joint panel: the list, who is there, the minutes, and the result as it was put on paper.

The votes and decisions themselves are acts on each project; a meeting only gathers them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial

#: How somebody took part in a meeting, with the words users read.
PRESENCE_LABELS = {"room": "现场出席", "online": "线上出席", "absent": "缺席"}
_MODES = ", ".join(repr(mode) for mode in PRESENCE_LABELS)


class JointMeeting(Base):
    """One meeting on the projects of one budget year; at most one of a year is open.

    `envelope` (fen) is what the meeting means to hand out at most, where that was said. `result` is
    all that the paper of the meeting says, kept when the meeting is closed together with its SHA-256
    (RFC 8785), so that the paper is the same bytes for ever.
    """

    __tablename__ = "joint_meeting"
    __table_args__ = (
        CheckConstraint("num_nulls(closed_at, closed_by_id, result, result_hash) IN (0, 4)", name="is_closed_whole"),
        CheckConstraint("btrim(place) <> ''", name="place_is_there"),
        CheckConstraint("envelope > 0", name="envelope_is_positive"),
        CheckConstraint("version > 0", name="version_is_positive"),
        CheckConstraint("result_hash ~ '^[0-9a-f]{64}$'", name="result_hash_is_sha256"),
        Index("uq_joint_meeting_open", "programme_year_id", unique=True, postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[Serial]
    pid: Mapped[UUID] = mapped_column(unique=True)
    programme_year_id: Mapped[int] = mapped_column(ForeignKey("programme_year.case_id"), index=True)
    held_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(Text)
    envelope: Mapped[int | None]
    minutes: Mapped[str] = mapped_column(Text, server_default="")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    result_hash: Mapped[str | None] = mapped_column(Text)


class JointMeetingProject(Base):
    """A project on the list of a meeting; `sitting` says which round of its votes belongs to the meeting."""

    __tablename__ = "joint_meeting_project"
    __table_args__ = (
        CheckConstraint("sitting > 0", name="sitting_is_positive"),
        Index("ix_joint_meeting_project_meeting_id", "meeting_id"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"), primary_key=True, autoincrement=False)
    sitting: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("joint_meeting.id"))


class JointMeetingPresence(Base):
    """How one member took part in a meeting."""

    __tablename__ = "joint_meeting_presence"
    __table_args__ = (CheckConstraint(f"mode IN ({_MODES})", name="mode_is_known"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("joint_meeting.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False)
    mode: Mapped[str] = mapped_column(Text)
