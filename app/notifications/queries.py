"""What a person was told and may still see, how each is written to, and the log of letters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Text, case, cast, func, select
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import visible
from app.notifications.letters import Told
from app.notifications.models import AT_ONCE, DEADLINES, KINDS, NEWS, Letter, MailChoice, Notification
from app.outbox.models import Message
from app.people.models import User
from app.people.permissions import Actor
from app.programmes.models import Programme, ProgrammeYear
from app.projects.models import Project

PAGE = 25
#: The badge counts no further.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter as the log shows it: to whom with most of the address left out, and what the server said."""

    id: int
    template: str
    to: str
    created_at: datetime
    state: str
    tries: int
    tried_at: datetime | None
    sent_at: datetime | None
    answer: str


def unread_count(session: Session, actor: Actor) -> int:
    """How many messages this person has not read, up to `MOST_COUNTED`; one statement over one index."""
    return session.scalar(select(unread(actor))) or 0


def unread(actor: Actor) -> ScalarSelect[int]:
    """The same as one scalar, for the badge in the frame."""
    rows = _mine(select(Notification.id), actor).where(Notification.read_at.is_(None)).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()


def messages(
    session: Session,
    actor: Actor,
    *,
    unread: bool = False,
    kind: str | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Told]:
    """What this person was told of the cases that he or she may see now, newest first; up to `limit + 1`."""
    conditions: list[ColumnElement[bool]] = []
    if unread:
        conditions.append(Notification.read_at.is_(None))
    if kind is not None:
        conditions.append(_of_kind(kind))
    if before is not None:
        conditions.append(Notification.id < before)
    return _told(session, actor, *conditions, limit=limit + 1)


def told_by(session: Session, actor: Actor, letter_id: int) -> list[Told]:
    """What a letter tells of that its reader may still see, oldest first."""
    return _told(session, actor, Notification.letter_id == letter_id)[::-1]


def choices_of(session: Session, user_id: int) -> Mapping[str, str]:
    """Kind → way of one person; at once where nothing was chosen."""
    chosen = select(MailChoice.kind, MailChoice.way).where(MailChoice.user_id == user_id)
    return dict.fromkeys(KINDS, AT_ONCE) | dict(session.execute(chosen).all())


def letter_log(
    session: Session, *, state: str | None = None, before: int | None = None, limit: int = PAGE
) -> list[LetterRow]:
    """The letters, newest first; up to `limit + 1`."""
    wanted = select(Letter, User.email).join(User, User.id == Letter.user_id).order_by(Letter.id.desc())
    if state is not None:
        wanted = wanted.where(Letter.state == state)
    if before is not None:
        wanted = wanted.where(Letter.id < before)
    return [
        LetterRow(
            letter.id, letter.template, masked(email), letter.created_at, letter.state, letter.tries, letter.tried_at,
            letter.sent_at, letter.answer,
        )
        for letter, email in session.execute(wanted.limit(limit + 1))
    ]  # fmt: skip


def masked(email: str) -> str:
    """An address that tells two people apart and names neither: "s***@example.org"."""
    name, _at, host = email.rpartition("@")
    return f"{name[:1]}***@{host}"


def _mine(wanted: Select[Any], actor: Actor) -> Select[Any]:
    """Only of cases that this person sees now: who was drawn out of a project is told no more of it."""
    return (
        wanted.join(Message, Message.id == Notification.message_id)
        .join(Case, Case.id == Message.case_id)
        .where(Notification.user_id == actor.user_id, visible(actor))
    )


def _of_kind(kind: str) -> ColumnElement[bool]:
    if kind == "deadline":
        return Message.template.in_(sorted(DEADLINES))
    if kind == "progress":
        return Message.template.in_(sorted(NEWS))
    return Message.template.not_in(sorted(DEADLINES | NEWS))


def _told(session: Session, actor: Actor, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Told]:
    heading = func.coalesce(
        Project.number + " " + Project.title, Programme.name + " " + cast(ProgrammeYear.year, Text), ""
    )
    # Once the case has moved on, its term is no longer the one of which the message told.
    term = case((Message.due_at.is_not(None), Message.due_at), (Message.created_at >= Case.entered_at, Case.due_at))
    wanted = (
        _mine(
            select(
                Notification.id, Message.template, Message.created_at, Notification.read_at, Case.pid, Case.workflow,
                Case.stage, heading, term,
            ),
            actor,
        )
        .outerjoin(Project, Project.case_id == Case.root_id)
        .outerjoin(ProgrammeYear, ProgrammeYear.case_id == Case.root_id)
        .outerjoin(Programme, Programme.id == ProgrammeYear.programme_id)
        .where(*conditions)
        .order_by(Notification.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [Told(*row) for row in session.execute(wanted)]
