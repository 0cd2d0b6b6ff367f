"""What a person does with messages and letters; each function is one transaction."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.collaborators import Collaborators
from app.database import Missing, db, locked, transaction
from app.notifications.models import KINDS, OF_LINKS, WAY_LABELS, Letter, MailChoice, Notification
from app.outbox.service import defer
from app.people.models import AccountLink, User
from app.people.permissions import Actor
from app.people.service import NewPerson, add_user, normal_email
from app.people.service.links import make_link, refuse_own
from app.people.service.sessions import hash_of
from app.refusals import FieldRefused
from app.registers.service import record_change
from workflows.definition import because
from workflows.engine import Refused

#: The task that sends one letter.
SEND = "notifications.send"
#: The task that looks whether anybody has the name of which the password was forgotten.
FORGOTTEN = "notifications.forgotten"


def begin_letter(session: Session, letter: Letter, now: datetime) -> int:
    """Write a letter down together with the job that sends it; its id."""
    letter.key, letter.created_at = uuid4(), now
    session.add(letter)
    session.flush()
    defer(session, SEND, letter_id=letter.id)
    return letter.id


def send_link(
    session: Session,
    user_id: int,
    purpose: str,
    *,
    tools: Collaborators,
    by: int | None = None,
    organisation_id: int | None = None,
    role: str | None = None,
) -> str:
    """Make a link to an account and the letter that carries it, in the caller's transaction.

    Without a mail server the address is returned, to be shown this once and handed over; else "".
    """
    link = make_link(session, user_id, purpose, vault=tools.vault, by=by, organisation_id=organisation_id, role=role)
    if not tools.settings.smtp_host:
        return address_of(link, tools)
    letter = Letter(user_id=user_id, template=OF_LINKS[purpose], link_id=link.id)
    begin_letter(session, letter, tools.clock.now())
    return ""


def address_of(link: AccountLink, tools: Collaborators) -> str:
    """The address that a letter names: the word in it is made anew, since it is nowhere kept."""
    word = next((each for each in tools.vault.words(link.nonce) if hash_of(each) == link.hash), "")
    return f"{tools.settings.public_url.rstrip('/')}/choose-password?link={word}"


def send_account_link(user_id: int, *, by: int, tools: Collaborators) -> str:
    """Send a person who has no password an invitation, and anybody else a way to choose another one.

    What counts until then stays as it is. Not to oneself. The address where there is no mail server.
    """
    refuse_own(user_id, by)
    with transaction() as session:
        user = locked(session, User, user_id)
        record_change(
            session, "person", user.email, after={"link": "sent"}, action="change", by=by, now=tools.clock.now()
        )
        return send_link(session, user_id, "new_password" if user.password else "invitation", tools=tools, by=by)


def ask_for_password(email: str) -> None:
    """Somebody forgot a password. The worker looks whether anybody has this name, so no answer can tell."""
    with transaction() as session:
        defer(session, FORGOTTEN, email=email)


def invite(email: str, name: str, role: str, *, organisation_id: int, by: int, tools: Collaborators) -> str:
    """Invite somebody into an organisation; nothing is granted before the link is followed.

    Whether the address has an account already makes no difference to whoever invites.
    """
    if not (tools.settings.smtp_host or tools.settings.clock_can_be_moved):
        # Whoever is shown the link could choose the password of another person's account.
        raise FieldRefused("email", because("本系统未配置邮件服务器，请联系系统管理员建立账户。"))
    email = normal_email(email)
    user_id = db.session().scalar(select(User.id).where(User.email == email))
    db.session().rollback()
    if user_id is None:
        user_id = add_user(NewPerson(email=email, name=name), now=tools.clock.now(), granted_by_id=by)
    with transaction() as session:
        return send_link(session, user_id, "joining", tools=tools, by=by, organisation_id=organisation_id, role=role)


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
