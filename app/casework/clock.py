"""The clock as an actor: terms that have run out end by themselves, or are marked and reminded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import literal, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError

from app.casework.commands import NoFields
from app.casework.models import Case
from app.casework.service import take_action
from app.database import db, transaction
from app.outbox import service as outbox
from app.people.permissions import SYSTEM_ACTOR
from workflows.engine import Refused

log = structlog.get_logger()
#: Cases read at a time.
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
    second and finds a stale page; the case row decides. A case that fails is logged and passed by,
    so that it never keeps the others waiting.
    """
    done = Round()
    after: tuple[datetime, int] | None = None
    while found := _running_out(now, after):
        for case in found:
            after = case.due_at, case.id
            try:
                if case.due_action is None:
                    if _remind(case.pid, now):
                        done.reminded.append(case.pid)
                    continue
                take_action(case.pid, case.due_action, actor=SYSTEM_ACTOR, seen=None, command=NoFields(), now=now)
            except Refused as refusal:
                log.info("clock_refused", case=str(case.pid), action=case.due_action, reason=str(refusal))
                done.refused.append(case.pid)
            except SQLAlchemyError:
                log.exception("clock_failed", case=str(case.pid), action=case.due_action)
                done.refused.append(case.pid)
            else:
                progress(f"{case.due_action} {case.pid}")
                done.ended.append(case.pid)
    return done


def _running_out(now: datetime, after: tuple[datetime, int] | None) -> Sequence[Any]:
    """The next cases whose term is over: those the clock moves, and those nobody was reminded of yet."""
    wanted = (
        select(Case.pid, Case.due_action, Case.due_at, Case.id)
        .where(Case.due_at <= now, Case.closed_at.is_(None))
        .where(Case.due_action.is_not(None) | Case.reminded_at.is_(None))
        .order_by(Case.due_at, Case.id)
        .limit(ROUND)
    )
    if after is not None:
        wanted = wanted.where(tuple_(Case.due_at, Case.id) > tuple_(literal(after[0]), literal(after[1])))
    with transaction() as session:
        return session.execute(wanted).all()


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
