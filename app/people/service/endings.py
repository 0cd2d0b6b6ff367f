"""What else opens an account and ends with a change of the person, in the caller's transaction."""

from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from app.people.models import AccountLink, ApiToken
from app.people.queries.links import LIVING


def end_tokens(session: Session, user_id: int, *, now: datetime | None) -> None:
    """End every token of this person for good; without `now` it is the time of the database."""
    living = update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    session.execute(living.values(revoked_at=now or func.now()))


def void_links(session: Session, user_id: int) -> None:
    """Make every link void by which a password could be chosen for this person; one that invites to join stays."""
    chooses = AccountLink.purpose.in_(("invitation", "new_password"))
    living = update(AccountLink).where(AccountLink.user_id == user_id, chooses, *LIVING)
    session.execute(living.values(void_at=func.now()))
