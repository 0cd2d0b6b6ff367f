"""The meetings of the joint panel, and what waits for one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import IS_PROJECT, Case
from app.casework.permissions import SHEET_READERS, visible, visible_as
from app.people.permissions import Actor
from app.programmes.models import Programme, ProgrammeYear
from app.reviews.models import JointDecision, JointMeeting, JointMeetingProject


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One meeting in the list; `projects` counts those that the reader sees."""

    pid: UUID
    held_at: datetime
    place: str
    programme: str
    year: int
    projects: int
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class YearWaiting:
    """A budget year with projects in joint review that are on the list of no open meeting."""

    key: str
    label: str
    waiting: int


#: How many sittings of the project of the row have ended. Two levels deep nothing is correlated by itself.
ENDED = select(func.count()).where(JointDecision.project_id == Case.id).correlate(Case).scalar_subquery()


def meetings(
    session: Session, actor: Actor, *, before: int | None = None, limit: int = 50
) -> list[tuple[int, MeetingLine]]:
    """The meetings, newest first, each with its id for going on."""
    count = (
        select(func.count())
        .select_from(JointMeetingProject)
        .join(Case, Case.id == JointMeetingProject.project_id)
        .where(JointMeetingProject.meeting_id == JointMeeting.id, visible_as(actor, SHEET_READERS))
        .scalar_subquery()
    )
    wanted = (
        select(
            JointMeeting.id, JointMeeting.pid, JointMeeting.held_at, JointMeeting.place, Programme.name,
            ProgrammeYear.year, count, JointMeeting.closed_at,
        )
        .join(ProgrammeYear, ProgrammeYear.case_id == JointMeeting.programme_year_id)
        .join(Programme, Programme.id == ProgrammeYear.programme_id)
        .order_by(JointMeeting.id.desc())
        .limit(limit + 1)
    )  # fmt: skip
    rows = session.execute(wanted if before is None else wanted.where(JointMeeting.id < before))
    return [(ident, MeetingLine(*rest)) for ident, *rest in rows]


def years_waiting(session: Session, actor: Actor) -> list[YearWaiting]:
    """The budget years with projects that wait for a meeting, newest first."""
    rows = session.execute(
        select(Programme.code, Programme.name, ProgrammeYear.year, func.count())
        .select_from(Case)
        .join(ProgrammeYear, ProgrammeYear.case_id == Case.programme_year_id)
        .join(Programme, Programme.id == ProgrammeYear.programme_id)
        .where(waits(actor))
        .group_by(Programme.code, Programme.name, ProgrammeYear.year)
        .order_by(ProgrammeYear.year.desc(), Programme.code)
    )
    return [YearWaiting(f"{code}/{year}", f"{name} {year}", count) for code, name, year, count in rows]


def waiting_of(session: Session, actor: Actor, programme_year_id: int) -> list[tuple[int, int]]:
    """(project, sitting) of the projects of a year that wait for a meeting."""
    rows = session.execute(
        select(Case.id, ENDED + 1).where(waits(actor), Case.programme_year_id == programme_year_id).order_by(Case.id)
    )
    return [(case_id, sitting) for case_id, sitting in rows]


def waits(actor: Actor) -> Any:
    """In joint review, on the list of no open meeting, and of none at all with its present sitting."""
    meeting = aliased(JointMeeting)
    here = or_(JointMeetingProject.sitting == ENDED + 1, meeting.closed_at.is_(None))
    listed = exists().where(
        JointMeetingProject.project_id == Case.id, meeting.id == JointMeetingProject.meeting_id, here
    )
    return and_(IS_PROJECT, Case.stage == "joint_review", visible(actor), ~listed)
