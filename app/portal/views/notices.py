"""Notices: the list, the page of each project, and the form with which anybody objects without an account."""

import json
from secrets import token_hex
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.casework.service import take_action
from app.database import Missing, db
from app.people.permissions import PUBLIC_ACTOR
from app.portal.queries.published import notices_published, project_published
from app.portal.views.terms import kept, pages, working_days_left
from app.publicity.commands import Object
from app.publicity.queries import KINDS, OUTCOME_LABELS, STATES, NoticeRow, notices_of, objections_shown, state_of
from app.publicity.queries import NOTICES as PUBLISHED
from app.refusals import FieldRefused
from app.reviews.queries.draws import published_draws, ways_in
from app.security import clock, may
from app.security.limits import count_objection
from app.tables import Column, Filter, Table, answer
from app.text import say, translated
from workflows.definition import because
from workflows.engine import Refused

#: As long as a key of our own form is.
KEY = 32


def _stands(row: Any) -> str:
    state = state_of(row, row, clock().now())
    return translated(STATES[state]) if state else ""


NOTICES = Table(
    "notices",
    columns=(
        Column("title", "项目", sort=True),
        Column("kind", "类别", "narrow", says=lambda row: translated(KINDS[row.kind])),
        Column("organisation", "项目主体", sort=True),
        Column("place", "实施地点", shown=False),
        Column("amount", "金额（元）", "money", sort=True),
        Column("published_at", "发布", "date", sort=True),
        Column("last_day", "公示截止", "date", shown=False),
        Column("state", "状态", says=_stands),
        Column("number", "项目编号", "narrow", sort=True, shown=False, filed=True),
    ),
    filters=(
        Filter("title", "项目名称包含"),
        Filter("organisation", "项目主体包含"),
        Filter("kind", "类别", "select", options={kind: KINDS[kind] for kind in PUBLISHED}),
        Filter("published_at", "发布不早于", "from"),
    ),
    order="-published_at",
)


@pages.get("/notices")
@may("published.read")
@kept
def notices() -> Response:
    """Publicities and announcements, newest first."""
    now = clock().now()
    return answer(
        NOTICES, notices_published(), "portal/notices.html", states=STATES, left=working_days_left,
        state_of=lambda row: state_of(row, row, now),
    )  # fmt: skip


@pages.get("/notices/<number>")
@may("published.read")
def notice(number: str) -> str:
    """Everything published about a project and, while it runs, the form to object."""
    return _notice(_published(number), Filled(Object))


@pages.post("/notices/<number>")
@may("objection.raise")
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
    return redirect(url_for(".receipt", receipt=receipt.receipt), 303)


@pages.get("/notices/<number>/draws.json")
@may("published.read")
@kept
def draws(number: str) -> Response:
    """The transcripts of how the experts were drawn, to be worked out again by anybody."""
    found = published_draws(db.session(), project_published(db.session(), number))
    if not found:
        raise Missing(number)
    return Response(json.dumps(found, ensure_ascii=False, indent=1), mimetype="application/json")


def _published(number: str) -> tuple[NoticeRow, ...]:
    return notices_of(db.session(), project_published(db.session(), number), now=clock().now())


def _beside(number: str) -> dict[str, Any]:
    """What stands beside the notices of a project: how its experts were drawn, what came of objections."""
    session = db.session()
    root = project_published(session, number)
    found = published_draws(session, root)
    ways = ways_in(session, root) if found else (0, 0)
    return {"draws": found, "ways": ways, "objections": objections_shown(session, root), "outcomes": OUTCOME_LABELS}


def _notice(rows: tuple[NoticeRow, ...], filled: Filled[Object], *, refused: str | None = None) -> str:
    live = next((row for row in rows if row.case), None)
    return render_template(
        "portal/notice.html", rows=rows, **_beside(rows[0].number), live=live, filled=filled, refused=refused,
        kinds=KINDS, states=STATES,
        # What is typed anew after a refusal is a new request.
        key="" if refused else request.form.get("key", ""), fresh=token_hex(KEY // 2), left=working_days_left,
    )  # fmt: skip
