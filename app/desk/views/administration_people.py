"""Units and people: the system administrator makes accounts. Roles are proposed here and confirmed by another one."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.collaborators import tools
from app.database import db
from app.desk.views.administration import who
from app.desk.views.terms import desk
from app.notifications.service import send_account_link
from app.people.commands import AddPerson, AddUnit, ChangeUnit, EndRole, GrantRole
from app.people.models import UNIT_KINDS, Unit
from app.people.queries import holds_role, people_listed, person_page, unit_of, units_listed, units_to_choose
from app.people.queries.proposals import proposals_about
from app.people.service import (
    NewPerson,
    add_unit,
    add_user,
    change_unit,
    set_active,
)
from app.people.service.factors import remove_factor
from app.people.service.outside import unlink
from app.people.service.proposals import propose_end, propose_grant
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.security.lapsed import shows_again
from app.security.policy import ROLE_PROPOSERS
from app.security.proof import just_proven
from app.tables import Column, Filter, Table, answer
from app.text import translated
from workflows.roles import GRANTABLE, LABELS, SECURITY_ADMIN, SYSTEM_ADMIN


def _roles(row: Any) -> str:
    return _("、").join(translated(LABELS[role]) for role in row.roles.split(",") if role)


UNITS = Table(
    "units",
    columns=(
        Column("name", "单位名称", sort=True),
        Column("code", "单位代码", "narrow", sort=True),
        Column("kind", "单位类别", "narrow", sort=True, says=lambda row: translated(UNIT_KINDS[row.kind])),
        Column("area_code", "行政区划代码", "narrow", sort=True),
        Column("people", "在岗人数", "figure", sort=True),
    ),
    filters=(
        Filter("name", "单位名称"),
        Filter("code", "单位代码"),
        Filter("kind", "单位类别", "select", options=UNIT_KINDS),
    ),
    order="code",
)
PEOPLE = Table(
    "people",
    columns=(
        Column("name", "姓名", sort=True),
        Column("email", "电子邮箱", sort=True),
        Column("roles", "角色", says=_roles),
        Column("active", "状态", "narrow", says=lambda row: _("启用") if row.active else _("停用")),
        Column("created_at", "建立时间", "moment", sort=True),
    ),
    filters=(
        Filter("name", "姓名"),
        Filter("email", "电子邮箱"),
        Filter("role", "角色", "select", options={role: LABELS[role] for role in GRANTABLE}, where=holds_role),
    ),
    order="email",
)


@desk.get("/administration/units")
@may("unit.read")
def units() -> Response:
    """Offices and firms, with how many people hold a role there."""
    return answer(UNITS, units_listed(), "registers/units.html", keeps=current_actor().holds(SYSTEM_ADMIN))


@desk.get("/administration/units/new")
@may("unit.add")
def new_unit() -> str:
    """A unit to come onto the register."""
    return render_template("registers/unit.html", filled=Filled(AddUnit), unit=None)


@desk.post("/administration/units/new")
@may("unit.add")
def enter_unit() -> Response | tuple[str, int]:
    """Put it on the register."""
    filled: Filled[AddUnit] = Filled(AddUnit)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            add_unit(**command.values(), by=who(current_actor()), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已登记“%(name)s”。", name=command.name), "success")
            return redirect(url_for(".units"), 303)
    return render_template("registers/unit.html", filled=filled, unit=None), 422


@desk.get("/administration/units/<int:ident>")
@may("unit.change")
def unit(ident: int) -> str:
    """What may change of a unit."""
    return _unit_page(unit_of(db.session(), ident))


@desk.post("/administration/units/<int:ident>")
@may("unit.change")
def alter_unit(ident: int) -> Response | tuple[str, int]:
    """Change it."""
    found = unit_of(db.session(), ident)
    filled: Filled[ChangeUnit] = Filled(ChangeUnit)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            change_unit(ident, **command.values(), by=who(current_actor()), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已修改“%(name)s”。", name=command.name), "success")
            return redirect(url_for(".units"), 303)
    return _unit_page(found, filled), 422


@desk.get("/administration/people")
@may("person.read")
def people_list() -> Response:
    """Everybody, with the roles that count now."""
    return answer(PEOPLE, people_listed(), "registers/people.html", keeps=current_actor().holds(SYSTEM_ADMIN))


@desk.get("/administration/people/new")
@may("person.add")
def new_person() -> str:
    """An account to be made, without a role."""
    return render_template("registers/new_person.html", filled=Filled(AddPerson))


@desk.post("/administration/people/new")
@may("person.add")
def enter_person() -> Response | tuple[str, int]:
    """Make the account and invite the person by mail; roles are proposed afterwards and confirmed by another one."""
    filled: Filled[AddPerson] = Filled(AddPerson)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            person = NewPerson(email=command.email, name=command.name)
            ident = add_user(person, now=clock().now(), granted_by_id=who(current_actor()))
            if tools().settings.smtp_host:
                send_account_link(ident, by=who(current_actor()), tools=tools())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已为“%(name)s”建立账户。角色由一位管理员提出、安全管理员核准。", name=command.name), "success")
            return redirect(url_for(".person", ident=ident), 303)
    return render_template("registers/new_person.html", filled=filled), 422


@desk.get("/administration/people/<int:ident>")
@may("person.read")
def person(ident: int) -> str:
    """One person, with every role there ever was."""
    return _person_page(ident)


@desk.post("/administration/people/<int:ident>/roles")
@may("role.grant")
@shows_again
def give_role(ident: int) -> Response | tuple[str, int]:
    """Propose a role; it counts when another administrator has confirmed it."""
    filled = _grant_form()
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None and not just_proven():
        try:
            proposal = propose_grant(
                ident, command.role, unit=command.unit, uscc=command.organisation, reason=command.reason,
                by=who(current_actor()), now=clock().now(),
            )  # fmt: skip
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            said = _("已提出授予角色“%(role)s”，待另一位管理员核准后生效。", role=translated(LABELS[command.role]))
            flash(said, "success")
            return redirect(url_for(".proposal", ident=proposal), 303)
    return _person_page(ident, filled), 200 if just_proven() and not filled.faults else 422


@desk.post("/administration/people/<int:ident>/roles/<int:grant>/end")
@may("role.end")
def take_role(ident: int, grant: int) -> Response | tuple[str, int]:
    """Propose that a grant ends; in an emergency the account is switched off, which one person can do."""
    filled: Filled[EndRole] = Filled(EndRole)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None and not just_proven():
        try:
            proposal = propose_end(grant, reason=command.reason, by=who(current_actor()), now=clock().now())
        except FieldRefused as refusal:
            return _person_page(ident, refusal=refusal), 422
        flash(_("已提出终止该角色，待另一位管理员核准后生效。"), "success")
        return redirect(url_for(".proposal", ident=proposal), 303)
    return _person_page(ident, ending=(grant, filled)), 200 if just_proven() and not filled.faults else 422


@desk.post("/administration/people/<int:ident>/active")
@may("person.switch")
def switch_person(ident: int) -> Response | tuple[str, int]:
    """Switch a person on or off."""
    active = request.form.get("active") == "true"
    said = _("已启用该账户。") if active else _("已停用该账户，其全部登录已失效。")
    return _done(ident, lambda: set_active(ident, active=active, by=who(current_actor()), now=clock().now()), said)


@desk.post("/administration/people/<int:ident>/password")
@may("person.give_password")
def new_password(ident: int) -> Response | tuple[str, int]:
    """Send a link by which the person chooses a password; without a mail server it is shown this once."""
    try:
        shown = send_account_link(ident, by=who(current_actor()), tools=tools())
    except FieldRefused as refusal:
        return _person_page(ident, refusal=refusal), 422
    if shown:
        return _person_page(ident, shown=shown), 201
    flash(_("设置密码的邮件已发送。"), "success")
    return redirect(url_for(".person", ident=ident), 303)


@desk.post("/administration/people/<int:ident>/second-factor/remove")
@may("factor.remove")
def forget_factor(ident: int) -> Response | tuple[str, int]:
    """Take the second factor from somebody who lost it; a password is another administrator's matter."""
    said = _("已停用此人的两步验证，其全部登录已失效。")
    return _done(ident, lambda: remove_factor(ident, by=who(current_actor()), now=clock().now()), said)


@desk.post("/administration/people/<int:ident>/outside-account/remove")
@may("outside_account.unlink")
def unlink_outside_account(ident: int) -> Response | tuple[str, int]:
    """End the link to an account at the provider, whose holder may by now be somebody else."""
    said = _("已解除统一登录关联，其全部登录已失效。")
    return _done(ident, lambda: unlink(ident, by=who(current_actor()), now=clock().now()), said)


def _done(ident: int, change: Any, said: str) -> Response | tuple[str, int]:
    try:
        change()
    except FieldRefused as refusal:
        return _person_page(ident, refusal=refusal), 422
    flash(said, "success")
    return redirect(url_for(".person", ident=ident), 303)


def _grant_form() -> Filled[GrantRole]:
    return Filled(GrantRole, {"unit": units_to_choose(db.session())})


def _unit_page(found: Unit, filled: Filled[ChangeUnit] | None = None) -> str:
    values = {"name": found.name, "area_code": found.area_code or ""}
    return render_template(
        "registers/unit.html", filled=filled or Filled(ChangeUnit, values=values), unit=found, kinds=UNIT_KINDS
    )


def _person_page(
    ident: int,
    filled: Filled[GrantRole] | None = None,
    *,
    ending: tuple[int, Filled[EndRole]] | None = None,
    refusal: FieldRefused | None = None,
    shown: str = "",
) -> str:
    actor, session = current_actor(), db.session()
    other = ident != actor.user_id
    grants = other and actor.holds(*ROLE_PROPOSERS)
    return render_template(
        "registers/person.html", page=person_page(session, ident), waiting=proposals_about(session, ident),
        shown=shown, grants=grants, other=other, resets=other and actor.holds(SECURITY_ADMIN),
        keeps=other and actor.holds(SYSTEM_ADMIN), refusal=refusal, ending=ending,
        filled=(filled or _grant_form()) if grants else None,
    )  # fmt: skip
