"""Reading the proposals of roles: what waits for whom, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.database import Base, Missing
from app.navigation import MOST
from app.people.models import RoleProposal, Unit, User
from app.people.permissions import Actor
from workflows.roles import SECURITY_ADMIN

_PERSON, _PROPOSER, _DECIDER = aliased(User), aliased(User), aliased(User)


def proposals_listed() -> Select[Any]:
    """Every proposal, for a list: "waiting" is its `outcome` while there is none, `held_for` the name of a unit …"""
    organisation = Base.metadata.tables["organisation"]
    return (
        select(
            RoleProposal.id, RoleProposal.user_id, _PERSON.name.label("name"), _PERSON.email.label("email"),
            RoleProposal.kind, RoleProposal.role, func.coalesce(Unit.name, organisation.c.name).label("held_for"),
            RoleProposal.reason, RoleProposal.proposed_by_id, _PROPOSER.name.label("proposer"),
            RoleProposal.proposed_at, RoleProposal.expires_at,
            func.coalesce(RoleProposal.outcome, "waiting").label("outcome"), _DECIDER.name.label("decider"),
            RoleProposal.decided_at, RoleProposal.decided_reason,
        )
        .join(_PERSON, _PERSON.id == RoleProposal.user_id)
        .join(_PROPOSER, _PROPOSER.id == RoleProposal.proposed_by_id)
        .outerjoin(_DECIDER, _DECIDER.id == RoleProposal.decided_by_id)
        .outerjoin(Unit, Unit.id == RoleProposal.unit_id)
        .outerjoin(organisation, organisation.c.id == RoleProposal.organisation_id)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """One proposal as its page shows it."""

    id: int
    user_id: int
    name: str
    email: str
    kind: str
    role: str
    held_for: str | None
    reason: str
    proposed_by_id: int
    proposer: str
    proposed_at: datetime
    expires_at: datetime
    outcome: str
    decider: str | None
    decided_at: datetime | None
    decided_reason: str


def proposal_of(session: Session, ident: int) -> ProposalPage:
    """One proposal; one statement. `Missing` when there is none."""
    row = session.execute(proposals_listed().where(RoleProposal.id == ident)).one_or_none()
    if row is None:
        raise Missing(f"role proposal {ident}")
    return ProposalPage(*row)


def proposals_about(session: Session, user_id: int) -> list[ProposalPage]:
    """What waits about a person, the oldest first; one statement."""
    found = proposals_listed().where(RoleProposal.user_id == user_id, RoleProposal.outcome.is_(None))
    return [ProposalPage(*row) for row in session.execute(found.order_by(RoleProposal.id))]


def in_state(state: str) -> ColumnElement[bool]:
    """The condition that a proposal waits, or came to this outcome."""
    return RoleProposal.outcome.is_(None) if state == "waiting" else RoleProposal.outcome == state


def proposals_waiting(actor: Actor) -> ScalarSelect[int] | None:
    """How many proposals this actor can decide on, counted to one more than is shown; None for whoever decides none."""
    if not actor.holds(SECURITY_ADMIN):
        return None
    mine = (
        select(RoleProposal.id)
        .where(
            RoleProposal.outcome.is_(None),
            RoleProposal.user_id != actor.user_id,
            RoleProposal.proposed_by_id != actor.user_id,
        )
        .limit(MOST + 1)
        .subquery()
    )
    return select(func.count(mine.c.id)).scalar_subquery()
