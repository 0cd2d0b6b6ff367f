"""What was checked when an expert was assigned, and what may be compared of where experts live and bank."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class ContactMark(Base):
    """The keyed hash of an expert's normalised address, telephone or bank account; the value itself is not kept."""

    __tablename__ = "contact_mark"
    __table_args__ = (
        CheckConstraint("kind IN ('address', 'phone', 'account')", name="kind_is_known"),
        CheckConstraint("mark ~ '^[0-9a-f]{64}$'", name="mark_is_sha256"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    mark: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class AssignmentCheck(Base):
    """What spoke against an expert at the moment of assignment, and why he or she was assigned all the same.

    `findings` are those of `workflows.conflicts` as data; none of them is hard. `draw_id` names the
    draw by which the expert came; without it he or she was named by hand. Written once.
    """

    __tablename__ = "assignment_check"
    __table_args__ = (
        CheckConstraint("jsonb_typeof(findings) = 'array'", name="findings_are_a_list"),
        CheckConstraint("""NOT findings @> '[{"weight": "hard"}]'""", name="nothing_hard"),
        CheckConstraint("findings = '[]' OR btrim(reason) <> ''", name="soft_is_explained"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.case_id"), primary_key=True, autoincrement=False)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    draw_id: Mapped[int | None] = mapped_column(ForeignKey("expert_draw.id"))
    checked_at: Mapped[datetime]
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
