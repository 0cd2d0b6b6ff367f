"""The draw of a panel: freeze, draw, go on in the same order; every step is counted and published."""

import json

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import exists, select
from werkzeug.wrappers import Response

from app.casework.models import Case
from app.casework.permissions import visible
from app.database import Missing, db
from app.desk.views.terms import desk
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.refusals import FieldRefused
from app.reviews.models import Panel
from app.reviews.queries.draws import at_work, draws_shown
from app.reviews.service.draws import default_rules, draw_next, draw_panel
from app.security import clock, current_actor, may
from app.text import say
from workflows.definition import because
from workflows.draw import IN_FIELD, STRATUM_LABELS, WHY_LABELS
from workflows.engine import Refused

#: Digits of a number that a form of ours sends.
DIGITS = 12


@desk.get("/panels/draws/<number>")
@may("draw.read")
def draw_page(number: str) -> str:
    """The rounds of a project with their order, and what may be done next."""
    return _page(number)


@desk.post("/panels/draws/<number>")
@may("draw.make")
def draw(number: str) -> Response | tuple[str, int]:
    """Freeze the pool and draw; another round only with a reason."""
    try:
        draw_panel(
            number, actor=current_actor(), now=clock().now(), in_field=_number("in_field"),
            reason=request.form.get("reason", ""),
        )  # fmt: skip
    except (Refused, FieldRefused) as refusal:
        return _page(number, say(refusal.reason)), 409
    flash(_("已抽签。结果不能更改，公示时随公告一并公开。"), "success")
    return redirect(url_for(".draw_page", number=number), 303)


@desk.post("/panels/draws/<number>/next")
@may("draw.make")
def next_drawn(number: str) -> Response | tuple[str, int]:
    """Whoever comes next in the order takes the seat of somebody who does not sit."""
    try:
        out = _number("out")
        if out is None:
            raise FieldRefused("out", because("请选择不能参加的专家。"))
        draw_next(number, out, request.form.get("why", ""), actor=current_actor(), now=clock().now())
    except (Refused, FieldRefused) as refusal:
        return _page(number, say(refusal.reason)), 409
    flash(_("已按原排列递补。"), "success")
    return redirect(url_for(".draw_page", number=number), 303)


@desk.get("/panels/draws/<number>/<int(max=999):draw_round>.json")
@may("draw.read")
def draw_file(number: str, draw_round: int) -> Response:
    """The transcript of a round that the page shows, to be checked with `aidflow draw verify`."""
    root, _project = _seen(number)
    found = [each for each in draws_shown(db.session(), root) if each.round == draw_round]
    if not found or found[0].told is None:
        raise Missing(number)
    return Response(json.dumps(found[0].told, ensure_ascii=False, indent=1), mimetype="application/json")


def _page(number: str, refused: str = "") -> str:
    session = db.session()
    root, project = _seen(number)
    rounds = draws_shown(session, root)
    rules = default_rules(policy_of(session, project.policy_id))
    busy = at_work(session, root.id)
    opened = session.scalar(select(exists().where(Panel.project_id == root.id, Panel.entered_seq == root.entered_seq)))
    return render_template(
        "reviews/draw.html", project=project, busy=busy, opened=opened, case=root, rounds=rounds, refused=refused,
        strata=STRATUM_LABELS, whys=WHY_LABELS,
        rules=rules, quota=rules.quotas[IN_FIELD], here=root.stage == "expert_review",
        members={each.id: {ref: (stratum, of) for ref, stratum, of in each.frozen["pool"]} for each in rounds},
    )  # fmt: skip


def _seen(number: str) -> tuple[Case, Project]:
    wanted = select(Case, Project).join(Project, Project.case_id == Case.id)
    row = db.session.execute(wanted.where(Project.number == number, visible(current_actor()))).one_or_none()
    if row is None:
        raise Missing(number)
    return row[0], row[1]


def _number(name: str) -> int | None:
    text = request.form.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise FieldRefused(name, because("须填写整数。"))
    return int(text)
