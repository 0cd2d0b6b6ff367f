"""Links that were sent by mail, and the people of an organisation as its owner sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Base
from app.people.models import AccountLink, RoleGrant, User
from app.people.permissions import Actor
from workflows.roles import APPLICANT_OWNER

#: The conditions under which a link can still be followed.
LIVING = (AccountLink.used_at.is_(None), AccountLink.void_at.is_(None), AccountLink.expires_at > func.now())


@dataclass(frozen=True, slots=True)
class Link:
    """What a link that can be followed is for. `organisation` and `role` are those one is invited into."""

    purpose: str
    user_id: int
    name: str
    email: str
    has_password: bool
    organisation: str | None
    role: str | None
    invited_by: str | None


def link_by(session: Session, word_hash: str) -> Link | None:
    """The link of the word with this SHA-256; None when it is used up, void or unknown, or its person switched off."""
    organisation, inviter = Base.metadata.tables["organisation"], User.__table__.alias()
    row = session.execute(
        select(
            AccountLink.purpose, User.id, User.name, User.email, User.password.is_not(None), organisation.c.name,
            AccountLink.role, inviter.c.name,
        )
        .join(User, User.id == AccountLink.user_id)
        .outerjoin(organisation, organisation.c.id == AccountLink.organisation_id)
        .outerjoin(inviter, inviter.c.id == AccountLink.made_by_id)
        .where(AccountLink.hash == word_hash, User.active, *LIVING)
    ).one_or_none()  # fmt: skip
    return Link(*row) if row else None


def owned_by(actor: Actor) -> frozenset[int]:
    """The organisations whose people this actor invites and removes."""
    return frozenset(
        grant.organisation_id
        for grant in actor.grants
        if grant.role == APPLICANT_OWNER and grant.organisation_id is not None
    )


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who acts for an organisation now; `grant_id` is what would be ended."""

    grant_id: int
    organisation_id: int | None
    user_id: int
    name: str
    email: str
    role: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that nobody has followed yet."""

    id: int
    organisation_id: int | None
    email: str
    role: str | None
    expires_at: datetime


def organisations_owned(session: Session, actor: Actor) -> list[tuple[int, str, str]]:
    """(id, code, name) of the organisations whose owner this is, by name."""
    table = Base.metadata.tables["organisation"]
    found = select(table.c.id, table.c.uscc, table.c.name).where(table.c.id.in_(owned_by(actor)))
    return [(row.id, row.uscc, row.name) for row in session.execute(found.order_by(table.c.name, table.c.id))]


def members_of(session: Session, actor: Actor) -> Sequence[Member]:
    """Who acts for the organisations of this owner, in the order in which they came."""
    found = (
        select(
            RoleGrant.id, RoleGrant.organisation_id, User.id, User.name, User.email, RoleGrant.role,
            RoleGrant.granted_at,
        )
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.organisation_id.in_(owned_by(actor)), RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
    )  # fmt: skip
    return [Member(*row) for row in session.execute(found)]


def owners_of(session: Session, organisation_id: int) -> list[str]:
    """The names of those who hand in for this organisation; for its own people."""
    found = (
        select(User.name)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.organisation_id == organisation_id, RoleGrant.role == APPLICANT_OWNER)
        .where(RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
    )
    return list(session.scalars(found))


def invited_into(session: Session, actor: Actor) -> Sequence[Invited]:
    """The invitations into the organisations of this owner that can still be followed."""
    found = (
        select(AccountLink.id, AccountLink.organisation_id, User.email, AccountLink.role, AccountLink.expires_at)
        .join(User, User.id == AccountLink.user_id)
        .where(AccountLink.organisation_id.in_(owned_by(actor)), *LIVING)
        .order_by(AccountLink.id)
    )
    return [Invited(*row) for row in session.execute(found)]
