"""What officers do beside the acts: notes, pins, reminding whoever holds a project."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.database import db
from app.desk.views.terms import desk
from app.projects.queries import project_head
from app.refusals import FieldRefused
from app.reviews.queries import sheets_of
from app.security import clock, current_actor, may
from app.workbench import service
from app.workbench.commands import NewNote
from workflows.definition import because

#: Where a sheet still waits for its expert.
UNFINISHED = ("assigned", "open")


@desk.post("/projects/<number>/pin")
@may("project.pin")
def pin(number: str) -> Response:
    """Keep the project at hand, or no longer."""
    head = project_head(db.session(), current_actor(), number)
    service.pin(head.pid, actor=current_actor(), on=request.form.get("on") == "1", now=clock().now())
    return redirect(url_for(".project", number=number), 303)


@desk.post("/projects/<number>/notes")
@may("note.write")
def add_note(number: str) -> Response:
    """Tell the other officers something."""
    head = project_head(db.session(), current_actor(), number)
    try:
        note = NewNote(text=request.form.get("text", ""))
    except ValidationError:
        raise FieldRefused("text", because("请填写备注，不超过 5000 个字。")) from None
    service.write_note(note, head.pid, actor=current_actor(), now=clock().now())
    return redirect(url_for(".project", number=number, _anchor="notes"), 303)


@desk.post("/projects/<number>/remind")
@may("project.remind")
def remind(number: str) -> Response:
    """Ask whoever holds the project to see to it."""
    head = project_head(db.session(), current_actor(), number)
    done = service.remind([head.pid], actor=current_actor(), now=clock().now())
    if done.done:
        flash(_("已催办。"), "success")
    else:
        flash(_("今天已催办过，或者该项目现在无须催办。"), "error")
    return redirect(url_for(".project", number=number), 303)


@desk.post("/projects/<number>/remind/experts")
@may("project.remind")
def remind_experts(number: str) -> Response:
    """Ask the experts of the project who have not handed in their sheets."""
    session, actor, now = db.session(), current_actor(), clock().now()
    head = project_head(session, actor, number)
    sheets = [each.case for each in sheets_of(session, head.case_id, actor, now=now) if each.stage in UNFINISHED]
    done = service.remind(sheets, actor=actor, now=now).done if sheets else []
    if done:
        flash(_("已催办 %(count)d 位专家。", count=len(done)), "success")
    else:
        flash(_("今天已催办过，或者没有尚未交表的专家。"), "error")
    return redirect(url_for(".reviews", number=number), 303)
