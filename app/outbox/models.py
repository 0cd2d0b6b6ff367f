"""Messages as rows: written in the transaction of the act that causes them, sent by a job later."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial


class Message(Base):
    """Words of `template` for everybody who holds `to_role` on the case, about one event.

    `event_id` is null only for reminders of the clock, which tell of a term and not of an act. A message
    is `kept` when no mail server is configured: it is then to be read in the application only.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'kept', 'failed')", name="state_is_known"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_a_time"),
        Index("ix_message_case_id", "case_id"),
        Index("ix_message_event_id", "event_id"),
        Index("ix_message_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[Serial]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    template: Mapped[str] = mapped_column(Text)
    to_role: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    sent_at: Mapped[datetime | None]
    recipients: Mapped[int | None]
