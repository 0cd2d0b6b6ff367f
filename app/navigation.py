"""What stands in the left rail: only the pages that a person's duties need."""

from dataclasses import dataclass, field

from flask import current_app

from app.people.permissions import Actor


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the rail. `label` is a message id; without roles whoever signed in sees it.

    `order` sorts the rail: 10 work, 20 projects, 30 money, 40 registers, 50 oversight, 90 oneself.
    """

    label: str
    endpoint: str
    order: int = 50
    roles: frozenset[str] = field(default_factory=frozenset)
    everybody: bool = False


_items: list[Item] = []


def add_to_navigation(item: Item) -> None:
    """Offer a page in the rail; features call this when they are imported."""
    if item not in _items:
        _items.append(item)


def navigation(actor: Actor) -> list[Item]:
    """The lines this actor sees, in order. Pages that are not there yet are left out."""
    return sorted(
        (item for item in _items if item.endpoint in current_app.view_functions and _shows(item, actor)),
        key=lambda item: (item.order, item.endpoint),
    )


def _shows(item: Item, actor: Actor) -> bool:
    if actor.user_id is None:
        return item.everybody
    return item.everybody or not item.roles or actor.holds(*item.roles)
