"""Draws of experts by lot: the pool as it was frozen, the secret made after it, the result, and what followed.

All of it is append-only. Triggers make the secret and the nonce, so that nobody chooses them, and
refuse a member who joins or a draw that is made outside its own transaction.
"""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial


class ExpertDraw(Base):
    """A frozen pool for one visit of a project to expert review; a second round says why there is one.

    `document` is the canonical JSON of pool and quotas exactly as it was hashed, `commitment` the
    SHA-256 of the secret. The head of the project's chain says what had happened before.
    """

    __tablename__ = "expert_draw"
    __table_args__ = (
        UniqueConstraint("project_id", "entered_seq", "round"),
        CheckConstraint("round > 0", name="round_is_counted"),
        CheckConstraint("(round = 1) = (btrim(reason) = '')", name="another_round_has_a_reason"),
        CheckConstraint("octet_length(commitment) = 32", name="commitment_is_sha256"),
        ForeignKeyConstraint(
            ["project_id", "chain_seq", "chain_hash"],
            ["event.root_id", "event.seq", "event.hash"],
            name="fk_expert_draw_head",
        ),
    )

    id: Mapped[Serial]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    entered_seq: Mapped[int]
    round: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(Text, server_default="")
    document: Mapped[bytes] = mapped_column(LargeBinary)
    document_hash: Mapped[bytes] = mapped_column(LargeBinary, Computed("sha256(document)", persisted=True))
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    chain_seq: Mapped[int]
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary)
    frozen_at: Mapped[datetime]
    frozen_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class ExpertDrawMember(Base):
    """Who stands behind a reference of the pool; `salt` opens it to those who may know."""

    __tablename__ = "expert_draw_member"
    __table_args__ = (
        UniqueConstraint("draw_id", "user_id"),
        CheckConstraint("ref ~ '^[0-9a-f]{64}$'", name="ref_is_sha256"),
    )

    draw_id: Mapped[int] = mapped_column(ForeignKey("expert_draw.id"), primary_key=True, autoincrement=False)
    ref: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class ExpertDrawSecret(Base):
    """The secret of a draw; the application's roles have no right to it."""

    __tablename__ = "expert_draw_secret"
    __table_args__ = (CheckConstraint("octet_length(secret) = 32", name="secret_is_32_bytes"),)

    draw_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    written_in: Mapped[int]


class ExpertDrawResult(Base):
    """The secret told and the nonce made with it: from both and the frozen pool the whole order follows."""

    __tablename__ = "expert_draw_result"

    draw_id: Mapped[int] = mapped_column(ForeignKey("expert_draw.id"), primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    drawn_at: Mapped[datetime]
    drawn_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class ExpertDrawStep(Base):
    """Somebody drawn who does not sit, why, and who came next in the same order; None when nobody was left."""

    __tablename__ = "expert_draw_step"
    __table_args__ = (
        UniqueConstraint("draw_id", "ref_out"),
        CheckConstraint("why IN ('recused', 'barred', 'unavailable')", name="why_is_known"),
        CheckConstraint("position > 0", name="position_is_positive"),
        ForeignKeyConstraint(
            ["draw_id", "ref_out"],
            ["expert_draw_member.draw_id", "expert_draw_member.ref"],
            name="fk_expert_draw_step_out",
        ),
        ForeignKeyConstraint(
            ["draw_id", "ref_in"],
            ["expert_draw_member.draw_id", "expert_draw_member.ref"],
            name="fk_expert_draw_step_in",
        ),
    )

    draw_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ref_out: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    ref_in: Mapped[str | None] = mapped_column(Text)
    stepped_at: Mapped[datetime]
    stepped_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
