"""Messages as rows: written in the transaction of the act that causes them, sent by a job later."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial


class Message(Base):
    """Words of `template` for everybody who holds `to_role` on the case, about one event.

    What is for one person alone is addressed to the role and that person, see `to_one`. `event_id` is null
    for reminders and assignments, which tell of no act. `due_at` is the term of which a message tells in
    advance. Once handed out, the message is with each of its `recipients` people.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'handed_out')", name="state_is_known"),
        Index("ix_message_case_id", "case_id"),
        Index("ix_message_event_id", "event_id"),
        Index("ix_message_waiting", "id", postgresql_where=text("state = 'waiting'")),
        # People are told once that a term is about to end.
        Index("uq_message_due_soon", "case_id", "due_at", unique=True, postgresql_where=text("template = 'due_soon'")),
    )

    id: Mapped[Serial]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    template: Mapped[str] = mapped_column(Text)
    to_role: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    due_at: Mapped[datetime | None]
    recipients: Mapped[int | None]
