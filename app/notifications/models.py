"""What each person was told, the letters that went out, and how each wants to be written to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial
from app.people.models import one_of

#: Kinds of what people are told, with the words they read when they choose.
KINDS = {"task": "需要我办理的事项", "deadline": "期限提醒与催办", "progress": "项目进展与结果"}
#: Ways in which a kind reaches a person. In the application everything is shown, whatever is chosen.
WAY_LABELS = {"at_once": "即时邮件", "digest": "每日摘要", "in_app": "仅站内消息"}
AT_ONCE, DIGEST, IN_APP = WAY_LABELS
#: The letter that gathers the messages of a day; no message has this template.
DAILY = "_digest"
#: Letters that carry a link to one's account, by what the link is for; they tell of no case.
OF_LINKS = {"invitation": "_invitation", "new_password": "_new_password", "joining": "_joining"}
#: Templates about terms.
DEADLINES = frozenset({"due_soon", "overdue", "reminded"})
#: Templates that tell what happened and ask for nothing.
NEWS = frozenset(
    {"agreement_signed", "announced", "approved", "change_accepted", "change_refused", "clawback_opened", "closed"}
    | {"declaration_received", "lapsed", "notice_published", "paid", "rejected", "resumed", "settled", "suspended"}
    | {"terminated"}
)
#: States of a letter, with the words of the log.
STATES = {"waiting": "待发送", "sending": "发送中", "sent": "已发送", "failed": "发送失败", "dropped": "已取消"}


def kind_of(template: str) -> str:
    """Which kind a message of this template is; what is not known asks for something."""
    if template in DEADLINES:
        return "deadline"
    return "progress" if template in NEWS else "task"


class Letter(Base):
    """One mail to one person.

    A letter is claimed (`sending`, one more try) and committed before SMTP is spoken, and marked after.
    Found as `sending` at the start of a job it was left by one that died: it is sent again, under the
    same Message-ID, which is made of `key`. `answer` is what the mail server said last. `day` is that of
    a digest in Shanghai: one a day for each person.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("user_id", "day"),
        CheckConstraint(one_of("state", tuple(STATES)), name="state_is_known"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_a_time"),
        CheckConstraint(f"(template = '{DAILY}') = (day IS NOT NULL)", name="a_digest_has_a_day"),
        CheckConstraint("tries >= 0", name="tries_are_counted"),
        CheckConstraint(
            f"({one_of('template', tuple(OF_LINKS.values()))}) = (link_id IS NOT NULL)", name="links_have_one"
        ),
        Index("ix_letter_state", "state", text("id DESC")),
    )

    id: Mapped[Serial]
    key: Mapped[UUID] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    template: Mapped[str] = mapped_column(Text)
    day: Mapped[date | None]
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    tries: Mapped[int] = mapped_column(server_default="0")
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, server_default="")
    link_id: Mapped[int | None] = mapped_column(ForeignKey("account_link.id"), index=True)


class Notification(Base):
    """A message as one person got it. `letter_id` is the mail that told of it, `way` how it was to be told."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("message_id", "user_id"),
        CheckConstraint(one_of("way", tuple(WAY_LABELS)), name="way_is_known"),
        Index("ix_notification_user_id", "user_id", text("id DESC")),
        Index("ix_notification_unread", "user_id", "id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notification_letter_id", "letter_id", postgresql_where=text("letter_id IS NOT NULL")),
        Index(
            "ix_notification_digest",
            "user_id",
            "created_at",
            postgresql_where=text("way = 'digest' AND letter_id IS NULL AND read_at IS NULL"),
        ),
    )

    id: Mapped[Serial]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    way: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))


class MailChoice(Base):
    """How a person wants to be told of a kind; without a row at once."""

    __tablename__ = "mail_choice"
    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind_is_known"),
        CheckConstraint(one_of("way", tuple(WAY_LABELS)), name="way_is_known"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    way: Mapped[str] = mapped_column(Text)
