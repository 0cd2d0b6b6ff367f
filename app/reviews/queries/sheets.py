"""Panels, score sheets and votes as pages and the API show them.

What stands in a sheet is kept back from everybody but its expert until every sheet of the panel is
in. Source: design "Score sheet" 4.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.casework.permissions import SHEET_READERS, visible, visible_as
from app.people.models import User
from app.people.permissions import Actor
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.reviews.models import JointDecision, JointVote, Panel, ScoreSheet
from app.reviews.subject import enough_voted, standing
from workflows.policy import Policy
from workflows.project_facts import Facts
from workflows.project_rules import every_sheet_is_in
from workflows.review import makes_a_panel


@dataclass(frozen=True, slots=True)
class SheetContent:
    """What an expert wrote; points of 100, the amount in fen."""

    scores: Mapping[str, int]
    comments: Mapping[str, str]
    total: int
    recommendation: str
    suggested_amount: int
    comment: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One sheet. `content` is None while nothing is submitted or the reader may not see it yet.

    `panel` counts the panels of the project from 1, `case` is what acts on the sheet name, `whole`
    says whether every sheet of its panel is in.
    """

    case: UUID
    panel: int
    position: int
    expert: str
    stage: str
    declared_at: datetime | None
    conflict_statement: str | None
    submitted_at: datetime | None
    content: SheetContent | None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class PanelSummary:
    """The latest panel: how many sheets were named, are running, are in; and its result once closed."""

    session_on: date
    named: int
    running: int
    submitted: int
    outcome: str | None
    score: Fraction | None
    dropped: int | None
    suggested_amount: int | None
    opinion: str | None
    experts: tuple[str, ...]
    closed_at: datetime | None

    def lacks_experts(self, policy: Policy) -> bool:
        """Whether those who scored and those who still score are no panel any more."""
        return self.closed_at is None and not makes_a_panel(self.running + self.submitted, policy)


@dataclass(frozen=True, slots=True)
class VoteRow:
    """One member's vote in one sitting; `counts` unless the papers changed or a conflict arose while it lasted."""

    sitting: int
    member: str
    vote: str
    comment: str
    cast_at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """How a sitting ended; the amount is fen."""

    sitting: int
    outcome: str
    amount: int | None
    votes_for: int
    votes_against: int
    votes_abstained: int
    minutes: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class JointReview:
    """All votes and decisions of the joint review, oldest first, and the number of the present sitting."""

    sitting: int
    votes: tuple[VoteRow, ...]
    decisions: tuple[DecisionRow, ...]


def panel_of(session: Session, root: Case) -> Panel:
    """The panel of the project's present visit to expert review."""
    return session.scalars(
        select(Panel).where(Panel.project_id == root.id, Panel.entered_seq == root.entered_seq)
    ).one()


def sitting_of(session: Session, root_id: int) -> int:
    """The number of the present sitting of the joint review, from 1."""
    ended = session.scalar(select(func.count()).where(JointDecision.project_id == root_id)) or 0
    return ended + 1


def sheets_of(session: Session, root_id: int, actor: Actor, *, now: datetime) -> tuple[SheetRow, ...]:
    """The sheets that this actor sees, panel by panel: an expert his or her own, the offices all.

    Before every sheet of a panel is in, the offices learn no more than who has submitted.
    """
    policy = _policy(session, root_id)
    number = (
        select(Panel.id, func.row_number().over(order_by=Panel.id).label("number"))
        .where(Panel.project_id == root_id)
        .subquery()
    )
    root = aliased(Case)
    left = and_(Panel.outcome.is_(None), Panel.entered_seq != root.entered_seq).label("left")
    rows = session.execute(
        select(
            ScoreSheet,
            Case.pid,
            Case.stage,
            Case.closed_at,
            User.name,
            number.c.number,
            visible(actor).label("seen"),
            left,
        )
        .join(Case, Case.id == ScoreSheet.case_id)
        .join(User, User.id == ScoreSheet.expert_id)
        .join(number, number.c.id == ScoreSheet.panel_id)
        .join(Panel, Panel.id == ScoreSheet.panel_id)
        .join(root, root.id == ScoreSheet.project_id)
        .where(ScoreSheet.project_id == root_id)
        .order_by(ScoreSheet.panel_id, ScoreSheet.position),
        execution_options={"populate_existing": True},
    ).all()
    whole = {
        panel_id: _is_whole([row for row in rows if row[0].panel_id == panel_id], policy, now)
        for panel_id in {row[0].panel_id for row in rows}
    }
    return tuple(
        _sheet_row(row, whole=whole[row[0].panel_id], own=row[0].expert_id == actor.user_id) for row in rows if row.seen
    )


def _is_whole(rows: Sequence[Any], policy: Policy, now: datetime) -> bool:
    """Whether every sheet of a panel is in, by the rule that lets the panel close.

    What was voided when the project left its panel was never in; what the secretary voided counts no more.
    """
    unfinished = sum(row.closed_at is None or (row.left and row[0].voided_at is not None) for row in rows)
    totals = tuple(row[0].total for row in rows if row[0].total is not None)
    return every_sheet_is_in(Facts(now=now, policy=policy, sheets_running=unfinished, sheet_totals=totals)) is None


def _sheet_row(row: Any, *, whole: bool, own: bool) -> SheetRow:
    sheet: ScoreSheet = row[0]
    content = None
    if (whole or own) and sheet.submitted_at is not None:
        content = SheetContent(
            sheet.scores, sheet.comments, sheet.total, sheet.recommendation, sheet.suggested_amount, sheet.comment
        )
    return SheetRow(
        row.pid, row.number, sheet.position, row.name, row.stage, sheet.declared_at, sheet.conflict_statement,
        sheet.submitted_at, content, whole,
    )  # fmt: skip


def panel_summary(session: Session, root_id: int, actor: Actor) -> PanelSummary | None:
    """The latest panel of a project this actor sees; None where there is none."""
    sheet_case = aliased(Case)
    counted = (
        select(
            func.count().label("named"),
            func.count().filter(sheet_case.closed_at.is_(None)).label("running"),
            func.count(ScoreSheet.submitted_at).label("submitted"),
            ScoreSheet.panel_id,
        )
        .join(sheet_case, sheet_case.id == ScoreSheet.case_id)
        .where(ScoreSheet.project_id == root_id)
        .group_by(ScoreSheet.panel_id)
        .subquery()
    )
    row = session.execute(
        select(Panel, counted.c.named, counted.c.running, counted.c.submitted)
        .join(Case, Case.id == Panel.project_id)
        .join(counted, counted.c.panel_id == Panel.id)
        .where(Panel.project_id == root_id, visible(actor))
        .order_by(Panel.id.desc())
        .limit(1),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if row is None:
        return None
    panel: Panel = row[0]
    score = Fraction(panel.score_numerator, panel.score_denominator) if panel.outcome else None
    return PanelSummary(
        panel.session_on, row.named, row.running, row.submitted, panel.outcome, score, panel.dropped,
        panel.suggested_amount, panel.opinion, tuple(panel.experts or ()), panel.closed_at,
    )  # fmt: skip


def votes_of(session: Session, root_id: int, actor: Actor) -> JointReview | None:
    """The joint review for the offices concerned with it; None for everybody else and for its organisation."""
    made = JointDecision
    found = session.execute(
        select(
            made.sitting, made.outcome, made.amount, made.votes_for, made.votes_against, made.votes_abstained,
            made.minutes, User.name, made.decided_at,
        )
        .select_from(Case)
        .outerjoin(made, made.project_id == Case.id)
        .outerjoin(User, User.id == made.decided_by_id)
        .where(Case.id == root_id, visible_as(actor, SHEET_READERS))
        .order_by(made.sitting)
    ).all()  # fmt: skip
    if not found:
        return None
    counts = standing(func.coalesce(made.decided_at, func.now()), until=made.decided_at)
    votes = session.execute(
        select(JointVote.sitting, User.name, JointVote.vote, JointVote.comment, JointVote.cast_at, counts)
        .join(User, User.id == JointVote.user_id)
        .outerjoin(made, and_(made.project_id == JointVote.project_id, made.sitting == JointVote.sitting))
        .where(JointVote.project_id == root_id)
        .order_by(JointVote.sitting, JointVote.cast_at, JointVote.user_id)
    )
    decisions = tuple(DecisionRow(*row) for row in found if row.sitting is not None)
    return JointReview(len(decisions) + 1, tuple(VoteRow(*row) for row in votes), decisions)


def awaits_decision(session: Session, root: Case) -> bool:
    """Whether so many votes on a project in joint review count that it now waits for whoever approves."""
    if root.stage != "joint_review":
        return False
    return bool(session.scalar(select(exists().where(Case.id == root.id, enough_voted()))))


def _policy(session: Session, root_id: int) -> Policy:
    policy_id = session.scalar(select(Project.policy_id).where(Project.case_id == root_id))
    return policy_of(session, policy_id)
