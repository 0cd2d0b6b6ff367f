"""Somebody forgot a password: a letter goes to whoever has that name, and nothing happens where nobody has."""

from flask import current_app
from sqlalchemy import select

from app.database import transaction
from app.notifications.service import FORGOTTEN, send_link
from app.outbox.service import task
from app.people.models import User


@task(FORGOTTEN)
def forgotten(*, email: str) -> None:
    """Send a link. A second run sends another one, and the first is void."""
    tools = current_app.extensions["aidflow"]
    if not tools.settings.smtp_host:
        return
    with transaction() as session:
        user_id = session.scalar(select(User.id).where(User.email == email.strip().lower(), User.active))
        if user_id is not None:
            send_link(session, user_id, "new_password", tools=tools)
