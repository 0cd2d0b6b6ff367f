"""What stands in the left rail and beside the name: only the pages that a person's duties need."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import current_app, g
from sqlalchemy import ScalarSelect, select

from app.barrier import asking
from app.database import db
from app.people.permissions import Actor

#: A count of things that wait for this actor, as one scalar of a statement; None where there can be none.
Count = Callable[[Actor], "ScalarSelect[Any] | None"]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the rail, or of the bar at the top. `label` is a message id.

    Without roles whoever signed in sees it. `order` sorts the rail: 10 work, 20 projects, 30 money,
    40 registers, 50 oversight, 60 the public, 90 oneself; each ten is a group. `count` is shown beside
    the label; all counts of a page are one statement, so each must be bounded (see
    `app/desk/queries/waiting.py`). `key` is the letter that leads here after "g".
    """

    label: str
    endpoint: str
    order: int = 50
    roles: frozenset[str] = field(default_factory=frozenset)
    everybody: bool = False
    count: Count | None = None
    place: Literal["rail", "bar"] = "rail"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An item as one person sees it; `waiting` is how many things wait there, None where nothing is counted."""

    item: Item
    waiting: int | None


_items: list[Item] = []
#: More than this is shown as "99+".
MOST = 99


def add_to_navigation(item: Item) -> None:
    """Offer a page in the rail; features call this when they are imported."""
    if item not in _items:
        _items.append(item)


def navigation(actor: Actor) -> list[Line]:
    """The lines this actor sees, in order, with their counts: one statement a request, none without a count.

    Pages that are not there yet are left out.
    """
    known: dict[Actor, list[Line]] = g.setdefault("navigation", {})
    if actor not in known:
        seen = sorted(
            (item for item in _items if item.endpoint in current_app.view_functions and _shows(item, actor)),
            key=lambda item: (item.order, item.endpoint),
        )
        counts = _counted(seen, actor)
        known[actor] = [Line(item, counts.get(item.endpoint)) for item in seen]
    return known[actor]


def page_exists(endpoint: str) -> bool:
    """Whether the application has this page."""
    return endpoint in current_app.view_functions


def _counted(items: list[Item], actor: Actor) -> dict[str, int]:
    scalars = {item.endpoint: found for item in items if item.count and (found := item.count(actor)) is not None}
    if not scalars or actor.user_id is None:
        return {}
    with asking(db.session(), actor.user_id):  # The pages of the public are read as the public; these are the person's.
        row = db.session().execute(select(*scalars.values())).one()
    return dict(zip(scalars, row, strict=True))


def _shows(item: Item, actor: Actor) -> bool:
    if actor.user_id is None:
        return item.everybody
    return item.everybody or not item.roles or actor.holds(*item.roles)
