"""Sign-ins: begun with a word that only the cookie holds, renewed, and ended. Each function is one transaction."""

import hashlib
import secrets
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.database import Missing, db, locked, transaction
from app.people.models import SignIn, User

#: Characters of what a browser calls itself that are kept.
LONGEST_AGENT = 300
#: When somebody proved who it is who never did.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def hash_of(word: str) -> str:
    """The SHA-256 under which a word of 256 random bits is kept."""
    return hashlib.sha256(word.encode()).hexdigest()


def begin_session(
    user_id: int,
    *,
    address: str = "",
    agent: str = "",
    waits_for_code: bool = False,
    way: str = "password",
    vouched: bool = False,
    proven: bool = True,
) -> str:
    """A new sign-in of this person, by a `way` of WAY_LABELS; the word for the cookie, told this once.

    `proven`: the person has just shown who it is, to us or to the outside provider.
    """
    word = secrets.token_urlsafe(32)
    with transaction() as session:
        user = session.scalars(select(User).where(User.id == user_id)).one()
        session.add(
            SignIn(
                hash=hash_of(word), user_id=user_id, uniquifier=user.fs_uniquifier, waits_for_code=waits_for_code,
                way=way, vouched=vouched, proven_at=func.now() if proven else LONG_AGO, address=address,
                agent="".join(c for c in agent if c.isprintable())[:LONGEST_AGENT],
            )
        )  # fmt: skip
    return word


def end_session(sign_in_id: int, *, user_id: int) -> None:
    """End one's own sign-in from the next request on. Missing when it is another's or over."""
    with transaction() as session:
        sign_in = locked(session, SignIn, sign_in_id)
        if sign_in.user_id != user_id or sign_in.ended_at is not None:
            raise Missing(f"SignIn {sign_in_id}")
        sign_in.ended_at = func.now()


def end_session_of(word: str) -> None:
    """End the sign-in of this word, if there is one; nobody signs in with it again."""
    with transaction() as session:
        mine = (SignIn.hash == hash_of(word)) | (SignIn.old_hash == hash_of(word))
        session.execute(update(SignIn).where(mine, SignIn.ended_at.is_(None)).values(ended_at=func.now()))


def end_other_sessions(sign_in_id: int, *, user_id: int) -> None:
    """End every sign-in of a person but this one."""
    with transaction() as session:
        user = locked(session, User, user_id)
        user.fs_uniquifier = uuid4().hex
        kept = update(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == user_id)
        session.execute(kept.values(uniquifier=user.fs_uniquifier))


def end_sessions(user_id: int) -> None:
    """Sign this person out everywhere, from the next request on."""
    with transaction() as session:
        locked(session, User, user_id).fs_uniquifier = uuid4().hex


def renew_session(sign_in_id: int) -> str | None:
    """A new word for this sign-in, once for each time that it is to be renewed; None when another page had it."""
    word = secrets.token_urlsafe(32)
    renewed = (
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.renew, SignIn.ended_at.is_(None))
        .values(hash=hash_of(word), old_hash=SignIn.hash, renewed_at=func.now(), renew=False)
    )
    with db.engine.begin() as connection:
        return word if connection.execute(renewed).rowcount else None


def renew_sessions(session: Session, user_id: int) -> None:
    """What this person may do changes in the caller's transaction: the next answer carries a new word."""
    session.execute(update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).values(renew=True))


def note_seen(sign_in_id: int) -> None:
    """Remember that this person is here now, by a connection of its own."""
    with db.engine.begin() as connection:
        connection.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=func.now()))


def note_proof(sign_in_id: int) -> None:
    """Remember that this person has shown just now who it is."""
    with transaction() as session:
        session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(proven_at=func.now()))
