"""What else opens an account and ends with a change of the person, in the caller's transaction."""

from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from app.people.models import ApiToken


def end_tokens(session: Session, user_id: int, *, now: datetime | None) -> None:
    """End every token of this person for good; without `now` it is the time of the database."""
    living = update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    session.execute(living.values(revoked_at=now or func.now()))
