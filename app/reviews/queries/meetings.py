"""Meetings of the joint panel: the list under the envelope of its budget year, votes, presence, result."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.casework.permissions import SHEET_READERS, visible_as
from app.database import Missing
from app.evidence.models import Event, EventPrivate
from app.ledger.queries import programme_balance, project_balance
from app.organisations.models import Organisation
from app.people.models import RoleGrant, User
from app.people.permissions import Actor
from app.programmes.models import Programme, ProgrammeYear
from app.projects.models import Project
from app.reviews.models import (
    JointDecision,
    JointMeeting,
    JointMeetingPresence,
    JointMeetingProject,
    JointVote,
    Panel,
)
from app.reviews.queries.meeting_lists import waits
from app.reviews.subject import standing
from workflows.roles import APPROVER, PANEL_MEMBER

#: Where a project ends without a decision of the meeting being recorded as such.
ENDS = {"rejected": "rejected", "withdrawn": "withdrawn"}
OUTCOME_LABELS = {"approved": "已批准资助", "deferred": "暂缓审议", "rejected": "不予批准", "withdrawn": "已撤回"}


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote in the sitting that belongs to the meeting; `counts` unless the papers changed or a conflict arose."""

    user_id: int
    member: str
    vote: str
    comment: str
    counts: bool


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One project of the list; amounts are fen. `running` is the sum up to here, `fits` whether the money lasts.

    What counts in the sum is the approved amount, the suggested one until it is decided, and nothing
    for a project that is deferred, turned down or withdrawn. `tally` is how many votes of each kind count,
    as the decision was made on them.
    """

    case: Case
    sitting: int
    number: str
    title: str
    organisation: str
    requested: int
    suggested: int
    score: Fraction | None
    outcome: str | None
    approved: int | None
    said: str
    decided_by: str | None
    votes: tuple[Vote, ...]
    tally: Mapping[str, int]
    counts: int
    running: int
    fits: bool

    def votes_for(self, word: str) -> int:
        """How many votes like this count."""
        return self.tally.get(word, 0)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the joint panel or whoever approves, and how he or she takes part; `voted` in this meeting."""

    id: int
    name: str
    approves: bool
    mode: str | None
    voted: bool


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """One meeting. `available` is free in the budget year, `reserved` held for the projects of the list (fen).

    The lines are the projects that the reader sees as an office. `whole` says whether those are all on the list: the
    result and the minutes tell of every one.
    """

    row: JointMeeting
    programme: str
    code: str
    year: int
    available: int
    reserved: int
    lines: tuple[AgendaLine, ...]
    members: tuple[Member, ...]
    newcomers: int
    changed_by: str
    whole: bool

    @property
    def envelope(self) -> int:
        """What can be handed out at most: what was said, and never more than there is."""
        there = self.available + self.reserved
        return min(there, self.row.envelope) if self.row.envelope is not None else there

    @property
    def total(self) -> int:
        """The sum of what counts, over the whole list."""
        return self.lines[-1].running if self.lines else 0


def meeting_page(session: Session, actor: Actor, pid: UUID) -> MeetingPage:
    """One meeting with everything on it, in four statements; `Missing` when there is none."""
    newcomers = (
        select(func.count())
        .select_from(Case)
        .where(waits(actor), Case.programme_year_id == JointMeeting.programme_year_id)
        .scalar_subquery()
    )
    withheld = exists().where(
        JointMeetingProject.meeting_id == JointMeeting.id,
        ~exists().where(Case.id == JointMeetingProject.project_id, visible_as(actor, SHEET_READERS)),
    )
    found = session.execute(
        select(
            JointMeeting, Programme.name, Programme.code, ProgrammeYear.year,
            programme_balance(JointMeeting.programme_year_id, "available"), newcomers, User.name,
            ~withheld,
        )
        .join(ProgrammeYear, ProgrammeYear.case_id == JointMeeting.programme_year_id)
        .join(Programme, Programme.id == ProgrammeYear.programme_id)
        .join(User, User.id == JointMeeting.changed_by_id)
        .where(JointMeeting.pid == pid),
        execution_options={"populate_existing": True},
    ).one_or_none()  # fmt: skip
    if found is None:
        raise Missing(str(pid))
    row, programme, code, year, available, waiting, changed_by, whole = found
    agenda = _agenda(session, actor, row.id)
    reserved = sum(each.reserved for each in agenda)
    there = available + reserved
    envelope = min(there, row.envelope) if row.envelope is not None else there
    lines = _summed(agenda, _votes(session, row.id), envelope)
    members = _members(session, row.id)
    return MeetingPage(row, programme, code, year, available, reserved, lines, members, waiting, changed_by, whole)


def _agenda(session: Session, actor: Actor, meeting_id: int) -> Sequence[Any]:
    made, who = JointDecision, aliased(User)
    refused = (
        select(EventPrivate.body, who.name)
        .join(Event, Event.id == EventPrivate.event_id)
        .join(who, who.id == Event.actor_id)
        .where(Event.root_id == Case.id, Event.case_id == Case.id, Event.case_to == "rejected")
        .limit(1)
        .lateral()
    )
    return session.execute(
        select(
            Case, JointMeetingProject.sitting, Project.number, Project.title, Organisation.name.label("organisation"),
            Project.requested, Project.suggested, Panel.score_numerator, Panel.score_denominator,
            made.outcome, made.amount, made.minutes, made.votes_for, made.votes_against, made.votes_abstained,
            User.name.label("decided_by"),
            project_balance(Case.id, "reserved").label("reserved"), refused.c.body, refused.c.name.label("refused_by"),
        )
        .join(JointMeetingProject, JointMeetingProject.project_id == Case.id)
        .join(Project, Project.case_id == Case.id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .outerjoin(Panel, and_(Panel.project_id == Case.id, Panel.outcome.is_not(None)))
        .outerjoin(made, and_(made.project_id == Case.id, made.sitting == JointMeetingProject.sitting))
        .outerjoin(User, User.id == made.decided_by_id)
        .outerjoin(refused, true())
        .where(JointMeetingProject.meeting_id == meeting_id, visible_as(actor, SHEET_READERS))
        # Whoever scored higher comes first, so that the money ends below the better ones.
        .order_by((Panel.score_numerator * 1.0 / Panel.score_denominator).desc().nulls_last(), Project.number),
        execution_options={"populate_existing": True},
    ).all()  # fmt: skip


def _votes(session: Session, meeting_id: int) -> dict[int, list[Vote]]:
    made = JointDecision
    counts = standing(func.coalesce(made.decided_at, func.now()), until=made.decided_at)
    rows = session.execute(
        select(JointVote.project_id, User.id, User.name, JointVote.vote, JointVote.comment, counts)
        .join(User, User.id == JointVote.user_id)
        .join(
            JointMeetingProject,
            and_(
                JointMeetingProject.project_id == JointVote.project_id,
                JointMeetingProject.sitting == JointVote.sitting,
            ),
        )
        .outerjoin(made, and_(made.project_id == JointVote.project_id, made.sitting == JointVote.sitting))
        .where(JointMeetingProject.meeting_id == meeting_id)
        .order_by(JointVote.cast_at, User.id)
    )
    found: dict[int, list[Vote]] = {}
    for project_id, *rest in rows:
        found.setdefault(project_id, []).append(Vote(*rest))
    return found


def _summed(agenda: Sequence[Any], votes: dict[int, list[Vote]], envelope: int) -> tuple[AgendaLine, ...]:
    lines, running = [], 0
    for row in agenda:
        outcome = row.outcome or ENDS.get(row.Case.stage)
        counts = row.amount or 0 if outcome else row.suggested or 0
        running += counts
        cast = tuple(votes.get(row.Case.id, ()))
        score = Fraction(row.score_numerator, row.score_denominator) if row.score_denominator else None
        lines.append(
            AgendaLine(
                row.Case, row.sitting, row.number, row.title, row.organisation, row.requested, row.suggested or 0,
                score, outcome, row.amount, row.minutes or _reason(row), row.decided_by or row.refused_by,
                cast, _tally(row, cast), counts, running, running <= envelope,
            )
        )  # fmt: skip
    return tuple(lines)


def _tally(row: Any, votes: Sequence[Vote]) -> Mapping[str, int]:
    if row.outcome:
        return {"for": row.votes_for, "against": row.votes_against, "abstain": row.votes_abstained}
    return Counter(each.vote for each in votes if each.counts)


def _reason(row: Any) -> str:
    """Why the approver turned the project down, in his or her own words."""
    return str(json.loads(row.body).get("command", {}).get("reason", "")) if row.body else ""


def _members(session: Session, meeting_id: int) -> tuple[Member, ...]:
    """Everybody who holds the duty now, and whoever took part all the same."""

    def holds(role: str) -> Any:
        return exists().where(RoleGrant.user_id == User.id, RoleGrant.role == role, RoleGrant.ended_at.is_(None))

    voted = exists().where(
        JointVote.user_id == User.id,
        JointMeetingProject.project_id == JointVote.project_id,
        JointMeetingProject.sitting == JointVote.sitting,
        JointMeetingProject.meeting_id == meeting_id,
    )
    rows = session.execute(
        select(User.id, User.name, holds(APPROVER), JointMeetingPresence.mode, voted)
        .outerjoin(
            JointMeetingPresence,
            and_(JointMeetingPresence.user_id == User.id, JointMeetingPresence.meeting_id == meeting_id),
        )
        .where(
            or_(
                and_(User.active, or_(holds(PANEL_MEMBER), holds(APPROVER))),
                JointMeetingPresence.mode.is_not(None),
                voted,
            )
        )
        .order_by(User.name, User.id)
    )
    return tuple(Member(*row) for row in rows)
