"""Keeping what is compared of experts: hashes of address, telephone and account, never the values."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.database import Missing, transaction
from app.people.models import User
from app.people.permissions import Actor
from app.refusals import FieldRefused
from app.registers.service import record_change
from app.reviews.commands import KeepContacts
from app.reviews.models import ContactMark
from app.reviews.permissions import IS_EXPERT, mark_of
from workflows.definition import because


def keep_contacts(user_id: int, command: KeepContacts, *, actor: Actor, now: datetime) -> None:
    """Keep a hash of each value that was given; what was left empty stays as it was. Not one's own."""
    if user_id == actor.user_id:
        raise FieldRefused("user", because("不得登记自己的比对信息。"))
    marks = {kind: mark for kind, value in command.values().items() if (mark := mark_of(kind, value))}
    with transaction() as session:
        email = session.scalar(select(User.email).where(User.id == user_id, IS_EXPERT))
        if email is None:
            raise Missing(f"user {user_id}")
        for kind, mark in sorted(marks.items()):
            told = {"mark": mark, "changed_at": now, "changed_by_id": actor.user_id}
            fresh = insert(ContactMark).values(user_id=user_id, kind=kind, **told)
            session.execute(
                fresh.on_conflict_do_update(index_elements=[ContactMark.user_id, ContactMark.kind], set_=told)
            )
        if marks:
            given = {"kind": "、".join(sorted(marks))}
            record_change(session, "tie", email, after=given, action="change", by=actor.user_id, now=now)
