"""Notices, results and objections as pages and the API show them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, literal, select, tuple_
from sqlalchemy.orm import Session

from app.barrier import SYSTEM, asking
from app.casework.models import Case
from app.casework.permissions import visible, visible_as
from app.casework.service import seen_of
from app.database import Missing
from app.people.models import User
from app.people.permissions import Actor
from app.publicity.models import Notice, Objection
from workflows.roles import FUND_OFFICE, SUPERVISOR

#: What stands on the page of notices, and what on the page of results.
NOTICES = ("publicity", "announcement")
RESULTS = ("result",)
KINDS = {"publicity": "公示", "announcement": "公告", "result": "结果公开"}
STATES = {"running": "公示中", "suspended": "异议处理中", "ended": "公示期满", "cancelled": "公示终止",
          "terminated": "已终止", "lapsed": "已失效"}  # fmt: skip
#: What came of an objection; None while it is open.
OUTCOME_LABELS = {
    None: "已收到，正在处理",
    "upheld": "异议成立",
    "refuted": "异议不成立",
    "dropped": "项目已经终止，异议不再处理",
}
#: Stages in which an announced project ends without the money that was announced.
UNFUNDED = ("lapsed", "terminated")


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as the public reads it; `amount` and `social` are fen, `area` is the prefix of an aided area.

    `state` is one of `STATES` for a publicity and for the announcement of a project that ended without
    the money, at `ended_at`; None for the others. While one may object, `case` and `seen` are what the
    objection names.
    """

    id: int
    kind: str
    number: str
    title: str
    organisation: str
    place: str
    amount: int
    year: int
    field: str
    area: str
    social: int
    experts: tuple[str, ...]
    contact: str
    published_at: datetime
    first_day: date | None
    last_day: date | None
    closes_at: datetime | None
    days_left: int | None
    state: str | None
    ended_at: datetime | None
    case: UUID | None
    seen: str | None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Some notices, newest first; `next` is what `before` is to be for the following page."""

    rows: tuple[NoticeRow, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection; who raised it and what was said is None for all but those who decide it."""

    case: UUID
    stage: str
    received_at: datetime
    due_at: datetime | None
    objector: str | None
    contact: str | None
    statement: str | None
    outcome: str | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


def notices(session: Session, *, now: datetime, before: int | None = None, limit: int = 20) -> NoticePage:
    """Publicities and announcements, newest first, in one statement whatever their number."""
    return _page(session, NOTICES, now, before, limit)


def results(session: Session, *, now: datetime, before: int | None = None, limit: int = 20) -> NoticePage:
    """What was paid to whom for what, newest first, in one statement."""
    return _page(session, RESULTS, now, before, limit)


def notice(session: Session, ident: int, *, now: datetime) -> NoticeRow:
    """One notice by its id; `Missing` when there is none."""
    row = session.execute(_public().where(Notice.id == ident), execution_options=FRESH).one_or_none()
    if row is None:
        raise Missing(f"notice {ident}")
    return _row(*row, now)


def notices_of(session: Session, root_id: int, *, now: datetime) -> tuple[NoticeRow, ...]:
    """Everything published about a project, oldest first."""
    rows = session.execute(_public().where(Notice.project_id == root_id).order_by(Notice.id), execution_options=FRESH)
    return tuple(_row(*row, now) for row in rows)


def objections_shown(session: Session, root_id: int) -> tuple[Any, ...]:
    """When each objection to a project came, what came of it and when: what everybody may know, oldest first."""
    wanted = select(Objection.received_at, Objection.outcome, Objection.decided_at)
    # Objections are for those who decide them; that there were any and what came of them is for everybody.
    with asking(session, SYSTEM):
        return tuple(session.execute(wanted.where(Objection.project_id == root_id).order_by(Objection.case_id)))


def objections_of(session: Session, root_id: int, actor: Actor) -> tuple[ObjectionRow, ...]:
    """The objections to a project that this actor sees, oldest first."""
    rows = session.execute(
        select(Objection, Case, User.name, visible_as(actor, (FUND_OFFICE, SUPERVISOR)))
        .join(Case, Case.id == Objection.case_id)
        .outerjoin(User, User.id == Objection.decided_by_id)
        .where(Objection.project_id == root_id, visible(actor))
        .order_by(Objection.case_id),
        execution_options=FRESH,
    )
    return tuple(_objection(*row, told=decides) for *row, decides in rows)


FRESH = {"populate_existing": True}


def _public() -> Select[Any]:
    return select(Notice, Case).join(Case, Case.id == Notice.project_id)


def _page(session: Session, kinds: tuple[str, ...], now: datetime, before: int | None, limit: int) -> NoticePage:
    wanted = _public().where(Notice.kind.in_(kinds)).order_by(Notice.published_at.desc(), Notice.id.desc())
    if before is not None:
        last = select(Notice.published_at).where(Notice.id == before).scalar_subquery()
        wanted = wanted.where(tuple_(Notice.published_at, Notice.id) < tuple_(last, literal(before, BigInteger)))
    rows = [_row(*row, now) for row in session.execute(wanted.limit(limit + 1), execution_options=FRESH)]
    more = len(rows) > limit
    return NoticePage(tuple(rows[:limit]), rows[limit - 1].id if more else None)


def _row(found: Notice, case: Case, now: datetime) -> NoticeRow:
    state = state_of(found, case, now)
    open_to_objection = state in {"running", "suspended"}
    return NoticeRow(
        id=found.id,
        kind=found.kind,
        number=found.number,
        title=found.title,
        organisation=found.organisation,
        place=found.place,
        amount=found.amount,
        year=found.year,
        field=found.field,
        area=found.area,
        social=found.social,
        experts=tuple(found.experts),
        contact=found.contact,
        published_at=found.published_at,
        first_day=found.first_day,
        last_day=found.last_day,
        closes_at=found.closes_at,
        days_left=found.days_left,
        state=state,
        ended_at=case.closed_at if state in UNFUNDED else None,
        case=case.pid if open_to_objection else None,
        seen=seen_of(case) if open_to_objection else None,
    )


def state_of(found: Any, case: Any, now: datetime) -> str | None:
    """How a publicity stands, or what an announcement came to where the project ended without the money.

    A publicity that was stopped for good was neither served nor is it running.

    `found` has the kind and the end of a notice, `case` the stage and the end of its project.
    """
    if found.kind != "publicity":
        return case.stage if found.kind == "announcement" and case.stage in UNFUNDED else None
    if found.closes_at is None:
        return "suspended" if case.stage == "objection_hold" else "cancelled"
    if now >= found.closes_at:
        return "cancelled" if case.closed_at is not None and case.closed_at < found.closes_at else "ended"
    return "running" if case.stage == "publicity" else "cancelled"


def _objection(found: Objection, case: Case, decided_by: str | None, *, told: bool) -> ObjectionRow:
    return ObjectionRow(
        case=case.pid,
        stage=case.stage,
        received_at=found.received_at,
        due_at=case.due_at,
        objector=found.objector if told else None,
        contact=found.contact if told else None,
        statement=found.statement if told else None,
        outcome=found.outcome,
        reason=found.reason,
        decided_by=decided_by,
        decided_at=found.decided_at,
    )
