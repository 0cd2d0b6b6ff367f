"""The secretary's desk: which projects wait for a panel, when panels meet, and who sits on them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.casework.service import seen_of, take_action
from app.database import Missing, db
from app.desk.views.terms import desk
from app.paging import id_cursor
from app.programmes.queries import policy_in_force, policy_of
from app.refusals import FieldRefused
from app.reviews.commands import NameFields, OpenPanel, ScheduleSession
from app.reviews.queries.sessions import (
    PAGE,
    ExpertLine,
    PanelLine,
    SessionPage,
    expert_lines,
    panel_lines,
    projects_to_list,
    session_page,
    sessions_to_come,
)
from app.reviews.service.draws import draw_panel
from app.reviews.service.sessions import change_session, name_fields, schedule_session
from app.security import clock, current_actor, may
from app.text import SHANGHAI, bracketed, say
from app.validation import field_faults
from workflows.calendar import shanghai_date
from workflows.draw import WHY_LABELS
from workflows.engine import Refused
from workflows.policy import Policy

#: How long a session that is over is still listed.
RECENT = timedelta(days=7)
#: What a field for date and time holds.
LOCAL = "%Y-%m-%dT%H:%M"


@desk.get("/panels")
@may("panel.read")
def panels() -> str:
    """The projects in expert review, and the sessions to come."""
    session, now = db.session(), clock().now()
    lines = panel_lines(session, current_actor(), before=id_cursor())
    onward = url_for(".panels", cursor=lines[PAGE - 1].case.id) if len(lines) > PAGE else None
    return render_template(
        "reviews/panels.html", projects=lines[:PAGE], onward=onward, policies=_policies(lines), now=now,
        sessions=sessions_to_come(session, current_actor(), now - RECENT),
    )  # fmt: skip


@desk.get("/panels/sessions/new")
@may("panel.arrange")
def new_session() -> str:
    """A session for the projects that were ticked."""
    lines = projects_to_list(db.session(), current_actor())
    chosen = [number for number in request.args.getlist("project") if number in {line.number for line in lines}]
    return render_template("reviews/schedule.html", filled=_schedule(lines, {"projects": chosen}), page=None)


@desk.post("/panels/sessions/new")
@may("panel.arrange")
def add_session() -> Response | tuple[str, int]:
    """Arrange it; the panels are opened on its page."""
    filled = _schedule(projects_to_list(db.session(), current_actor()), {})
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            pid = schedule_session(command, actor=current_actor(), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已安排评审会。请为每个项目选定专家，再启动评审。"), "success")
            return redirect(url_for(".review_session", pid=pid), 303)
    return render_template("reviews/schedule.html", filled=filled, page=None), 422


@desk.get("/panels/sessions/<uuid:pid>/change")
@may("panel.arrange")
def edit_session(pid: UUID) -> str:
    """Another time, place or list."""
    page = session_page(db.session(), current_actor(), pid, clock().now())
    return render_template("reviews/schedule.html", filled=_of_session(page), page=page)


@desk.post("/panels/sessions/<uuid:pid>/change")
@may("panel.arrange")
def move_session(pid: UUID) -> Response | tuple[str, int]:
    """Change it; experts who were invited already are told."""
    page = session_page(db.session(), current_actor(), pid, clock().now())
    filled = _of_session(page)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            change_session(pid, command, actor=current_actor(), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已保存评审会安排。时间或地点有变的，已通知到会专家。"), "success")
            return redirect(url_for(".review_session", pid=pid), 303)
    return render_template("reviews/schedule.html", filled=filled, page=page), 422


@desk.get("/panels/sessions/<uuid:pid>")
@may("panel.read")
def review_session(pid: UUID) -> str:
    """When and where, who may sit on which panel, and how far the open panels are."""
    return _seating(session_page(db.session(), current_actor(), pid, clock().now()), {})


@desk.post("/panels/sessions/<uuid:pid>")
@may("panel.open")
def open_panels(pid: UUID) -> Response | tuple[str, int] | str:
    """Open the panel of each project for which experts were chosen; each is an act of its own."""
    page = session_page(db.session(), current_actor(), pid, clock().now())
    waiting = [line for line in page.projects if page.seats.get(line.case.id)]
    chosen = {line.number: request.form.getlist(f"experts-{line.number}") for line in waiting}
    if "draw" in request.form:
        return _draw_for(page, waiting, chosen)
    wanted = [line for line in waiting if chosen[line.number]]
    refused = {line.number: said for line in wanted if (said := _open(page, line, chosen[line.number]))}
    if not wanted:
        refused = {line.number: _("尚未选定专家。") for line in waiting}
    if opened := [line.number for line in wanted if line.number not in refused]:
        flash(_("已启动专家评审：%(items)s。专家已收到通知。", items=_("、").join(opened)), "success")
    if refused:
        again = session_page(db.session(), current_actor(), pid, clock().now())
        return _seating(again, chosen, refused), 409
    return redirect(url_for(".review_session", pid=pid), 303)


@desk.get("/panels/experts")
@may("expert.read")
def experts_register() -> str:
    """The experts with their fields and what lies on their desks."""
    return render_template("reviews/experts.html", rows=expert_lines(db.session()), fields=dict(_fields()))


@desk.get("/panels/experts/<int(max=999999999999):ident>")
@may("expert.change")
def expert_fields(ident: int) -> str:
    """What one expert knows about."""
    row = _expert(ident)
    filled = Filled(NameFields, {"fields_known": _fields()}, {"fields_known": list(row.fields)})
    return render_template("reviews/expert.html", filled=filled, row=row)


@desk.post("/panels/experts/<int(max=999999999999):ident>")
@may("expert.change")
def keep_fields(ident: int) -> Response | tuple[str, int]:
    """Keep it."""
    row = _expert(ident)
    filled = Filled(NameFields, {"fields_known": _fields()})
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            name_fields(ident, command, dict(_fields()), actor=current_actor(), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已保存专业领域。"), "success")
            return redirect(url_for(".experts_register"), 303)
    return render_template("reviews/expert.html", filled=filled, row=row), 422


def _expert(ident: int) -> ExpertLine:
    for row in expert_lines(db.session()):
        if row.id == ident:
            return row
    raise Missing(str(ident))


def _open(page: SessionPage, line: PanelLine, experts: Sequence[str]) -> str | None:
    """Take the act for one project; what was refused, in words."""
    session_on = shanghai_date(page.row.starts_at).isoformat()
    try:
        reason = request.form.get(f"reason-{line.number}", "")
        command = OpenPanel.model_validate({"experts": list(experts), "session_on": session_on, "reason": reason})
        take_action(
            line.case.pid, "open_panel", actor=current_actor(), seen=request.form.get(f"seen-{line.number}", ""),
            command=command, now=clock().now(),
        )  # fmt: skip
    except ValidationError as wrong:
        return "；".join(each["message"] for each in field_faults(wrong))
    except (Refused, FieldRefused) as refusal:
        return say(refusal.reason)
    return None


def _draw_for(page: SessionPage, waiting: Sequence[PanelLine], chosen: Mapping[str, list[str]]) -> str:
    """Draw a panel for each project for which nobody was chosen; a draw that is there already stands."""
    drawn, refused = {}, {}
    for line in waiting:
        try:
            drawn[line.number] = chosen[line.number] or [
                each.email for each in draw_panel(line.number, actor=current_actor(), now=clock().now()).seated
            ]
        except Refused as refusal:
            refused[line.number] = say(refusal.reason)
    return _seating(session_page(db.session(), current_actor(), page.row.pid, clock().now()), drawn, refused)


def _drawn(page: SessionPage, line: PanelLine) -> list[str]:
    """Who sits on a panel that is still to be opened, by its draw; whoever is barred by now is left out."""
    seats = page.seats.get(line.case.id, {}).values()
    return [seat.expert.email for seat in seats if seat.drawn and seat.barred is None]


def _seating(page: SessionPage, chosen: Mapping[str, Iterable[str]], refused: Mapping[str, str] | None = None) -> str:
    ticked = {line.number: chosen.get(line.number, _drawn(page, line)) for line in page.projects}
    return render_template(
        "reviews/session.html", page=page, chosen={number: set(emails) for number, emails in ticked.items()},
        whys=WHY_LABELS, refused=refused or {}, policies=_policies(page.projects), seen=seen_of, fields=dict(_fields()),
        days=shanghai_date, today=shanghai_date(clock().now()),
        reasons={line.number: request.form.get(f"reason-{line.number}", "") for line in page.projects},
    )  # fmt: skip


def _schedule(lines: Sequence[PanelLine], values: Mapping[str, Any]) -> Filled[ScheduleSession]:
    named = [(line.number, f"{line.number} {line.title}{bracketed(line.organisation)}") for line in lines]
    return Filled(ScheduleSession, {"projects": named}, values)


def _of_session(page: SessionPage) -> Filled[ScheduleSession]:
    row = page.row
    free = projects_to_list(db.session(), current_actor(), row.pid)
    lines = {line.number: line for line in (*page.projects, *free)}
    values = {
        "projects": [line.number for line in page.projects], "place": row.place, "link": row.link, "note": row.note,
        "sheets_due_on": row.sheets_due_on.isoformat(),
        "starts_at": row.starts_at.astimezone(SHANGHAI).strftime(LOCAL),
        "ends_at": row.ends_at.astimezone(SHANGHAI).strftime(LOCAL),
    }  # fmt: skip
    return _schedule(list(lines.values()), values)


def _policies(lines: Iterable[PanelLine]) -> dict[int, Policy]:
    return {line.policy_id: policy_of(db.session(), line.policy_id) for line in lines}


def _fields() -> Sequence[tuple[str, str]]:
    """The fields of work that the policy in force funds."""
    version = policy_in_force(db.session(), shanghai_date(clock().now()))
    return policy_of(db.session(), version).fields if version else ()
