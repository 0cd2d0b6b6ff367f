"""A draft as somebody works on it: its texts, who saved what, who has it open, what was kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.people.models import User
from app.people.permissions import Actor
from app.projects.commands.texts import is_answer, texts_of
from app.projects.models import DraftField, DraftPresence, KeptForm
from app.projects.queries import declaration_of

#: Whoever was not heard of for this long has closed the page.
PRESENT = timedelta(seconds=90)
#: What was kept after a session ended is shown for this long.
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who saved a field last, and when; the system of before has neither."""

    name: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """The texts of a declaration by name, the hands that saved them, and the answers to a correction notice.

    `stored` says whether they come from the fields of a draft; otherwise the declaration says all.
    """

    texts: Mapping[str, str]
    hands: Mapping[str, Hand] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    stored: bool = False

    def last(self) -> Hand | None:
        """The last hand of all."""
        return max((hand for hand in self.hands.values() if hand.at), key=lambda hand: str(hand.at), default=None)


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody else who has the declaration open, and at which step."""

    user_id: int
    name: str
    step: str
    at: datetime


def draft_of(session: Session, case_id: int) -> Draft:
    """The draft of a project whose reader may write into it; one statement, or two before the first change."""
    rows = session.execute(
        select(DraftField.name, DraftField.text, User.name, DraftField.saved_at)
        .outerjoin(User, User.id == DraftField.saved_by_id)
        .where(DraftField.project_id == case_id)
    ).all()
    fields = {name: text for name, text, *_hand in rows if not is_answer(name)}
    return Draft(
        texts=fields or texts_of(declaration_of(session, case_id)),
        hands={name: Hand(who, at) for name, _text, who, at in rows if at is not None},
        answers={name: text for name, text, *_hand in rows if is_answer(name)},
        stored=bool(fields),
    )


def others_present(session: Session, case_id: int, actor: Actor, now: datetime) -> list[Present]:
    """Who else has the declaration open at this moment, by name."""
    rows = session.execute(
        select(User.id, User.name, DraftPresence.step, DraftPresence.seen_at)
        .join(User, User.id == DraftPresence.user_id)
        .where(DraftPresence.project_id == case_id, DraftPresence.user_id != actor.user_id)
        .where(DraftPresence.seen_at > now - PRESENT)
        .order_by(User.name, User.id)
    )
    return [Present(*row) for row in rows]


def kept_form(session: Session, case_id: int, step: str, actor: Actor, now: datetime) -> KeptForm | None:
    """What this person sent after the session had ended and has not seen again yet, unless that is long ago."""
    kept = session.get(KeptForm, (actor.user_id, case_id, step))
    return kept if kept is not None and kept.kept_at > now - KEPT else None
