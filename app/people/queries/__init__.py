"""Reading people: always a person together with the grants that count, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.database import Base, Missing
from app.people.models import ApiToken, OutsideAccount, RoleGrant, Unit, User
from app.people.permissions import Actor, Grant

_GRANT = (RoleGrant.role, RoleGrant.unit_id, RoleGrant.organisation_id)
_LIVE = and_(RoleGrant.user_id == User.id, RoleGrant.ended_at.is_(None))
# Every request begins with one of these two, so they are put together once.
_PERSON = select(User, *_GRANT).outerjoin(RoleGrant, _LIVE)
_BEARER = (
    select(ApiToken, User, *_GRANT, func.asks(User.id))
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
    scope: str


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
        tokens=tuple(TokenRow(t.id, t.name, t.created_at, t.expires_at, t.last_used_on, t.scope) for t in tokens),
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


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant in the history of a person; `held_for` is the name of the unit or the organisation."""

    id: int
    role: str
    held_for: str | None
    granted_at: datetime
    granted_by: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkLine:
    """An outside account that means a person: of which provider, since when, and when it last let him or her in."""

    issuer: str
    linked_at: datetime
    used_at: datetime


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A person with every grant there ever was, the live ones first, and the outside accounts that mean him or her."""

    id: int
    email: str
    name: str
    active: bool
    created_at: datetime
    grants: tuple[GrantLine, ...]
    linked: tuple[LinkLine, ...]


def people_listed() -> Select[Any]:
    """Everybody, for a list: id, name, email, active, created_at, and the live roles as words joined by commas."""
    roles = select(func.string_agg(RoleGrant.role, aggregate_order_by(text("','"), RoleGrant.role))).where(_LIVE)
    return select(
        User.id, User.name, User.email, User.active, User.created_at,
        func.coalesce(roles.correlate(User).scalar_subquery(), "").label("roles"),
    )  # fmt: skip


def holds_role(role: str) -> ColumnElement[bool]:
    """The condition on `User` that this role is held now."""
    return exists().where(_LIVE, RoleGrant.role == role)


def units_listed() -> Select[Any]:
    """The units, for a list: id, code, name, kind, area_code, and how many people hold a role there."""
    people = select(func.count(RoleGrant.user_id.distinct())).where(
        RoleGrant.unit_id == Unit.id, RoleGrant.ended_at.is_(None)
    )
    return select(
        Unit.id,
        Unit.code,
        Unit.name,
        Unit.kind,
        Unit.area_code,
        people.correlate(Unit).scalar_subquery().label("people"),
    )


def units_to_choose(session: Session) -> list[tuple[str, str]]:
    """Every unit by its code, for a form."""
    return [
        (code, f"{name}（{code}）") for code, name in session.execute(select(Unit.code, Unit.name).order_by(Unit.code))
    ]


def unit_of(session: Session, ident: int) -> Unit:
    """One unit; `Missing` when there is none."""
    unit = session.get(Unit, ident)
    if unit is None:
        raise Missing(f"unit {ident}")
    return unit


def person_page(session: Session, ident: int) -> PersonPage:
    """One person; three statements. `Missing` when there is none."""
    user = session.get(User, ident)
    if user is None:
        raise Missing(f"user {ident}")
    organisation, granter = Base.metadata.tables["organisation"], aliased(User)
    rows = session.execute(
        select(
            RoleGrant.id, RoleGrant.role, func.coalesce(Unit.name, organisation.c.name), RoleGrant.granted_at,
            granter.name, RoleGrant.ended_at,
        )
        .outerjoin(Unit, Unit.id == RoleGrant.unit_id)
        .outerjoin(organisation, organisation.c.id == RoleGrant.organisation_id)
        .outerjoin(granter, granter.id == RoleGrant.granted_by_id)
        .where(RoleGrant.user_id == ident)
        .order_by(RoleGrant.ended_at.is_not(None), RoleGrant.id.desc())
    )  # fmt: skip
    linked = session.execute(
        select(OutsideAccount.issuer, OutsideAccount.linked_at, OutsideAccount.used_at)
        .where(OutsideAccount.user_id == ident)
        .order_by(OutsideAccount.linked_at)
    )
    return PersonPage(
        user.id, user.email, user.name, user.active, user.created_at, tuple(GrantLine(*row) for row in rows),
        tuple(LinkLine(*row) for row in linked),
    )  # fmt: skip
