"""An expert's own sheets: what is to be scored, and what was typed so far. Nobody else's, whatever the role."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, select
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import visible
from app.database import Missing
from app.organisations.models import Organisation
from app.people.permissions import Actor
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.reviews.models import Panel, ReviewSession, ReviewSessionProject, ScoreSheet, SheetDraft
from workflows.policy import PPM, Policy
from workflows.review import is_low

#: Sheets of one expert that a page shows; the unfinished come first.
MOST = 200
#: How a sheet stands on the desk of its expert.
STATE_LABELS = {"assigned": "待声明", "open": "可评审", "draft": "草稿", "submitted": "已提交"}
#: Where a sheet is still its expert's business. A recused expert finds no trace of the project.
OWN_STAGES = ("assigned", "open", "submitted")


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in a sheet so far, by the names of the fields; version 0 is before the first save."""

    typed: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """When and where the panel meets, as its expert is told."""

    pid: UUID
    starts_at: datetime
    ends_at: datetime
    place: str
    link: str
    sheets_due_on: date
    note: str


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One sheet on the desk: `state` is assigned, open, draft or submitted; `scored` of `items` have points."""

    pid: UUID
    number: str
    title: str
    organisation: str
    state: str
    due_at: datetime | None
    scored: int
    items: int
    saved_at: datetime | None
    submitted_at: datetime | None
    total: int | None
    session: Meeting | None


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """One sheet with what one needs to work on it; `requested` is fen."""

    case: Case
    sheet: ScoreSheet
    requested: int
    policy: Policy
    draft: Draft
    session: Meeting | None


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of the sheet as it stands: points and comment as typed; below `enough` a comment is wanted."""

    key: str
    label: str
    most: int
    enough: int
    points: str
    comment: str
    low: bool

    @property
    def unexplained(self) -> bool:
        """Whether so few points want a comment that is not there."""
        return self.low and not self.comment.strip()


def my_sheets(session: Session, actor: Actor) -> list[SheetLine]:
    """The sheets of whoever asks, those still to do first and by their terms, in one statement."""
    rows = session.execute(
        _own(actor, Project.number, Project.title, Organisation.name, Project.policy_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .order_by(ScoreSheet.submitted_at.desc().nulls_first(), Case.urgent_at, Case.id)
        .limit(MOST)
    )
    return [_line(session, row) for row in rows]


def own_sheet(session: Session, actor: Actor, pid: UUID) -> OwnSheet:
    """The sheet of whoever asks; `Missing` for absent, recused and somebody else's alike."""
    row = session.execute(
        _own(actor, Project.requested, Project.policy_id).where(Case.pid == pid),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if row is None:
        raise Missing(str(pid))
    policy = policy_of(session, row.policy_id)
    return OwnSheet(row[0], row[1], row.requested, policy, _draft(row[2]), _meeting(row[3]))


def item_lines(typed: Mapping[str, str], policy: Policy) -> tuple[ItemLine, ...]:
    """The items of the policy with what was typed for each."""
    lines = []
    for key, label, most in policy.score_items:
        points, comment = typed.get(f"scores-{key}", ""), typed.get(f"comments-{key}", "")
        given = points_of(points)
        enough = -(-most * policy.comment_under_ppm // PPM)
        low = given is not None and is_low(given, most, policy)
        lines.append(ItemLine(key, label, most, enough, points, comment, low))
    return tuple(lines)


def points_of(text: str) -> int | None:
    """The points that this text means; None where it means none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("100") else None


def cutoff_of_case() -> ScalarSelect[date]:
    """The last day for the sheet that the case of the row is, as its session says; NULL for any other case."""
    visit = and_(
        ReviewSessionProject.project_id == Panel.project_id, ReviewSessionProject.entered_seq == Panel.entered_seq
    )
    found = (
        select(ReviewSession.sheets_due_on)
        .join(ReviewSessionProject, ReviewSessionProject.session_id == ReviewSession.id)
        .join(Panel, visit)
        .join(ScoreSheet, ScoreSheet.panel_id == Panel.id)
        .where(ScoreSheet.case_id == Case.id)
    )
    return found.correlate(Case).scalar_subquery()


def _own(actor: Actor, *more: ColumnElement[Any] | Any) -> Select[Any]:
    """The sheets of this very person with draft and session, and what else is wanted."""
    visit = and_(
        ReviewSessionProject.project_id == Panel.project_id, ReviewSessionProject.entered_seq == Panel.entered_seq
    )
    return (
        select(Case, ScoreSheet, SheetDraft, ReviewSession, *more)
        .join(ScoreSheet, ScoreSheet.case_id == Case.id)
        .join(Panel, Panel.id == ScoreSheet.panel_id)
        .join(Project, Project.case_id == ScoreSheet.project_id)
        .outerjoin(SheetDraft, and_(SheetDraft.case_id == Case.id, SheetDraft.expert_id == actor.user_id))
        .outerjoin(ReviewSessionProject, visit)
        .outerjoin(ReviewSession, ReviewSession.id == ReviewSessionProject.session_id)
        .where(ScoreSheet.expert_id == actor.user_id, Case.stage.in_(OWN_STAGES), visible(actor))
    )


def _line(session: Session, row: Any) -> SheetLine:
    case, sheet, draft, meeting = row[:4]
    policy = policy_of(session, row.policy_id)
    typed = draft.typed if draft else {}
    scored = sum(points_of(typed.get(f"scores-{key}", "")) is not None for key, _label, _most in policy.score_items)
    state = "draft" if case.stage == "open" and draft else case.stage
    return SheetLine(
        case.pid, row.number, row.title, row.name, state, case.due_at, scored, len(policy.score_items),
        draft and draft.saved_at, sheet.submitted_at, sheet.total, _meeting(meeting),
    )  # fmt: skip


def _draft(row: SheetDraft | None) -> Draft:
    return Draft(row.typed, row.version, row.saved_at) if row else Draft()


def _meeting(row: ReviewSession | None) -> Meeting | None:
    if row is None:
        return None
    return Meeting(row.pid, row.starts_at, row.ends_at, row.place, row.link, row.sheets_due_on, row.note)
