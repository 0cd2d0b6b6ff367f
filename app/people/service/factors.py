"""The second factor: codes of an authenticator (RFC 6238) and recovery codes, none of them taken twice.

Each function is one transaction. Time is the real one, which the authenticator counts by.
"""

import secrets
import time
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from uuid import uuid4

import structlog
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.database import locked, transaction
from app.people.models import Passkey, RecoveryCode, SecondFactor, User
from app.people.service.endings import end_tokens
from app.people.service.sessions import hash_of, renew_sessions
from app.refusals import FieldRefused
from app.registers.service import record_change
from app.vault import SECOND_FACTORS, Vault, WrongKey
from workflows.definition import because
from workflows.engine import Refused

log = structlog.get_logger()
#: As every authenticator does it. Source: RFC 6238, sections 4 and 5.2: one step of lateness on either side.
STEP, DIGITS, DRIFT = 30, 6, 1
SECRET_BYTES = 20
RECOVERY_CODES = 10
WRONG_CODE = because("验证码不正确或已使用过，请等待下一个验证码。")


def begin_factor(user_id: int, *, vault: Vault) -> None:
    """A new secret, which counts only once a code of it was given. Refused where there is a factor already."""
    sealed = _new_secret(user_id, vault)
    with transaction() as session:
        locked(session, User, user_id)
        begun = insert(SecondFactor).values(user_id=user_id, secret=sealed)
        again = begun.on_conflict_do_update(
            index_elements=[SecondFactor.user_id],
            set_={"secret": begun.excluded.secret, "last_step": 0},
            where=SecondFactor.confirmed_at.is_(None),
        )
        if session.execute(again.returning(SecondFactor.user_id)).first() is None:
            raise Refused(because("两步验证已启用。"))


def confirm_factor(user_id: int, code: str, *, vault: Vault, now: datetime) -> tuple[str, ...]:
    """Make the secret count, since a code of it was right; the recovery codes, told this once. FieldRefused."""
    with transaction() as session:
        user = locked(session, User, user_id)
        factor = session.get(SecondFactor, user_id, populate_existing=True)
        if factor is None or factor.confirmed_at is not None:
            raise Refused(because("请先开始设置两步验证。"))
        if not _take_code(session, factor, code, vault):
            raise FieldRefused("code", WRONG_CODE)
        session.execute(update(SecondFactor).where(SecondFactor.user_id == user_id).values(confirmed_at=func.now()))
        renew_sessions(session, user_id)
        codes = new_codes(session, user_id)
        record_change(
            session, "person", user.email, after={"second_factor": "set up"}, action="change", by=user_id, now=now
        )
        return codes


def take_code(user_id: int, code: str, *, vault: Vault) -> bool:
    """Whether this code of the authenticator, or this recovery code, is right and was never given before."""
    typed = "".join(code.split()).replace("-", "")
    with transaction() as session:
        if typed.isdigit() and len(typed) == DIGITS:
            factor = session.get(SecondFactor, user_id, populate_existing=True)
            return factor is not None and factor.confirmed_at is not None and _take_code(session, factor, typed, vault)
        used = update(RecoveryCode).where(
            RecoveryCode.user_id == user_id, RecoveryCode.hash == hash_of(typed.upper()), RecoveryCode.used_at.is_(None)
        )
        return session.scalar(used.values(used_at=func.now()).returning(RecoveryCode.user_id)) is not None


def new_recovery_codes(user_id: int, code: str, *, vault: Vault, now: datetime) -> tuple[str, ...]:
    """Other recovery codes in place of all earlier ones, told this once. FieldRefused for a wrong code."""
    with transaction() as session:
        user = locked(session, User, user_id)
        factor = session.get(SecondFactor, user_id, populate_existing=True)
        if factor is None or factor.confirmed_at is None or not _take_code(session, factor, code, vault):
            raise FieldRefused("code", WRONG_CODE)
        record_change(
            session, "person", user.email, after={"recovery_codes": "new"}, action="change", by=user_id, now=now
        )
        return new_codes(session, user_id)


def remove_factor(user_id: int, *, by: int | None, now: datetime) -> None:
    """Take the second factor from a person who lost it, passkeys too; sign-ins and tokens end. Not one's own."""
    if by == user_id:
        raise FieldRefused("user", because("不得停用自己的两步验证，请由安全管理员办理。"))
    with transaction() as session:
        user = locked(session, User, user_id)
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
        session.execute(delete(Passkey).where(Passkey.user_id == user_id))
        record_change(
            session, "person", user.email, after={"second_factor": "removed"}, action="change", by=by, now=now
        )
        user.fs_uniquifier = uuid4().hex
        end_tokens(session, user_id, now=now)


def replace_factor(user_id: int, code: str, *, vault: Vault, now: datetime) -> None:
    """Begin anew with another authenticator; the present one counts no more. FieldRefused for a wrong code."""
    if not take_code(user_id, code, vault=vault):
        raise FieldRefused("code", WRONG_CODE)
    with transaction() as session:
        user = locked(session, User, user_id)
        if session.get(SecondFactor, user_id, populate_existing=True) is None:
            raise Refused(because("请先开始设置两步验证。"))
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        begun = {"secret": _new_secret(user_id, vault), "confirmed_at": None, "last_step": 0}
        session.execute(update(SecondFactor).where(SecondFactor.user_id == user_id).values(begun))
        renew_sessions(session, user_id)
        record_change(
            session, "person", user.email, after={"second_factor": "replaced"}, action="change", by=user_id, now=now
        )


def secret_words(user_id: int, sealed: str, *, vault: Vault) -> str:
    """The secret of a person as one types it into an authenticator: 32 letters and digits."""
    return b32encode(vault.opened(sealed, SECOND_FACTORS.place(user_id))).decode()


def _new_secret(user_id: int, vault: Vault) -> str:
    return vault.sealed(secrets.token_bytes(SECRET_BYTES), SECOND_FACTORS.place(user_id))


def _take_code(session: Session, factor: SecondFactor, code: str, vault: Vault) -> bool:
    """Take the code of a step that lies after every step taken so far; the row decides who was first."""
    try:
        secret = vault.opened(factor.secret, SECOND_FACTORS.place(factor.user_id))
        totp = TOTP(secret, DIGITS, SHA1(), STEP, enforce_key_length=False)  # noqa: S303
    except WrongKey:
        log.error("second_factor_unreadable", user=factor.user_id)  # noqa: TRY400 -- the trace says no more
        return False
    now = int(time.time())
    right = [
        step
        for step in range(now // STEP - DRIFT, now // STEP + DRIFT + 1)
        if compare_digest(totp.generate(step * STEP), code.strip().encode())
    ]
    if not right:
        return False
    taken = update(SecondFactor).where(SecondFactor.user_id == factor.user_id, SecondFactor.last_step < right[-1])
    return session.scalar(taken.values(last_step=right[-1]).returning(SecondFactor.user_id)) is not None


def new_codes(session: Session, user_id: int) -> tuple[str, ...]:
    """Recovery codes in place of all earlier ones, in the caller's transaction."""
    codes = [b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES)]
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all([RecoveryCode(user_id=user_id, hash=hash_of(code)) for code in codes])
    return tuple("-".join(code[at : at + 4] for at in range(0, 16, 4)).lower() for code in codes)
