"""Pages for everybody: the front page, notices with a form to object, results, the course of a project."""

from secrets import token_hex
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.casework.service import take_action
from app.database import Missing, db
from app.navigation import Item, add_to_navigation
from app.paging import id_cursor
from app.people.permissions import PUBLIC_ACTOR
from app.portal.queries.published import project_published
from app.programmes.queries import open_calls
from app.publicity.commands import Object
from app.publicity.queries import KINDS, STATES, NoticeRow, notices_of
from app.publicity.queries import notices as notices_page
from app.publicity.queries import results as results_page
from app.refusals import FieldRefused
from app.security import clock, current_actor, public
from app.security.limits import count_objection
from app.text import say
from workflows.aid_project import AID_PROJECT
from workflows.definition import because
from workflows.diagram import mermaid
from workflows.engine import Refused
from workflows.registry import WORKFLOWS

pages = Blueprint("portal", __name__)
blueprints = (pages,)

#: As long as a key of our own form is.
KEY = 32
NEWEST = 5

add_to_navigation(Item("公示公告", "portal.notices", order=60, everybody=True))
add_to_navigation(Item("资助结果", "portal.results", order=62, everybody=True))
add_to_navigation(Item("办理流程", "portal.workflow", order=64, everybody=True))


@pages.get("/")
@public
def home() -> str | Response:
    """What is open and what was published; whoever signed in goes to the inbox."""
    if current_actor().user_id is not None:
        return redirect(url_for("desk.inbox"))
    now = clock().now()
    return render_template(
        "portal/home.html", calls=open_calls(db.session(), now), kinds=KINDS, states=STATES,
        notices=notices_page(db.session(), now=now, limit=NEWEST).rows,
    )  # fmt: skip


@pages.get("/notices")
@public
def notices() -> str:
    """Projects shown to the public, newest first."""
    page = notices_page(db.session(), now=clock().now(), before=id_cursor())
    return render_template("portal/notices.html", page=page, kinds=KINDS, states=STATES)


@pages.get("/results")
@public
def results() -> str:
    """What was paid to whom for what, newest first."""
    return render_template(
        "portal/results.html", page=results_page(db.session(), now=clock().now(), before=id_cursor())
    )


@pages.get("/notices/<number>")
@public
def notice(number: str) -> str:
    """Everything published about a project and, while it runs, the form to object."""
    return _notice(_published(number), Filled(Object))


@pages.post("/notices/<number>")
@public
def object_to(number: str) -> str | Response | tuple[str, int]:
    """Take an objection from anybody; no account is needed and none is recorded."""
    filled = Filled(Object)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        return _notice(_published(number), filled), 422
    case = next((row.case for row in _published(number) if row.case), None)
    try:
        if case is None:
            raise Refused(because("公示期已经届满。"))
        count_objection()
        receipt = take_action(
            UUID(str(case)), "object", actor=PUBLIC_ACTOR, seen=request.form.get("seen", ""), command=command,
            idempotency_key=request.form.get("key", "")[:KEY] or None, now=clock().now(),
        )  # fmt: skip
    except TooManyRequests as often:
        page = _notice(_published(number), filled, refused=often.description)
        return make_response(page, 429, {"Retry-After": str(often.retry_after)})
    except FieldRefused as refusal:
        filled.blame(refusal)
        return _notice(_published(number), filled), 422
    except Refused as refusal:
        return _notice(_published(number), filled, refused=say(refusal.reason)), 409
    flash(_("异议已收到。回执号 %(receipt)s，请妥善保存。", receipt=receipt.receipt), "success")
    return redirect(url_for(".notice", number=number), 303)


@pages.get("/workflow")
@public
def workflow() -> str:
    """Every stage and act of a project and of the lives inside it."""
    lives = (AID_PROJECT, *(each for each in WORKFLOWS if each is not AID_PROJECT))
    return render_template("portal/workflow.html", diagrams=[(life, mermaid(life)) for life in lives])


def _published(number: str) -> tuple[NoticeRow, ...]:
    if not number.isprintable():
        raise Missing(repr(number))
    return notices_of(db.session(), project_published(db.session(), number), now=clock().now())


def _notice(rows: tuple[NoticeRow, ...], filled: Filled[Object], *, refused: str | None = None) -> str:
    live = next((row for row in rows if row.case), None)
    return render_template(
        "portal/notice.html", rows=rows, live=live, filled=filled, refused=refused, kinds=KINDS, states=STATES,
        # What is typed anew after a refusal is a new request.
        key="" if refused else request.form.get("key", ""), fresh=token_hex(KEY // 2),
    )  # fmt: skip
