"""An officer's word about a conflict of interest on a project."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.database import db
from app.desk.views.terms import desk
from app.projects.queries import project_head
from app.reviews.commands import RecuseOfficer
from app.reviews.service.recusals import recuse_officer
from app.security import clock, current_actor, may
from app.text import say
from workflows.engine import NotYourRole, Refused


@desk.get("/projects/<number>/recusal")
@may("project.recuse")
def ask_to_recuse(number: str) -> str:
    """What follows from saying that one has a conflict."""
    return _page(number, Filled(RecuseOfficer))


@desk.post("/projects/<number>/recusal")
@may("project.recuse")
def recuse_from_project(number: str) -> Response | tuple[str, int]:
    """Take the officer's word; the project is gone from his or her sight at once."""
    filled: Filled[RecuseOfficer] = Filled(RecuseOfficer)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        return _page(number, filled), 422
    try:
        left = recuse_officer(number, command, actor=current_actor(), now=clock().now())
    except Refused as refusal:
        status = 403 if isinstance(refusal, NotYourRole) else 409
        return _page(number, filled, refused=(say(refusal.reason),)), status
    flash(_("已登记您的回避，由同一单位的其他人员办理。该项目不再向您显示。"), "success")
    if not left:
        flash(_("该职责目前没有足够的其他人员可以办理，已告知市政府合作交流办和监督员。"), "error")
    return redirect(url_for(".inbox"), 303)


def _page(number: str, filled: Filled[RecuseOfficer], *, refused: tuple[str, ...] = ()) -> str:
    head = project_head(db.session(), current_actor(), number)
    return render_template("desk/recuse.html", head=head, filled=filled, refused=refused)
