"""What people keep at hand: the shelf of a project, pinned and recent ones, views, colleagues, checklists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import visible, visible_as
from app.people.models import RoleGrant, User
from app.people.permissions import Actor
from app.projects.models import Project
from app.workbench.models import Assignment, Checklist, Look, Note, Pin, Reminder, SavedView
from app.workbench.permissions import READS_NOTES, SHARED_DESKS
from workflows.roles import LABELS

#: Silence after which the next look begins a new visit.
VISIT = timedelta(minutes=30)
#: Projects that the search page shows of each kind.
SHOWN = 8


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What one officer told the others."""

    author: str
    role: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one person keeps of one project, and the head of its chain.

    `since_seq` and `since_at` tell when the present visit began; None at the first. `notes` is None for whoever
    may not read them.
    """

    head: int
    seq: int | None
    at: datetime | None
    since_seq: int | None
    since_at: datetime | None
    pinned: bool
    assignee: str | None
    reminded_on: date | None
    notes: tuple[NoteRow, ...] | None

    def visit(self, now: datetime) -> tuple[int, datetime | None]:
        """What was known when the visit that goes on at `now` began, and when that was read; None for the first."""
        if self.seq is None:
            return self.head, None
        if self.at is not None and self.at < now - VISIT:
            return self.seq, self.at
        return self.since_seq or self.seq, self.since_at


@dataclass(frozen=True, slots=True)
class KeptProject:
    """A project that somebody pinned or looked at."""

    number: str
    title: str
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved set of filters; `query` is the query string of its address."""

    id: int
    name: str
    query: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom a case of a desk can be given."""

    id: int
    name: str
    role: str


def shelf(
    session: Session, actor: Actor, root_id: int, *, more: Sequence[ColumnElement[Any]] = ()
) -> tuple[Shelf, Sequence[Any]]:
    """What this person keeps of this project, which he or she sees, in one statement.

    `more` are columns that a page wants at the same time; they may name the parameters root_id and user_id.
    """
    note = func.json_build_array(User.name, Note.role, Note.text, func.extract("epoch", Note.written_at))
    notes = (
        select(func.json_agg(aggregate_order_by(note, Note.id.desc())))
        .join(User, User.id == Note.author_id)
        .where(Note.root_id == Case.id, visible_as(actor, READS_NOTES))
        .correlate(Case)
        .scalar_subquery()
    )
    assignee = select(User.name).join(Assignment, Assignment.user_id == User.id).where(live_on_desk())
    reminded = select(func.max(Reminder.sent_on)).where(Reminder.case_id == Case.id)
    row = session.execute(
        select(
            Case.chain_seq, Look.seq, Look.at, Look.since_seq, Look.since_at, Pin.at,
            assignee.correlate(Case).scalar_subquery(), reminded.correlate(Case).scalar_subquery(), notes,
            visible_as(actor, READS_NOTES), *more,
        )
        .outerjoin(Look, and_(Look.root_id == Case.id, Look.user_id == actor.user_id))
        .outerjoin(Pin, and_(Pin.root_id == Case.id, Pin.user_id == actor.user_id))
        .where(Case.id == root_id, visible(actor)),
        {"root_id": root_id, "user_id": actor.user_id},
    ).one()  # fmt: skip
    head, seq, at, since_seq, since_at, pinned, assigned, sent_on, written, reads, *asked = row
    kept = Shelf(
        head, seq, at, since_seq, since_at, pinned is not None, assigned if reads else None, sent_on,
        tuple(_note(each) for each in written or ()) if reads else None,
    )  # fmt: skip
    return kept, asked


def pinned_of(session: Session, actor: Actor, *, limit: int = SHOWN) -> Sequence[KeptProject]:
    """The projects this person pinned and still sees, the last one first."""
    return _kept(session, actor, Pin, limit)


def recent_of(session: Session, actor: Actor, *, limit: int = SHOWN) -> Sequence[KeptProject]:
    """The projects this person looked at last and still sees, the last one first."""
    return _kept(session, actor, Look, limit)


def views_of(session: Session, actor: Actor, page: str) -> Sequence[ViewRow]:
    """The saved views of this person on this page, by name."""
    wanted = select(SavedView.id, SavedView.name, SavedView.query, SavedView.is_default)
    mine = wanted.where(SavedView.user_id == actor.user_id, SavedView.page == page)
    return [ViewRow(*row) for row in session.execute(mine.order_by(SavedView.name))]


def colleagues(session: Session, actor: Actor) -> Sequence[Colleague]:
    """The active people who sit at the shared desks of this person, by name, oneself included."""
    desks = [
        and_(RoleGrant.role == grant.role, true() if grant.unit_id is None else RoleGrant.unit_id == grant.unit_id)
        for grant in actor.grants
        if grant.role in SHARED_DESKS
    ]
    if not desks:
        return ()
    rows = session.execute(
        select(User.id, User.name, RoleGrant.role)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(User.active, RoleGrant.ended_at.is_(None), or_(*desks))
        .distinct()
        .order_by(User.name, User.id)
    )
    return [Colleague(*row) for row in rows]


def findings_of(session: Session, actor: Actor, root_id: int, stage: str) -> Mapping[str, Any]:
    """What this officer found at this stage so far, as it was saved; empty before anything was."""
    mine = Checklist.root_id == root_id, Checklist.stage == stage, Checklist.user_id == actor.user_id
    return session.scalar(select(Checklist.content).where(*mine)) or {}


def live_on_desk() -> ColumnElement[bool]:
    """The condition on `Assignment` joined to `Case`: it counts while the case lies on that desk."""
    return and_(Assignment.case_id == Case.id, Assignment.role == Case.holder_role, Assignment.ended_at.is_(None))


def _kept(session: Session, actor: Actor, table: type[Pin | Look], limit: int) -> Sequence[KeptProject]:
    rows = session.execute(
        select(Project.number, Project.title, Case.stage, table.at)
        .join(Case, Case.id == table.root_id)
        .join(Project, Project.case_id == Case.id)
        .where(table.user_id == actor.user_id, visible(actor))
        .order_by(table.at.desc(), Case.id.desc())
        .limit(limit)
    )
    return [KeptProject(*row) for row in rows]


def _note(values: list[Any]) -> NoteRow:
    author, role, text, epoch = values
    return NoteRow(author, LABELS[role], text, datetime.fromtimestamp(epoch, UTC))
