"""Links to an account that are sent by mail: made, and followed once.

Time is the database's own, so that a demonstration's clock neither lengthens nor shortens them.
"""

import secrets
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.database import Base, Missing, locked, transaction
from app.people.models import AccountLink, RoleGrant, User
from app.people.queries.links import LIVING
from app.people.service import hashed
from app.people.service.endings import void_links
from app.people.service.roles import NewPerson, give
from app.people.service.sessions import hash_of
from app.refusals import FieldRefused, constraints
from app.registers.service import record_change
from app.vault import Vault
from workflows.definition import because
from workflows.engine import Refused
from workflows.roles import APPLICANTS

#: How long a link is good.
LASTS = {
    "invitation": timedelta(days=7),
    "joining": timedelta(days=7),
    "new_password": timedelta(hours=1),
}
VOID = because("链接无效、已使用或已过期。")
HELD = because("您已属于该项目主体。")


def make_link(
    session: Session,
    user_id: int,
    purpose: str,
    *,
    vault: Vault,
    by: int | None = None,
    organisation_id: int | None = None,
    role: str | None = None,
) -> AccountLink:
    """A link in the caller's transaction. Earlier ones for the same thing are void from now on."""
    session.execute(
        update(AccountLink)
        .where(
            AccountLink.user_id == user_id,
            AccountLink.purpose == purpose,
            AccountLink.organisation_id.is_not_distinct_from(organisation_id),
            *LIVING,
        )
        .values(void_at=func.now())
    )
    nonce = secrets.token_hex(16)
    link = AccountLink(
        hash=hash_of(vault.word(nonce)), nonce=nonce, user_id=user_id, purpose=purpose, made_by_id=by,
        organisation_id=organisation_id, role=role, expires_at=func.now() + LASTS[purpose],
    )  # fmt: skip
    session.add(link)
    session.flush()
    return link


def choose_password(word: str, password: str, *, now: datetime) -> None:
    """Set the password for which the link was sent, once; every session ends. Refused for a link that is over."""
    new = hashed(password)
    with transaction() as session:
        link = _follow(session, word)
        if link.purpose == "joining":
            raise Refused(VOID)
        _set_password(session, link, new, now)


def join(word: str, *, signed_in: int | None, password: str | None, now: datetime) -> None:
    """Join the organisation to which the link invites; whoever has no password yet chooses one.

    Whoever has one must be signed in. Refused when the link is over, when whoever invited is no longer an
    owner there, and for people with another duty, who would be barred from it.
    """
    new = hashed(password) if password is not None else None
    held = {"uq_role_grant_live": ("role", HELD)}
    with constraints(held), transaction() as session:
        link = _follow(session, word)
        user = locked(session, User, link.user_id)
        if link.purpose != "joining" or not _still_owner(session, link):
            raise Refused(VOID)
        if user.password is None and new is not None:
            _set_password(session, link, new, now)
        elif user.id != signed_in:
            raise Refused(because("请先登录受邀的账户，再打开此链接。"))
        roles = select(RoleGrant.role).where(RoleGrant.user_id == user.id, RoleGrant.ended_at.is_(None))
        if not set(session.scalars(roles)) <= APPLICANTS:
            raise Refused(because("您在本系统担任其他职责，不能加入项目主体。"))
        organisation = Base.metadata.tables["organisation"]
        uscc = session.scalar(select(organisation.c.uscc).where(organisation.c.id == link.organisation_id))
        wanted = NewPerson(email="", name="", role=link.role, uscc=uscc)
        give(session, user.id, wanted, now=now, granted_by_id=link.made_by_id)


def cancel_link(link_id: int, *, organisation_ids: frozenset[int]) -> None:
    """Make an invitation into one of these organisations void. Missing when it is another's or over."""
    with transaction() as session:
        cancelled = (
            update(AccountLink)
            .where(AccountLink.id == link_id, AccountLink.organisation_id.in_(organisation_ids), *LIVING)
            .values(void_at=func.now())
        )
        if session.scalar(cancelled.returning(AccountLink.id)) is None:
            raise Missing(f"AccountLink {link_id}")


def _follow(session: Session, word: str) -> AccountLink:
    """Use a link up; of many who follow it at once one comes through."""
    used = update(AccountLink).where(AccountLink.hash == hash_of(word), *LIVING).values(used_at=func.now())
    link = session.scalars(used.returning(AccountLink)).one_or_none()
    if link is None or not session.get_one(User, link.user_id).active:
        raise Refused(VOID)
    return link


def _set_password(session: Session, link: AccountLink, new: str, now: datetime) -> None:
    user = locked(session, User, link.user_id)
    user.password = new
    user.fs_uniquifier = uuid4().hex
    void_links(session, user.id)
    record_change(
        session, "person", user.email, after={"password": "chosen"}, action="change", by=link.user_id, now=now
    )


def _still_owner(session: Session, link: AccountLink) -> bool:
    owns = select(RoleGrant.id).join(User, User.id == RoleGrant.user_id).where(
        RoleGrant.user_id == link.made_by_id, RoleGrant.role == "applicant_owner", RoleGrant.ended_at.is_(None),
        RoleGrant.organisation_id == link.organisation_id, User.active,
    )  # fmt: skip
    return session.scalar(owns.limit(1)) is not None


def refuse_own(user_id: int, by: int) -> None:
    """Nobody sends a link to himself or herself in an administrator's name."""
    if user_id == by:
        raise FieldRefused("user", because("请在“我的账户”修改自己的密码。"))
