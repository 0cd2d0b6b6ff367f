"""The amounts between which an act may decide, said before somebody types one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.casework.subjects import gather, subject_of
from app.people.permissions import Actor
from app.reviews.models import JointDecision, JointMeeting, JointMeetingProject
from app.text import money
from workflows.definition import Reason, because
from workflows.project_facts import Facts
from workflows.project_rules import every_sheet_is_in


@dataclass(frozen=True, slots=True)
class Limits:
    """Label and amount in fen of each bound, the mean of the scores where there is one, and what follows."""

    amounts: tuple[tuple[str, int], ...]
    said: tuple[Reason, ...]
    warned: tuple[Reason, ...] = ()
    score: float | None = None


def limits_of(session: Session, actor: Actor, case: Case, action: str, now: datetime) -> Limits | None:
    """What bounds the amount of a conclusion or an approval; None for other acts, and before all sheets are in."""
    if case.life != "aid_project" or action not in {"close_panel", "approve"}:
        return None
    facts = subject_of(case.workflow).facts(gather(session, case.life, [case.id], actor, now)[case.id], {}, now)
    if action == "approve":
        return _of_approval(session, case, facts)
    if every_sheet_is_in(facts) is not None:
        return None
    most = min(facts.requested, facts.panel.suggestion, facts.max_grant)
    amounts = (
        ("建议金额平均", facts.panel.suggestion),
        ("政策允许的资助上限", facts.max_grant),
        ("结论金额上限", most),
    )
    said = because("结论金额不得超过申请金额、专家建议金额的平均数和政策允许的资助上限中最低的一项。")
    return Limits(amounts, (said,), score=float(facts.panel.score))


def _of_approval(session: Session, case: Case, facts: Facts) -> Limits:
    most = min(facts.ceiling, facts.reserved)
    amounts = [("政策允许的资助上限", facts.max_grant), ("已预留金额", facts.reserved), ("至多可批准", most)]
    said = because("批准金额不得超过申请金额、专家评审的建议资助金额、政策允许的资助上限和已预留金额中最低的一项。")
    envelope, left = _envelope(session, case)
    if envelope is None or left >= most:
        return Limits(tuple(amounts), (said,))
    warned = because(
        "本次会议拟安排总额 {envelope} 元，尚可安排 {left} 元。规则不禁止批准更多，超出的请在会审纪要中说明。",
        envelope=money(envelope), left=money(max(left, 0)),
    )  # fmt: skip
    return Limits((*amounts, ("本次会议尚可安排", max(left, 0))), (said,), (warned,))


def _envelope(session: Session, case: Case) -> tuple[int | None, int]:
    """What the open meeting on this project means to hand out at most, and how much of it is left."""
    other, listed = aliased(JointMeetingProject), JointMeetingProject
    approved = (
        select(func.coalesce(func.sum(JointDecision.amount), 0))
        .join(other, and_(other.project_id == JointDecision.project_id, other.sitting == JointDecision.sitting))
        .where(other.meeting_id == JointMeeting.id, JointDecision.project_id != case.id)
        .correlate(JointMeeting)
        .scalar_subquery()
    )
    row = session.execute(
        select(JointMeeting.envelope, approved)
        .join(listed, listed.meeting_id == JointMeeting.id)
        .where(listed.project_id == case.id, JointMeeting.closed_at.is_(None))
    ).one_or_none()
    return (None, 0) if row is None or row[0] is None else (row[0], row[0] - int(row[1]))
