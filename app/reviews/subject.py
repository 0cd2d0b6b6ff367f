"""What reviews tell the rules: the sheets and votes of a project, and the facts of one score sheet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, ScalarSelect, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.casework.models import Case, Recusal
from app.casework.permissions import tied
from app.casework.subjects import Ids, Somebody, Subject, contribute, register, subject_case, waits_for
from app.database import db
from app.documents.models import Paper
from app.evidence.models import Event
from app.people.models import User
from app.programmes.models import PolicyVersion
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.reviews.models import JointDecision, JointVote, Panel, ReviewSession, ReviewSessionProject, ScoreSheet
from workflows.calendar import shanghai_date
from workflows.review import SCORE_SHEET, Facts
from workflows.roles import APPROVER, PANEL_MEMBER


def _sheets(column: Any, ids: Ids) -> Any:
    """A column over the sheets of the panel that this visit to expert review has, if any."""
    return (
        select(column)
        .select_from(ScoreSheet)
        .join(Panel, Panel.id == ScoreSheet.panel_id)
        .where(Panel.project_id == ids.root, Panel.entered_seq == subject_case.entered_seq)
    )


def _running(ids: Ids) -> Any:
    sheet_case = aliased(Case)
    return (
        _sheets(func.count(), ids)
        .join(sheet_case, sheet_case.id == ScoreSheet.case_id)
        .where(sheet_case.closed_at.is_(None))
        .scalar_subquery()
    )


def _submitted(column: Any) -> Any:
    return lambda ids: (
        _sheets(func.array_agg(aggregate_order_by(column, ScoreSheet.position)), ids)
        .where(ScoreSheet.submitted_at.is_not(None))
        .scalar_subquery()
    )


def _votes(ids: Ids) -> Any:
    """The votes of the present sitting: every decision, a deferral too, ends one."""
    ended = select(func.count()).where(JointDecision.project_id == ids.root)
    sittings = ended.correlate(subject_case).scalar_subquery()
    return select(func.count()).where(JointVote.project_id == ids.root, JointVote.sitting == sittings + 1)


def _sheets_due_on(ids: Ids) -> Any:
    """The last day for the sheets of the session on whose list this visit to expert review stands, if any."""
    visit = and_(
        ReviewSessionProject.project_id == Panel.project_id, ReviewSessionProject.entered_seq == Panel.entered_seq
    )
    return (
        select(ReviewSession.sheets_due_on)
        .join(ReviewSessionProject, ReviewSessionProject.session_id == ReviewSession.id)
        .join(Panel, visit)
        .join(ScoreSheet, ScoreSheet.panel_id == Panel.id)
        .where(ScoreSheet.case_id == ids.case)
        .scalar_subquery()
    )


def _other_sheets(ids: Ids) -> Any:
    """How many sheets of the same panel are at work or in, apart from this one."""
    other, its_case = aliased(ScoreSheet), aliased(Case)
    return (
        select(func.count())
        .select_from(ScoreSheet)
        .join(other, and_(other.panel_id == ScoreSheet.panel_id, other.case_id != ScoreSheet.case_id))
        .join(its_case, its_case.id == other.case_id)
        .where(ScoreSheet.case_id == ids.case, its_case.stage.in_(("assigned", "open", "submitted")))
        .scalar_subquery()
    )


def standing(at: Any, *, until: Any = None) -> ColumnElement[bool]:
    """The condition on `JointVote` that it counts: cast on the papers as they are, by whoever has no conflict since.

    The minutes are written after the vote. `until` is when the sitting ended, NULL while it lasts: what came
    later changes nothing of it.
    """
    changed_at = func.coalesce(Paper.withdrawn_at, Paper.uploaded_at)
    changed = select(Paper.id).where(
        Paper.root_id == JointVote.project_id, Paper.kind != "minutes", changed_at > JointVote.cast_at
    )
    recused = (
        select(Recusal.root_id)
        .join(Event, Event.id == Recusal.event_id)
        .where(Recusal.root_id == JointVote.project_id, Recusal.user_id == JointVote.user_id)
    )
    if until is not None:
        changed = changed.where(or_(until.is_(None), changed_at <= until))
        recused = recused.where(or_(until.is_(None), Event.at <= until))
    untied = tied(JointVote.project_id, JointVote.user_id, at).is_(None)
    return and_(~changed.exists(), ~recused.exists(), untied)


def _standing(ids: Ids) -> Any:
    return _votes(ids).where(standing(ids.now))


def _cast(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many votes the present sitting of the project of the row has."""
    ended = select(func.count()).where(JointDecision.project_id == Case.id).correlate(Case).scalar_subquery()
    votes = select(func.count()).where(JointVote.project_id == Case.id, JointVote.sitting == ended + 1, *conditions)
    return votes.correlate(Case, User).scalar_subquery()


def _not_voted(somebody: Somebody) -> ColumnElement[bool]:
    return or_(Case.stage != "joint_review", _cast(JointVote.user_id == somebody) == 0)


def enough_voted() -> ColumnElement[bool]:
    """Whether so many votes count that whoever approves can decide; the number is that of the project's policy."""
    least = cast(PolicyVersion.body["joint_panel_min"].astext, Integer)
    wanted = select(least).join(Project, Project.policy_id == PolicyVersion.id).where(Project.case_id == Case.id)
    return and_(Case.stage == "joint_review", _cast(standing(func.now())) >= wanted.correlate(Case).scalar_subquery())


waits_for(PANEL_MEMBER, PANEL_MEMBER, _not_voted)
waits_for(APPROVER, PANEL_MEMBER, lambda _somebody: enough_voted())
contribute(
    "aid_project",
    sheets_running=_running,
    sheet_totals=_submitted(ScoreSheet.total),
    sheet_suggestions=_submitted(ScoreSheet.suggested_amount),
    sheet_recommendations=_submitted(ScoreSheet.recommendation),
    votes_for=lambda ids: _standing(ids).where(JointVote.vote == "for").scalar_subquery(),
    votes_against=lambda ids: _standing(ids).where(JointVote.vote == "against").scalar_subquery(),
    votes_abstained=lambda ids: _standing(ids).where(JointVote.vote == "abstain").scalar_subquery(),
    has_voted=lambda ids: _votes(ids).where(JointVote.user_id == ids.actor).scalar_subquery() > 0,
)
contribute(
    "score_sheet",
    policy_id=lambda ids: select(Project.policy_id).where(Project.case_id == ids.root).scalar_subquery(),
    requested=lambda ids: select(Project.requested).where(Project.case_id == ids.root).scalar_subquery(),
    sheets_due_on=_sheets_due_on,
    other_sheets=_other_sheets,
)


def facts(row: Mapping[str, Any], asked: Mapping[str, Any], now: datetime) -> Facts:
    """The policy of the project, the requested amount in fen, until when sheets are taken, and what is asked."""
    return Facts(
        policy=policy_of(db.session(), row["policy_id"]), asked=asked, requested=row["requested"],
        today=shanghai_date(now), sheets_due_on=row["sheets_due_on"], other_sheets=row["other_sheets"],
    )  # fmt: skip


register(Subject(workflow=SCORE_SHEET, facts=facts))
