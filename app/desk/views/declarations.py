"""Beginning a draft, and editing the declaration."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import BLANK_ROWS, Filled, refuse_unknown
from app.database import db
from app.desk.forms import declaration_form, new_project_form
from app.desk.views.terms import desk
from app.paging import DIGITS
from app.programmes.queries import policy_of
from app.projects.commands import Declaration, NewProject
from app.projects.queries import ProjectHead, declaration_of, project_head
from app.projects.service import EDITABLE, StaleVersion, create_project, save_declaration
from app.refusals import FieldRefused
from app.security import clock, current_actor, duty
from workflows.aid_project import AID_PROJECT
from workflows.definition import because
from workflows.engine import NotFromHere
from workflows.roles import APPLICANTS

applicants = duty(*sorted(APPLICANTS))


@desk.get("/projects/new")
@applicants
def new_project() -> str:
    """Which call, and what the project is called; the rest follows."""
    return _new(new_project_form(db.session(), current_actor(), clock().now(), request.args.get("call")))


@desk.post("/projects/new")
@applicants
def begin_project() -> Response | tuple[str, int]:
    """Begin the draft and go on to its declaration."""
    filled = new_project_form(db.session(), current_actor(), clock().now())
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        return _new(filled), 422
    try:
        number = create_project(command, actor=current_actor(), now=clock().now())
    except FieldRefused as refusal:
        filled.blame(refusal)
        return _new(filled), 422
    flash(_("已建立草稿 %(number)s。", number=number), "success")
    return redirect(url_for(".edit", number=number), 303)


@desk.get("/projects/<number>/edit")
@applicants
def edit(number: str) -> str:
    """The declaration as it was last saved, to be changed."""
    head = _editable(number)
    saved = declaration_of(db.session(), head.case_id).record()
    return _edit(head, declaration_form(db.session(), head.policy_id, saved), head.version)


@desk.post("/projects/<number>/edit")
@applicants
def save(number: str) -> str | Response | tuple[str, int]:
    """Save the whole declaration, unless somebody else saved it meanwhile."""
    head = _editable(number)
    filled = declaration_form(db.session(), head.policy_id, {})
    version = _version()
    if more := request.form.get("more"):
        filled.add_rows(BLANK_ROWS, name=more)
        return _edit(head, filled, version)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        return _edit(head, filled, version), 422
    try:
        save_declaration(head.pid, command, version=version, actor=current_actor(), now=clock().now())
    except FieldRefused as refusal:
        filled.blame(refusal)
        return _edit(head, filled, version), 422
    except StaleVersion:
        # What was typed stays on the page; saving again overwrites what the other person wrote.
        present = project_head(db.session(), current_actor(), number)
        return _edit(present, filled, present.version, stale=True), 409
    flash(_("已保存申报表。"), "success")
    return redirect(url_for(".project", number=number), 303)


def _editable(number: str) -> ProjectHead:
    head = project_head(db.session(), current_actor(), number)
    if head.stage not in EDITABLE:
        raise NotFromHere(because("申报表已提交，不能修改。"))
    return head


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise FieldRefused("version", because("此项必填。"))
    return int(text)


def _new(filled: Filled[NewProject]) -> str:
    # The API may leave it out for somebody with one organisation; here one is always chosen.
    filled.form["organisation"].flags.required = True
    return render_template("projects/new.html", filled=filled)


def _edit(head: ProjectHead, filled: Filled[Declaration], version: int, *, stale: bool = False) -> str:
    areas = policy_of(db.session(), head.policy_id).areas
    filled.form["area_code"].description = _(
        "六位行政区划代码，以下列之一开头：%(areas)s。", areas="；".join(f"{code} {_(name)}" for code, name in areas)
    )
    return render_template(
        "projects/edit.html", head=head, filled=filled, version=version, stale=stale, workflow=AID_PROJECT
    )
