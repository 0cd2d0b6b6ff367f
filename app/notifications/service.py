"""What a person does with messages and letters; each function is one transaction."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.database import Missing, locked, transaction
from app.notifications.models import KINDS, WAY_LABELS, Letter, MailChoice, Notification
from app.outbox.service import defer
from app.people.permissions import Actor
from app.refusals import FieldRefused
from workflows.definition import because
from workflows.engine import Refused

#: The task that sends one letter.
SEND = "notifications.send"


def mark_read(notification_id: int, *, actor: Actor, read: bool, now: datetime) -> None:
    """Mark one's own message as read or as unread again; `Missing` for another's."""
    with transaction() as session:
        mine = select(Notification.id).where(Notification.id == notification_id, Notification.user_id == actor.user_id)
        if session.scalar(mine) is None:
            raise Missing(f"Notification {notification_id}")
        session.execute(
            update(Notification)
            .where(Notification.id == notification_id, Notification.read_at.is_(None) == read)
            .values(read_at=now if read else None)
        )


def mark_all_read(up_to: int, *, actor: Actor, now: datetime) -> None:
    """Mark everything up to this message as read; what came after the page was shown stays unread."""
    with transaction() as session:
        session.execute(
            update(Notification)
            .where(Notification.user_id == actor.user_id, Notification.id <= up_to, Notification.read_at.is_(None))
            .values(read_at=now)
        )


def choose_ways(chosen: dict[str, str], *, actor: Actor) -> None:
    """Remember how a person wants to be told of each kind. FieldRefused for what cannot be chosen."""
    for kind, way in chosen.items():
        if kind not in KINDS or way not in WAY_LABELS:
            raise FieldRefused(kind, because("没有这个选项。"))
    with transaction() as session:
        rows = [{"user_id": actor.user_id, "kind": kind, "way": way} for kind, way in chosen.items()]
        wanted = insert(MailChoice).values(rows)
        session.execute(
            wanted.on_conflict_do_update(
                index_elements=[MailChoice.user_id, MailChoice.kind], set_={"way": wanted.excluded.way}
            )
        )


def send_again(letter_id: int) -> None:
    """Try a failed letter anew; Refused for one that did not fail."""
    with transaction() as session:
        letter = locked(session, Letter, letter_id)
        if letter.state != "failed":
            raise Refused(because("只有发送失败的邮件可以重新发送。"))
        letter.state, letter.tries = "waiting", 0
        defer(session, SEND, letter_id=letter_id)
