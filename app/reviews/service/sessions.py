"""Arranging sessions: when and where panels meet, and what their experts know about."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import visible
from app.database import Missing, transaction
from app.outbox.service import enqueue
from app.people.models import User
from app.people.permissions import Actor
from app.projects.models import Project
from app.refusals import FieldRefused, constraints
from app.reviews.commands import NameFields, ScheduleSession
from app.reviews.models import ExpertProfile, Panel, ReviewSession, ReviewSessionProject
from app.reviews.permissions import IS_EXPERT
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.roles import EXPERT

TAKEN = because("其中有项目已列入另一场评审会。")


def schedule_session(command: ScheduleSession, *, actor: Actor, now: datetime) -> UUID:
    """A new session with its list of projects; its public id. FieldRefused names field and rule."""
    with transaction() as session:
        _refuse_past(command, now)
        row = ReviewSession(pid=uuid4(), created_at=now, **_told(command, actor, now))
        session.add(row)
        session.flush()
        _list(session, row, _projects(session, actor, command.projects, {}))
        return row.pid


def change_session(pid: UUID, command: ScheduleSession, *, actor: Actor, now: datetime) -> None:
    """Another time, place or list; whoever sits on a panel that is open already is told.

    A project whose panel is open stays on the list: its experts were told of this session.
    """
    with transaction() as session:
        row = session.scalars(
            select(ReviewSession).where(ReviewSession.pid == pid).with_for_update(),
            execution_options={"populate_existing": True},
        ).one_or_none()
        if row is None:
            raise Missing(str(pid))
        if command.sheets_due_on != row.sheets_due_on:
            _refuse_past(command, now)
        told = _told(command, actor, now)
        moved = any(getattr(row, name) != told[name] for name in ("starts_at", "ends_at", "place", "link"))
        moved |= row.sheets_due_on != command.sheets_due_on
        opened = _opened(session, row)
        wanted = _projects(session, actor, command.projects, opened)
        if missing := sorted(opened.keys() - wanted.keys()):
            raise FieldRefused("projects", because("已启动评审的项目不能移出：{items}。", items="、".join(missing)))
        for name, value in told.items():
            setattr(row, name, value)
        row.version += 1
        session.execute(delete(ReviewSessionProject).where(ReviewSessionProject.session_id == row.id))
        _list(session, row, wanted)
        for case_id, _entered in opened.values() if moved else ():
            enqueue(session, event_id=None, case_id=case_id, notices=[("session_changed", EXPERT)], now=now)


def name_fields(user_id: int, command: NameFields, known: Iterable[str], *, actor: Actor, now: datetime) -> None:
    """What an expert knows about; `known` are the fields that a policy funds."""
    if unknown := sorted(set(command.fields_known) - set(known)):
        raise FieldRefused("fields_known", because("没有这个资助领域：{items}。", items="、".join(unknown)))
    with transaction() as session:
        if session.scalar(select(User.id).where(User.id == user_id, IS_EXPERT)) is None:
            raise Missing(str(user_id))
        values = {"fields": sorted(set(command.fields_known)), "changed_at": now, "changed_by_id": actor.user_id}
        fresh = insert(ExpertProfile).values(user_id=user_id, **values)
        session.execute(fresh.on_conflict_do_update(index_elements=[ExpertProfile.user_id], set_=values))


def _told(command: ScheduleSession, actor: Actor, now: datetime) -> dict[str, object]:
    told = command.values() | {"changed_at": now, "changed_by_id": actor.user_id}
    del told["projects"]
    return told


def _refuse_past(command: ScheduleSession, now: datetime) -> None:
    if command.sheets_due_on < shanghai_date(now):
        raise FieldRefused("sheets_due_on", because("评分表截止日期不得早于今天。"))


def _projects(
    session: Session, actor: Actor, numbers: Iterable[str], opened: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """Number → (case, visit) of each project; those already `opened` may have gone on from expert review."""
    rows = session.execute(
        select(Project.number, Case.id, Case.entered_seq)
        .join(Case, Case.id == Project.case_id)
        .where(Project.number.in_(list(numbers)), Case.stage == "expert_review", visible(actor))
        .order_by(Case.id)
    )
    here = {number: (case_id, entered) for number, case_id, entered in rows}
    if unfit := sorted(set(numbers) - here.keys() - opened.keys()):
        raise FieldRefused("projects", because("不在专家评审环节：{items}。", items="、".join(unfit)))
    return {number: opened[number] if number in opened else here[number] for number in dict.fromkeys(numbers)}


def _opened(session: Session, row: ReviewSession) -> dict[str, tuple[int, int]]:
    """Number → (case, visit) of the projects of a session whose panel is open or was."""
    visit = and_(
        Panel.project_id == ReviewSessionProject.project_id, Panel.entered_seq == ReviewSessionProject.entered_seq
    )
    rows = session.execute(
        select(Project.number, Project.case_id, Panel.entered_seq)
        .join(ReviewSessionProject, ReviewSessionProject.project_id == Project.case_id)
        .join(Panel, visit)
        .where(ReviewSessionProject.session_id == row.id)
    )
    return {number: (case_id, entered) for number, case_id, entered in rows}


def _list(session: Session, row: ReviewSession, projects: dict[str, tuple[int, int]]) -> None:
    with constraints({"pk_review_session_project": ("projects", TAKEN)}):
        for case_id, entered in projects.values():
            session.add(ReviewSessionProject(session_id=row.id, project_id=case_id, entered_seq=entered))
        session.flush()
