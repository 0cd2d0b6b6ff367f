"""Words that one browser has to answer once and soon. Each function is one transaction; time is the database's own."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from app.database import transaction
from app.people.models import Challenge

#: How long a challenge waits for its answer, and a provider's answer for the person.
ANSWER_WITHIN = timedelta(minutes=5)
#: A spent word stands longer than anybody takes it for a new one.
KEPT_FOR = 4 * ANSWER_WITHIN
CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Window:
    """The browser that is asked: its sign-in, or a visitor by the SHA-256 of a word in the cookie. Exactly one."""

    sign_in_id: int | None = None
    visitor: str | None = None


def put_challenge(purpose: str, window: Window) -> bytes:
    """A new challenge for this browser, to "create" a passkey or to "get" an answer of one. Void ones go."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    with transaction() as session:
        session.execute(delete(Challenge).where(Challenge.made_at < func.now() - KEPT_FOR))
        session.add(
            Challenge(
                hash=sha256(challenge).hexdigest(), purpose=purpose, sign_in_id=window.sign_in_id,
                visitor=window.visitor,
            )
        )  # fmt: skip
    return challenge


def take_challenge(challenge: bytes, purpose: str, window: Window) -> bool:
    """Whether this was put to this browser just now and not answered yet. It has been, from now on."""
    put_here = (
        Challenge.purpose == purpose,
        Challenge.sign_in_id.is_not_distinct_from(window.sign_in_id),
        Challenge.visitor.is_not_distinct_from(window.visitor),
    )
    with transaction() as session:
        taken = delete(Challenge).where(
            Challenge.hash == sha256(challenge).hexdigest(), *put_here, Challenge.made_at > func.now() - ANSWER_WITHIN
        )
        return session.scalar(taken.returning(Challenge.hash)) is not None


def spend_word(word: str, window: Window) -> bool:
    """Whether the word of an outside provider comes back for the first time. It has, from now on."""
    spent = insert(Challenge).values(
        hash=sha256(word.encode()).hexdigest(), purpose="provider", sign_in_id=window.sign_in_id,
        visitor=window.visitor,
    )  # fmt: skip
    with transaction() as session:
        session.execute(delete(Challenge).where(Challenge.made_at < func.now() - KEPT_FOR))
        return session.scalar(spent.on_conflict_do_nothing().returning(Challenge.hash)) is not None
