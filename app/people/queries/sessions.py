"""Who sits behind a cookie: the sign-in, the person and all grants, in one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.people.models import Passkey, RecoveryCode, RoleGrant, SecondFactor, SignIn, User
from app.people.permissions import Actor
from app.people.queries import _GRANT, _LIVE, _grants

#: Pages that were asked for together still find the old word this long after it was renewed.
OVERLAP = timedelta(seconds=30)
#: How exactly it is known when somebody was last here; an ordinary page writes nothing.
NOTED_EVERY = timedelta(minutes=5)
#: How long a password that was right waits for its code.
CODE_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Limits:
    """After what time of silence a session is over, how long it lasts at most, and how long a proof is good."""

    idle: timedelta
    lasts: timedelta
    proof: timedelta


@dataclass(frozen=True, slots=True)
class Sitting:
    """A sign-in that counts now, and who it is; `way` and `vouched` are those of the row.

    `proven`: a password, a code or a passkey was given within the time asked for. `has_code`: the person has an
    authenticator, `has_passkey`: a passkey, even one in doubt.
    """

    id: int
    user: User
    actor: Actor
    waits_for_code: bool
    renew: bool
    seen_long_ago: bool
    proven: bool
    has_code: bool
    has_passkey: bool
    way: str
    vouched: bool

    @property
    def has_factor(self) -> bool:
        """Whether a password alone is not enough."""
        return self.has_code or self.has_passkey


def _within(column: InstrumentedAttribute[datetime], name: str) -> ColumnElement[bool]:
    return column > func.now() - bindparam(name, type_=INTERVAL())


_HAS_CODE = exists().where(SecondFactor.user_id == User.id, SecondFactor.confirmed_at.is_not(None))
_HAS_PASSKEY = exists().where(Passkey.user_id == User.id)
_LIVING = (
    SignIn.uniquifier == User.fs_uniquifier,
    SignIn.ended_at.is_(None),
    _within(SignIn.seen_at, "idle"),
    _within(SignIn.began_at, "lasts"),
)
_SITTING = (
    select(
        SignIn.id, SignIn.waits_for_code, SignIn.renew, User,
        (SignIn.seen_at < func.now() - NOTED_EVERY).label("seen_long_ago"),
        _within(SignIn.proven_at, "proof").label("proven"),
        _HAS_CODE.label("has_code"), _HAS_PASSKEY.label("has_passkey"), SignIn.way, SignIn.vouched, *_GRANT,
        # From here on this transaction is the person's.
        case((SignIn.waits_for_code.is_(False), func.asks(User.id))),
    )
    .join(User, and_(User.id == SignIn.user_id, User.active))
    .outerjoin(RoleGrant, _LIVE)
    .where(
        or_(
            SignIn.hash == bindparam("hash"),
            and_(SignIn.old_hash == bindparam("hash"), SignIn.renewed_at > func.now() - OVERLAP),
        ),
        or_(SignIn.waits_for_code.is_(False), SignIn.began_at > func.now() - CODE_WITHIN),
        *_LIVING,
    )
)  # fmt: skip


def sitting_by(session: Session, word_hash: str, limits: Limits) -> Sitting | None:
    """The sign-in of the word with this SHA-256; None when it ended, was silent too long or never was."""
    rows = session.execute(_SITTING, {"hash": word_hash, **_times(limits)}).all()
    if not rows:
        return None
    row, user = rows[0], rows[0].User
    return Sitting(
        row.id, user, Actor(user.id, user.name, _grants(rows)), row.waits_for_code, row.renew, row.seen_long_ago,
        row.proven, row.has_code, row.has_passkey, row.way, row.vouched,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignInRow:
    """One sign-in that counts, as its person sees it."""

    id: int
    began_at: datetime
    seen_at: datetime
    address: str
    agent: str
    way: str


def sign_ins_of(session: Session, user_id: int, limits: Limits) -> tuple[SignInRow, ...]:
    """Where this person is signed in now, the newest first; one statement."""
    found = (
        select(SignIn.id, SignIn.began_at, SignIn.seen_at, SignIn.address, SignIn.agent, SignIn.way)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.user_id == user_id, SignIn.waits_for_code.is_(False), *_LIVING)
        .order_by(SignIn.id.desc())
    )
    return tuple(SignInRow(*row) for row in session.execute(found, _times(limits)))


@dataclass(frozen=True, slots=True)
class FactorState:
    """How far somebody is with the authenticator; `secret` is as it is kept, encrypted."""

    secret: str | None
    confirmed_at: datetime | None
    codes_left: int


def factor_state(session: Session, user_id: int) -> FactorState:
    """The authenticator of this person, and how many recovery codes are left; one statement."""
    left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    row = session.execute(
        select(SecondFactor.secret, SecondFactor.confirmed_at, left.scalar_subquery())
        .select_from(User)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .where(User.id == user_id)
    ).one_or_none()
    return FactorState(*row) if row else FactorState(None, None, 0)


def has_factor(session: Session, user_id: int) -> bool:
    """Whether this person must give a code or a passkey besides a password to sign in."""
    return session.scalar(select(or_(_HAS_CODE, _HAS_PASSKEY)).where(User.id == user_id)) or False


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """One passkey as its person sees it; `in_doubt`: there are two of it, and it opens nothing."""

    id: int
    name: str
    credential: bytes
    made_at: datetime
    used_at: datetime | None
    in_doubt: bool


def passkeys_of(session: Session, user_id: int) -> tuple[PasskeyRow, ...]:
    """The passkeys of this person in the order in which they came; one statement."""
    found = (
        select(
            Passkey.id, Passkey.name, Passkey.credential, Passkey.made_at, Passkey.used_at,
            Passkey.doubted_at.is_not(None),
        )
        .where(Passkey.user_id == user_id)
        .order_by(Passkey.id)
    )  # fmt: skip
    return tuple(PasskeyRow(*row) for row in session.execute(found))


def _times(limits: Limits) -> dict[str, timedelta]:
    return {"idle": limits.idle, "lasts": limits.lasts, "proof": limits.proof}
