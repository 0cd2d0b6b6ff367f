"""What a step brings about: the event, the new stage with its desk and term, and every effect."""

from collections.abc import Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.casework.models import Case, CaseParty, Recusal
from app.casework.permissions import desk_of
from app.casework.subjects import Act, Opening, gather, opener_of, publisher_of, recorder_of, subject_of, subjects
from app.evidence.service import Entry, Head, Written, append
from app.ledger import service as ledger
from app.outbox import service as outbox
from app.people.permissions import Actor
from app.registers.queries import calendar_in_force
from workflows.calendar import NO_OVERRIDES, WORKING_DAYS, deadline
from workflows.definition import PARENT, Defer, Due, Move, Notify, Open, Post, Publish, Transition, Workflow
from workflows.engine import Ask, NotFromHere, step
from workflows.roles import AUDIT_FIRM, EXPERT, duty_of


def write_event(  # noqa: PLR0913 -- an event is as wide as the act it records
    session: Session,
    case: Case,
    root: Case,
    *,
    action: str,
    to: str,
    role: str,
    actor: Actor,
    now: datetime,
    private: Mapping[str, Any],
    opening: bool = False,
    request_key: str | None = None,
    request_hash: bytes | None = None,
) -> Written:
    """Append an act on `case` to the project's chain and move the heads of both to it.

    The stage of the case itself is set by `enter`; a root's stage is part of the chain's head, so
    it is set here.
    """
    first = case is root and opening
    head = Head() if first else Head(root.chain_seq, root.chain_hash, root.stage)
    entry = Entry(
        root_id=root.id,
        root_pid=root.pid,
        root_to=to if case is root else root.stage,
        case_id=case.id,
        case_pid=case.pid,
        life=case.life,
        case_prev_seq=None if opening else case.last_seq,
        case_from=None if opening else case.stage,
        case_to=to,
        action=action,
        role=role,
        duty=duty_of(role),
        actor_id=actor.user_id,
        at=now,
        private=private,
        request_key=request_key,
        request_hash=request_hash,
    )
    event = append(session, entry, head)
    root.chain_seq, root.chain_hash = event.seq, event.hash
    case.last_seq = event.seq
    case.stage = to
    return event


def enter(session: Session, case: Case, workflow: Workflow, transition: Transition, facts: Any, now: datetime) -> None:
    """Put the case on the right desk and start its term; a step that stays keeps both."""
    stage = workflow.stage(transition.to)
    if transition.moves:
        case.entered_at, case.entered_seq = now, case.last_seq
    if stage.final:
        case.holder_role = case.holder_unit_id = case.holder_user_id = case.due_at = case.due_action = None
        case.closed_at = now
        return
    if transition.moves or transition.holder:
        case.holder_role = transition.holder or stage.holder
    case.holder_unit_id, case.holder_user_id = desk_of(case, case.holder_role)
    due = transition.due or (stage.due if transition.moves else None)
    if due is not None:
        case.due_at = end_of_term(session, due, facts, now)
        case.due_action = due.then
        case.reminded_at = None
    elif transition.moves:
        case.due_at = case.due_action = case.reminded_at = None


def end_of_term(session: Session, due: Due, facts: Any, now: datetime) -> datetime:
    """The moment at which a term that begins now is over, by the calendar as it is published now.

    A calendar published later moves no term that runs already.
    """
    overrides = calendar_in_force(session).overrides if due.unit == WORKING_DAYS else NO_OVERRIDES
    return deadline(due.count(facts), due.unit, due.first_day_counts, now, overrides)


def carry_out(act: Act) -> None:
    """Carry out every effect of the act's transition, in the order of the table; messages go last."""
    notices = [effect for effect in act.transition.effects if isinstance(effect, Notify)]
    for effect in act.transition.effects:
        if not isinstance(effect, Notify):
            bring_about(effect, act)
    if notices:
        outbox.enqueue(
            act.session,
            event_id=act.event.id,
            case_id=act.case.id,
            notices=[(notice.template, notice.to) for notice in notices],
            now=act.now,
        )


@singledispatch
def bring_about(effect: object, act: Act) -> None:
    """Carry out one effect; every kind that a workflow may name is registered below."""
    raise TypeError(f"no way to carry out {effect!r} in {act.case.life}")


@bring_about.register
def _(effect: Post, act: Act) -> None:
    amount = effect.amount(act.facts)
    if amount == 0:
        return
    maker = effect.maker(act.facts) if effect.maker else act.actor.user_id
    checker = act.actor.user_id if effect.maker else None
    if effect.checker is not None:
        checker = effect.checker(act.facts)
    is_project = act.root.programme_year_id is not None
    ledger.post(
        act.session,
        event_id=act.event.id,
        code=effect.code,
        programme_year_id=act.root.programme_year_id or act.root.id,
        project_id=act.root.id if is_project else None,
        amount=amount,
        maker_id=maker,
        checker_id=checker,
        reverses_id=effect.reverses(act.facts) if effect.reverses else None,
    )


@bring_about.register
def _(effect: Publish, act: Act) -> None:
    publisher_of(effect.what)(act)


@bring_about.register
def _(effect: Defer, act: Act) -> None:
    outbox.defer(act.session, effect.task, root_id=act.root.id, case_id=act.case.id, event_id=act.event.id)


@bring_about.register
def _(effect: Open, act: Act) -> None:
    for opening in opener_of(effect.life)(act):
        _begin(effect.life, opening, act)


@bring_about.register
def _(effect: Move, act: Act) -> None:
    running = (
        select(Case)
        .where(Case.root_id == act.root.id, Case.life == effect.life, Case.closed_at.is_(None))
        .order_by(Case.id)
        .with_for_update()
    )
    if effect.chosen_by is not None:
        running = running.where(Case.pid == getattr(act.command, effect.chosen_by))
    for case in act.session.scalars(running, execution_options={"populate_existing": True}).all():
        _move(case, effect.action, act)


def _move(case: Case, action: str, act: Act) -> None:
    """Take a life inside the project one step along with it; a step that is not open there is none."""
    subject = subject_of(case.workflow)
    row = gather(act.session, case.life, [case.id], act.actor, act.now)[case.id]
    facts = subject.facts(row, {}, act.now)
    try:
        transition = step(subject.workflow, Ask(case.stage, action, frozenset({PARENT}), facts))
    except NotFromHere:
        return
    event = write_event(
        act.session,
        case,
        act.root,
        action=action,
        to=transition.to,
        role=PARENT,
        actor=act.actor,
        now=act.now,
        private={"caused_by": act.event.seq},
    )
    inner = Act(
        session=act.session,
        case=case,
        root=act.root,
        command=act.command,
        actor=act.actor,
        role=PARENT,
        now=act.now,
        facts=facts,
        transition=transition,
        event=event,
    )
    if recorder := recorder_of(case.life, action):
        recorder(inner)
    enter(act.session, case, subject.workflow, transition, facts, act.now)
    act.session.flush()
    carry_out(inner)


def _begin(life: str, opening: Opening, act: Act) -> None:
    """Begin a life inside the project, give it to whoever is to work on it, and write its row."""
    subject = next(s for s in reversed(subjects()) if s.workflow.life == life)
    stage = subject.workflow.stage(subject.workflow.start)
    root = act.root
    case = Case(
        id=act.session.scalar(select(func.nextval("case_id_seq"))),
        root_id=root.id,
        pid=uuid4(),
        workflow=subject.workflow.key,
        life=life,
        stage=stage.name,
        entered_at=act.now,
        created_at=act.now,
        entered_seq=(root.chain_seq or 0) + 1,
        last_seq=(root.chain_seq or 0) + 1,
        content_hash="",
        assigned_user_id=opening.assigned_user_id,
        assigned_unit_id=opening.assigned_unit_id,
        organisation_id=root.organisation_id,
        accepting_unit_id=root.accepting_unit_id,
        front_office_id=root.front_office_id,
        programme_year_id=root.programme_year_id,
    )
    case.holder_role = stage.holder
    case.holder_unit_id, case.holder_user_id = desk_of(case, stage.holder)
    act.session.add(case)
    act.session.flush()
    write_event(
        act.session,
        case,
        root,
        action="open",
        to=stage.name,
        role=PARENT,
        actor=act.actor,
        now=act.now,
        private={"caused_by": act.event.seq},
        opening=True,
    )
    draw_in(act.session, root.id, user_id=opening.assigned_user_id, unit_id=opening.assigned_unit_id, now=act.now)
    opening.write(case)
    if stage.due is not None:
        row = gather(act.session, life, [case.id], act.actor, act.now)[case.id]
        facts = subject.facts(row, {}, act.now)
        case.due_at = end_of_term(act.session, stage.due, facts, act.now)
        case.due_action = stage.due.then
    act.session.flush()


def draw_in(
    session: Session, root_id: int, *, user_id: int | None = None, unit_id: int | None = None, now: datetime
) -> None:
    """Let an expert or an audit firm see the project from now on; a repeated call changes nothing."""
    if user_id is None and unit_id is None:
        return
    role = EXPERT if user_id is not None else AUDIT_FIRM
    session.execute(
        insert(CaseParty)
        .values(root_id=root_id, user_id=user_id, unit_id=unit_id, role=role, since=now)
        .on_conflict_do_nothing()
    )


def recuse_from(session: Session, root_id: int, *, user_id: int, event_id: int, now: datetime) -> None:
    """A conflict was declared: for this person the project exists no more, in whatever role."""
    let_go(session, root_id, user_id=user_id, now=now)
    session.add(Recusal(root_id=root_id, user_id=user_id, event_id=event_id))


def let_go(
    session: Session, root_id: int, *, user_id: int | None = None, unit_id: int | None = None, now: datetime
) -> None:
    """End what `draw_in` began: the project is gone from the person's or the firm's sight."""
    session.execute(
        update(CaseParty)
        .where(CaseParty.root_id == root_id, CaseParty.ended_at.is_(None))
        .where(CaseParty.user_id == user_id if user_id is not None else CaseParty.unit_id == unit_id)
        .values(ended_at=now)
    )
