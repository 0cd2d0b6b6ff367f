"""Meetings of the joint panel: convening, the list, presence and minutes, and the result that stands.

Nothing here decides: votes, approvals and refusals are acts on each project.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.database import Missing, transaction
from app.evidence.service import canonical
from app.people.permissions import Actor
from app.programmes.queries import programme_year
from app.projects.models import Project
from app.refusals import FieldRefused, constraints
from app.reviews.commands import ConveneMeeting
from app.reviews.models import (
    JointDecision,
    JointMeeting,
    JointMeetingPresence,
    JointMeetingProject,
    JointVote,
)
from app.reviews.models.meetings import PRESENCE_LABELS
from app.reviews.queries.meeting_lists import waiting_of
from app.reviews.queries.meetings import OUTCOME_LABELS, AgendaLine, MeetingPage, meeting_page
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.engine import Refused
from workflows.money import in_capitals

#: Characters of the minutes at most.
LONGEST = 20_000
VOTE_LABELS = {"for": "同意", "against": "不同意", "abstain": "弃权"}


class MinutesMovedOn(Refused):
    """The minutes were saved from another window in the meantime."""

    def __init__(self) -> None:
        super().__init__(because("会议记录已在另一个窗口中修改。请先核对两处内容，再保存。"))


def convene_meeting(command: ConveneMeeting, *, actor: Actor, now: datetime) -> UUID:
    """A meeting on every project of the year that waits for one; its public id."""
    code, _slash, year = command.year.partition("/")
    if not (year.isascii() and year.isdigit()):
        raise FieldRefused("year", because("没有这个预算年度。"))
    open_already = because("该预算年度还有一次会议没有结束。")
    with transaction() as session, constraints({"uq_joint_meeting_open": ("year", open_already)}):
        try:
            found = programme_year(session, code, int(year))
        except Missing:
            raise FieldRefused("year", because("没有这个预算年度。")) from None
        row = JointMeeting(
            pid=uuid4(), programme_year_id=found.case_id, held_at=command.held_at, place=command.place,
            envelope=command.envelope, created_at=now, changed_at=now, changed_by_id=actor.user_id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        if not _take_in(session, row, actor):
            raise FieldRefused("year", because("该预算年度没有等待会审的项目。"))
        return row.pid


def take_in_projects(pid: UUID, *, actor: Actor, now: datetime) -> int:
    """Put the projects that have come to joint review since on the list; how many there were."""
    with transaction() as session:
        row = _open(session, pid)
        row.changed_at, row.changed_by_id = now, actor.user_id
        return _take_in(session, row, actor)


def take_off_project(pid: UUID, number: str, *, actor: Actor, now: datetime) -> None:
    """Leave a project for another meeting. Refused once somebody voted on it here, or it is decided."""
    with transaction() as session:
        row = _open(session, pid)
        line = session.scalars(
            select(JointMeetingProject)
            .join(Project, Project.case_id == JointMeetingProject.project_id)
            .where(JointMeetingProject.meeting_id == row.id, Project.number == number)
        ).one_or_none()
        if line is None:
            raise Missing(number)
        here = {"project_id": line.project_id, "sitting": line.sitting}
        if any(session.scalar(select(exists(select(each).filter_by(**here)))) for each in (JointVote, JointDecision)):
            raise Refused(because("该项目已在本次会议表决，不能移出。"))
        session.execute(delete(JointMeetingProject).filter_by(**here))
        row.changed_at, row.changed_by_id = now, actor.user_id


def keep_minutes(
    pid: UUID, minutes: str, presence: Mapping[int, str], *, version: int, actor: Actor, now: datetime
) -> int:
    """Keep the minutes and who takes part; the new version. MinutesMovedOn when another window was faster."""
    if len(minutes) > LONGEST:
        raise FieldRefused("minutes", because("至多 {most} 个字。", most=LONGEST))
    if any(mode not in PRESENCE_LABELS for mode in presence.values()):
        raise FieldRefused("presence", because("出席情况须为所列之一。"))
    with transaction() as session:
        row = _open(session, pid)
        if row.version != version:
            raise MinutesMovedOn
        if presence and is_to_come(row, now):
            raise Refused(because("会议定于 {day} 召开，当天起登记出席。", day=shanghai_date(row.held_at).isoformat()))
        row.minutes, row.version = minutes.replace("\x00", ""), version + 1
        row.changed_at, row.changed_by_id = now, actor.user_id
        known = {each.id for each in meeting_page(session, actor, pid).members}
        if presence.keys() - known:
            raise FieldRefused("presence", because("不是会审成员。"))
        for user_id, mode in sorted(presence.items()):
            fresh = insert(JointMeetingPresence).values(meeting_id=row.id, user_id=user_id, mode=mode)
            session.execute(
                fresh.on_conflict_do_update(
                    index_elements=[JointMeetingPresence.meeting_id, JointMeetingPresence.user_id], set_={"mode": mode}
                )
            )
        return row.version


def close_meeting(pid: UUID, *, version: int, actor: Actor, now: datetime) -> None:
    """Keep the result for ever. Refused while a project is undecided, nobody is entered, or the minutes are blank."""
    with transaction() as session:
        row = _open(session, pid)
        if row.version != version:
            raise MinutesMovedOn
        session.flush()
        page = meeting_page(session, actor, pid)
        refuse_unfinished(page, now)
        result = result_of(page)
        row.result = result
        row.result_hash = hashlib.sha256(canonical(result)).hexdigest()
        row.closed_at, row.closed_by_id = now, actor.user_id


def result_of(page: MeetingPage) -> dict[str, Any]:
    """What the paper of the meeting says, in the shape `MeetingResult` of app.typesetting.shapes."""
    row = page.row
    held = [line for line in page.lines if line.outcome == "approved"]
    total = sum(line.approved or 0 for line in held)
    return {
        "programme": page.programme,
        "year": page.year,
        "held_on": shanghai_date(row.held_at).isoformat(),
        "place": row.place,
        "present": [
            {"name": each.name, "duty": "审批人" if each.approves else "会审成员", "mode": PRESENCE_LABELS[each.mode]}
            for each in page.members
            if each.mode is not None
        ],
        "envelope": page.envelope,
        "projects": [_told(line) for line in page.lines],
        "approved_count": len(held),
        "approved_total": total,
        "approved_capitals": in_capitals(total),
        "minutes": [line for line in row.minutes.splitlines() if line.strip()],
    }


def _told(line: AgendaLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "title": line.title,
        "organisation": line.organisation,
        # Cut off and not rounded up, so that nobody reads a mark that was not reached.
        "score": f"{int(line.score * 100) / 100:.2f}" if line.score is not None else "",
        "requested": line.requested,
        "suggested": line.suggested,
        "sitting": line.sitting,
        "votes": [
            {"member": v.member, "vote": VOTE_LABELS[v.vote] + ("" if v.counts else "（未计入）"), "comment": v.comment}
            for v in line.votes
        ],
        "votes_for": line.votes_for("for"),
        "votes_against": line.votes_for("against"),
        "votes_abstained": line.votes_for("abstain"),
        "outcome": OUTCOME_LABELS.get(line.outcome or "", "尚未决定"),
        "approved": line.approved,
        "capitals": in_capitals(line.approved) if line.approved is not None else "",
        "decided_by": line.decided_by or "",
        "said": line.said,
    }


def is_to_come(row: JointMeeting, now: datetime) -> bool:
    """Whether the day of the meeting is still to come: nobody has attended it yet, and it cannot end."""
    return shanghai_date(now) < shanghai_date(row.held_at)


def refuse_unfinished(page: MeetingPage, now: datetime) -> None:
    """Say what is still to be done before the meeting can be closed."""
    if is_to_come(page.row, now):
        day = shanghai_date(page.row.held_at).isoformat()
        raise Refused(because("会议定于 {day} 召开，当天以前不能结束。", day=day))
    if not page.whole:
        raise Refused(because("名单上有不向您显示的项目，会议须由其他人员结束。"))
    if not page.lines:
        raise Refused(because("会议没有审议任何项目。"))
    if undecided := [line.number for line in page.lines if line.outcome is None]:
        raise Refused(because("还有项目没有结论：{items}。", items="、".join(undecided)))
    if silent := [each.name for each in page.members if each.voted and each.mode in {None, "absent"}]:
        raise Refused(because("已表决的成员尚未登记出席：{items}。", items="、".join(silent)))
    if not page.row.minutes.strip():
        raise Refused(because("会议记录尚未填写。"))


def _take_in(session: Session, row: JointMeeting, actor: Actor) -> int:
    found = waiting_of(session, actor, row.programme_year_id)
    for project_id, sitting in found:
        session.add(JointMeetingProject(meeting_id=row.id, project_id=project_id, sitting=sitting))
    session.flush()
    return len(found)


def _open(session: Session, pid: UUID) -> JointMeeting:
    """The meeting, held; Refused when it is closed."""
    row = session.scalars(
        select(JointMeeting).where(JointMeeting.pid == pid).with_for_update(),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if row is None:
        raise Missing(str(pid))
    if row.closed_at is not None:
        raise Refused(because("会议已经结束，结果不能更改。"))
    return row
