"""What the stories stand on: the policy, the organisations, the people, one programme and its calls."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.casework.models import Case
from app.casework.service import seen_of, take_action
from app.database import db
from app.demo.cast import people
from app.demo.declaration import declaration
from app.demo.filing import add_paper
from app.demo.narrator import PREFIX, Cast, morning, told_keys
from app.demo.organisations import APPLICANTS
from app.demo.story import Story
from app.people.models import Unit, User
from app.people.permissions import Actor
from app.people.queries import actor_of
from app.programmes.commands import Appropriate, CreateProgramme, OpenCall
from app.programmes.models import Call, Programme
from app.programmes.queries import programme_year
from app.programmes.service import create_programme, open_call
from app.projects.commands import Declaration, NewProject
from app.projects.models import Project
from app.projects.service import create_project, save_declaration
from workflows.money import fen_of
from workflows.policy import DEFAULT_POLICY

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: From the morning until offices close.
OFFICE_HOURS = timedelta(hours=8)
#: How far back the history of the demonstration reaches.
HISTORY = 310 * DAY
PROGRAMME = "DKZY"
BUDGET = "12000000.00"
#: Code → title, days since it opened, days until it closes (negative: since it closed), budget.
CALLS = {
    "DKZY-1": ("第一批项目申报通知（演示）", 302, -268, "6000000.00"),
    "DKZY-2": ("第二批项目申报通知（演示）", 84, -50, "3000000.00"),
    "DKZY-3": ("第三批项目申报通知（演示）", 32, 66, "3000000.00"),
}


def first_day() -> datetime | None:
    """The moment since which the demonstration's people are there; None before the first start."""
    began = db.session.scalar(select(User.created_at).where(User.made_up).order_by(User.id).limit(1))
    db.session.rollback()
    return began


def gather_cast() -> Cast:
    """Everybody who acts in the stories."""
    found = {user.email: user.id for user in db.session.scalars(select(User).where(User.made_up))}
    units = {code: ident for ident, code in db.session.execute(select(Unit.id, Unit.code))}
    everybody = people()
    actors: dict[str, Actor] = {}
    for person in everybody:
        actor = actor_of(db.session(), found[person.email])
        assert actor is not None
        actors[person.key] = actor
    db.session.rollback()
    return Cast(
        actors=actors,
        emails={person.key: person.email for person in everybody},
        owners={applicant.uscc: applicant.key for applicant in APPLICANTS},
        posts={units[person.unit]: person.key for person in everybody if person.unit},
    )


def set_up_programme(cast: Cast, today: datetime) -> None:
    """The programme, its budget and its calls, each when it is not there yet."""
    fund = cast.actors["fund"]
    began = morning(today - HISTORY)
    if db.session.scalar(select(Programme.id).where(Programme.code == PROGRAMME)) is None:
        command = CreateProgramme(code=PROGRAMME, name="对口支援专项（演示）", year=began.year)
        create_programme(command, actor=fund, now=began)
    if f"{PREFIX}budget" not in told_keys():
        case = db.session.get_one(Case, programme_year(db.session(), PROGRAMME).case_id)
        pid, seen = case.pid, seen_of(case)
        db.session.rollback()
        command = Appropriate(amount=fen_of(BUDGET), document="沪财演示〔0001〕号")
        take_action(
            pid,
            "appropriate",
            actor=fund,
            seen=seen,
            command=command,
            idempotency_key=f"{PREFIX}budget",
            now=began + HOUR,
        )
    known = set(db.session.scalars(select(Call.code)))
    db.session.rollback()
    for code, (title, opened, closes, budget) in CALLS.items():
        if code not in known:
            opens_at = morning(today - opened * DAY)
            open_call(
                OpenCall(
                    code=code, title=f"{opens_at.year} 年度{title}", programme=PROGRAMME, opens_at=opens_at,
                    closes_at=morning(today + closes * DAY) + OFFICE_HOURS, budget=fen_of(budget),
                ),
                actor=fund, now=opens_at - DAY,
            )  # fmt: skip


def open_draft(story: Story, cast: Cast, today: datetime) -> int:
    """The project of a story as an empty draft, unless it is there; the id of its case."""
    found = select(Project.case_id).where(Project.title == story.title, Project.made_up)
    ident = db.session.scalar(found)
    db.session.rollback()
    if ident is None:
        command = NewProject(call=story.call, title=story.title, organisation=story.organisation)
        create_project(command, actor=_owner(story, cast), now=_drafted_at(story, today))
        ident = db.session.scalars(found).one()
        db.session.rollback()
    return ident


def fill_draft(story: Story, root_id: int, cast: Cast, today: datetime) -> None:
    """The declaration and every required paper, each unless it is there."""
    now, owner = _drafted_at(story, today) + HOUR, _owner(story, cast)
    pid, version = db.session.execute(
        select(Case.pid, Project.content_version).join(Case, Case.id == Project.case_id).where(Case.id == root_id)
    ).one()
    db.session.rollback()
    if version == 1:
        words = Declaration.model_validate(declaration(story, today))
        save_declaration(pid, words, version=1, actor=owner, now=now)
    for place, (kind, _label) in enumerate(DEFAULT_POLICY.required_papers, 1):
        add_paper(story, root_id, kind, by=owner.user_id, number=place, now=now)


def _owner(story: Story, cast: Cast) -> Actor:
    return cast.actors[cast.owners[story.organisation]]


def _drafted_at(story: Story, today: datetime) -> datetime:
    return morning(today - (story.submitted + 4) * DAY)
