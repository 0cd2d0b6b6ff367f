"""What waits for whom: how much for a reader, and whose a case is really; what came back, and where its acts are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select, union_all
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.queries import CaseRow, EventRow, case_rows, desks_of, lives_inside
from app.casework.subjects import subject_of
from app.navigation import MOST
from app.people.permissions import Actor
from workflows.definition import Move, Open, Workflow

#: Acts that give a case back to whoever prepared it.
RETURNS = frozenset(
    {"query_settlement", "reverse_settlement", "refuse_payment", "record_failed", "return_audit", "return_report"}
)


def waiting(actor: Actor) -> ScalarSelect[int] | None:
    """How many cases wait for this actor, counted to one more than is shown; None for somebody at no desk."""
    desks = [select(Case.id).where(desk).limit(MOST + 1) for desk in desks_of(actor)]
    if not desks:
        return None
    cases = union_all(*(select(desk.subquery()) for desk in desks)).subquery()
    return select(func.count(cases.c.id.distinct())).scalar_subquery()


def sent_back(events: Sequence[EventRow], pid: UUID) -> EventRow | None:
    """The act that gave this case back, while it is the last thing that happened to it; `events` oldest first."""
    last = next((event for event in reversed(events) if event.case == pid), None)
    return last if last is not None and last.action in RETURNS else None


def waits_for(workflow: Workflow, case: CaseRow, inside: Sequence[CaseRow]) -> tuple[str, ...]:
    """Who has to act before this stage goes on: the holders of the lives it was entered with, or its own holder."""
    entering = [t for t in workflow.transitions if t.moves and t.to == case.stage]
    lives = {effect.life for t in entering for effect in t.effects if isinstance(effect, Open)}
    holders = [row.holder_role for row in inside if row.life in lives and row.holder_role and not row.final]
    return tuple(dict.fromkeys(holders)) or ((case.holder_role,) if case.holder_role else ())


def acts_elsewhere(session: Session, actor: Actor, case: Case, now: datetime) -> CaseRow | None:
    """The project with those acts open to this actor that bring on a life inside it; None where there are none."""
    root, *_inside = lives_inside(session, actor, case.root_id)
    if root.id != case.root_id:
        return None
    workflow = subject_of(root.workflow).workflow
    onward = {
        t.action
        for t in workflow.leaving(root.stage)
        if any(isinstance(effect, Move) and effect.life == case.life for effect in t.effects)
        and not (workflow.stage(t.to).side and workflow.stage(t.to).final)
    }
    row = case_rows(session, actor, [root], now)[0]
    acts = tuple(each for each in row.actions if each.name in onward)
    return replace(row, actions=acts, blocked=()) if acts else None
