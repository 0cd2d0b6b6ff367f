"""Beginning a draft."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.database import db
from app.desk.forms import new_project_form
from app.desk.views.terms import desk
from app.projects.commands import NewProject
from app.projects.service import create_project
from app.refusals import FieldRefused
from app.security import clock, current_actor, may


@desk.get("/projects/new")
@may("project.begin")
def new_project() -> str:
    """Which call, and what the project is called; the rest follows."""
    return _new(new_project_form(db.session(), current_actor(), clock().now(), request.args.get("call")))


@desk.post("/projects/new")
@may("project.begin")
def begin_project() -> Response | tuple[str, int]:
    """Begin the draft and go on to its task list."""
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
    return redirect(url_for(".declare_steps", number=number), 303)


def _new(filled: Filled[NewProject]) -> str:
    # The API may leave it out for somebody with one organisation; here one is always chosen.
    filled.form["organisation"].flags.required = True
    # Whoever declares for one organisation is not asked which.
    if len(filled.offers["organisation"]) == 1:
        del filled.form["organisation"]
    return render_template("projects/new.html", filled=filled)
