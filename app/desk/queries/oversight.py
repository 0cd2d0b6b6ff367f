"""What a supervisor looks through: terms that are over, objections, every act, and whether the chain holds.

And what a front office has before it: opinions to give and deliveries to confirm, by area.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Select, Text, and_, exists, func, literal, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.casework.permissions import visible
from app.evidence.models import Event
from app.organisations.models import Organisation
from app.people.models import User
from app.people.permissions import Actor
from app.projects.models import Project
from app.publicity.models import Objection
from workflows.roles import FRONT_OFFICE

#: Lines that the desk of a front office shows.
MOST = 200


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many terms are over at one kind of desk, and since when the oldest."""

    holder_role: str | None
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What a check of every chain found: how much was read, and how much of it does not hold."""

    events: int
    projects: int
    altered: int
    with_gaps: int
    wrong_heads: int

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.altered or self.with_gaps or self.wrong_heads)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing before a front office: `kind` is opinion or delivery."""

    kind: str
    pid: UUID
    number: str
    title: str
    organisation: str
    area_code: str | None
    place: str | None
    due_at: datetime | None


def overdue_by_desk(session: Session, actor: Actor, now: datetime) -> Sequence[Overdue]:
    """Desk by desk, the fullest first."""
    rows = session.execute(
        select(Case.holder_role, func.count(), func.min(Case.due_at))
        .where(_over(now), visible(actor))
        .group_by(Case.holder_role)
        .order_by(func.count().desc())
    )
    return [Overdue(*row) for row in rows]


def overdue_listed(actor: Actor, now: datetime) -> Select[Any]:
    """Every case whose term is over, for a list."""
    return (
        select(
            Case.id, Case.pid, Case.workflow, Case.life, Case.stage, Case.holder_role, Case.due_at, Project.number,
            Project.title, Organisation.name.label("organisation"),
        )
        .join(Project, Project.case_id == Case.root_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(_over(now), visible(actor))
    )  # fmt: skip


def objections_listed(actor: Actor) -> Select[Any]:
    """Every objection, for a list; what the objector said stands on the page of the case."""
    decided = aliased(User)
    return (
        select(
            Case.id, Case.pid, Case.stage, Case.due_at, Project.number, Project.title,
            Objection.received_at, Objection.decided_at, decided.name.label("decided_by"),
        )
        .join(Objection, Objection.case_id == Case.id)
        .join(Project, Project.case_id == Case.root_id)
        .outerjoin(decided, decided.id == Objection.decided_by_id)
        .where(visible(actor))
    )  # fmt: skip


def events_listed(actor: Actor) -> Select[Any]:
    """Every act on the cases that this actor sees, for a list."""
    return (
        select(
            Event.id, Event.at, Event.seq, Project.number, Project.title, Case.pid, Case.life, Case.workflow,
            Event.action, Event.role, func.coalesce(User.name, literal("")).label("who"), Event.case_from,
            Event.case_to, func.encode(Event.hash, "hex").cast(Text).label("hash"),
        )
        .join(Case, Case.id == Event.case_id)
        .outerjoin(Project, Project.case_id == Event.root_id)
        .outerjoin(User, User.id == Event.actor_id)
        .where(visible(actor))
    )  # fmt: skip


def check_chains(session: Session) -> ChainCheck:
    """Read every event once: its hash, its place, and the head that its project names."""
    altered = Event.hash != func.sha256(literal(b"\x00", LargeBinary).op("||")(Event.body))
    events, wrong = session.execute(select(func.count(), func.count(sql_case((altered, 1)))).select_from(Event)).one()
    chains = select(Event.root_id, func.count().label("count"), func.max(Event.seq).label("last")).group_by(
        Event.root_id
    )
    found = chains.subquery()
    projects, gaps = session.execute(
        select(func.count(), func.count(sql_case((found.c.count != found.c.last, 1)))).select_from(found)
    ).one()
    head = exists().where(
        Event.root_id == Case.id, Event.seq == Case.chain_seq, Event.hash == Case.chain_hash, found.c.last == Event.seq
    )
    heads = session.scalar(select(func.count()).select_from(Case).join(found, found.c.root_id == Case.id).where(~head))
    return ChainCheck(events, projects, wrong, gaps, heads or 0)


def before_front_office(session: Session, actor: Actor) -> Sequence[Asked]:
    """Opinions to give and deliveries to confirm in this actor's areas, by area and term; one statement."""
    units = sorted(actor.unit_ids(FRONT_OFFICE))
    # After a correction the opinion is wanted anew, as the rule of the act has it.
    spoken = exists().where(Event.case_id == Case.id, Event.action == "give_opinion", Event.seq >= Case.entered_seq)
    opinion = and_(Case.life == "aid_project", Case.stage == "authenticity_review", ~spoken)
    delivery = and_(Case.life == "progress_report", Case.holder_role == FRONT_OFFICE)
    rows = session.execute(
        select(
            sql_case((Case.life == "aid_project", "opinion"), else_="delivery"), Case.pid, Project.number,
            Project.title, Organisation.name, Project.area_code, Project.place, Case.due_at,
        )
        .join(Project, Project.case_id == Case.root_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(Case.front_office_id.in_(units), or_(opinion, delivery), Case.closed_at.is_(None), visible(actor))
        .order_by(Project.area_code, Case.urgent_at, Case.id)
        .limit(MOST)
    )  # fmt: skip
    return [Asked(*row) for row in rows]


def _over(now: datetime) -> ColumnElement[bool]:
    return and_(Case.due_at <= now, Case.closed_at.is_(None), Case.organisation_id.is_not(None))
