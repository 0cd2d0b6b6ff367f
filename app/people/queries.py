"""Reading people: always a person together with the grants that count, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import Session

from app.database import Base
from app.people.models import ApiToken, RoleGrant, Unit, User
from app.people.permissions import Actor, Grant

_GRANT = (RoleGrant.role, RoleGrant.unit_id, RoleGrant.organisation_id)
_LIVE = and_(RoleGrant.user_id == User.id, RoleGrant.ended_at.is_(None))
# Every request begins with one of these two, so they are put together once.
_PERSON = select(User, *_GRANT).outerjoin(RoleGrant, _LIVE)
_BEARER = (
    select(ApiToken, User, *_GRANT)
    .join(User, and_(User.id == ApiToken.user_id, User.active))
    .outerjoin(RoleGrant, _LIVE)
    .where(ApiToken.hash == bindparam("hash"), ApiToken.revoked_at.is_(None), ApiToken.expires_at > bindparam("now"))
)


def user_and_actor(session: Session, condition: ColumnElement[bool]) -> tuple[User, Actor] | None:
    """The one user for whom this holds, active or not, and who he or she acts as; None without one."""
    rows = session.execute(_PERSON.where(condition)).all()
    if not rows:
        return None
    user: User = rows[0][0]
    return user, Actor(user.id, user.name, _grants(rows))


def actor_of(session: Session, user_id: int) -> Actor | None:
    """Who this active person acts as now; None for nobody or for somebody switched off."""
    found = user_and_actor(session, and_(User.id == user_id, User.active))
    return found and found[1]


def actor_by_token(session: Session, token_hash: str, *, now: datetime) -> tuple[ApiToken, Actor] | None:
    """The token of this SHA-256 and its holder; None when it is unknown, revoked, expired or switched off."""
    rows = session.execute(_BEARER, {"hash": token_hash, "now": now}).all()
    if not rows:
        return None
    token, user = rows[0][0], rows[0][1]
    return token, Actor(user.id, user.name, _grants(rows))


def unit_by_code(session: Session, code: str) -> Unit | None:
    """The unit of this code."""
    return session.scalar(select(Unit).where(Unit.code == code))


def _grants(rows: Sequence[Any]) -> tuple[Grant, ...]:
    found = {Grant(row.role, row.unit_id, row.organisation_id) for row in rows if row.role is not None}
    return tuple(sorted(found, key=lambda grant: (grant.role, grant.unit_id or 0, grant.organisation_id or 0)))


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One grant as a person reads it: role, for whom, since when."""

    role: str
    held_for: str | None
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One live token as its owner sees it."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_on: date


@dataclass(frozen=True, slots=True)
class AccountPage:
    """What the page of one's own account shows."""

    name: str
    email: str
    locale: str | None
    roles: tuple[HeldRole, ...]
    tokens: tuple[TokenRow, ...]


def account_page(session: Session, user_id: int, *, now: datetime) -> AccountPage:
    """One's own account, with live roles and live tokens; three statements."""
    user = session.scalars(select(User).where(User.id == user_id)).one()
    organisation = Base.metadata.tables["organisation"]
    held = (
        select(RoleGrant.role, func.coalesce(Unit.name, organisation.c.name), RoleGrant.granted_at)
        .outerjoin(Unit, Unit.id == RoleGrant.unit_id)
        .outerjoin(organisation, organisation.c.id == RoleGrant.organisation_id)
        .where(RoleGrant.user_id == user_id, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    live = and_(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    tokens = session.scalars(select(ApiToken).where(live).order_by(ApiToken.id))
    return AccountPage(
        name=user.name,
        email=user.email,
        locale=user.locale,
        roles=tuple(HeldRole(*row) for row in session.execute(held)),
        tokens=tuple(TokenRow(t.id, t.name, t.created_at, t.expires_at, t.last_used_on) for t in tokens),
    )


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """One grant that counts: its id, the role, and the code of the unit or organisation it is held for."""

    id: int
    role: str
    held_for: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person as whoever runs the installation sees it."""

    email: str
    name: str
    active: bool
    grants: tuple[LiveGrant, ...]


def everybody(session: Session, *, email: str | None = None) -> tuple[PersonRow, ...]:
    """Every person, or the one of this address, with live grants, by address; one statement."""
    organisation = Base.metadata.tables["organisation"]
    held_for = func.coalesce(Unit.code, organisation.c.uscc)
    found = (
        select(User.email, User.name, User.active, RoleGrant.id, RoleGrant.role, held_for.label("held_for"))
        .outerjoin(RoleGrant, _LIVE)
        .outerjoin(Unit, Unit.id == RoleGrant.unit_id)
        .outerjoin(organisation, organisation.c.id == RoleGrant.organisation_id)
        .order_by(User.email, RoleGrant.granted_at, RoleGrant.id)
    )
    if email is not None:
        found = found.where(User.email == email)
    return tuple(
        PersonRow(*person, grants=tuple(LiveGrant(row.id, row.role, row.held_for) for row in rows if row.id))
        for person, rows in groupby(session.execute(found), key=lambda row: (row.email, row.name, row.active))
    )
