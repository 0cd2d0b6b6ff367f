"""What stands where: the acts open to a reader, the lives inside a project, its history, the inbox."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_, union_all
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from app.barrier import opened
from app.casework.models import Case
from app.casework.permissions import (
    CITY_WIDE,
    WORDS_FOR_OFFICES,
    WORDS_FOR_READERS,
    not_recused,
    of_file,
    roles_held,
    roles_on,
    visible,
    words_for,
)
from app.casework.service import seen_of, why_not
from app.casework.subjects import desks_kept, gather, subject_of
from app.database import Missing
from app.evidence.models import Event, EventPrivate
from app.people.models import User
from app.people.permissions import Actor
from workflows.definition import Reason, Transition
from workflows.engine import blocked_actions, open_actions
from workflows.roles import ACCEPTING_UNIT, APPLICANTS, AUDIT_FIRM, EXPERT, FRONT_OFFICE

PAGE = 25
#: Acts whose words somebody may read.
SPEAKING = sorted({action for _life, action in (*WORDS_FOR_READERS, *WORDS_FOR_OFFICES)})
#: How many of the newest events one page shows; the API goes through all of them by `after`.
HISTORY = 200


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An act that is open to the reader now; `bound` are fields that name what the reader sees."""

    name: str
    label: str
    bound: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlockedRow:
    """An act of the reader's duty that is not open now, and why."""

    name: str
    label: str
    why: Reason


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a page shows it: where it stands, on whose desk until when, and what may be done."""

    id: int
    pid: UUID
    root_id: int
    life: str
    workflow: str
    stage: str
    stage_label: str
    final: bool
    holder_role: str | None
    due_at: datetime | None
    entered_at: datetime
    seen: str
    actions: tuple[ActionRow, ...]
    blocked: tuple[BlockedRow, ...]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the chain; `said` are the words of the act that its reader may read."""

    seq: int
    at: datetime
    life: str
    case: UUID
    role: str
    actor: str | None
    action: str
    from_stage: str | None
    to_stage: str
    hash: str
    said: tuple[str, ...] = ()
    actor_id: int | None = None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One case that waits for the reader; `urgent_at` and `id` are the cursor."""

    id: int
    pid: UUID
    root_id: int
    life: str
    workflow: str
    stage: str
    holder_role: str
    due_at: datetime | None
    urgent_at: datetime


def case_visible(session: Session, actor: Actor, pid: UUID) -> Case:
    """The case this actor sees; `Missing` for absent and forbidden alike."""
    case = session.scalars(select(Case).where(Case.pid == pid, visible(actor))).one_or_none()
    if case is None:
        raise Missing(str(pid))
    return case


def case_rows(session: Session, actor: Actor, cases: Sequence[Case], now: datetime) -> list[CaseRow]:
    """These cases with what the actor may do; one statement for each life in which that is anything.

    A case on which the actor has no role, or which is final, costs no statement at all.
    """
    doable = [case for case in cases if case.closed_at is None and _could_act(actor, case)]
    facts_rows: dict[int, Any] = {}
    with opened(session, [case.id for case in doable]):
        for life in sorted({case.life for case in doable}):
            facts_rows |= gather(session, life, [case.id for case in doable if case.life == life], actor, now)
    return [_row(case, actor, facts_rows.get(case.id), now) for case in cases]


def lives_inside(session: Session, actor: Actor, root_id: int) -> list[Case]:
    """The visible cases of a project, the project itself first, in the order in which they began."""
    wanted = select(Case).where(Case.root_id == root_id, visible(actor)).order_by(Case.id)
    return list(session.scalars(wanted))


def history(
    session: Session, actor: Actor, root_id: int, *, after: int = 0, limit: int | None = HISTORY
) -> list[EventRow]:
    """The chain of a project from `after` on, of the cases this actor sees; names of the actors included."""
    return _events(session, actor, Event.root_id == root_id, Event.seq > after, limit=limit)


def recent_history(session: Session, actor: Actor, root_id: int, *, case_id: int | None = None) -> list[EventRow]:
    """What a page shows of a long history: the newest events, and every step of the project however old.

    With `case_id` all events of that one life.
    """
    if case_id is not None:
        return _events(session, actor, Event.root_id == root_id, Event.case_id == case_id)
    newest = select(Case.chain_seq - HISTORY).where(Case.id == root_id).scalar_subquery()
    step = and_(Event.case_id == root_id, Event.case_from != Event.case_to)
    return _events(session, actor, Event.root_id == root_id, or_(Event.seq > newest, step))


def _events(
    session: Session, actor: Actor, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[EventRow]:
    rows = session.execute(
        select(
            Event.seq, Event.at, Case.life, Case.pid, Event.role, User.name, Event.action,
            Event.case_from, Event.case_to, Event.hash, Case.organisation_id, Event.actor_id,
            of_file(actor, sql_case((Event.action.in_(SPEAKING), EventPrivate.body))).label("body"),
        )
        .join(Case, Case.id == Event.case_id)
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(EventPrivate, EventPrivate.event_id == Event.id)
        .where(*conditions, visible(actor))
        .order_by(Event.seq)
        .limit(limit)
    ).all()  # fmt: skip
    words = words_for(actor, rows[0].organisation_id) if rows else {}
    return [EventRow(*row[:9], row.hash.hex(), _said(row, words), row.actor_id) for row in rows]


def _said(row: Any, words: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """What the reader may read of an act's own words, line by line; nothing once they were erased."""
    name = words.get((row.life, row.action))
    if name is None or row.body is None:
        return ()
    said = json.loads(row.body).get("command", {}).get(name)
    lines = said if isinstance(said, list) else [said]
    return tuple(str(line) for line in lines if line)


def inbox(
    session: Session,
    actor: Actor,
    *,
    after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
    conditions: Sequence[ColumnElement[bool]] = (),
) -> list[InboxRow]:
    """What waits for this actor, most urgent first, in one statement of one index range a desk.

    `after` is the (urgent_at, id) of the last row already shown; `conditions` are further ones on `Case`.
    Answers up to `limit + 1` rows.
    """
    desks = [inbox_part(and_(desk, *conditions), after, limit + 1) for desk in desks_of(actor)]
    if not desks:
        return []
    if len(desks) == 1:
        return [InboxRow(*row) for row in session.execute(desks[0])]
    union = union_all(*(select(desk.subquery()) for desk in desks)).subquery()
    rows = session.execute(
        select(*[union.c[name] for name in InboxRow.__slots__])
        .distinct()
        .order_by(union.c.urgent_at, union.c.id)
        .limit(limit + 1)
    )
    return [InboxRow(*row) for row in rows]


def transitions_by_name(workflow: str, stage: str, action: str) -> list[Transition]:
    """What this action could lead to from here, for the page that asks before it acts."""
    return [t for t in subject_of(workflow).workflow.leaving(stage) if t.action == action]


def inbox_part(condition: ColumnElement[bool], after: tuple[datetime, int] | None, limit: int) -> Select[Any]:
    """The cases of one range, most urgent first, with the columns of `InboxRow`."""
    wanted = select(*[getattr(Case, name) for name in InboxRow.__slots__]).where(condition)
    if after is not None:
        wanted = wanted.where(tuple_(Case.urgent_at, Case.id) > tuple_(literal(after[0]), literal(after[1])))
    return wanted.order_by(Case.urgent_at, Case.id).limit(limit)


def desks_of(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """One condition for each desk at which this actor sits, each the range of one index."""
    return (and_(desk, not_recused(actor)) for desk in _desks(actor))


def _desks(actor: Actor) -> Iterable[ColumnElement[bool]]:
    for role in sorted(actor.roles & CITY_WIDE):
        for held_by, condition in desks_kept(role, actor.user_id).items():
            desk = and_(
                Case.holder_role == held_by, Case.holder_unit_id.is_(None), Case.holder_user_id.is_(None),
                Case.organisation_id.is_not(None),
            )  # fmt: skip
            yield desk if condition is None else and_(desk, condition)
    for role in (ACCEPTING_UNIT, FRONT_OFFICE, AUDIT_FIRM):
        for unit in sorted(actor.unit_ids(role)):
            yield and_(Case.holder_unit_id == unit, Case.holder_role == role)
    if actor.holds(EXPERT):
        yield Case.holder_user_id == actor.user_id
    for organisation in sorted(actor.organisation_ids):
        yield and_(Case.organisation_id == organisation, Case.holder_role.in_(sorted(APPLICANTS)))


def _could_act(actor: Actor, case: Case) -> bool:
    roles = roles_held(actor, case)
    return any(t.roles & roles for t in subject_of(case.workflow).workflow.leaving(case.stage))


def _row(case: Case, actor: Actor, columns: Any, now: datetime) -> CaseRow:
    workflow = subject_of(case.workflow).workflow
    stage = workflow.stage(case.stage)
    opened: list[ActionRow] = []
    blocked: list[BlockedRow] = []
    if columns is not None:
        facts = subject_of(case.workflow).facts(columns, {}, now)
        held = roles_held(actor, case)
        roles = roles_on(actor, case, columns["duty"], columns["tie"])
        opened = [
            ActionRow(t.action, t.label, subject_of(case.workflow).bound(facts, t.action))
            for t in open_actions(workflow, case.stage, roles, facts)
        ]
        blocked = [
            BlockedRow(b.transition.action, b.transition.label, b.why)
            for b in blocked_actions(workflow, case.stage, roles, facts)
        ]
        # What the role would allow and an earlier duty on the project forbids.
        known = {row.name for row in opened} | {row.name for row in blocked}
        for transition in workflow.leaving(case.stage):
            if transition.action not in known and transition.roles & held and not transition.roles & roles:
                known.add(transition.action)
                blocked.append(BlockedRow(transition.action, transition.label, why_not(actor, case, columns)))
    return CaseRow(
        id=case.id,
        pid=case.pid,
        root_id=case.root_id,
        life=case.life,
        workflow=case.workflow,
        stage=case.stage,
        stage_label=stage.label,
        final=stage.final,
        holder_role=case.holder_role,
        due_at=case.due_at,
        entered_at=case.entered_at,
        seen=seen_of(case),
        actions=tuple(opened),
        blocked=tuple(blocked),
    )
