"""The inbox: what waits for whoever signed in, narrowed, counted by urgency, and what waits at others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, union_all
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import visible_as
from app.casework.queries import InboxRow, desks_of, inbox, inbox_part
from app.organisations.models import Organisation
from app.people.models import User
from app.people.permissions import Actor
from app.projects.models import Project
from app.reviews.queries.desk import cutoff_of_case
from app.text import SHANGHAI
from app.workbench.models import Assignment
from app.workbench.permissions import OFFICES
from app.workbench.queries import live_on_desk
from workflows.calendar import shanghai_date

#: How the inbox is grouped.
URGENCY_LABELS = {"overdue": "已逾期", "today": "今天到期", "week": "七天之内", "later": "以后", "open": "没有期限"}
#: Whose cases an inbox shows; the last are those in other hands that run out within a week.
DESK_LABELS = {"mine": "分给我的", "free": "尚未分派的", "others": "他人经办、临近或已过期限的"}
OTHERS = "others"
WEEK = timedelta(days=7)
#: Where the database puts a case without a term.
NEVER = datetime.fromisoformat("9999-12-31T00:00:00+00:00")
#: No desk is counted further than this.
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody narrows the inbox to, as the address says it; empty for everything."""

    stage: str = ""
    life: str = ""
    organisation: str = ""
    term: str = ""
    desk: str = ""

    def query(self, **changes: str) -> dict[str, str]:
        """The words of the address, without those that say nothing."""
        words = {name: getattr(self, name) for name in self.__slots__} | changes
        return {name: value for name, value in words.items() if value}


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One thing that waits, with the project it belongs to and the colleague it was given to.

    `given_away` says that this colleague is somebody else than the reader.
    `cutoff` is the last day on which a score sheet is taken, where a session set one before the term of the case.
    """

    row: InboxRow
    number: str | None
    title: str | None
    organisation: str | None
    assignee: str | None = None
    given_away: bool = False
    cutoff: date | None = None


def inbox_lines(session: Session, actor: Actor, *, after: tuple[datetime, int] | None, limit: int) -> list[InboxLine]:
    """What waits for this actor, most urgent first, in two statements; up to `limit + 1` lines."""
    return _named(session, actor, inbox(session, actor, after=after, limit=limit))


def waiting_lines(
    session: Session, actor: Actor, wanted: Wanted, now: datetime, *, after: tuple[datetime, int] | None, limit: int
) -> list[InboxLine]:
    """The same, narrowed; or what lies with others."""
    conditions = _conditions(actor, wanted, now)
    if wanted.desk == OTHERS:
        here = inbox_part(and_(_with_others(actor, now), *conditions), after, limit + 1)
        return _named(session, actor, [InboxRow(*row) for row in session.execute(here)])
    return _named(session, actor, inbox(session, actor, after=after, limit=limit, conditions=conditions))


def lines_of(session: Session, actor: Actor, pids: Sequence[UUID]) -> list[InboxLine]:
    """These cases among those of this actor's inbox and those that an office sees, most urgent first."""
    here = or_(*desks_of(actor), visible_as(actor, OFFICES))
    chosen = inbox_part(and_(Case.pid.in_(pids), here), None, len(pids))
    return _named(session, actor, [InboxRow(*row) for row in session.execute(chosen)])


def inbox_counts(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> Mapping[str, int]:
    """How many wait in each group of urgency, of the filters other than the term, in one statement.

    No desk is counted beyond `MOST_COUNTED`.
    """
    conditions = _conditions(actor, Wanted(wanted.stage, wanted.life, wanted.organisation, "", wanted.desk), now)
    ranges = [_with_others(actor, now)] if wanted.desk == OTHERS else list(desks_of(actor))
    if not ranges:
        return {}
    parts = [_counted(and_(each, *conditions)) for each in ranges]
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    each = select(found.c.id, found.c.urgent_at).distinct().subquery()
    groups = {name: func.count().filter(_within(each.c.urgent_at, bounds)) for name, bounds in term_bounds(now).items()}
    row = session.execute(select(*(count.label(name) for name, count in groups.items())).select_from(each)).one()
    return dict(row._mapping)  # noqa: SLF001 -- that is how a row is read by names.


def term_bounds(now: datetime) -> Mapping[str, tuple[datetime | None, datetime | None]]:
    """Group of urgency → after when and until when its terms end; a term of today ends at its midnight."""
    midnight = datetime.combine(shanghai_date(now) + timedelta(days=1), time(), SHANGHAI)
    return {
        "overdue": (None, now),
        "today": (now, midnight),
        "week": (midnight, now + WEEK),
        "later": (now + WEEK, NEVER - timedelta(microseconds=1)),
        "open": (NEVER - timedelta(microseconds=1), None),
    }


def urgency(due_at: datetime | None, now: datetime) -> str:
    """The group of urgency to which a term belongs."""
    at = due_at or NEVER
    return next(name for name, (_after, until) in term_bounds(now).items() if until is None or at <= until)


def _named(session: Session, actor: Actor, rows: Sequence[InboxRow]) -> list[InboxLine]:
    named = {
        case: rest
        for case, *rest in session.execute(
            select(
                Case.id, Project.number, Project.title, Organisation.name, User.name,
                func.coalesce(User.id != actor.user_id, false()), cutoff_of_case(),
            )
            .outerjoin(Project, Project.case_id == Case.root_id)
            .outerjoin(Organisation, Organisation.id == Project.organisation_id)
            .outerjoin(Assignment, live_on_desk())
            .outerjoin(User, User.id == Assignment.user_id)
            .where(Case.id.in_([row.id for row in rows]))
        )
    }  # fmt: skip
    return [InboxLine(row, *named[row.id]) for row in rows]


def _conditions(actor: Actor, wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.life or wanted.stage:
        found.append(Case.life == (wanted.life or "aid_project"))
    if wanted.stage:
        found.append(Case.stage == wanted.stage)
    if wanted.organisation:
        named = or_(Organisation.name.contains(wanted.organisation, autoescape=True),
                    Organisation.uscc == wanted.organisation.upper())  # fmt: skip
        found.append(Case.organisation_id.in_(select(Organisation.id).where(named)))
    if wanted.term:
        found.append(_within(Case.urgent_at, term_bounds(now)[wanted.term]))
    given = exists().where(live_on_desk()).correlate(Case)
    if wanted.desk == "mine":
        found.append(exists().where(live_on_desk(), Assignment.user_id == actor.user_id).correlate(Case))
    elif wanted.desk == "free":
        found.append(not_(given))
    return found


def _with_others(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """What an office sees in other hands, its term over or to end within a week: a range of the clock's index."""
    mine = or_(false(), *desks_of(actor))
    return and_(
        Case.due_at <= now + WEEK, Case.closed_at.is_(None), Case.holder_role.is_not(None), not_(mine),
        visible_as(actor, OFFICES),
    )  # fmt: skip


def _counted(condition: ColumnElement[bool]) -> Select[Any]:
    return select(Case.id, Case.urgent_at).where(condition).order_by(Case.urgent_at, Case.id).limit(MOST_COUNTED)


def _within(at: Any, bounds: tuple[datetime | None, datetime | None]) -> ColumnElement[bool]:
    after, until = bounds
    limits = [at > after] if after else []
    return and_(*limits, *([at <= until] if until else []))
