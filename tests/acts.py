"""Acting on a case in a test as somebody who has just looked at it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.casework.models import Case
from app.casework.service import Receipt, seen_of, take_action
from app.casework.subjects import command_of
from app.database import db
from app.people.models import User
from app.people.permissions import SYSTEM_ACTOR, Actor
from app.projects.models import Project

#: A working day in the middle of a week, so that terms are easy to count.
NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


def email_of(actor: Actor) -> str:
    """The e-mail by which an expert is named."""
    return db.session.scalars(select(User.email).where(User.id == actor.user_id)).one()


def pid_of(number: str) -> Any:
    """The public id of a project's case."""
    wanted = select(Case.pid).join(Project, Project.case_id == Case.id).where(Project.number == number)
    return db.session.scalars(wanted).one()


def case_of(pid: Any) -> Case:
    """The case as the database has it now."""
    return db.session.scalars(select(Case).where(Case.pid == pid), execution_options={"populate_existing": True}).one()


def children(number: str, life: str) -> list[Any]:
    """The public ids of the lives of one kind inside a project, oldest first."""
    root = case_of(pid_of(number)).id
    return list(db.session.scalars(select(Case.pid).where(Case.root_id == root, Case.life == life).order_by(Case.id)))


def act(pid: Any, action: str, actor: Actor, *, now: datetime = NOW, key: str | None = None, **fields: Any) -> Receipt:
    """Take an action as somebody who has just looked at the case."""
    case = case_of(pid)
    seen = None if actor is SYSTEM_ACTOR else seen_of(case)
    command = command_of(case.life, action).model_validate(fields) if fields else command_of(case.life, action)()
    db.session.rollback()
    return take_action(pid, action, actor=actor, seen=seen, command=command, idempotency_key=key, now=now)
