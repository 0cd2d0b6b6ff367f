"""The meeting of the joint panel: the list under the envelope, votes, minutes and presence, the result as one PDF."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response as Document
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.casework.queries import case_rows
from app.database import Missing, db
from app.desk.views.terms import desk, version_typed
from app.paging import id_cursor, is_id
from app.refusals import FieldRefused
from app.reviews.commands import ConveneMeeting
from app.reviews.models.meetings import PRESENCE_LABELS
from app.reviews.queries.meeting_lists import meetings, years_waiting
from app.reviews.queries.meetings import OUTCOME_LABELS, MeetingPage, meeting_page
from app.reviews.service.meetings import (
    VOTE_LABELS,
    MinutesMovedOn,
    close_meeting,
    convene_meeting,
    is_to_come,
    keep_minutes,
    refuse_unfinished,
    result_of,
    take_in_projects,
    take_off_project,
)
from app.security import clock, current_actor, may
from app.text import SHANGHAI, bracketed, say
from app.typesetting.service import render
from workflows.engine import Refused
from workflows.roles import FUND_OFFICE, SECRETARY

PAGE = 50
#: Who keeps the list and the minutes.
KEEPERS = (SECRETARY, FUND_OFFICE)
#: Acts on a project that the list offers.
ACTS = ("vote", "approve", "defer", "reject")


@desk.get("/meetings")
@may("meeting.read")
def joint_meetings() -> str:
    """The meetings, and the budget years whose projects wait for one."""
    rows = meetings(db.session(), current_actor(), before=id_cursor(), limit=PAGE)
    onward = url_for(".joint_meetings", cursor=rows[PAGE - 1][0]) if len(rows) > PAGE else None
    return render_template(
        "reviews/meetings.html", rows=[row for _id, row in rows[:PAGE]], onward=onward,
        waiting=years_waiting(db.session(), current_actor()), keeps=current_actor().holds(*KEEPERS),
    )  # fmt: skip


@desk.get("/meetings/new")
@may("meeting.convene")
def new_meeting() -> str:
    """When and where, and for which budget year."""
    years = _years()
    chosen = request.args.get("year")
    values = {"year": chosen} if chosen in dict(years) else {}
    return render_template("reviews/convene.html", filled=Filled(ConveneMeeting, {"year": years}, values))


@desk.post("/meetings/new")
@may("meeting.convene")
def add_meeting() -> Response | tuple[str, int]:
    """Convene it with every project that waits."""
    filled = Filled(ConveneMeeting, {"year": _years()})
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            pid = convene_meeting(command, actor=current_actor(), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已召集会审会议，等待会审的项目已列入。"), "success")
            return redirect(url_for(".joint_meeting", pid=pid), 303)
    return render_template("reviews/convene.html", filled=filled), 422


@desk.get("/meetings/<uuid:pid>")
@may("meeting.read")
def joint_meeting(pid: UUID) -> str:
    """Everything on the table."""
    return _table(meeting_page(db.session(), current_actor(), pid))


@desk.post("/meetings/<uuid:pid>")
@may("meeting.write")
def write_minutes(pid: UUID) -> Response | tuple[str, int]:
    """Keep minutes and presence, take projects in or off, or close the meeting with what is kept."""
    then = request.form.get("then", "")
    said = _("已保存会议记录。")
    try:
        _keep(pid)
        if then == "in":
            count = take_in_projects(pid, actor=current_actor(), now=clock().now())
            said = _("已列入 %(count)d 个项目。", count=count)
        elif then.startswith("off-"):
            take_off_project(pid, then.removeprefix("off-"), actor=current_actor(), now=clock().now())
            said = _("已移出项目，留待以后的会议。")
        elif then == "close":
            refuse_unfinished(meeting_page(db.session(), current_actor(), pid), clock().now())
            return redirect(url_for(".ask_to_close", pid=pid), 303)
    except Refused as refusal:
        page = meeting_page(db.session(), current_actor(), pid)
        return _table(page, refused=say(refusal.reason), moved_on=isinstance(refusal, MinutesMovedOn)), 409
    flash(said, "success")
    return redirect(url_for(".joint_meeting", pid=pid), 303)


@desk.get("/meetings/<uuid:pid>/close")
@may("meeting.close")
def ask_to_close(pid: UUID) -> Response | str:
    """What the result will say, before it stands."""
    page = meeting_page(db.session(), current_actor(), pid)
    if page.row.closed_at is not None:
        return redirect(url_for(".joint_meeting", pid=pid))
    return render_template("reviews/close.html", page=page, result=result_of(page))


@desk.post("/meetings/<uuid:pid>/close")
@may("meeting.close")
def end_meeting(pid: UUID) -> Response | tuple[str, int]:
    """Close the meeting on the very minutes that were shown."""
    try:
        close_meeting(pid, version=version_typed(), actor=current_actor(), now=clock().now())
    except Refused as refusal:
        return _table(meeting_page(db.session(), current_actor(), pid), refused=say(refusal.reason)), 409
    flash(_("会议结果已形成，不能再改。"), "success")
    return redirect(url_for(".joint_meeting", pid=pid), 303)


@desk.post("/meetings/<uuid:pid>/minutes")
@may("meeting.write")
def write_on(pid: UUID) -> Document:
    """Keep minutes and presence while one types."""
    version = _keep(pid)
    return jsonify(version=version, saved=clock().now().astimezone(SHANGHAI).strftime("%H:%M:%S"))


@desk.get("/meetings/<uuid:pid>/result.pdf")
@may("meeting.read")
def meeting_result(pid: UUID) -> Document:
    """The result as one PDF: of a closed meeting the same bytes for ever, of an open one a draft of what stands."""
    page = meeting_page(db.session(), current_actor(), pid)
    row = page.row
    if not page.whole:
        # The paper is one for all its readers; a part of it would not be the result.
        raise Missing(str(pid))
    if row.result is not None:
        data, issued_at = row.result | {"draft": False, "content_hash": row.result_hash}, row.closed_at
    else:
        data, issued_at = result_of(page) | {"draft": True, "content_hash": None}, row.changed_at
    assert issued_at is not None
    response = Document(render("meeting_result", data, issued_at=issued_at), mimetype="application/pdf")
    name = quote(f"会审会议结果 {page.code} {page.year} {row.held_at.astimezone(SHANGHAI):%Y-%m-%d}.pdf", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"meeting-result.pdf\"; filename*=UTF-8''{name}"
    return response


def _table(page: MeetingPage, *, refused: str = "", moved_on: bool = False) -> str:
    """`moved_on`: beside what was typed stands what somebody else saved meanwhile; the next save replaces that."""
    actor = current_actor()
    present = {each.id: each.mode for each in page.members} | (_presence() if moved_on else {})
    rows = case_rows(db.session(), actor, [line.case for line in page.lines], clock().now())
    acts = {row.id: [each for each in row.actions if each.name in ACTS] for row in rows}
    return render_template(
        "reviews/meeting.html", page=page, acts=acts, outcomes=OUTCOME_LABELS, votes=VOTE_LABELS, modes=PRESENCE_LABELS,
        keeps=actor.holds(*KEEPERS) and page.row.closed_at is None, refused=refused,
        minutes=request.form.get("minutes", "") if moved_on else page.row.minutes, moved_on=moved_on, present=present,
        to_come=is_to_come(page.row, clock().now()),
    )  # fmt: skip


def _presence() -> dict[int, str]:
    return {
        int(name.removeprefix("presence-")): mode
        for name, mode in request.form.items()
        if name.startswith("presence-") and is_id(name.removeprefix("presence-")) and mode
    }


def _keep(pid: UUID) -> int:
    return keep_minutes(
        pid,
        request.form.get("minutes", ""),
        _presence(),
        version=version_typed(),
        actor=current_actor(),
        now=clock().now(),
    )


def _years() -> list[tuple[str, Any]]:
    return [
        (each.key, each.label + bracketed(_("%(count)d 个项目", count=each.waiting)))
        for each in years_waiting(db.session(), current_actor())
    ]
