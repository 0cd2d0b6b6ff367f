"""Changing people: users, their roles, their passwords and their tokens. Each function is one transaction."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from flask_security import hash_password
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database import Base, Missing, db, locked, transaction
from app.people.models import LOCALES, SHORTEST_PASSWORD, UNIT_ROLES, ApiToken, RoleGrant, Unit, User
from app.people.queries import unit_by_code
from app.refusals import FieldRefused, constraints
from workflows.definition import because
from workflows.roles import APPLICANTS, GRANTABLE

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: How long a token is good when nobody says otherwise.
TOKEN_LASTS = timedelta(days=90)
#: Every token begins with this, so that scanners for leaked secrets can know it.
TOKEN_PREFIX = "aidflow_"  # noqa: S105 -- it is known to everybody

#: Whether mail arrives is not asked while somebody types; reserved test names are fit for demonstrations.
EMAIL_RULES: dict[str, Any] = {"check_deliverability": False, "test_environment": True}

EMAIL_TAKEN = because("该电子邮箱已被使用。")
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


def add_user(person: NewPerson, *, now: datetime, granted_by_id: int | None = None) -> int:
    """Add a person with a first role; the new id. FieldRefused names what is wrong."""
    if not person.name.strip():
        raise FieldRefused("name", because("请填写姓名。"))
    if person.locale not in {None, *LOCALES}:
        raise FieldRefused("locale", because("没有这种语言。"))
    with constraints({"uq_user_email": ("email", EMAIL_TAKEN)}), transaction() as session:
        user = User(
            email=normal_email(person.email),
            name=person.name.strip(),
            password=None if person.password is None else hashed(person.password),
            active=True,
            fs_uniquifier=uuid4().hex,
            locale=person.locale,
            made_up=person.made_up,
            created_at=now,
        )
        session.add(user)
        session.flush()
        if person.role is not None:
            _grant(session, user.id, person, now=now, granted_by_id=granted_by_id)
        return user.id


def add_unit(*, code: str, name: str, kind: str, area_code: str | None = None, made_up: bool = False) -> int:
    """Add a unit; its id. Kinds are `models.UNIT_KINDS`, area codes GB/T 2260 or a prefix of one."""
    taken = {"uq_unit_code": ("code", because("该单位代码已被使用。"))}
    wrong = {
        "ck_unit_kind_is_known": ("kind", because("没有这种单位类别。")),
        "ck_unit_area_code_is_digits": ("area_code", because("行政区划代码为 2 至 6 位数字。")),
        "ck_unit_area_code_is_there": ("area_code", because("受理单位和前方工作机构须填写行政区划代码。")),
    }
    with constraints(taken | wrong), transaction() as session:
        unit = Unit(code=code, name=name, kind=kind, area_code=area_code, made_up=made_up)
        session.add(unit)
        session.flush()
        return unit.id


def grant_role(
    user_id: int,
    role: str,
    *,
    now: datetime,
    unit_code: str | None = None,
    uscc: str | None = None,
    granted_by_id: int | None = None,
) -> int:
    """Give a person a role from now on; the id of the grant. Nobody grants to himself or herself."""
    if granted_by_id == user_id:
        raise FieldRefused("user", because("不得给自己授予角色。"))
    wanted = NewPerson(email="", name="", role=role, unit_code=unit_code, uscc=uscc)
    with constraints({"uq_role_grant_live": ("role", ROLE_HELD)}), transaction() as session:
        locked(session, User, user_id)
        return _grant(session, user_id, wanted, now=now, granted_by_id=granted_by_id)


def end_grant(grant_id: int, *, now: datetime) -> None:
    """End a grant; it counts no more from the next request on. Missing when it already ended."""
    with transaction() as session:
        grant = locked(session, RoleGrant, grant_id)
        if grant.ended_at is not None:
            raise Missing(f"RoleGrant {grant_id}")
        grant.ended_at = now


def change_password(user_id: int, password: str) -> None:
    """Set a new password and end every session of this person."""
    with transaction() as session:
        user = locked(session, User, user_id)
        user.password = hashed(password)
        user.fs_uniquifier = uuid4().hex


def end_sessions(user_id: int) -> None:
    """Sign this person out everywhere, from the next request on."""
    with transaction() as session:
        locked(session, User, user_id).fs_uniquifier = uuid4().hex


def set_active(user_id: int, *, active: bool) -> None:
    """Switch a person on or off; off ends every session, and tokens stop at once."""
    with transaction() as session:
        user = locked(session, User, user_id)
        user.active = active
        user.fs_uniquifier = uuid4().hex


def choose_locale(user_id: int, locale: str) -> None:
    """Remember the language in which this person reads. FieldRefused for one we do not have."""
    if locale not in LOCALES:
        raise FieldRefused("locale", because("没有这种语言。"))
    with transaction() as session:
        locked(session, User, user_id).locale = locale


def issue_token(user_id: int, name: str, *, now: datetime, lasts: timedelta = TOKEN_LASTS) -> str:
    """A new token for the API. It is returned this once; only its SHA-256 is kept."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with transaction() as session:
        locked(session, User, user_id)
        session.add(
            ApiToken(
                hash=hashlib.sha256(token.encode()).hexdigest(),
                user_id=user_id,
                name=name.strip() or "API",
                created_at=now,
                expires_at=now + lasts,
                last_used_on=now.astimezone(SHANGHAI).date(),
            )
        )
    return token


def revoke_token(token_id: int, *, user_id: int, now: datetime) -> None:
    """End one's own token at once. Missing when it is another's or ended before."""
    with transaction() as session:
        token = locked(session, ApiToken, token_id)
        if token.user_id != user_id or token.revoked_at is not None:
            raise Missing(f"ApiToken {token_id}")
        token.revoked_at = now


def note_token_use(token: ApiToken, *, now: datetime) -> None:
    """Remember the day on which a token was last used; at most one write a day."""
    today = now.astimezone(SHANGHAI).date()
    if token.last_used_on >= today:
        return
    with db.engine.begin() as connection:
        later = update(ApiToken).where(ApiToken.id == token.id, ApiToken.last_used_on < today)
        connection.execute(later.values(last_used_on=today))


def hashed(password: str) -> str:
    """The Argon2id hash of a password that is long enough. FieldRefused for a shorter one."""
    if len(password) < SHORTEST_PASSWORD:
        raise FieldRefused("password", because("密码至少 {length} 个字符。", length=SHORTEST_PASSWORD))
    return str(hash_password(password))


def normal_email(email: str) -> str:
    """The address as it is kept: checked for its form, in lower case. FieldRefused otherwise."""
    try:
        checked = validate_email(email.strip(), allow_smtputf8=False, **EMAIL_RULES)
        return checked.normalized.lower()
    except EmailNotValidError as fault:
        raise FieldRefused("email", because("电子邮箱格式不正确，例如 name@example.org。")) from fault


def _grant(session: Session, user_id: int, wanted: NewPerson, *, now: datetime, granted_by_id: int | None) -> int:
    role = wanted.role
    if role not in GRANTABLE:
        raise FieldRefused("role", because("没有“{role}”这种角色。", role=str(role)))
    unit = _unit_for(session, role, wanted.unit_code)
    grant = RoleGrant(
        user_id=user_id,
        role=role,
        unit_id=unit.id if unit else None,
        organisation_id=_organisation_for(session, role, wanted.uscc),
        granted_at=now,
        granted_by_id=granted_by_id,
    )
    session.add(grant)
    session.flush()
    return grant.id


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
