"""What the demonstration's secretary keeps beside the stories: fields and ties of experts, a session, a draw."""

from datetime import date, datetime, timedelta

from sqlalchemy import exists, select

from app.casework.models import Case
from app.database import db
from app.demo.narrator import Cast
from app.organisations.commands import RecordTie
from app.organisations.models import Affiliation, Organisation
from app.organisations.service import record_tie
from app.programmes.queries import policy_in_force, policy_of
from app.projects.models import Project
from app.reviews.commands import NameFields, ScheduleSession
from app.reviews.models import Panel, ReviewSession
from app.reviews.service.draws import draw_panel
from app.reviews.service.sessions import name_fields, schedule_session
from workflows.calendar import shanghai_date, working_day_after

#: Hours in UTC: nine o'clock and noon in Shanghai.
MORNING, NOON = 1, 4
DAYS_AHEAD = 8
#: A code that is nobody's.
UNIVERSITY = "123100005000000349"


def know_fields(cast: Cast, today: datetime) -> None:
    """Each expert knows two fields of work, the next one beginning where the one before ended."""
    version = policy_in_force(db.session(), shanghai_date(today))
    fields = policy_of(db.session(), version).fields if version else ()
    experts = sorted(key for key in cast.actors if key.startswith("expert"))
    for place, key in enumerate(experts):
        known = [fields[(place + turn) % len(fields)][0] for turn in (0, 1)]
        user_id = cast.actors[key].user_id
        assert user_id is not None
        name_fields(user_id, NameFields(fields_known=known), known, actor=cast.actors["secretary"], now=today)


def arrange_session(cast: Cast, today: datetime) -> None:
    """One session for the panels that are at work, unless there is one already."""
    session = db.session()
    waiting = select(Project.number).join(Case, Case.id == Project.case_id).where(Case.stage == "expert_review")
    numbers = list(session.scalars(waiting.order_by(Case.id)))
    there = session.scalar(select(ReviewSession.id).limit(1))
    session.rollback()
    if there is not None or not numbers:
        return
    day = working_day_after(shanghai_date(today), DAYS_AHEAD)
    begins = today.replace(year=day.year, month=day.month, day=day.day, hour=MORNING, minute=0, second=0, microsecond=0)
    command = ScheduleSession(
        projects=numbers[:20], starts_at=begins, ends_at=begins + timedelta(hours=NOON - MORNING),
        place="世博村路 300 号 3 号楼 201 会议室（演示）", link="线上会议 000-000-000（演示）", sheets_due_on=day,
        note="请携带身份证件；评分表请在会前提交。",
    )  # fmt: skip
    schedule_session(command, actor=cast.actors["secretary"], now=today)
    unopened = waiting.where(~exists().where(Panel.project_id == Case.id, Panel.entered_seq == Case.entered_seq))
    for number in session.scalars(unopened.order_by(Project.case_id)).all():
        draw_panel(number, actor=cast.actors["secretary"], now=today)


def enter_ties(cast: Cast, today: datetime) -> None:
    """One expert teaches at a university, and another was on the council of an applicant until last year."""
    session = db.session()
    applicant = session.execute(select(Organisation.uscc, Organisation.name).order_by(Organisation.id).limit(1)).one()
    known = session.scalar(select(Affiliation.id).limit(1))
    session.rollback()
    if known is not None:
        return
    told = [
        ("expert7", RecordTie(kind="employment", uscc=UNIVERSITY, organisation="浦江示例大学（演示）", position="教授",
                              from_on=date(2015, 9, 1))),
        ("expert6", RecordTie(kind="board", uscc=applicant.uscc, organisation=applicant.name, position="理事（演示）",
                              from_on=date(2012, 1, 1), until_on=date(2019, 12, 31))),
    ]  # fmt: skip
    for key, command in told:
        user_id = cast.actors[key].user_id
        assert user_id is not None
        record_tie(user_id, command, by=cast.actors["secretary"].user_id, now=today)
