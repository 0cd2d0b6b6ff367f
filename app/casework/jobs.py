"""Background tasks of casework: delivering messages, and the clock's rounds."""

from datetime import datetime
from smtplib import SMTPRecipientsRefused
from typing import Any

import structlog
from flask import current_app, render_template
from flask_mailman import EmailMessage
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app.casework.clock import tick
from app.casework.models import Case, CaseParty
from app.casework.subjects import subject_of
from app.database import transaction
from app.outbox.models import Message
from app.outbox.service import DELIVER, EVERY_MINUTE, task
from app.people.models import RoleGrant, User
from workflows.roles import ACCEPTING_UNIT, APPLICANTS, AUDIT_FIRM, EXPERT, FRONT_OFFICE

log = structlog.get_logger()


@task(DELIVER)
def deliver(*, case_id: int) -> None:
    """Send the waiting messages of a case, each marked in the transaction that sent it.

    A crash between sending and marking sends once more: a letter twice is better than none.
    """
    now = current_app.extensions["aidflow"].clock.now()
    while _deliver_one(case_id, now):
        pass


def _deliver_one(case_id: int, now: datetime) -> bool:
    with transaction() as session:
        message = session.scalars(
            select(Message)
            .where(Message.case_id == case_id, Message.state == "waiting")
            .order_by(Message.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if message is None:
            return False
        case = session.get_one(Case, message.case_id)
        people = recipients(session, case, message.to_role)
        sent = _mail(session, case, message, people)
        session.execute(
            update(Message)
            .where(Message.id == message.id)
            .values(state="sent" if sent else "kept", sent_at=now if sent else None, recipients=len(people))
        )
        log.info("message_delivered", template=message.template, message=message.id, mailed=sent, people=len(people))
        return True


def recipients(session: Session, case: Case, role: str) -> list[User]:
    """The active people who hold this role on the case now."""
    scope: Any = True
    if role in APPLICANTS:
        scope = RoleGrant.organisation_id == case.organisation_id
    elif role == ACCEPTING_UNIT:
        scope = RoleGrant.unit_id == case.accepting_unit_id
    elif role == FRONT_OFFICE:
        scope = RoleGrant.unit_id == case.front_office_id
    elif role in {EXPERT, AUDIT_FIRM}:
        if case.assigned_user_id is not None or case.assigned_unit_id is not None:
            return _assigned(session, case, role)
        drawn = select(CaseParty).where(CaseParty.root_id == case.root_id, CaseParty.ended_at.is_(None))
        scope = drawn.where(or_(CaseParty.user_id == User.id, CaseParty.unit_id == RoleGrant.unit_id)).exists()
    wanted = (
        select(User)
        .join(RoleGrant, and_(RoleGrant.user_id == User.id, RoleGrant.role == role, RoleGrant.ended_at.is_(None)))
        .where(User.active)
        .distinct()
        .order_by(User.id)
    )
    return list(session.scalars(wanted if scope is True else wanted.where(scope)))


def _assigned(session: Session, case: Case, role: str) -> list[User]:
    """Whoever this one life inside the project was given to."""
    held = and_(RoleGrant.user_id == User.id, RoleGrant.role == role, RoleGrant.ended_at.is_(None))
    whose = User.id == case.assigned_user_id if role == EXPERT else RoleGrant.unit_id == case.assigned_unit_id
    return list(session.scalars(select(User).join(RoleGrant, held).where(User.active, whose).order_by(User.id)))


def _mail(session: Session, case: Case, message: Message, people: list[User]) -> bool:
    """Send one letter to each; False when there is no mail server or nobody to write to."""
    settings = current_app.extensions["aidflow"].settings
    if not settings.smtp_host or not people:
        return False
    root = case if case.id == case.root_id else session.get_one(Case, case.root_id)
    heading = subject_of(root.workflow).heading(session, root.id)
    stage = subject_of(case.workflow).workflow.stage(case.stage).label
    for user in people:
        text = render_template(
            f"mail/{message.template}.txt",
            heading=heading,
            stage=stage,
            due_at=case.due_at,
            user=user,
            address=f"{settings.public_url}/cases/{root.pid.hex}",
        )
        subject, _blank, body = text.partition("\n")
        letter = EmailMessage(subject.strip(), body.strip() + "\n", settings.mail_sender, [user.email])
        try:
            letter.send()
        except SMTPRecipientsRefused:
            # This address will not do tomorrow either; the others still get theirs.
            log.warning("mail_refused", message=message.id, user=user.id)
    return True


@task("casework.tick", every=EVERY_MINUTE, queueing_lock="casework.tick")
def run_clock(timestamp: int) -> None:
    """Carry out what is due now; one round at a time."""
    del timestamp
    now = current_app.extensions["aidflow"].clock.now()
    done = tick(now)
    if done.ended or done.reminded or done.refused:
        log.info("tick", ended=len(done.ended), reminded=len(done.reminded), refused=len(done.refused))
