"""How much waits for somebody, for the number beside the inbox."""

from sqlalchemy import ScalarSelect, func, select, union_all

from app.casework.models import Case
from app.casework.queries import desks_of
from app.navigation import MOST
from app.people.permissions import Actor


def waiting(actor: Actor) -> ScalarSelect[int] | None:
    """How many cases wait for this actor, counted to one more than is shown; None for somebody at no desk."""
    desks = [select(Case.id).where(desk).limit(MOST + 1) for desk in desks_of(actor)]
    if not desks:
        return None
    cases = union_all(*(select(desk.subquery()) for desk in desks)).subquery()
    return select(func.count(cases.c.id.distinct())).scalar_subquery()
