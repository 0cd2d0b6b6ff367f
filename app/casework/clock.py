"""The clock as an actor: terms that have run out end by themselves, or are marked and reminded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select, update

from app.casework.commands import NoFields
from app.casework.models import Case
from app.casework.service import take_action
from app.database import db, transaction
from app.outbox import service as outbox
from app.people.permissions import SYSTEM_ACTOR
from workflows.engine import Refused

log = structlog.get_logger()
#: Cases looked at in one round; the next round goes on with what is left.
ROUND = 200


@dataclass(slots=True)
class Round:
    """What one round of the clock did, by the case's public id."""

    ended: list[UUID] = field(default_factory=list)
    reminded: list[UUID] = field(default_factory=list)
    refused: list[UUID] = field(default_factory=list)


def tick(now: datetime, *, progress: Callable[[str], None] = lambda _line: None) -> Round:
    """Carry out what is due at `now`: each case in a transaction of its own.

    A person who acts at the same moment either comes first, and the clock is refused, or comes
    second and finds a stale page; the case row decides.
    """
    done = Round()
    for pid, action in _running_out(now):
        if action is None:
            if _remind(pid, now):
                done.reminded.append(pid)
            continue
        try:
            take_action(pid, action, actor=SYSTEM_ACTOR, seen=None, command=NoFields(), now=now)
        except Refused as refusal:
            log.info("clock_refused", case=str(pid), action=action, reason=str(refusal))
            done.refused.append(pid)
        else:
            progress(f"{action} {pid}")
            done.ended.append(pid)
    return done


def _running_out(now: datetime) -> list[tuple[UUID, str | None]]:
    """The cases whose term is over: those the clock moves, and those nobody was reminded of yet."""
    with transaction() as session:
        rows = session.execute(
            select(Case.pid, Case.due_action)
            .where(Case.due_at <= now, Case.closed_at.is_(None))
            .where(Case.due_action.is_not(None) | Case.reminded_at.is_(None))
            .order_by(Case.due_at, Case.id)
            .limit(ROUND)
        )
        return [(pid, action) for pid, action in rows]


def _remind(pid: UUID, now: datetime) -> bool:
    """Mark the term as overdue, once, and tell whoever holds the case."""
    with transaction() as session:
        case = session.execute(
            update(Case)
            .where(Case.pid == pid, Case.reminded_at.is_(None), Case.due_at <= now)
            .values(reminded_at=now)
            .returning(Case.id, Case.holder_role)
        ).one_or_none()
        if case is None:
            return False
        if case.holder_role is not None:
            outbox.enqueue(session, event_id=None, case_id=case.id, notices=[("overdue", case.holder_role)], now=now)
    db.session.remove()
    return True
