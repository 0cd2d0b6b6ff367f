"""What the world holds beside projects: a session of panels, a draw, a meeting, an invitation, a role that waits."""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from app.database import db
from app.notifications.service import invite
from app.organisations.models import Organisation
from app.people.models import AccountLink, RoleGrant
from app.people.permissions import Actor
from app.people.service.proposals import propose_grant
from app.reviews.commands import ConveneMeeting, ScheduleSession
from app.reviews.service.draws import draw_panel
from app.reviews.service.meetings import convene_meeting, keep_minutes
from app.reviews.service.sessions import schedule_session
from tests import make
from workflows.calendar import shanghai_date

#: Canaries of these, each in every text of its thing that one can type.
MEETING, SESSION, DRAW, INVITED, WAITING = "meeting", "session", "draw", "invited", "proposal"
READ_MEETINGS = {"fund_office", "secretary", "panel_member", "approver", "supervisor"}
ADMINISTRATORS = {"system_admin", "security_admin", "audit_admin"}
#: Thing → the principals who may read its canary; supervisors read the record of changes.
AUDIENCE = {
    MEETING: READ_MEETINGS,
    SESSION: {"secretary"},
    DRAW: {"secretary"},
    INVITED: {*ADMINISTRATORS, "supervisor", "other_applicant_owner"},
    WAITING: {*ADMINISTRATORS, "supervisor"},
}


def sit_together(around: make.Town, number: str, word: str, now: datetime) -> dict[str, str]:
    """A session that lists this project, whose place and note hold the word; the words that lead to it."""
    day = shanghai_date(now) + timedelta(days=3)
    command = ScheduleSession(
        projects=[number], starts_at=now + timedelta(days=3), ends_at=now + timedelta(days=3, hours=2), place=word,
        link=word, sheets_due_on=day, note=word,
    )  # fmt: skip
    return {"session": schedule_session(command, actor=around.secretary, now=now).hex}


def draw(around: make.Town, number: str, word: str, now: datetime) -> None:
    """Two draws on this project, the second for a reason that is the word."""
    draw_panel(number, actor=around.secretary, now=now)
    draw_panel(number, actor=around.secretary, now=now, reason=word)


def meet(around: make.Town, word: str, now: datetime) -> dict[str, str]:
    """A meeting on what waits in joint review, whose place and minutes hold the word; the words that lead to it."""
    command = ConveneMeeting(year=f"DKZY/{make.NOW.year}", held_at=now + timedelta(days=1), place=word, envelope=None)
    pid = convene_meeting(command, actor=around.secretary, now=now)
    keep_minutes(pid, word, {}, version=1, actor=around.secretary, now=now)
    return {"meeting": pid.hex}


def invite_somebody(owner: Actor, uscc: str, word: str) -> dict[str, str]:
    """An invitation into an organisation, to somebody called by the word; the words that lead to it and to a member."""
    organisation_id = db.session.query(Organisation.id).filter_by(uscc=uscc).scalar()
    db.session.rollback()
    invite(
        f"{word.lower()}@example.org", word, "applicant_member", organisation_id=organisation_id,
        by=int(owner.user_id or 0), tools=current_app.extensions["aidflow"],
    )  # fmt: skip
    member = make.person("applicant_member", uscc=uscc)
    found: dict[str, Any] = {
        "link_id": db.session.query(AccountLink.id).scalar(),
        "grant_id": db.session.query(RoleGrant.id).filter_by(user_id=member.user_id).scalar(),
    }
    db.session.rollback()
    return {name: str(value) for name, value in found.items()}


def propose(system: Actor, about: Actor, word: str, now: datetime) -> None:
    """A role that waits to be confirmed, for a reason that is the word."""
    propose_grant(int(about.user_id or 0), "secretary", reason=word, by=int(system.user_id or 0), now=now)
