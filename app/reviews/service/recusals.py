"""Officers who find a conflict of interest on a project: from then on it does not exist for them.

It is no step of the workflow: the project stays where it stands, at the desk of the unit, and its term goes on.
The word about it is an event of the chain like any act. What the officer did before stands, apart from a vote of
the joint review in a sitting that has not ended: it counts no more.
"""

from datetime import datetime

from sqlalchemy import BigInteger, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.casework.effects import recuse_from, write_event
from app.casework.models import Case, Recusal
from app.casework.permissions import duty_on, roles_on, tied
from app.casework.service import take_duty
from app.database import Base, transaction
from app.evidence.models import Event
from app.outbox.service import enqueue
from app.people.models import RoleGrant, User
from app.people.permissions import Actor
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.projects.service import project_held
from app.reviews.commands import RecuseOfficer
from app.reviews.models import JointVote
from app.reviews.queries import sitting_of
from app.reviews.subject import standing
from workflows.definition import because
from workflows.engine import NotYourRole, Refused
from workflows.roles import (
    ACCEPTING_UNIT,
    APPROVER,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FRONT_OFFICE,
    FUND_OFFICE,
    PANEL_MEMBER,
    SECRETARY,
    SUPERVISOR,
)

#: Duties whose holders recuse themselves here; an expert does it on the score sheet.
OFFICERS = frozenset(
    {ACCEPTING_UNIT, FRONT_OFFICE, FUND_OFFICE, SECRETARY, PANEL_MEMBER, APPROVER, FINANCE_MAKER, FINANCE_CHECKER}
)


def recuse_officer(number: str, command: RecuseOfficer, *, actor: Actor, now: datetime) -> bool:
    """Take an officer's word about a conflict; whether enough colleagues are left who can act in the same role.

    `Missing` for a project this actor does not see, Refused for one that is over, NotYourRole for whoever
    has no duty on it. The fund office is told; where too few are left the fund office and the supervisors.
    """
    with transaction() as session, session.no_autoflush:
        root = project_held(session, number, actor)
        duty, tie = session.execute(
            select(
                duty_on(literal(root.id, BigInteger), literal(actor.user_id, BigInteger)),
                tied(literal(root.id, BigInteger), literal(actor.user_id, BigInteger), now),
            )
        ).one()
        roles = roles_on(actor, root, duty, tie) & OFFICERS
        if not roles:
            raise NotYourRole(because("您在该项目没有经办职责，无须申请回避。"))
        if root.closed_at is not None:
            raise Refused(because("项目已办结，不再办理回避。"))
        role = root.holder_role if root.holder_role in roles else min(roles)
        acted = session.scalar(select(exists().where(Event.root_id == root.id, Event.actor_id == actor.user_id)))
        take_duty(session, root.id, actor, role, duty)
        private = {"command": command.record(), "actor": actor.user_id}
        event = write_event(
            session, root, root, action="recuse", to=root.stage, role=role, actor=actor, now=now, private=private
        )
        session.flush()
        recuse_from(session, root.id, user_id=int(actor.user_id or 0), event_id=event.id, now=now)
        _pass_on(session, root, actor, now)
        session.flush()
        left = _colleagues(session, root, role, now)
        notices = [("officer_recused_late" if acted else "officer_recused", FUND_OFFICE)]
        if not left:
            notices += [("nobody_left", FUND_OFFICE), ("nobody_left", SUPERVISOR)]
        enqueue(session, event_id=event.id, case_id=root.id, notices=notices, now=now)
        return left


def _pass_on(session: Session, root: Case, actor: Actor, now: datetime) -> None:
    """What of the project was given to this officer among colleagues is anybody's again."""
    # The table by name: what people keep at hand stands above reviews and is not imported from here.
    assignment = Base.metadata.tables["assignment"]
    session.execute(
        update(assignment)
        .where(
            assignment.c.user_id == actor.user_id,
            assignment.c.ended_at.is_(None),
            assignment.c.case_id.in_(select(Case.id).where(Case.root_id == root.id)),
        )
        .values(ended_at=now, ended_by_id=actor.user_id)
    )


def _colleagues(session: Session, root: Case, role: str, now: datetime) -> bool:
    """Whether enough people can act in this role on the project: appointed, not recused, tied or bound otherwise.

    One is enough, but for the joint review: until it has approved, the votes that count and those still to come
    must make a quorum.
    """
    unit = {ACCEPTING_UNIT: root.accepting_unit_id, FRONT_OFFICE: root.front_office_id}.get(role)
    ident = literal(root.id, BigInteger)
    duty, grant = duty_on(ident, User.id), aliased(RoleGrant)
    found = (
        select(User.id)
        .join(grant, grant.user_id == User.id)
        .where(
            User.active, grant.role == role, grant.ended_at.is_(None),
            User.id.not_in(select(Recusal.user_id).where(Recusal.root_id == root.id)),
            tied(ident, User.id, now).is_(None), or_(duty.is_(None), duty == role),
        )
    )  # fmt: skip
    if unit is not None:
        found = found.where(grant.unit_id == unit)
    project = session.get_one(Project, root.id)
    if role != PANEL_MEMBER or project.approved is not None:
        return session.scalar(found.limit(1)) is not None
    here = JointVote.project_id == root.id, JointVote.sitting == sitting_of(session, root.id)
    counted = select(func.count()).where(*here, standing(now))
    to_come = found.where(User.id.not_in(select(JointVote.user_id).where(*here))).distinct()
    votes = select(counted.scalar_subquery() + select(func.count()).select_from(to_come.subquery()).scalar_subquery())
    return session.scalars(votes).one() >= policy_of(session, project.policy_id).joint_panel_min
