"""Reading organisations, always within what the reader may see."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session

from app.database import Missing
from app.organisations.models import Affiliation, Organisation
from app.organisations.permissions import SEES_EVERY_ORGANISATION
from app.people.permissions import Actor


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which this actor sees an organisation: officials all, applicants their own."""
    if actor.holds(*SEES_EVERY_ORGANISATION):
        return true()
    return Organisation.id.in_(actor.organisation_ids)


def organisations(
    session: Session, actor: Actor, *, after: int = 0, limit: int = 50, uscc: str | None = None
) -> Sequence[Organisation]:
    """The organisations this actor sees, by id, those after the id `after`, at most `limit`."""
    found = select(Organisation).where(visible_to(actor), Organisation.id > after)
    if uscc is not None:
        found = found.where(Organisation.uscc == uscc)
    return session.scalars(found.order_by(Organisation.id).limit(limit)).all()


def organisations_seen(actor: Actor) -> Select[Any]:
    """The organisations this actor sees, as a list shows them; the labels are what a `Table` may sort and filter by."""
    return select(
        Organisation.id, Organisation.name, Organisation.uscc, Organisation.kind, Organisation.district,
        Organisation.legal_representative, Organisation.founded_on,
    ).where(visible_to(actor))  # fmt: skip


def organisation(session: Session, actor: Actor, uscc: str) -> Organisation:
    """The organisation of this code; Missing where there is none that this actor sees."""
    found = session.scalar(select(Organisation).where(visible_to(actor), Organisation.uscc == uscc))
    if found is None:
        raise Missing(f"Organisation {uscc}")
    return found


def ties_of(session: Session, user_id: int) -> Sequence[Affiliation]:
    """Everything that was entered about a person's ties, those that last first; withdrawn entries too."""
    found = select(Affiliation).where(Affiliation.user_id == user_id)
    return session.scalars(found.order_by(Affiliation.until_on.desc().nulls_first(), Affiliation.id.desc())).all()
