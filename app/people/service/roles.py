"""Roles: given to people and ended, each recorded. What two administrators do together is in `proposals`."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Base, Missing, locked, transaction
from app.people.models import UNIT_ROLES, RoleGrant, RoleProposal, Unit, User
from app.people.queries import unit_by_code
from app.people.queries.sessions import has_factor
from app.people.service.endings import end_tokens
from app.people.service.sessions import renew_sessions
from app.refusals import FieldRefused, constraints
from app.registers.service import record_change
from workflows.definition import because
from workflows.roles import ADMINISTRATORS, APPLICANTS, GRANTABLE

ROLE_HELD = because("该人员已具有此角色。")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be added, with a first role; applicants name an organisation, some roles a unit."""

    email: str
    name: str
    role: str | None = None
    unit_code: str | None = None
    uscc: str | None = None
    password: str | None = None
    locale: str | None = None
    made_up: bool = False


def grant_role(
    user_id: int,
    role: str,
    *,
    now: datetime,
    unit_code: str | None = None,
    uscc: str | None = None,
) -> int:
    """Give a person a role from now on, at the command line; the id of the grant."""
    wanted = NewPerson(email="", name="", role=role, unit_code=unit_code, uscc=uscc)
    with constraints({"uq_role_grant_live": ("role", ROLE_HELD)}), transaction() as session:
        locked(session, User, user_id)
        return give(session, user_id, wanted, now=now, granted_by_id=None)


def end_grant(grant_id: int, *, now: datetime, by: int | None = None) -> None:
    """End a grant; it counts no more from the next request on. Missing when it already ended.

    `by` is the owner of an organisation, None the command line. Nobody ends his or her own.
    """
    with transaction() as session:
        finish(session, living(session, grant_id), by=by, now=now)


def living(session: Session, grant_id: int) -> RoleGrant:
    """A grant that counts, held until the caller's transaction ends. Missing when it ended."""
    grant = locked(session, RoleGrant, grant_id)
    if grant.ended_at is not None:
        raise Missing(f"RoleGrant {grant_id}")
    return grant


def finish(session: Session, grant: RoleGrant, *, by: int | None, now: datetime) -> None:
    """End this grant in the caller's transaction."""
    if by == grant.user_id:
        raise FieldRefused("user", because("不得终止自己的角色。"))
    grant.ended_at, grant.ended_by_id = now, by
    renew_sessions(session, grant.user_id)
    email = session.get_one(User, grant.user_id).email
    record_change(session, "role", email, before=grant_words(session, grant), by=by, now=now)


def give(session: Session, user_id: int, wanted: NewPerson, *, now: datetime, granted_by_id: int | None) -> int:
    """Write a grant in the caller's transaction; its id."""
    scope = scope_of(session, user_id, wanted)
    return write_grant(session, RoleGrant(user_id=user_id, granted_at=now, granted_by_id=granted_by_id, **scope))


def write_grant(session: Session, grant: RoleGrant) -> int:
    """Put this grant down in the caller's transaction and record it; its id."""
    email, by = locked(session, User, grant.user_id).email, grant.granted_by_id
    session.add(grant)
    session.flush()
    renew_sessions(session, grant.user_id)
    if grant.role not in APPLICANTS and not has_factor(session, grant.user_id):
        # A password alone made them, and is not enough for this duty; programs get theirs after it.
        end_tokens(session, grant.user_id, now=grant.granted_at)
    record_change(session, "role", email, after=grant_words(session, grant), by=by, now=grant.granted_at)
    return grant.id


def scope_of(session: Session, user_id: int, wanted: NewPerson) -> dict[str, Any]:
    """The columns role, unit_id and organisation_id of a wanted grant. FieldRefused for one that cannot be."""
    role = wanted.role
    if role not in GRANTABLE:
        raise FieldRefused("role", because("没有“{role}”这种角色。", role=str(role)))
    keep_apart(session, user_id, role)
    unit = _unit_for(session, role, wanted.unit_code)
    organisation_id = _organisation_for(session, role, wanted.uscc)
    return {"role": role, "unit_id": unit.id if unit else None, "organisation_id": organisation_id}


def keep_apart(session: Session, user_id: int, role: str) -> None:
    """The three administrators are three people, and none of them has another duty. Source: design "Access"."""
    held = set(
        session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == user_id, RoleGrant.ended_at.is_(None)))
    )
    if (held | {role}) & ADMINISTRATORS and held - {role}:
        raise FieldRefused("role", because("管理员不得兼任其他角色，三类管理员须由不同的人担任。"))


def grant_words(session: Session, grant: RoleGrant | RoleProposal) -> dict[str, Any]:
    """A grant as it is recorded: role, code of the unit, code of the organisation."""
    organisation = Base.metadata.tables["organisation"]
    unit = session.scalar(select(Unit.code).where(Unit.id == grant.unit_id)) if grant.unit_id else None
    uscc = (
        session.scalar(select(organisation.c.uscc).where(organisation.c.id == grant.organisation_id))
        if grant.organisation_id
        else None
    )
    return {"role": grant.role, "unit": unit, "organisation": uscc}


def _unit_for(session: Session, role: str, code: str | None) -> Unit | None:
    if code is None:
        if role in UNIT_ROLES:
            raise FieldRefused("unit", because("该角色须指定单位。"))
        return None
    if role in APPLICANTS:
        raise FieldRefused("unit", because("项目主体人员不属于工作单位。"))
    unit = unit_by_code(session, code)
    if unit is None:
        raise FieldRefused("unit", because("没有代码为“{code}”的单位。", code=code))
    if role in UNIT_ROLES and unit.kind != role:
        raise FieldRefused("unit", because("该单位的类别与角色不符。"))
    return unit


def _organisation_for(session: Session, role: str, uscc: str | None) -> int | None:
    if uscc is None:
        if role in APPLICANTS:
            raise FieldRefused("organisation", because("该角色须指定项目主体。"))
        return None
    if role not in APPLICANTS:
        raise FieldRefused("organisation", because("只有项目主体人员属于项目主体。"))
    # The table by name: organisations stand beside people and are not imported from here.
    table = Base.metadata.tables["organisation"]
    found: int | None = session.scalar(select(table.c.id).where(table.c.uscc == re.sub(r"\s", "", uscc).upper()))
    if found is None:
        raise FieldRefused("organisation", because("没有统一社会信用代码为“{uscc}”的项目主体。", uscc=uscc))
    return found
