"""Recorders of expert review and joint review, and the opening of score sheets."""

from collections.abc import Iterable, Sequence
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.casework.commands import Reasoned
from app.casework.effects import let_go, recuse_from
from app.casework.models import Case
from app.casework.subjects import Act, Opening, describes, opens, records
from app.database import locked
from app.outbox.service import enqueue
from app.people.models import User
from app.projects.models import Project
from app.refusals import FieldRefused
from app.reviews.commands import (
    AddExperts,
    Approve,
    CastVote,
    ClosePanel,
    DeclareConflict,
    Defer,
    OpenPanel,
    Recuse,
    SubmitSheet,
)
from app.reviews.models import AssignmentCheck, JointDecision, JointVote, Panel, ScoreSheet
from app.reviews.permissions import BARS, NOBODY, Candidate, candidates
from app.reviews.queries import panel_of, sitting_of
from app.reviews.queries.draws import Draw, current_draw
from app.reviews.service.drafts import forget_draft
from workflows.definition import because
from workflows.review import total
from workflows.roles import APPROVER

describes("aid_project", "add_experts", AddExperts)


@records("aid_project", "open_panel", OpenPanel)
def open_panel(act: Act) -> None:
    """The panel as a row; its sheets are opened by the effect that follows."""
    act.session.add(
        Panel(
            project_id=act.root.id,
            entered_seq=act.root.entered_seq,
            session_on=act.command.session_on,
            opened_at=act.now,
        )
    )


@opens("score_sheet")
def appoint(act: Act) -> Iterable[Opening]:
    """One sheet for each expert named. FieldRefused on `experts` says who cannot be one, and why."""
    panel = panel_of(act.session, act.root)
    named: Sequence[str] = act.command.experts
    found = candidates(act.session, named, act.root, act.facts.policy, act.now)
    known = {each.email: each for each in found}
    _refuse_unfit(named, known)
    draw = current_draw(act.session, act.root)
    _refuse_unexplained([known[email] for email in named], draw, act.command.reason)
    taken = act.session.scalar(select(func.max(ScoreSheet.position)).where(ScoreSheet.panel_id == panel.id)) or 0
    return [
        Opening(
            write=partial(_begin_sheet, act, panel, known[email], position, draw),
            assigned_user_id=known[email].id,
        )
        for position, email in enumerate(named, taken + 1)
    ]


def _begin_sheet(act: Act, panel: Panel, expert: Candidate, position: int, draw: Draw | None, case: Case) -> None:
    """The sheet, and beside it what was known of its expert at this moment and by which draw he or she came."""
    act.session.add(
        ScoreSheet(
            case_id=case.id, project_id=panel.project_id, panel_id=panel.id, expert_id=expert.id, position=position
        )
    )
    act.session.flush()
    act.session.add(
        AssignmentCheck(
            case_id=case.id,
            findings=[each.record() for each in expert.findings],
            reason=act.command.reason if expert.findings or _beside(expert, draw) else "",
            draw_id=draw.id if draw and draw.seats(expert.id) else None,
            checked_at=act.now,
            checked_by_id=act.actor.user_id,
        )
    )


def _beside(expert: Candidate, draw: Draw | None) -> bool:
    """Whether lots were drawn and this expert does not sit by them."""
    return draw is not None and draw.told is not None and not draw.seats(expert.id)


def _refuse_unexplained(people: Sequence[Candidate], draw: Draw | None, reason: str) -> None:
    if reason.strip():
        return
    if tied := [each.email for each in people if each.soft]:
        raise FieldRefused(
            "reason", because("以下专家与项目有提示性关联，须说明选定理由：{people}。", people="、".join(tied))
        )
    if beside := [each.email for each in people if _beside(each, draw)]:
        raise FieldRefused(
            "reason",
            because("本项目已抽签，以下专家不在抽中之列，须说明另行选定的理由：{people}。", people="、".join(beside)),
        )


def _refuse_unfit(named: Sequence[str], known: dict[str, Candidate]) -> None:
    if twice := sorted({email for email in named if list(named).count(email) > 1}):
        raise FieldRefused("experts", because("重复列出：{people}。", people="、".join(twice)))
    for barred, sentence, _short in BARS:
        if people := [email for email in named if barred(known.get(email, NOBODY))]:
            raise FieldRefused("experts", because(sentence.text, people="、".join(people)))


@records("score_sheet", "declare_conflict", DeclareConflict)
def declare_conflict(act: Act) -> None:
    """What the expert declared; with a conflict the project is gone from his or her sight at once."""
    sheet = locked(act.session, ScoreSheet, act.case.id)
    sheet.conflict = act.command.conflict
    sheet.conflict_statement = act.command.statement
    sheet.declared_at = act.now
    if sheet.conflict:
        recuse_from(act.session, act.root.id, user_id=sheet.expert_id, event_id=act.event.id, now=act.now)


@records("score_sheet", "recuse", Recuse)
def recuse(act: Act) -> None:
    """The conflict was seen after the file was opened: what was typed is forgotten, the word about it stands."""
    sheet = locked(act.session, ScoreSheet, act.case.id)
    sheet.conflict, sheet.conflict_statement = True, act.command.statement
    forget_draft(act.session, sheet.case_id)
    recuse_from(act.session, act.root.id, user_id=sheet.expert_id, event_id=act.event.id, now=act.now)


@records("score_sheet", "submit_sheet", SubmitSheet)
def submit_sheet(act: Act) -> None:
    """The scores with their sum; from now on the database refuses any change."""
    sheet = locked(act.session, ScoreSheet, act.case.id)
    sheet.scores = dict(act.command.scores)
    sheet.comments = dict(act.command.comments)
    sheet.total = total(act.command.scores)
    sheet.recommendation = act.command.recommendation
    sheet.suggested_amount = act.command.suggested_amount
    sheet.comment = act.command.comment
    sheet.submitted_at = act.now
    forget_draft(act.session, sheet.case_id)


@records("score_sheet", "void", Reasoned)
def void(act: Act) -> None:
    """The project left expert review before this sheet was in, or the secretary waits no longer for the expert.

    The expert has no more business here.
    """
    sheet = locked(act.session, ScoreSheet, act.case.id)
    sheet.voided_at = act.now
    forget_draft(act.session, sheet.case_id)
    let_go(act.session, act.root.id, user_id=sheet.expert_id, now=act.now)


@records("aid_project", "close_panel", ClosePanel)
def close_panel(act: Act) -> None:
    """The panel's exact result, the names behind it, and the amount it suggests in fen."""
    command, facts = act.command, act.facts
    panel = locked(act.session, Panel, panel_of(act.session, act.root).id)
    panel.outcome = command.outcome
    panel.score_numerator, panel.score_denominator = facts.panel.score.as_integer_ratio()
    panel.sheets = len(facts.sheet_totals)
    panel.dropped = 2 if panel.sheets >= facts.policy.trim_from else 0
    panel.suggested_amount = command.suggested_amount
    panel.opinion = command.opinion
    panel.experts = list(_names_behind(act.session, panel.id))
    panel.closed_at, panel.closed_by_id = act.now, act.actor.user_id
    if command.suggested_amount is not None:
        locked(act.session, Project, act.root.id).suggested = command.suggested_amount


def _names_behind(session: Session, panel_id: int) -> Iterable[str]:
    return session.scalars(
        select(User.name)
        .join(ScoreSheet, ScoreSheet.expert_id == User.id)
        .where(ScoreSheet.panel_id == panel_id, ScoreSheet.submitted_at.is_not(None))
        .order_by(ScoreSheet.position)
    )


@records("aid_project", "vote", CastVote)
def vote(act: Act) -> None:
    """One member's vote in the present sitting; whoever approves is told once enough have voted."""
    act.session.add(
        JointVote(
            project_id=act.root.id,
            sitting=sitting_of(act.session, act.root.id),
            user_id=act.actor.user_id,
            vote=act.command.vote,
            comment=act.command.comment,
            cast_at=act.now,
        )
    )
    cast = act.facts.votes_for + act.facts.votes_against + act.facts.votes_abstained + 1
    if cast == act.facts.policy.joint_panel_min:
        told = [("awaiting_approval", APPROVER)]
        enqueue(act.session, event_id=act.event.id, case_id=act.case.id, notices=told, now=act.now)


@records("aid_project", "approve", Approve)
def approve(act: Act) -> None:
    """The approved amount in fen, and the sitting with its votes and minutes."""
    locked(act.session, Project, act.root.id).approved = act.command.amount
    act.session.add(_decision(act, "approved", act.command.amount, act.command.minutes))


@records("aid_project", "defer", Defer)
def defer(act: Act) -> None:
    """The sitting ends undecided; its votes are kept and count no more."""
    act.session.add(_decision(act, "deferred", None, act.command.reason))


def _decision(act: Act, outcome: str, amount: int | None, minutes: str) -> JointDecision:
    facts = act.facts
    return JointDecision(
        project_id=act.root.id,
        sitting=sitting_of(act.session, act.root.id),
        outcome=outcome,
        amount=amount,
        votes_for=facts.votes_for,
        votes_against=facts.votes_against,
        votes_abstained=facts.votes_abstained,
        minutes=minutes,
        decided_by_id=act.actor.user_id,
        decided_at=act.now,
    )
