"""A case of its own, and the page on which somebody acts on one."""

from datetime import datetime
from secrets import token_hex
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.audits.queries import report_draft
from app.casework.forms import BLANK_ROWS, OURS, Filled, refuse_unknown
from app.casework.models import Case
from app.casework.queries import (
    CaseRow,
    EventRow,
    case_rows,
    case_visible,
    history,
    lives_inside,
    recent_history,
)
from app.casework.service import Stale, take_action
from app.casework.subjects import subject_of
from app.database import Missing, db
from app.desk.forms import add_phrase, doubts_of, form_of_action, phrases_of, sums_of
from app.desk.matters import done_by, matter_of, stake_of, ways_of
from app.desk.queries import acts_elsewhere, case_page, has_acted, project_by_pid, sent_back, waits_for
from app.desk.queries.limits import limits_of
from app.desk.views.terms import desk, due_sentence, overdue, version_typed
from app.documents.queries import papers_brought, papers_of
from app.paging import is_id
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.security.lapsed import shows_again
from app.security.proof import just_proven
from app.text import say
from workflows.engine import NotYourRole, Refused
from workflows.money import in_capitals

#: As long as a key of ours is; a longer one did not come from our page.
KEY = 32
PROJECT = "aid_project"
#: Fields of a command that our own page fills in, with the hash of what the reader has before them.
UNSEEN = frozenset({"document_hash", "content_hash"})
#: Lives that are decided by the papers brought with them.
DELIVERED = frozenset({"progress_report", "change_request"})
#: The act whose form is a whole report, with the papers beside it.
REPORT = "submit_audit"


@desk.get("/cases/<uuid:pid>")
@may("case.read")
def case(pid: UUID) -> str | Response:
    """A life inside a project, or a budget year; a project itself is shown on its own page."""
    now = clock().now()
    found = case_visible(db.session(), current_actor(), pid)
    if found.life == PROJECT:
        return redirect(url_for(".project", number=project_by_pid(db.session(), current_actor(), pid)))
    page = case_page(db.session(), current_actor(), found, now)
    return render_template(
        "desk/case.html", page=page, workflow=subject_of(page.case.workflow).workflow, now=now,
        due=due_sentence(page.case.due_at, now), overdue=overdue(page.case, now),
        matter=matter_of(db.session(), current_actor(), found, now), capitals=in_capitals,
        back=sent_back(page.events, pid),
        elsewhere=None if page.case.actions else acts_elsewhere(db.session(), current_actor(), found, now),
    )  # fmt: skip


@desk.get("/cases/<uuid:pid>/actions/<action>")
@may("case.act")
def ask(pid: UUID, action: str) -> str | tuple[str, int]:
    """What will happen, to whom, and what has to be said for it."""
    session = db.session()
    found, row = _looked_at(session, pid, action)
    if not _is_offered(row, action):
        return _over(found, row, action), 409
    return _page(found, row, action, form_of_action(session, found, action, current_actor(), clock().now()))


@desk.post("/cases/<uuid:pid>/actions/<action>")
@may("case.act")
@shows_again
def act(pid: UUID, action: str) -> str | Response | tuple[str, int]:
    """Take the action once, however often the button was pressed."""
    session, actor = db.session(), current_actor()
    found, row = _looked_at(session, pid, action, acting=True)
    filled = form_of_action(session, found, action, actor, clock().now())
    if request.form.get("more") or request.form.get("phrase") or just_proven():
        return _shown_again(found, row, action, filled)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        return _page(found, row, action, filled), 422
    try:
        receipt = take_action(
            pid, action, actor=actor, seen=request.form.get("seen", ""), command=command,
            idempotency_key=request.form.get("key", "")[:KEY] or None, now=clock().now(),
        )  # fmt: skip
    except FieldRefused as refusal:
        filled.blame(refusal)
        return _page(*_looked_at(session, pid, action, acting=True), action, filled), 422
    except Refused as refusal:
        found, row = _looked_at(session, pid, action, acting=True)
        status, why = 403 if isinstance(refusal, NotYourRole) else 409, say(refusal.reason)
        if not _is_offered(row, action):
            return _over(found, row, action, refused=why, filled=filled), status
        return _page(found, row, action, filled, refused=why, stale=isinstance(refusal, Stale)), status
    return redirect(url_for(".receipt", pid=pid, seq=receipt.seq), 303)


@desk.get("/cases/<uuid:pid>/receipts/<int:seq>")
@may("case.read")
def receipt(pid: UUID, seq: int) -> str:
    """What one keeps of an act: its receipt, and who has the case now until when."""
    session, actor, now = db.session(), current_actor(), clock().now()
    done = done_by(session, actor, pid, seq)
    try:
        found = case_visible(session, actor, pid)
    except Missing:
        return render_template("desk/receipt.html", done=done, pid=pid, case=None)
    matter = matter_of(session, actor, found, now)
    return render_template(
        "desk/receipt.html", done=done, pid=pid, case=found, matter=matter, home=_home_of(session, pid),
        stake=stake_of(matter, found, done.action), capitals=in_capitals,
        workflow=subject_of(found.workflow).workflow, due=due_sentence(found.due_at, now),
        holders=_holders(session, found, now),
    )  # fmt: skip


def asked_again(pid: UUID, action: str, filled: Filled[Any], why: str) -> str:
    """The page of an act with what was typed, which could not be kept for this reason; the next save keeps it."""
    return _page(*_looked_at(db.session(), pid, action, acting=True), action, filled, refused=why, newest=True)


def _looked_at(session: Session, pid: UUID, action: str, *, acting: bool = False) -> tuple[Case, CaseRow]:
    """The case, if the reader sees it and his or her duty has to do with this action.

    A second press of a button comes when the action is not open any more; it must still reach the
    service, which knows its key.
    """
    found = case_visible(session, current_actor(), pid)
    row = case_rows(session, current_actor(), [found], clock().now())[0]
    if not _is_offered(row, action) and not (
        _is_known(found, action) and (acting or has_acted(session, current_actor(), pid, action))
    ):
        raise Missing(f"{pid} {action}")
    return found, row


def _is_offered(row: CaseRow, action: str) -> bool:
    return action in {each.name for each in (*row.actions, *row.blocked)}


def _is_known(found: Case, action: str) -> bool:
    return any(t.action == action for t in subject_of(found.workflow).workflow.transitions)


def _page(
    found: Case, row: CaseRow, action: str, filled: Filled[object], *, refused: str | None = None, stale: bool = False,
    newest: bool = False,
) -> str:  # fmt: skip
    workflow = subject_of(found.workflow).workflow
    session, actor, now = db.session(), current_actor(), clock().now()
    blocked = next((each.why for each in row.blocked if each.name == action), None)
    matter = matter_of(session, actor, found, now)
    field, phrases = phrases_of(found, action)
    return render_template(
        "desk/act.html", case=found, row=row, action=action, workflow=workflow, filled=filled,
        matter=matter, ways=ways_of(session, actor, found, action, now), stake=stake_of(matter, found, action),
        phrases={field: phrases}, capitals=in_capitals, changes=_since(session, found) if stale else (),
        limits=limits_of(session, actor, found, action, now),
        back=sent_back(recent_history(session, actor, found.root_id, case_id=found.id), found.pid),
        bound=next((each.bound for each in row.actions if each.name == action), {}),
        doubts=doubts_of(session, found, action, actor),
        needs_paper="audit_report" if action == REPORT and blocked else "",
        blocked=blocked, refused=refused, stale=stale, seen=row.seen,
        since=session.scalar(select(Case.chain_seq).where(Case.id == found.root_id)),
        sums=sums_of(filled) if action == REPORT else None,
        draft=_draft_shown(session, found, newest=newest) if action == REPORT else None,
        papers=papers_of(session, found.root_id, actor=actor) if action == REPORT else (),
        brought=papers_brought(session, found, actor=actor) if found.life in DELIVERED else (),
        # The same words pressed twice carry the same key; what is typed anew is a new request.
        key="" if refused or request.method == "GET" else request.form.get("key", ""), fresh=token_hex(KEY // 2),
    )  # fmt: skip


def _shown_again(found: Case, row: CaseRow, action: str, filled: Filled[Any]) -> str | tuple[str, int]:
    """The form with what was typed and what its button added; nothing is carried out."""
    if just_proven() and not _is_offered(row, action):
        return _over(found, row, action, refused=_("该事项的状态已有变化，请重新读取后再试。"), filled=filled), 409
    filled.add_rows(BLANK_ROWS, name=request.form.get("more") or "-")
    add_phrase(filled, found, action, request.form.get("phrase", ""))
    return _page(found, row, action, filled)


def _draft_shown(session: Session, found: Case, *, newest: bool) -> dict[str, Any]:
    """How the draft behind a form stands. A form that comes back keeps the version that its window started from."""
    kept = report_draft(session, found.id, current_actor().user_id)
    back = request.method == "POST" and not newest
    version = version_typed() if back and "version" in request.form else kept.version if kept else 0
    return {"version": version, "saved_at": kept and kept.saved_at, "unkept": back}


def _since(session: Session, found: Case) -> list[EventRow]:
    """What happened to the project after the page was read that this form comes from."""
    since = request.form.get("since", "")
    return history(session, current_actor(), found.root_id, after=int(since)) if is_id(since) else []


def _over(found: Case, row: CaseRow, action: str, *, refused: str = "", filled: Filled[object] | None = None) -> str:
    """No form and no button: the act is done already, or cannot be done from where the case stands now.

    What was typed for it stands there to be copied.
    """
    session = db.session()
    return render_template(
        "desk/act_over.html", found=found, row=row, action=action, workflow=subject_of(found.workflow).workflow,
        refused=refused, done=has_acted(session, current_actor(), found.pid, action), home=_home_of(session, found.pid),
        changes=_since(session, found) if filled else (), typed=_texts(filled) if filled else (),
    )  # fmt: skip


def _texts(filled: Filled[object]) -> list[tuple[str, str]]:
    """Label and text of each field that somebody filled in; nothing that our own page put there unseen."""
    found = []
    for each in filled.form:
        data = each.data
        if each.type == "SelectField":
            data = next((choice[1] for choice in each.iter_choices() if choice[0] == data), "") if data else ""
        elif each.type in {"Lines", "Ticks"}:
            data = "\n".join(map(str, data or ()))
        if isinstance(data, str) and data.strip() and each.short_name not in OURS | UNSEEN:
            found.append((str(each.label.text), data))
    return found


def _holders(session: Session, found: Case, now: datetime) -> tuple[str, ...]:
    """Who has the case now: for a project perhaps whoever holds the life that its stage began with."""
    row, *inside = case_rows(session, current_actor(), _with_lives(session, found), now)
    return waits_for(subject_of(found.workflow).workflow, row, inside)


def _with_lives(session: Session, found: Case) -> list[Case]:
    return lives_inside(session, current_actor(), found.id) if found.life == PROJECT else [found]


def _home_of(session: Session, pid: UUID) -> str:
    """The page to show after an act: the project, the case itself, or the inbox when neither is ours to see now."""
    try:
        found = case_visible(session, current_actor(), pid)
    except Missing:
        return url_for(".inbox")
    if found.life == PROJECT:
        return url_for(".project", number=project_by_pid(session, current_actor(), pid))
    return url_for(".case", pid=pid)
