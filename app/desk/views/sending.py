"""What a form of a declaration sends: its texts, what its page was looking at, and what to do when nobody is signed in.

A form carries a ticket, signed and bound to one person, project and step. When it arrives after the session has
ended, what was typed is kept for that person alone and shown again after sign-in; nothing is saved by it.
"""

import json
import re
from typing import Any
from uuid import UUID

from flask import current_app, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from app.barrier import asking
from app.database import Missing, db
from app.people.queries import actor_of
from app.projects.commands.steps import BY_KEY, Step
from app.projects.commands.texts import LONGEST, YES, is_known
from app.projects.queries import ProjectHead, project_head
from app.projects.service import EDITABLE, keep_form
from app.security import clock, current_actor
from app.security.fields import refuse_beyond
from workflows.definition import because
from workflows.engine import NotFromHere

#: What stands beside the fields: text to paste into a table, a choice where two people wrote.
PARTS = re.compile("(paste|choose)-.+")
#: Seconds for which a page that was left open can still be sent.
GOOD_FOR = 24 * 60 * 60


class AlreadySubmitted(NotFromHere):
    """The declaration was handed in; `back` is the page of its project."""

    def __init__(self, number: str) -> None:
        super().__init__(because("申报表已提交，不能修改。"))
        self.back = url_for("desk.project", number=number)


def editable(number: str) -> ProjectHead:
    """The project, for its own people while it can be written into."""
    head = project_head(db.session(), current_actor(), number)
    if head.organisation_id not in current_actor().organisation_ids:
        raise Missing(number)
    if head.stage not in EDITABLE:
        raise AlreadySubmitted(number)
    return head


def known_step(key: str) -> Step:
    """The step of this key; `Missing` for any other word."""
    if key not in BY_KEY:
        raise Missing(key)
    return BY_KEY[key]


def sent_texts(step: Step) -> dict[str, str]:
    """What this form sends for the fields of a step; a box that is not ticked sends nothing."""
    texts = {name: text.replace("\r\n", "\n") for name, text in request.form.items() if is_known(name)}
    boxes = [f"answered-{number}" for number in request.form.getlist("item")]
    boxes += ["undertakings"] if "undertakings" in step.fields else []
    return texts | {name: YES if name in request.form else "" for name in boxes}


def refuse_strangers() -> None:
    """FieldRefused for what no page of a declaration sends, and for what comes twice."""
    ours = {"csrf_token", "ticket", "base", "do", "item"}
    refuse_beyond(
        request.form, lambda name: (name in ours or is_known(name) or bool(PARTS.fullmatch(name)), name == "item")
    )


def sent_base() -> dict[str, str]:
    """The fingerprint of each field that the page was looking at."""
    try:
        found = json.loads(request.form.get("base") or "{}")
    except ValueError:
        return {}
    return {str(name): str(each) for name, each in found.items()} if isinstance(found, dict) else {}


def ticket(head: ProjectHead, step: Step) -> str:
    """What proves later that this page was shown to this person."""
    return str(_signer().dumps([current_actor().user_id, head.pid.hex, head.number, step.key]))


def keep_what_was_sent() -> Response | None:
    """Keep a form whose session has ended, and ask to sign in; None where the form proves nothing."""
    try:
        user_id, pid, number, key = _signer().loads(request.form.get("ticket", ""), max_age=GOOD_FOR)
    except BadSignature:
        return None
    actor, step = actor_of(db.session(), user_id), BY_KEY.get(key)
    texts = sent_texts(step) if step else {}
    db.session().rollback()
    if actor is None or step is None or any("\0" in text or len(text) > LONGEST for text in texts.values()):
        return None
    body: dict[str, Any] = {"texts": texts, "base": sent_base()}
    with asking(db.session(), user_id):  # The ticket says who: nobody is signed in.
        if not keep_form(UUID(pid), key, body, actor=actor, now=clock().now()):
            return None
    back = url_for("desk.declare_step", number=number, step=key)
    # Whoever signed in again in another window goes straight back.
    return redirect(back if current_actor().user_id == user_id else url_for("security.login", next=back), 303)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="aidflow-kept-form")
