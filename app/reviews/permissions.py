"""Who may sit on a panel: active experts with nothing that ties them to the project or its organisation.

Whoever belonged to the organisation within the policy's years is barred (条例 Art. 9 by analogy).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, DateTime, and_, column, exists, or_, select, true, values
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case, Duty
from app.people.models import RoleGrant, User
from app.reviews.models import Panel, ScoreSheet
from workflows.calendar import end_of, months_after, shanghai_date
from workflows.definition import Reason, because
from workflows.policy import Policy
from workflows.roles import EXPERT

MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person who could be named for a panel, and all that may bar him or her from it.

    `recused_elsewhere` bars nobody: it tells of a conflict that was declared on another project of
    the same organisation, for whoever draws the panel to think about.
    """

    id: int
    project_id: int = 0
    email: str
    name: str
    active: bool
    is_expert: bool = False
    belonged: bool = False
    has_other_duty: bool = False
    is_recused: bool = False
    is_seated: bool = False
    recused_elsewhere: bool = False


#: Whether the user of the row holds the role of expert now.
IS_EXPERT = exists().where(RoleGrant.user_id == User.id, RoleGrant.role == EXPERT, RoleGrant.ended_at.is_(None))
NOBODY = Candidate(id=0, email="", name="", active=False)
#: What bars a person from a panel, in the order in which it is said: to whoever named people, and in a table.
BARS: tuple[tuple[Callable[[Candidate], bool], Reason, Reason], ...] = (
    (lambda c: not c.active, because("没有这样的在岗人员：{people}。"), because("不在岗")),
    (lambda c: not c.is_expert, because("不是评审专家：{people}。"), because("不是评审专家")),
    (
        lambda c: c.belonged,
        because("现在或近年属于该项目主体，应当回避：{people}。"),
        because("现在或近年属于该项目主体"),
    ),
    (lambda c: c.has_other_duty, because("在本项目已承担其他职责：{people}。"), because("在本项目已承担其他职责")),
    (lambda c: c.is_recused, because("已在本项目回避：{people}。"), because("已在本项目回避")),
    (lambda c: c.is_seated, because("已是本次评审的专家：{people}。"), because("已是本次评审的专家")),
)


def candidates(session: Session, emails: Sequence[str], root: Case, policy: Policy, now: datetime) -> list[Candidate]:
    """Those of these people who exist, each with everything that may bar him or her."""
    return _candidates(session, User.email.in_(emails), [(root, policy)], now)


def fit_experts(session: Session, root: Case, policy: Policy, now: datetime) -> list[Candidate]:
    """Every expert who may be named for the present panel of this project, by name."""
    found = _candidates(session, and_(User.active, IS_EXPERT), [(root, policy)], now)
    return sorted((each for each in found if bar_of(each) is None), key=lambda each: (each.name, each.email))


def experts_for(session: Session, roots: Sequence[tuple[Case, Policy]], now: datetime) -> list[Candidate]:
    """Every active expert with regard to each of these projects, in one statement."""
    return _candidates(session, and_(User.active, IS_EXPERT), roots, now) if roots else []


def bar_of(candidate: Candidate) -> Reason | None:
    """In few words what bars this person from the panel; None when nothing does."""
    return next((short for barred, _sentence, short in BARS if barred(candidate)), None)


def _candidates(
    session: Session, who: ColumnElement[bool], roots: Sequence[tuple[Case, Policy]], now: datetime
) -> list[Candidate]:
    wanted = (
        values(
            column("root_id", BigInteger), column("organisation_id", BigInteger), column("entered_seq", BigInteger),
            column("since", DateTime(timezone=True)), name="wanted",
        )
        .data([(root.id, root.organisation_id, root.entered_seq, _since(policy, now)) for root, policy in roots])
        .cte("wanted")
    )  # fmt: skip
    root, other = wanted.c, aliased(Case)
    here = and_(ScoreSheet.expert_id == User.id, ScoreSheet.project_id == root.root_id)
    rows = session.execute(
        select(
            User.id,
            root.root_id.label("project_id"),
            User.email,
            User.name,
            User.active,
            IS_EXPERT.label("is_expert"),
            exists()
            .where(RoleGrant.user_id == User.id, RoleGrant.organisation_id == root.organisation_id)
            .where(or_(RoleGrant.ended_at.is_(None), RoleGrant.ended_at > root.since))
            .label("belonged"),
            exists()
            .where(Duty.user_id == User.id, Duty.root_id == root.root_id, Duty.duty != EXPERT)
            .label("has_other_duty"),
            exists().where(here, ScoreSheet.conflict).label("is_recused"),
            exists()
            .where(here, Panel.id == ScoreSheet.panel_id, Panel.entered_seq == root.entered_seq)
            .label("is_seated"),
            exists()
            .where(ScoreSheet.expert_id == User.id, ScoreSheet.conflict, ScoreSheet.project_id != root.root_id)
            .where(other.id == ScoreSheet.project_id, other.organisation_id == root.organisation_id)
            .label("recused_elsewhere"),
        )
        .join(wanted, true())
        .where(who)
    ).mappings()
    return [Candidate(**row) for row in rows]


def _since(policy: Policy, now: datetime) -> datetime:
    """From when on a tie to the organisation bars: that many years before today."""
    return end_of(months_after(shanghai_date(now), -MONTHS * policy.conflict_years))
