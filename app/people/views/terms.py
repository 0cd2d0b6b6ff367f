"""What the pages of one's own account share."""

from flask import Blueprint

from app.security import current_actor

people = Blueprint("people", __name__)


def me() -> int:
    """Who asks; the gate lets only people in."""
    user_id = current_actor().user_id
    if user_id is None:
        raise LookupError("the gate lets only people in")
    return user_id
