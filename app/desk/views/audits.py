"""The desk of an audit firm: the audits it was given, and the report as it grows."""

from uuid import UUID

from flask import flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.audits.commands import SubmitAudit
from app.audits.queries import Draft, audits_seen
from app.audits.service import ReportMovedOn, keep_draft
from app.casework.forms import Filled, refuse_unknown
from app.desk.views.acts import REPORT, asked_again
from app.desk.views.terms import desk, version_typed
from app.security import clock, current_actor, may
from app.tables import Column, Filter, Table, answer
from app.text import SHANGHAI, say, stage_label
from workflows.audit import AUDIT

AUDITS = Table(
    "audits",
    columns=(
        Column("number", "项目编号", sort=True),
        Column("title", "项目", sort=True),
        Column("organisation", "项目主体", sort=True),
        Column("stage", "环节", "narrow", says=lambda row: stage_label(row.stage, AUDIT)),
        Column("due_at", "期限", "term", sort=True),
        Column("planned_total", "投入总额", "money", sort=True),
        Column("claimed", "申报", "money", sort=True),
        Column("disallowed", "核减", "money", sort=True),
        Column("audited", "审定", "money", sort=True),
        Column("submitted_at", "提交时间", "moment", sort=True, shown=False),
    ),
    filters=(
        Filter("number", "项目编号"),
        Filter("organisation", "项目主体"),
        Filter("stage", "环节", "select", options={stage.name: stage.label for stage in AUDIT.stages}),
    ),
    order="due_at",
)


@desk.get("/audits")
@may("audit.read")
def audits() -> Response:
    """The audits given to my firm, the most urgent first."""
    return answer(AUDITS, audits_seen(current_actor()), "desk/audits.html", now=clock().now())


@desk.post("/audits/<uuid:pid>/draft")
@may("audit.draft")
def keep_report(pid: UUID) -> Response | tuple[str, int]:
    """Keep the report as it is typed so far; nothing is checked and nobody else sees it."""
    filled = Filled(SubmitAudit)
    try:
        kept = _keep(pid, filled)
    except ReportMovedOn as refused:
        # What was typed here stays on the page; saving once more replaces what the other window kept.
        return asked_again(pid, REPORT, filled, say(refused.reason)), 409
    flash(_("草稿已保存，%(at)s。", at=_moment(kept)), "success")
    return redirect(url_for(".ask", pid=pid, action=REPORT), 303)


@desk.post("/audits/<uuid:pid>/typed")
@may("audit.draft")
def keep_typed(pid: UUID) -> Response:
    """Keep it while one types; what is refused is said as a problem."""
    kept = _keep(pid, Filled(SubmitAudit))
    return jsonify(version=kept.version, saved=_moment(kept))


def _keep(pid: UUID, filled: Filled[SubmitAudit]) -> Draft:
    filled.read()
    refuse_unknown(filled, request.form)
    return keep_draft(pid, filled.typed(), version=version_typed(), actor=current_actor(), now=clock().now())


def _moment(kept: Draft) -> str:
    return f"{kept.saved_at.astimezone(SHANGHAI):%H:%M:%S}"
