"""Passkeys (WebAuthn): kept, asked and taken away.

A challenge is used up in a transaction before its answer is looked at, so that a wrong answer uses it up too.
Source: W3C Web Authentication, level 3, sections 7.1 and 7.2.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers import parse_registration_credential_json as parse_registration
from webauthn.helpers.structs import AuthenticationCredential
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.database import Missing, locked, transaction
from app.people.models import Passkey, RecoveryCode, RoleGrant, SecondFactor, User
from app.people.service.challenges import Window, take_challenge
from app.people.service.factors import new_codes
from app.people.service.sessions import renew_sessions
from app.refusals import FieldRefused, constraints
from app.registers.service import record_change
from workflows.definition import because
from workflows.engine import Refused
from workflows.roles import APPLICANTS

log = structlog.get_logger()
MOST_PASSKEYS = 20
NOT_TAKEN = because("没有成功添加通行密钥，请重新开始。")
KNOWN_ALREADY = because("这个通行密钥已经登记过。")


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are good: the host that devices bind them to, and the only origin that answers may name."""

    host: str
    origin: str


def add_passkey(
    user_id: int, name: str, answer: str, *, window: Window, site: Site, handle: str, now: datetime
) -> tuple[str, ...]:
    """Keep the passkey that a device made; recovery codes, told this once, for whoever has none. FieldRefused.

    `handle` is what the device was told to call the person.
    """
    made = _made(answer, window, site)
    if made is None:
        raise FieldRefused("credential", NOT_TAKEN)
    with constraints({"uq_passkey_credential": ("credential", KNOWN_ALREADY)}), transaction() as session:
        user = locked(session, User, user_id)
        if (session.scalar(select(func.count()).where(Passkey.user_id == user_id)) or 0) >= MOST_PASSKEYS:
            raise FieldRefused("name", because("每人最多登记 {most} 个通行密钥。", most=str(MOST_PASSKEYS)))
        session.add(
            Passkey(
                user_id=user_id, name=name.strip(), credential=made.credential_id,
                public_key=made.credential_public_key, handle=handle, counter=made.sign_count,
            )
        )  # fmt: skip
        session.flush()
        _changed(session, user, "added", now)
        has_codes = session.scalar(select(RecoveryCode.hash).where(RecoveryCode.user_id == user_id).limit(1))
        return () if has_codes else new_codes(session, user_id)


def take_passkey(answer: str, *, window: Window, site: Site, of: int | None = None) -> int | None:
    """Whose passkey gave this answer to a challenge that was put to this browser; None when it is not right.

    `of`: only a passkey of this person will do. A counter that does not go forward is written down, and the
    passkey opens nothing from then on.
    """
    try:
        said = parse_authentication_credential_json(answer)
        challenge = parse_client_data_json(said.response.client_data_json).challenge
    except Exception:  # noqa: BLE001 -- whatever the library makes of a stranger's bytes, it is no answer
        return None
    if not take_challenge(challenge, "get", window):
        return None
    with transaction() as session:
        found = session.execute(
            select(Passkey, User)
            .join(User, User.id == Passkey.user_id)
            .where(Passkey.credential == said.raw_id, Passkey.doubted_at.is_(None), User.active)
            .with_for_update(of=Passkey)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if found is None or not _is_its_own(found.Passkey, said, of):
            return None
        passkey: Passkey = found.Passkey
        counter = _counter(said, challenge, passkey, site)
        if counter is None:
            return None
        # Devices that keep no count say 0 for ever.
        if counter <= passkey.counter and (counter or passkey.counter):
            log.warning("passkey_doubted", user=passkey.user_id, passkey=passkey.id, counter=counter)
            passkey.doubted_at = func.now()
            record_change(session, "person", found.User.email, after={"passkey": "doubted"}, action="change")
            return None
        passkey.counter, passkey.used_at = counter, func.now()
        return passkey.user_id


def remove_passkey(passkey_id: int, *, user_id: int, now: datetime) -> None:
    """Take away one's own passkey. Missing when it is another's, Refused for the last factor of staff."""
    with transaction() as session:
        user = locked(session, User, user_id)
        passkey = session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id))
        if passkey is None:
            raise Missing(f"Passkey {passkey_id}")
        session.delete(passkey)
        session.flush()
        if not _has_factor(session, user_id):
            if _is_staff(session, user_id):
                raise Refused(because("这是您最后一种两步验证方式，请先添加另一个通行密钥或验证器，再移除它。"))
            session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        _changed(session, user, "removed", now)


def other_recovery_codes(user_id: int, *, now: datetime) -> tuple[str, ...]:
    """Other recovery codes for whoever has a passkey and has just proved it, told this once. Refused without one."""
    with transaction() as session:
        user = locked(session, User, user_id)
        if session.scalar(select(Passkey.id).where(Passkey.user_id == user_id).limit(1)) is None:
            raise Refused(because("请先添加通行密钥。"))
        record_change(
            session, "person", user.email, after={"recovery_codes": "new"}, action="change", by=user_id, now=now
        )
        return new_codes(session, user_id)


def _made(answer: str, window: Window, site: Site) -> VerifiedRegistration | None:
    """What a device made for a challenge that was put to this browser; None when it is not right."""
    try:
        challenge = parse_client_data_json(parse_registration(answer).response.client_data_json).challenge
    except Exception:  # noqa: BLE001 -- as above
        return None
    if not take_challenge(challenge, "create", window):
        return None
    try:
        return verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            require_user_verification=True,
        )  # fmt: skip
    except Exception as fault:  # noqa: BLE001 -- as above
        log.warning("passkey_not_taken", why=str(fault))
        return None


def _is_its_own(passkey: Passkey, said: AuthenticationCredential, of: int | None) -> bool:
    """Whether the passkey is of the person asked for, and says so where it says anything.

    Where nobody was asked for it must say it.
    """
    told = said.response.user_handle
    if told is None:
        return of is not None and passkey.user_id == of
    return told == passkey.handle.encode() and of in {None, passkey.user_id}


def _counter(said: AuthenticationCredential, challenge: bytes, passkey: Passkey, site: Site) -> int | None:
    """What the device counts by now, if the answer is its own; None otherwise.

    The library would look at the counter before the signature, and anybody can write a counter.
    """
    try:
        return verify_authentication_response(
            credential=said, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            credential_public_key=passkey.public_key, credential_current_sign_count=0, require_user_verification=True,
        ).new_sign_count  # fmt: skip
    except Exception as fault:  # noqa: BLE001 -- as above
        log.warning("passkey_refused", user=passkey.user_id, why=str(fault))
        return None


def _has_factor(session: Session, user_id: int) -> bool:
    """Whether this person can still give a second factor: a passkey that is not in doubt, or a code."""
    codes = select(SecondFactor.user_id).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    keys = select(Passkey.user_id).where(Passkey.user_id == user_id, Passkey.doubted_at.is_(None))
    return session.scalar(codes.union_all(keys).limit(1)) is not None


def _is_staff(session: Session, user_id: int) -> bool:
    held = select(RoleGrant.role).where(RoleGrant.user_id == user_id, RoleGrant.ended_at.is_(None))
    return not set(session.scalars(held)) <= APPLICANTS


def _changed(session: Session, user: User, what: str, now: datetime) -> None:
    renew_sessions(session, user.id)
    record_change(session, "person", user.email, after={"passkey": what}, action="change", by=user.id, now=now)
