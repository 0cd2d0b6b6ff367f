"""Sending one letter: claim and commit, speak SMTP without a transaction, mark.

A crash in between leaves the letter `sending`, and the job is run again: a letter may come twice, under
the same Message-ID, and never not at all.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from smtplib import SMTPException, SMTPResponseException
from typing import Any
from urllib.parse import urlsplit

import procrastinate
import structlog
from flask import current_app
from flask_babel import force_locale
from flask_mailman import EmailMultiAlternatives
from flask_mailman.message import sanitize_address
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.barrier import asking
from app.database import db, transaction
from app.languages import DEFAULT
from app.notifications.letters import Written, write_letter, write_link
from app.notifications.models import Letter
from app.notifications.queries import told_by
from app.notifications.service import SEND, address_of
from app.outbox.service import task
from app.people.models import AccountLink, User
from app.people.queries import actor_of
from app.people.queries.links import link_by

log = structlog.get_logger()
#: A letter is given up after so many tries: with the waits between them, after about six hours.
MOST_TRIES = 8
#: Between tries, seconds: 4 to the power of the try, 16 to 65,536.
WAITS = procrastinate.RetryStrategy(max_attempts=None, exponential_wait=4)
#: From here on an answer of SMTP is no, and from there on it will be no tomorrow too.
NO, NEVER = 400, 500
#: Characters of an answer that are kept.
LONGEST_ANSWER = 500


class TryAgain(Exception):
    """The mail server did not take a letter; the queue runs the job again later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the mail server said in the end, or why it could not be asked."""

    text: str
    taken: bool = False
    final: bool = False


@task(SEND, retry=WAITS)
def send(*, letter_id: int) -> None:
    """Send a letter that waits, or that an earlier run left behind; anything else is done already."""
    now = current_app.extensions["aidflow"].clock.now()
    claimed = _claim(letter_id, now)
    if claimed is None:
        return
    envelope, tries = claimed
    # The connection goes back, so that a slow mail server holds nothing of the database.
    db.session.remove()
    answer = _post(envelope)
    state = "sent" if answer.taken else "failed" if answer.final or tries >= MOST_TRIES else "waiting"
    _mark(letter_id, state, answer.text, current_app.extensions["aidflow"].clock.now())
    log.info("letter_tried", letter=letter_id, state=state, tries=tries)
    if state == "waiting":
        raise TryAgain(answer.text)


def _claim(letter_id: int, now: datetime) -> tuple[EmailMultiAlternatives, int] | None:
    """Count one more try and write the letter; None when there is nothing to send."""
    with transaction() as session:
        letter = session.scalars(
            update(Letter)
            .where(Letter.id == letter_id, Letter.state.in_(("waiting", "sending")))
            .values(state="sending", tries=Letter.tries + 1, tried_at=now)
            .returning(Letter)
        ).one_or_none()
        if letter is None:
            return None
        user = session.get_one(User, letter.user_id)
        with force_locale(user.locale or DEFAULT):
            written = _written(session, letter, user)
        if written is None:
            # Whoever was switched off or drawn out of the project is not told of it any more.
            letter.state, letter.answer = "dropped", ""
            return None
        settings = current_app.extensions["aidflow"].settings
        host = urlsplit(settings.public_url).hostname or parseaddr(settings.mail_sender)[1].rpartition("@")[2]
        headers = {
            "Message-ID": f"<{letter.key.hex}@{host}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": "en" if user.locale == "en" else "zh-CN",
        }
        envelope = EmailMultiAlternatives(
            written.subject, written.text, settings.mail_sender, [user.email], headers=headers
        )
        envelope.attach_alternative(written.html, "text/html")
        return envelope, letter.tries


def _written(session: Session, letter: Letter, user: User) -> Written | None:
    """The letter as it would go out now; None when there is nothing left to tell."""
    if letter.link_id is not None:
        link = session.get_one(AccountLink, letter.link_id)
        known = link_by(session, link.hash)
        address = address_of(link, current_app.extensions["aidflow"])
        return write_link(letter.template, known, address) if known else None
    actor = actor_of(session, user.id)
    if actor is None:
        return None
    with asking(session, user.id):  # Who reads the letter is who asks what stands in it.
        told = told_by(session, actor, letter.id)
    return write_letter(user.name, told, day=letter.day) if told else None


def _mark(letter_id: int, state: str, answer: str, now: datetime) -> None:
    with transaction() as session:
        session.execute(
            update(Letter)
            .where(Letter.id == letter_id, Letter.state == "sending")
            .values(state=state, sent_at=now if state == "sent" else None, answer=answer[:LONGEST_ANSWER])
        )


def _post(envelope: EmailMultiAlternatives) -> Answer:
    """Hand the letter to the mail server. Only an answer about this very letter can be final."""
    connection = current_app.extensions["mailman"].get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as away:
        return Answer(_said(away))
    try:
        return _speak(connection.connection, envelope)
    except SMTPResponseException as refusal:
        return Answer(_said(refusal), final=refusal.smtp_code >= NEVER)
    except (OSError, SMTPException) as broken:
        return Answer(_said(broken))
    finally:
        with suppress(OSError, SMTPException):
            connection.close()


def _speak(smtp: Any, envelope: EmailMultiAlternatives) -> Answer:
    smtp.ehlo_or_helo_if_needed()
    content = envelope.message().as_bytes(linesep="\r\n")
    steps = (
        lambda: smtp.mail(sanitize_address(parseaddr(envelope.from_email)[1], "utf-8")),
        lambda: smtp.rcpt(sanitize_address(envelope.to[0], "utf-8")),
        lambda: smtp.data(content),
    )
    for step in steps:
        code, said = step()
        if code >= NO:
            break
    return Answer(f"{code} {said.decode('utf-8', 'replace')}", taken=code < NO, final=code >= NEVER)


def _said(fault: Exception) -> str:
    if isinstance(fault, SMTPResponseException):
        said = fault.smtp_error
        return f"{fault.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
    return f"{type(fault).__name__}: {fault}"
