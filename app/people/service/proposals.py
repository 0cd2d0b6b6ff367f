"""Two-person grants: one administrator proposes a role or its end, another one confirms it. Each is one transaction.

Who proposes, who decides and whose role it is are three people; triggers of the database hold to it as well.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.database import Missing, locked, transaction
from app.people.models import RoleGrant, RoleProposal, User
from app.people.queries import user_and_actor
from app.people.queries.proposals import ProposalPage
from app.people.service.roles import (
    ROLE_HELD,
    NewPerson,
    finish,
    grant_words,
    keep_apart,
    living,
    scope_of,
    write_grant,
)
from app.refusals import FieldRefused, constraints
from app.registers.service import record_change
from workflows.definition import Reason, because
from workflows.roles import SECURITY_ADMIN, SYSTEM_ADMIN

#: How long a proposal waits before it lapses.
WAITS = timedelta(days=14)
WAITING_ALREADY = because("已有相同的事项等待核准。")
OWN = because("不得办理自己的角色，须由其他管理员提出和核准。")
_CONSTRAINTS = {"uq_role_proposal_waiting": ("role", WAITING_ALREADY), "uq_role_grant_live": ("role", ROLE_HELD)}


def propose_grant(
    user_id: int, role: str, *, reason: str, by: int, now: datetime, unit: str | None = None, uscc: str | None = None
) -> int:
    """Propose that a person gets a role; the id of the proposal, which another administrator has to confirm.

    `unit` is the code of a unit, `uscc` that of an organisation. FieldRefused for a role that cannot be given.
    """
    wanted = NewPerson(email="", name="", role=role, unit_code=unit, uscc=uscc)
    with constraints(_CONSTRAINTS), transaction() as session:
        locked(session, User, user_id)
        scope = scope_of(session, user_id, wanted)
        if session.scalar(select(RoleGrant.id).filter_by(user_id=user_id, ended_at=None, **scope)):
            raise FieldRefused("role", ROLE_HELD)
        return _propose(session, RoleProposal(user_id=user_id, kind="grant", reason=reason, **scope), by, now)


def propose_end(grant_id: int, *, reason: str, by: int, now: datetime) -> int:
    """Propose that a grant ends; the id of the proposal. Missing when the grant already ended."""
    with constraints(_CONSTRAINTS), transaction() as session:
        grant = living(session, grant_id)
        scope = {"role": grant.role, "unit_id": grant.unit_id, "organisation_id": grant.organisation_id}
        return _propose(
            session, RoleProposal(user_id=grant.user_id, kind="end", grant_id=grant.id, reason=reason, **scope), by, now
        )


def confirm_proposal(proposal_id: int, *, by: int, now: datetime) -> None:
    """Let what was proposed come about, from the person's next request on. FieldRefused with the reason why not."""
    with constraints(_CONSTRAINTS), transaction() as session:
        proposal = _waiting(session, proposal_id)
        if why := why_not_decide(proposal, by, now=now) or _why_not_now(session, proposal):
            raise FieldRefused("proposal", why)
        _decide(session, proposal, "confirmed", by=by, now=now)
        if proposal.kind == "grant":
            keep_apart(session, proposal.user_id, proposal.role)
            write_grant(
                session,
                RoleGrant(
                    user_id=proposal.user_id, role=proposal.role, unit_id=proposal.unit_id,
                    organisation_id=proposal.organisation_id, granted_at=now,
                    granted_by_id=proposal.proposed_by_id, proposal_id=proposal.id,
                ),
            )  # fmt: skip
        else:
            finish(session, living(session, proposal.grant_id or 0), by=proposal.proposed_by_id, now=now)


def refuse_proposal(proposal_id: int, *, reason: str, by: int, now: datetime) -> None:
    """Refuse what was proposed, with a reason."""
    if not reason.strip():
        raise FieldRefused("reason", because("请填写不予核准的理由。"))
    with transaction() as session:
        proposal = _waiting(session, proposal_id)
        if why := why_not_decide(proposal, by):
            raise FieldRefused("proposal", why)
        _decide(session, proposal, "refused", by=by, now=now, reason=reason.strip())


def withdraw_proposal(proposal_id: int, *, by: int, now: datetime) -> None:
    """Take back what one proposed oneself, while it waits."""
    with transaction() as session:
        proposal = _waiting(session, proposal_id)
        if proposal.proposed_by_id != by:
            raise FieldRefused("proposal", because("只有提出人可以撤回。"))
        _decide(session, proposal, "withdrawn", by=by, now=now)


def why_not_decide(proposal: RoleProposal | ProposalPage, by: int, *, now: datetime | None = None) -> Reason | None:
    """Why this security administrator may not decide on it; None where nothing speaks against it.

    With `now` also whether the time in which it can be confirmed is over.
    """
    if proposal.user_id == by:
        return OWN
    if proposal.proposed_by_id == by:
        return because("这是您提出的事项，须由另一位安全管理员核准。")
    if now is not None and now >= proposal.expires_at:
        return because("该事项已逾期，不能再核准，请重新提出。")
    return None


def _why_not_now(session: Session, proposal: RoleProposal) -> Reason | None:
    """What has changed since it was proposed."""
    found = user_and_actor(session, and_(User.id == proposal.proposed_by_id, User.active))
    if found is None or not found[1].holds(SYSTEM_ADMIN, SECURITY_ADMIN):
        return because("提出人已不再担任管理员，该事项不能核准。")
    return None


def _propose(session: Session, proposal: RoleProposal, by: int, now: datetime) -> int:
    if proposal.user_id == by:
        raise FieldRefused("user", OWN)
    _let_lapse(session, proposal.user_id, now)
    proposal.proposed_by_id, proposal.proposed_at, proposal.expires_at = by, now, now + WAITS
    session.add(proposal)
    session.flush()
    _record(session, proposal, "propose", by=by, now=now, reason=proposal.reason)
    return proposal.id


def _let_lapse(session: Session, user_id: int, now: datetime) -> None:
    """What waited in vain makes room for a new proposal."""
    over = select(RoleProposal).where(
        RoleProposal.user_id == user_id, RoleProposal.outcome.is_(None), RoleProposal.expires_at <= now
    )
    for proposal in session.scalars(over.with_for_update()):
        proposal.outcome, proposal.decided_at = "lapsed", now
        _record(session, proposal, "lapse", by=None, now=now)
    session.flush()


def _waiting(session: Session, proposal_id: int) -> RoleProposal:
    """A proposal that waits, its person held before it, as everywhere. Missing when it is decided."""
    user_id = session.scalar(select(RoleProposal.user_id).where(RoleProposal.id == proposal_id))
    if user_id is None:
        raise Missing(f"RoleProposal {proposal_id}")
    locked(session, User, user_id)
    proposal = locked(session, RoleProposal, proposal_id)
    if proposal.outcome is not None:
        raise Missing(f"RoleProposal {proposal_id}")
    return proposal


def _decide(
    session: Session, proposal: RoleProposal, outcome: str, *, by: int, now: datetime, reason: str = ""
) -> None:  # fmt: skip
    proposal.outcome, proposal.decided_by_id, proposal.decided_at = outcome, by, now
    proposal.decided_reason = reason
    session.flush()
    action = {"confirmed": "confirm", "refused": "refuse", "withdrawn": "withdraw"}[outcome]
    _record(session, proposal, action, by=by, now=now, reason=reason)


def _record(
    session: Session, proposal: RoleProposal, action: str, *, by: int | None, now: datetime, reason: str = ""
) -> None:  # fmt: skip
    """What is to be given stands after, what is to be taken before."""
    email, words = session.get_one(User, proposal.user_id).email, grant_words(session, proposal)
    said = {"reason": reason} if reason else {}
    before, after = (None, words | said) if proposal.kind == "grant" else (words, said or None)
    record_change(session, "role", email, before=before, after=after, action=action, by=by, now=now)
