"""A message becomes one notification for each person who holds its role, and a letter for whoever wants one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case, CaseParty, Recusal
from app.casework.permissions import SHEET
from app.casework.subjects import desks_kept
from app.database import transaction
from app.notifications.models import AT_ONCE, IN_APP, Letter, MailChoice, Notification, kind_of
from app.notifications.service import begin_letter
from app.outbox.models import Message
from app.outbox.service import DELIVER, task
from app.people.models import RoleGrant, User
from workflows.roles import ACCEPTING_UNIT, APPLICANTS, AUDIT_FIRM, EXPERT, FRONT_OFFICE

log = structlog.get_logger()


@task(DELIVER)
def hand_out(*, case_id: int) -> None:
    """Hand out the waiting messages of a case, each in a transaction of its own; a second run finds none."""
    tools = current_app.extensions["aidflow"]
    while _hand_out_one(case_id, tools.clock.now(), mails=bool(tools.settings.smtp_host)):
        pass


def _hand_out_one(case_id: int, now: datetime, *, mails: bool) -> bool:
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
        still_waiting = kind_of(message.template) == "deadline"
        case = session.get_one(Case, message.case_id)
        people = recipients(session, case, message.to_role, begun=message.created_at, still_waiting=still_waiting)
        for user, way in _ways(session, people, message.template):
            # Without a mail server there is only the application; nothing piles up for a later one.
            told = Notification(message_id=message.id, user_id=user, created_at=now, way=way if mails else IN_APP)
            if told.way == AT_ONCE:
                told.letter_id = begin_letter(session, Letter(user_id=user, template=message.template), now)
            session.add(told)
        message.state, message.recipients = "handed_out", len(people)
        log.info("message_handed_out", template=message.template, message=message.id, people=len(people))
    return True


def recipients(
    session: Session, case: Case, to_role: str, *, begun: datetime | None = None, still_waiting: bool = False
) -> Sequence[int]:
    """The ids of the active people who hold this role on the case now; of `to_one` that person, or nobody.

    The experts of a project are those with a sheet to fill in; with `begun`, those whose sheet began at that moment.
    `still_waiting` leaves out whoever has done his or her part, such as a member who has voted.
    """
    role, _slash, one = to_role.partition("/")
    scope: Any = None
    if role in APPLICANTS:
        scope = RoleGrant.organisation_id == case.organisation_id
    elif role == ACCEPTING_UNIT:
        scope = RoleGrant.unit_id == case.accepting_unit_id
    elif role == FRONT_OFFICE:
        scope = RoleGrant.unit_id == case.front_office_id
    elif role in {EXPERT, AUDIT_FIRM}:
        scope = _working_on(case, role, begun)
    held = and_(RoleGrant.user_id == User.id, RoleGrant.role == role, RoleGrant.ended_at.is_(None))
    recused = select(Recusal.user_id).where(Recusal.root_id == case.root_id)
    wanted = select(User.id).join(RoleGrant, held).where(User.active, User.id.not_in(recused))
    wanted = wanted.distinct().order_by(User.id)
    undone = desks_kept(role, User.id).get(role) if still_waiting else None
    if undone is not None:
        wanted = wanted.where(select(Case.id).where(Case.id == case.id, undone).exists())
    if one:
        wanted = wanted.where(User.id == int(one))
    return session.scalars(wanted if scope is None else wanted.where(scope)).all()


def _working_on(case: Case, role: str, begun: datetime | None) -> Any:
    """Whoever this one life was given to; of a project its firms, and the experts who were called."""
    if case.assigned_user_id is not None or case.assigned_unit_id is not None:
        return User.id == case.assigned_user_id if role == EXPERT else RoleGrant.unit_id == case.assigned_unit_id
    if role == AUDIT_FIRM:
        drawn = select(CaseParty).where(CaseParty.root_id == case.root_id, CaseParty.ended_at.is_(None))
        return drawn.where(CaseParty.unit_id == RoleGrant.unit_id).exists()
    # Whoever sat on an earlier panel, or was told already, is not called again with those who come after.
    sheet = aliased(Case)
    called = sheet.closed_at.is_(None) if begun is None else and_(sheet.created_at == begun, sheet.stage != "voided")
    theirs = select(sheet.id).where(sheet.root_id == case.root_id, sheet.life == SHEET, called)
    return theirs.where(sheet.assigned_user_id == User.id).exists()


def _ways(session: Session, people: Sequence[int], template: str) -> list[tuple[int, str]]:
    chosen = select(MailChoice.user_id, MailChoice.way).where(
        MailChoice.user_id.in_(people), MailChoice.kind == kind_of(template)
    )
    ways = dict(session.execute(chosen).all())
    return [(user, ways.get(user, AT_ONCE)) for user in people]
