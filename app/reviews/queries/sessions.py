"""Sessions of panels: what waits for one, who could sit on it, and the entry in an expert's calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import IS_PROJECT, Case
from app.casework.permissions import SHEET_READERS, visible
from app.database import Missing
from app.organisations.models import Organisation
from app.people.models import User
from app.people.permissions import Actor
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.reviews.models import ExpertProfile, Panel, ReviewSession, ReviewSessionProject, ScoreSheet
from app.reviews.permissions import IS_EXPERT, Candidate, bar_of, experts_for
from app.reviews.queries.draws import Draw, current_draws
from workflows.conflicts import Finding
from workflows.definition import Reason
from workflows.policy import Policy
from workflows.review import makes_a_panel
from workflows.roles import EXPERT, SECRETARY

PAGE = 50
STAGE = "expert_review"


@dataclass(frozen=True, slots=True)
class PanelLine:
    """A project in expert review: whether its panel is open, how far it is, and when it meets."""

    case: Case
    number: str
    title: str
    organisation: str
    field: str | None
    requested: int
    policy_id: int
    opened_at: datetime | None
    named: int
    running: int
    submitted: int
    session: UUID | None
    starts_at: datetime | None

    @property
    def waiting(self) -> bool:
        """Whether its panel is still to be opened."""
        return self.opened_at is None

    def lacks_experts(self, policy: Policy) -> bool:
        """Whether those who scored and those who still score are no panel any more."""
        left = self.running + self.submitted
        return self.case.stage == STAGE and not self.waiting and not makes_a_panel(left, policy)


@dataclass(frozen=True, slots=True)
class ExpertLine:
    """An expert with fields of expertise and the files on his or her desk now; `done` were scored before."""

    id: int
    email: str
    name: str
    fields: tuple[str, ...]
    running: int
    done: int


@dataclass(frozen=True, slots=True)
class Seat:
    """One expert with regard to one project: what bars, and what one should think about."""

    expert: ExpertLine
    barred: Reason | None
    findings: tuple[Finding, ...]
    knows_field: bool
    #: What the draw of this visit says of the expert, if there is one.
    drawn: bool = False
    left: str = ""
    beside: bool = False

    @property
    def wants_reason(self) -> bool:
        """Whether whoever names this expert is to say why."""
        return self.barred is None and (bool(self.findings) or self.beside)


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One session with its projects; `seats` by the id of each project whose panel is still to be opened."""

    row: ReviewSession
    projects: tuple[PanelLine, ...]
    experts: tuple[ExpertLine, ...]
    seats: Mapping[int, Mapping[int, Seat]]


def panel_lines(session: Session, actor: Actor, *, before: int | None = None, limit: int = PAGE) -> list[PanelLine]:
    """The projects in expert review that this actor sees, newest first; up to `limit + 1` of them."""
    wanted = _lines(actor).where(Case.stage == STAGE).order_by(Case.id.desc()).limit(limit + 1)
    return [_line(row) for row in session.execute(wanted if before is None else wanted.where(Case.id < before))]


def sessions_to_come(
    session: Session, actor: Actor, since: datetime, limit: int = PAGE
) -> Sequence[tuple[ReviewSession, int]]:
    """The sessions that end after this moment, the next one first, with the number of their projects that one sees."""
    wanted = select(ReviewSession, _projects_in(actor)).where(ReviewSession.ends_at >= since)
    rows = session.execute(wanted.order_by(ReviewSession.starts_at, ReviewSession.id).limit(limit))
    return [(row, number) for row, number in rows]


def session_page(session: Session, actor: Actor, pid: UUID, now: datetime) -> SessionPage:
    """One session for whoever arranges panels: its projects, and who may sit on those not opened yet."""
    row = session_row(session, pid)
    lines = session.execute(
        _lines(actor).where(ReviewSession.id == row.id).order_by(Case.id),
        execution_options={"populate_existing": True},
    )
    projects = tuple(_line(each) for each in lines)
    waiting = [(each.case, policy_of(session, each.policy_id)) for each in projects if each.waiting and _here(each)]
    experts = tuple(expert_lines(session)) if waiting else ()
    found = {(each.project_id, each.id): each for each in experts_for(session, waiting, now)}
    fields = {each.case.id: each.field for each in projects}
    draws = current_draws(session, [case for case, _policy in waiting])
    seats = {
        case.id: {
            expert.id: _seat(expert, found[case.id, expert.id], fields[case.id], draws.get(case.id))
            for expert in experts
            if (case.id, expert.id) in found
        }
        for case, _policy in waiting
    }
    return SessionPage(row, projects, experts, seats)


def session_row(session: Session, pid: UUID) -> ReviewSession:
    """The session of this public id; `Missing` when there is none."""
    row = session.scalars(
        select(ReviewSession).where(ReviewSession.pid == pid), execution_options={"populate_existing": True}
    ).one_or_none()
    if row is None:
        raise Missing(str(pid))
    return row


def session_for(session: Session, actor: Actor, pid: UUID) -> tuple[ReviewSession, int]:
    """A session for the calendar of whoever goes there, with the number of his or her projects in it.

    The secretary goes to every session; an expert to those of a panel on which he or she sits. Recused
    experts sit nowhere, and `Missing` is the answer for absent and forbidden alike.
    """
    own = and_(ScoreSheet.expert_id == actor.user_id, visible(actor), Case.stage.in_(("assigned", "open", "submitted")))
    count = (
        select(func.count())
        .select_from(ScoreSheet)
        .join(Case, Case.id == ScoreSheet.case_id)
        .join(Panel, Panel.id == ScoreSheet.panel_id)
        .join(
            ReviewSessionProject,
            and_(
                ReviewSessionProject.project_id == Panel.project_id,
                ReviewSessionProject.entered_seq == Panel.entered_seq,
            ),
        )
        .where(ReviewSessionProject.session_id == ReviewSession.id, own)
        .scalar_subquery()
    )
    if actor.holds(SECRETARY):
        count = _projects_in(actor)
    elif not actor.holds(EXPERT):
        raise Missing(str(pid))
    row = session.execute(select(ReviewSession, count).where(ReviewSession.pid == pid)).one_or_none()
    if row is None or (row[1] == 0 and not actor.holds(SECRETARY)):
        raise Missing(str(pid))
    return row[0], row[1]


def session_of_project(session: Session, actor: Actor, root_id: int) -> ReviewSession | None:
    """The session on which a project is or was listed last, for the offices concerned; None for everybody else."""
    if not actor.roles & SHEET_READERS:
        return None
    return session.scalars(
        select(ReviewSession)
        .join(ReviewSessionProject, ReviewSessionProject.session_id == ReviewSession.id)
        .where(ReviewSessionProject.project_id == root_id)
        .order_by(ReviewSessionProject.entered_seq.desc())
        .limit(1)
    ).one_or_none()


def expert_lines(session: Session) -> list[ExpertLine]:
    """Every active expert, by name, with what lies on the desk."""
    sheet = aliased(Case)
    own = select(func.count()).select_from(ScoreSheet).where(ScoreSheet.expert_id == User.id)
    running = own.join(sheet, sheet.id == ScoreSheet.case_id).where(sheet.closed_at.is_(None)).scalar_subquery()
    done = own.where(ScoreSheet.submitted_at.is_not(None)).scalar_subquery()
    rows = session.execute(
        select(User.id, User.email, User.name, ExpertProfile.fields, running, done)
        .outerjoin(ExpertProfile, ExpertProfile.user_id == User.id)
        .where(User.active, IS_EXPERT)
        .order_by(User.name, User.email)
    )
    return [ExpertLine(*row[:3], tuple(row[3] or ()), *row[4:]) for row in rows]


def projects_to_list(session: Session, actor: Actor, pid: UUID | None = None) -> list[PanelLine]:
    """The projects that can be on the list of a session: on no other one, or already on this."""
    free = ReviewSession.id.is_(None)
    mine = or_(free, ReviewSession.pid == pid) if pid else free
    wanted = _lines(actor).where(Case.stage == STAGE, mine).order_by(Case.id).limit(4 * PAGE)
    return [_line(row) for row in session.execute(wanted)]


def _projects_in(actor: Actor) -> ScalarSelect[int]:
    """How many projects of the session of the row this actor sees."""
    return (
        select(func.count())
        .select_from(ReviewSessionProject)
        .join(Case, Case.id == ReviewSessionProject.project_id)
        .where(ReviewSessionProject.session_id == ReviewSession.id, visible(actor))
        .correlate(ReviewSession)
        .scalar_subquery()
    )


def _lines(actor: Actor) -> Select[Any]:
    sheet = aliased(Case)
    counted = (
        select(
            ScoreSheet.panel_id,
            func.count().label("named"),
            func.count().filter(sheet.closed_at.is_(None)).label("running"),
            func.count(ScoreSheet.submitted_at).label("submitted"),
        )
        .join(sheet, sheet.id == ScoreSheet.case_id)
        .where(ScoreSheet.panel_id == Panel.id)
        .group_by(ScoreSheet.panel_id)
        .lateral()
    )
    return (
        select(
            Case, Project.number, Project.title, Organisation.name, Project.field, Project.requested,
            Project.policy_id, Panel.opened_at, func.coalesce(counted.c.named, 0),
            func.coalesce(counted.c.running, 0), func.coalesce(counted.c.submitted, 0), ReviewSession.pid,
            ReviewSession.starts_at,
        )
        .join(Project, Project.case_id == Case.id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .outerjoin(
            ReviewSessionProject,
            and_(
                ReviewSessionProject.project_id == Case.id,
                or_(Case.stage != STAGE, ReviewSessionProject.entered_seq == Case.entered_seq),
            ),
        )
        .outerjoin(ReviewSession, ReviewSession.id == ReviewSessionProject.session_id)
        .outerjoin(
            Panel,
            and_(
                Panel.project_id == Case.id,
                Panel.entered_seq == func.coalesce(ReviewSessionProject.entered_seq, Case.entered_seq),
            ),
        )
        .outerjoin(counted, counted.c.panel_id == Panel.id)
        .where(IS_PROJECT, visible(actor))
    )  # fmt: skip


def _line(row: Any) -> PanelLine:
    return PanelLine(*row)


def _here(line: PanelLine) -> bool:
    return bool(line.case.stage == STAGE)


def _seat(expert: ExpertLine, candidate: Candidate, field: str | None, draw: Draw | None) -> Seat:
    seat = Seat(expert, bar_of(candidate), candidate.findings, field in expert.fields)
    if draw is None or draw.told is None:
        return seat
    drawn = draw.seats(expert.id)
    return replace(seat, drawn=drawn, left=draw.left.get(expert.id, ""), beside=not drawn)
