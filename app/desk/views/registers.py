"""Registers: organisations and calls."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.database import db
from app.desk.forms import years_to_choose
from app.desk.views.terms import desk
from app.organisations.commands import RegisterOrganisation
from app.organisations.models import DISTRICTS, KINDS, YEARLY_CHECK_RESULTS
from app.organisations.permissions import KEEPS_ORGANISATIONS, reads_account_of
from app.organisations.queries import organisation as organisation_of
from app.organisations.queries import organisations_seen
from app.organisations.service import register_organisation
from app.paging import id_cursor
from app.programmes.commands import OpenCall
from app.programmes.queries import calls as calls_of
from app.programmes.queries import policy_in_force, policy_of
from app.programmes.service import open_call
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.tables import Column, Filter, Table, answer
from app.text import translated
from workflows.calendar import shanghai_date
from workflows.roles import APPLICANTS, FUND_OFFICE

PAGE = 25
ORGANISATIONS = Table(
    "organisations",
    columns=(
        Column("name", "单位名称", sort=True),
        Column("uscc", "统一社会信用代码", "narrow", sort=True),
        Column("kind", "类别", "narrow", says=lambda row: translated(KINDS[row.kind][1])),
        Column("district", "所在区", "narrow", says=lambda row: translated(DISTRICTS.get(row.district, row.district))),
        Column("legal_representative", "法定代表人", shown=False),
        Column("founded_on", "成立日期", "date", sort=True, shown=False),
    ),
    filters=(
        Filter("name", "单位名称包含"),
        Filter("kind", "类别", "select", options={key: label for key, (_code, label) in KINDS.items()}),
        Filter("district", "所在区", "select", options=DISTRICTS),
    ),
    order="id",
)


@desk.get("/organisations")
@may("organisation.read")
def organisations() -> Response:
    """The organisations I may see, in the order in which they came onto the register."""
    return answer(
        ORGANISATIONS, organisations_seen(current_actor()), "desk/organisations.html",
        keeps=current_actor().holds(*KEEPS_ORGANISATIONS),
    )  # fmt: skip


@desk.get("/organisations/new")
@may("organisation.add")
def new_organisation() -> str:
    """Part A of the declaration, once for each organisation."""
    return render_template("desk/register_organisation.html", filled=Filled(RegisterOrganisation))


@desk.post("/organisations/new")
@may("organisation.add")
def add_organisation() -> Response | tuple[str, int]:
    """Put it on the register."""
    filled: Filled[RegisterOrganisation] = Filled(RegisterOrganisation)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            register_organisation(command, by=current_actor().user_id, now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已登记“%(name)s”。", name=command.name), "success")
            return redirect(url_for(".organisations"), 303)
    return render_template("desk/register_organisation.html", filled=filled), 422


@desk.get("/organisations/<uscc>")
@may("organisation.read")
def organisation(uscc: str) -> str:
    """One organisation."""
    row = organisation_of(db.session(), current_actor(), uscc)
    return render_template(
        "desk/organisation.html", row=row, kinds=KINDS, districts=DISTRICTS, results=YEARLY_CHECK_RESULTS,
        reads_accounts=reads_account_of(current_actor(), row.id),
    )  # fmt: skip


@desk.get("/calls")
@may("call.read")
def calls() -> str:
    """The calls for declarations, newest first."""
    rows = calls_of(db.session(), after=id_cursor(), limit=PAGE + 1)
    onward = url_for(".calls", cursor=rows[PAGE - 1].id) if len(rows) > PAGE else None
    return render_template(
        "desk/calls.html", rows=rows[:PAGE], onward=onward, now=clock().now(),
        opens=current_actor().holds(FUND_OFFICE), declares=current_actor().holds(*APPLICANTS),
        policies={row.policy_id: policy_of(db.session(), row.policy_id) for row in rows[:PAGE]},
    )  # fmt: skip


@desk.get("/calls/new")
@may("call.open")
def new_call() -> str:
    """A dated opening."""
    return render_template("desk/open_call.html", filled=_call_form())


@desk.post("/calls/new")
@may("call.open")
def add_call() -> Response | tuple[str, int]:
    """Open it."""
    filled = _call_form()
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            open_call(command, actor=current_actor(), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已发布申报通知“%(title)s”。", title=command.title), "success")
            return redirect(url_for(".calls"), 303)
    return render_template("desk/open_call.html", filled=filled), 422


def _call_form() -> Filled[OpenCall]:
    session = db.session()
    offers: dict[str, Sequence[tuple[str, str]]] = {"programme": years_to_choose(session)}
    version = policy_in_force(session, shanghai_date(clock().now()))
    if version is not None:
        policy = policy_of(session, version)
        offers |= {"areas": policy.areas, "fields": policy.fields}
    return Filled(OpenCall, offers)
