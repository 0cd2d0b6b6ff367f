"""Changing people: users, their roles and units, their passwords and their tokens. Each function is one transaction."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from flask_security import hash_password
from sqlalchemy import update

from app.database import Missing, db, locked, transaction
from app.people.models import LOCALES, SHORTEST_PASSWORD, ApiToken, ErasureRequest, User
from app.people.service.endings import end_tokens, void_links
from app.people.service.roles import NewPerson, end_grant, give, grant_role
from app.people.service.sessions import end_sessions
from app.people.service.units import add_unit, change_unit
from app.refusals import FieldRefused, constraints
from app.registers.service import record_change
from workflows.definition import because

__all__ = ["NewPerson", "add_unit", "change_unit", "end_grant", "end_sessions", "grant_role"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: How long a token is good when nobody says otherwise.
TOKEN_LASTS = timedelta(days=90)
#: Every token begins with this, so that scanners for leaked secrets can know it.
TOKEN_PREFIX = "aidflow_"  # noqa: S105 -- it is known to everybody

#: Whether mail arrives is not asked while somebody types; reserved test names are fit for demonstrations.
EMAIL_RULES: dict[str, Any] = {"check_deliverability": False, "test_environment": True}

EMAIL_TAKEN = because("该电子邮箱已被使用。")


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
        record_change(session, "person", user.email, after={"name": user.name}, by=granted_by_id, now=now)
        if person.role is not None:
            give(session, user.id, person, now=now, granted_by_id=granted_by_id)
        return user.id


def change_password(user_id: int, password: str, *, by: int | None = None, now: datetime | None = None) -> None:
    """Set a new password and end every session of this person, and every link to another one.

    That it was changed is recorded, the password is not.
    """
    new = hashed(password)
    with transaction() as session:
        user = locked(session, User, user_id)
        user.password = new
        user.fs_uniquifier = uuid4().hex
        void_links(session, user_id)
        if by is not None:
            record_change(session, "person", user.email, after={"password": "changed"}, action="change", by=by, now=now)


def set_active(user_id: int, *, active: bool, by: int | None = None, now: datetime | None = None) -> None:
    """Switch a person on or off; off ends sessions, tokens and links for good. Not one's own."""
    if by == user_id:
        raise FieldRefused("user", because("不得启用或停用自己的账户。"))
    with transaction() as session:
        user = locked(session, User, user_id)
        if user.active != active:
            record_change(
                session, "person", user.email, before={"active": user.active}, after={"active": active}, by=by, now=now
            )
        user.active = active
        user.fs_uniquifier = uuid4().hex
        if not active:
            end_tokens(session, user_id, now=now)
            void_links(session, user_id)


def ask_for_erasure(user_id: int, *, now: datetime) -> None:
    """Write down, once, that a person wants the own data erased; an operator carries it out."""
    with transaction() as session:
        user = locked(session, User, user_id)
        if session.get(ErasureRequest, user_id) is None:
            session.add(ErasureRequest(user_id=user_id, asked_at=now))
            record_change(
                session, "person", user.email, after={"erasure": "asked"}, action="change", by=user_id, now=now
            )


def choose_locale(user_id: int, locale: str) -> None:
    """Remember the language in which this person reads. FieldRefused for one we do not have."""
    if locale not in LOCALES:
        raise FieldRefused("locale", because("没有这种语言。"))
    with transaction() as session:
        locked(session, User, user_id).locale = locale


def issue_token(user_id: int, name: str, *, now: datetime, lasts: timedelta = TOKEN_LASTS, scope: str = "act") -> str:
    """A new token for the API, to `act` or only to `read`. It is returned this once; only its SHA-256 is kept."""
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
                scope=scope,
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
