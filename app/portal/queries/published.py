"""What everybody may ask about a project: whether it was published."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Missing
from app.publicity.models import Notice


def project_published(session: Session, number: str) -> int:
    """The case of the project of this number, if anything was published about it; `Missing` otherwise."""
    found = session.scalar(select(Notice.project_id).where(Notice.number == number).limit(1))
    if found is None:
        raise Missing(number)
    return found
