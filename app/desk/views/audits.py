"""The desk of an audit firm: the audits it was given, and the report as it grows."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.audits.commands import SubmitAudit
from app.audits.queries import audits_seen
from app.audits.service import keep_draft
from app.casework.forms import Filled
from app.desk.views.terms import desk
from app.security import clock, current_actor, duty
from app.tables import Column, Filter, Table, answer
from app.text import SHANGHAI, stage_label
from workflows.audit import AUDIT
from workflows.roles import AUDIT_FIRM

firm = duty(AUDIT_FIRM)
AUDITS = Table(
    "audits",
    columns=(
        Column("number", "项目编号", sort=True),
        Column("title", "项目", sort=True),
        Column("organisation", "项目主体", sort=True),
        Column("stage", "环节", "narrow", says=lambda row: stage_label(row.stage, AUDIT)),
        Column("due_at", "期限", "moment", sort=True),
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
@firm
def audits() -> Response:
    """The audits given to my firm, the most urgent first."""
    return answer(AUDITS, audits_seen(current_actor()), "desk/audits.html", now=clock().now())


@desk.post("/audits/<uuid:pid>/draft")
@firm
def keep_report(pid: UUID) -> Response:
    """Keep the report as it is typed so far; nothing is checked and nobody else sees it."""
    now = clock().now()
    keep_draft(pid, Filled(SubmitAudit).typed(), actor=current_actor(), now=now)
    flash(_("草稿已保存，%(at)s。", at=f"{now.astimezone(SHANGHAI):%H:%M:%S}"), "success")
    return redirect(url_for(".ask", pid=pid, action="submit_audit"), 303)
