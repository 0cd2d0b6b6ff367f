"""The people of one's organisation: invited, listed and removed by its owner."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.views.terms import accounts
from app.casework.forms import Filled, refuse_unknown
from app.collaborators import tools
from app.database import Missing, db
from app.navigation import Item, add_to_navigation
from app.notifications.service import invite
from app.people.commands import InviteMember
from app.people.queries.links import invited_into, members_of, organisations_owned, owned_by
from app.people.service import end_grant
from app.people.service.links import cancel_link
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.security.limits import count_letter
from workflows.definition import because
from workflows.roles import APPLICANT_OWNER, APPLICANTS

add_to_navigation(Item("本单位人员", "accounts.members", order=42, roles=frozenset({APPLICANT_OWNER})))


@accounts.get("/members")
@may("member.invite")
def members() -> str:
    """Who acts for my organisations, and who is invited."""
    return _page(_form())


@accounts.post("/members")
@may("member.invite")
def invite_member() -> Response | tuple[str, int]:
    """Send an invitation; nothing is granted before it is accepted."""
    filled = _form()
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        mine = {uscc: ident for ident, uscc, _name in organisations_owned(db.session(), current_actor())}
        try:
            if command.organisation not in mine:
                raise FieldRefused("organisation", because("请选择您负责的项目主体。"))
            if command.role not in APPLICANTS:
                raise FieldRefused("role", because("没有“{role}”这种角色。", role=command.role))
            count_letter(command.email)
            shown = invite(
                command.email, command.name, command.role, organisation_id=mine[command.organisation],
                by=current_actor().user_id or 0, tools=tools(),
            )  # fmt: skip
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            if shown:
                return _page(_form(), shown=shown), 201
            flash(_("邀请已发送至 %(email)s。", email=command.email), "success")
            return redirect(url_for(".members"), 303)
    return _page(filled), 422


@accounts.post("/members/<int:grant>/end")
@may("member.end")
def remove_member(grant: int) -> Response:
    """End what somebody holds for my organisation, from the next request on."""
    if grant not in {member.grant_id for member in members_of(db.session(), current_actor())}:
        raise Missing(f"RoleGrant {grant}")
    db.session().rollback()
    try:
        end_grant(grant, by=current_actor().user_id, now=clock().now())
    except FieldRefused:
        flash(_("不得移除自己，请由本单位另一位负责人办理。"), "error")
    else:
        flash(_("已移除，此人不能再查看和办理本单位的项目。"), "success")
    return redirect(url_for(".members"), 303)


@accounts.post("/members/invitations/<int:ident>/cancel")
@may("member.end")
def cancel_invitation(ident: int) -> Response:
    """Make an invitation void that nobody has accepted yet."""
    cancel_link(ident, organisation_ids=owned_by(current_actor()))
    flash(_("邀请已取消。"), "success")
    return redirect(url_for(".members"), 303)


def _form() -> Filled[InviteMember]:
    offers = [(uscc, name) for _id, uscc, name in organisations_owned(db.session(), current_actor())]
    return Filled(InviteMember, {"organisation": offers})


def _page(filled: Filled[InviteMember], *, shown: str = "") -> str:
    session, actor = db.session(), current_actor()
    return render_template(
        "accounts/members.html", filled=filled, shown=shown, organisations=organisations_owned(session, actor),
        members=members_of(session, actor), invited=invited_into(session, actor), me=actor.user_id,
    )  # fmt: skip
