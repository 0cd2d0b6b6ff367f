"""The front page: what the fund does, with live figures, and the rules by which it does it."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.database import db
from app.portal.queries.published import newest, shown_now
from app.portal.queries.statistics import statistics
from app.portal.views.terms import days_left, kept, pages, working_days_left
from app.programmes.queries import open_calls
from app.publicity.queries import KINDS, STATES
from app.publicity.queries import notices as notices_page
from app.security import clock, current_actor, may
from workflows.aid_project import AID_PROJECT
from workflows.diagram import mermaid
from workflows.registry import WORKFLOWS

NEWEST = 5


@pages.get("/")
@may("published.read")
@kept
def home() -> str | Response:
    """What is open and what was published; whoever signed in goes to the inbox."""
    if current_actor().user_id is not None:
        return redirect(url_for("desk.inbox"))
    now, session = clock().now(), db.session()
    return render_template(
        "portal/home.html", calls=open_calls(session, now), kinds=KINDS, states=STATES, left=working_days_left,
        days_left=days_left, total=statistics(session).total, shown=shown_now(session, now),
        notices=notices_page(session, now=now, limit=NEWEST).rows, results=newest(session, ("result",), NEWEST),
    )  # fmt: skip


@pages.get("/workflow")
@may("published.read")
@kept
def workflow() -> str:
    """Every stage and act of a project and of the lives inside it."""
    lives = (AID_PROJECT, *(each for each in WORKFLOWS if each is not AID_PROJECT))
    return render_template("portal/workflow.html", diagrams=[(life, mermaid(life)) for life in lives])
