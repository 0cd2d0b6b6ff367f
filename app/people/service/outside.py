"""Whom an outside provider means: linked once by a verified address, from then on by the subject alone."""

from datetime import datetime
from uuid import uuid4

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.database import locked, transaction
from app.people.models import OutsideAccount, User
from app.refusals import FieldRefused
from app.registers.service import record_change
from workflows.definition import because

log = structlog.get_logger()


def person_of(issuer: str, subject: str, *, verified_email: str | None, now: datetime) -> int | None:
    """The person here whom this subject of this issuer is; None for nobody and for whoever is switched off.

    A subject that is not known is linked to the person of the verified address, and that is recorded. Whoever is
    linked to another subject of the issuer already stays so: an address can be given to somebody else.
    """
    with transaction() as session:
        found = linked_to(session, issuer, subject)
        if found is None and verified_email:
            found = _link(session, issuer, subject, verified_email.lower(), now)
        user = session.scalar(select(User).where(User.id == found, User.active)) if found else None
        if user is None:
            return None
        account = session.get_one(OutsideAccount, (issuer, subject))
        account.used_at = func.now()
        return user.id


def unlink(user_id: int, *, by: int | None, now: datetime) -> None:
    """Let no outside account mean this person any more; every sign-in ends. Not one's own, and not where there is none.

    The next sign-in by the provider links anew, by the verified address: for whoever was given another subject there.
    """
    if by == user_id:
        raise FieldRefused("user", because("不得解除自己的统一登录关联，请由另一位安全管理员办理。"))
    with transaction() as session:
        user = locked(session, User, user_id)
        ended = delete(OutsideAccount).where(OutsideAccount.user_id == user_id).returning(OutsideAccount.subject)
        if not session.scalars(ended).all():
            raise FieldRefused("user", because("此人没有统一登录关联。"))
        record_change(
            session, "person", user.email, after={"outside_account": "unlinked"}, action="change", by=by, now=now
        )
        user.fs_uniquifier = uuid4().hex


def linked_to(session: Session, issuer: str, subject: str) -> int | None:
    """The person to whom this subject is linked, if there is one."""
    return session.scalar(
        select(OutsideAccount.user_id).where(OutsideAccount.issuer == issuer, OutsideAccount.subject == subject)
    )


def _link(session: Session, issuer: str, subject: str, email: str, now: datetime) -> int | None:
    user = session.scalar(select(User).where(User.email == email, User.active))
    if user is None:
        return None
    linked = insert(OutsideAccount).values(issuer=issuer, subject=subject, user_id=user.id).on_conflict_do_nothing()
    if session.scalar(linked.returning(OutsideAccount.user_id)) is None:
        # Linked just now by another request, or to another subject before.
        log.warning("outside_account_not_linked", user=user.id, issuer=issuer)
        return linked_to(session, issuer, subject)
    record_change(
        session, "person", user.email, after={"outside_account": "linked"}, action="change", by=user.id, now=now
    )
    return user.id
