"""The chain of events: every act on a project in exact bytes, each naming the one before it.

Source: design "Evidence". Two foreign keys on the row itself make the chain and the order of the
stages hold in the database, so a fork, a gap, an edit or a deletion is refused even to raw SQL.
"""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial


class Event(Base):
    """One act, written once.

    `seq` counts the events of a project (the root case) from 1; `case_prev_seq` is the seq of the
    previous event of the same case, so that each life inside the project is a chain of its own.
    `body` is the RFC 8785 text exactly as it was hashed; `hash` is sha256(0x00 || body), which is
    the RFC 6962 leaf hash too.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("root_id", "seq", "hash"),
        UniqueConstraint("root_id", "seq", "root_to"),
        UniqueConstraint("root_id", "seq"),
        UniqueConstraint("case_id", "seq", "case_to"),
        UniqueConstraint("case_id", "case_prev_seq"),
        ForeignKeyConstraint(["case_id", "root_id"], ["case.id", "case.root_id"], name="fk_event_case"),
        ForeignKeyConstraint(
            ["root_id", "prev_seq", "prev_hash"],
            ["event.root_id", "event.seq", "event.hash"],
            name="fk_event_chain",
        ),
        ForeignKeyConstraint(
            ["root_id", "prev_seq", "root_from"],
            ["event.root_id", "event.seq", "event.root_to"],
            name="fk_event_root_stage",
        ),
        ForeignKeyConstraint(
            ["case_id", "case_prev_seq", "case_from"],
            ["event.case_id", "event.seq", "event.case_to"],
            name="fk_event_case_stage",
        ),
        ForeignKeyConstraint(
            ["root_id", "actor_id", "duty"],
            ["duty.root_id", "duty.user_id", "duty.duty"],
            name="fk_event_duty",
        ),
        Index("uq_event_opening", "case_id", unique=True, postgresql_where=text("case_prev_seq IS NULL")),
        Index("uq_event_request_key", "request_key", unique=True, postgresql_where=text("request_key IS NOT NULL")),
        CheckConstraint("seq >= 1 AND (seq = 1) = (prev_seq IS NULL)", name="chain_starts_at_one"),
        CheckConstraint("prev_seq = seq - 1", name="chain_has_no_gap"),
        CheckConstraint("(prev_seq IS NULL) = (prev_hash IS NULL)", name="previous_is_hashed"),
        CheckConstraint("(prev_seq IS NULL) = (root_from IS NULL)", name="root_comes_from_a_stage"),
        CheckConstraint("(case_prev_seq IS NULL) = (case_from IS NULL)", name="case_comes_from_a_stage"),
        CheckConstraint("case_prev_seq < seq", name="case_goes_forward"),
        CheckConstraint(
            "CASE WHEN case_id = root_id THEN case_to = root_to AND case_from IS NOT DISTINCT FROM root_from"
            " ELSE root_from = root_to END",
            name="only_the_root_moves_the_root",
        ),
        CheckConstraint(
            "(duty IS NULL) = (role IN ('system', 'public', 'parent')) AND (duty IS NULL OR actor_id IS NOT NULL)",
            name="a_person_acts_in_a_duty",
        ),
        CheckConstraint("(request_key IS NULL) = (request_hash IS NULL)", name="request_is_hashed"),
        CheckConstraint("octet_length(body) < 60000", name="body_is_short"),
        CheckConstraint(
            "(convert_from(body, 'UTF8')::json ->> 'seq')::bigint = seq"
            " AND convert_from(body, 'UTF8')::json ->> 'type' = action"
            " AND convert_from(body, 'UTF8')::json ->> 'prev' = coalesce(encode(prev_hash, 'hex'), '')",
            name="body_says_the_same",
        ),
    )

    id: Mapped[Serial]
    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    seq: Mapped[int]
    case_id: Mapped[int]
    prev_seq: Mapped[int | None]
    prev_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    case_prev_seq: Mapped[int | None]
    action: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    duty: Mapped[str | None] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    case_from: Mapped[str | None] = mapped_column(Text)
    case_to: Mapped[str] = mapped_column(Text)
    root_from: Mapped[str | None] = mapped_column(Text)
    root_to: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    request_key: Mapped[str | None] = mapped_column(Text)
    request_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary, Computed("sha256('\\x00'::bytea || body)", persisted=True))


class EventPrivate(Base):
    """What an act said in full, and the salt of its commitment; erasable without hurting the chain."""

    __tablename__ = "event_private"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[bytes] = mapped_column(LargeBinary)
