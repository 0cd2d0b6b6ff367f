"""Roles that wait for a second administrator: the list, one proposal, and what is decided about it."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.commands import Reasoned
from app.casework.forms import Filled, refuse_unknown
from app.database import db
from app.desk.views.administration import who
from app.desk.views.terms import desk
from app.people.models.proposals import KIND_LABELS, OUTCOME_LABELS
from app.people.queries.proposals import ProposalPage, in_state, proposal_of, proposals_listed
from app.people.service.proposals import confirm_proposal, refuse_proposal, why_not_decide, withdraw_proposal
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.security.proof import just_proven
from app.tables import Column, Filter, Table, answer
from app.text import say, translated
from workflows.definition import Reason, because
from workflows.roles import GRANTABLE, LABELS, SECURITY_ADMIN

STATE_LABELS = {"waiting": "待核准", **OUTCOME_LABELS}
PROPOSALS = Table(
    "proposals",
    columns=(
        Column("name", "姓名"),
        Column("kind", "事项", "narrow", says=lambda row: translated(KIND_LABELS[row.kind])),
        Column("role", "角色", "narrow", says=lambda row: translated(LABELS[row.role])),
        Column("held_for", "单位或项目主体", says=lambda row: row.held_for or "—"),
        Column("reason", "理由"),
        Column("proposer", "提议人", "narrow"),
        Column("proposed_at", "提出时间", "moment", sort=True),
        Column("expires_at", "核准期限", "moment", sort=True),
        Column("outcome", "状态", "narrow", says=lambda row: translated(STATE_LABELS[row.outcome])),
        Column("decider", "办理人", "narrow", says=lambda row: row.decider or "—"),
        Column("decided_at", "办理时间", "moment", shown=False),
        Column("decided_reason", "不予核准的理由", shown=False),
    ),
    filters=(
        Filter("name", "姓名"),
        Filter("role", "角色", "select", options={role: LABELS[role] for role in GRANTABLE}),
        Filter("state", "状态", "select", options=STATE_LABELS, where=in_state),
        Filter("proposer", "提议人"),
    ),
    order="-proposed_at",
)


@desk.get("/administration/roles")
@may("role.read")
def proposals() -> Response:
    """What waits for a second administrator, and what became of everything that was proposed."""
    return answer(PROPOSALS, proposals_listed(), "registers/proposals.html")


@desk.get("/administration/roles/<int(max=999999999999):ident>")
@may("role.read")
def proposal(ident: int) -> str:
    """One proposal, with what one can do about it or why one cannot."""
    return _page(proposal_of(db.session(), ident))


@desk.post("/administration/roles/<int(max=999999999999):ident>/confirm")
@may("role.confirm")
def confirm_role(ident: int) -> Response | tuple[str, int]:
    """Let it come about, from the next request of the person on."""
    if just_proven():
        return _page(proposal_of(db.session(), ident)), 200
    said = _("已核准，从此人的下一次请求起生效。")
    return _done(ident, lambda: confirm_proposal(ident, by=who(current_actor()), now=clock().now()), said)


@desk.post("/administration/roles/<int(max=999999999999):ident>/refuse")
@may("role.refuse")
def refuse_role(ident: int) -> Response | tuple[str, int]:
    """Refuse it, with a reason."""
    filled: Filled[Reasoned] = Filled(Reasoned)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        return _page(proposal_of(db.session(), ident), filled), 422
    by, now = who(current_actor()), clock().now()
    return _done(ident, lambda: refuse_proposal(ident, reason=command.reason, by=by, now=now), _("已不予核准。"))


@desk.post("/administration/roles/<int(max=999999999999):ident>/withdraw")
@may("role.withdraw")
def withdraw_role(ident: int) -> Response | tuple[str, int]:
    """Take back what one proposed oneself."""
    return _done(
        ident, lambda: withdraw_proposal(ident, by=who(current_actor()), now=clock().now()), _("已撤回该事项。")
    )


def _done(ident: int, change: Callable[[], None], said: str) -> Response | tuple[str, int]:
    try:
        change()
    except FieldRefused as refusal:
        return _page(proposal_of(db.session(), ident), refusal=refusal), 422
    flash(said, "success")
    return redirect(url_for(".proposal", ident=ident), 303)


def _page(
    found: ProposalPage, filled: Filled[Reasoned] | None = None, *, refusal: FieldRefused | None = None
) -> str:  # fmt: skip
    actor = current_actor()
    waits, by = found.outcome == "waiting", who(actor)
    why = _why_not(found, by) if waits else None
    return render_template(
        "registers/proposal.html", page=found, kinds=KIND_LABELS, states=STATE_LABELS, refusal=refusal,
        why_not=say(why) if why else "", decides=waits and why is None,
        refuses=waits and actor.holds(SECURITY_ADMIN) and why_not_decide(found, by) is None,
        withdraws=waits and found.proposed_by_id == by, filled=filled or Filled(Reasoned),
    )  # fmt: skip


def _why_not(found: ProposalPage, by: int) -> Reason | None:
    if not current_actor().holds(SECURITY_ADMIN):
        return because("由安全管理员核准；提出人、核准人和本人须是三个不同的人。")
    return why_not_decide(found, by, now=clock().now())
