"""A case of its own, and the page on which somebody acts on one."""

from secrets import token_hex
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.casework.forms import BLANK_ROWS, Filled, refuse_unknown
from app.casework.models import Case
from app.casework.queries import CaseRow, case_rows, case_visible
from app.casework.service import Stale, take_action
from app.casework.subjects import subject_of
from app.database import Missing, db
from app.desk.forms import form_of_action
from app.desk.matters import matter_of, ways_of
from app.desk.queries import case_page, has_acted, project_by_pid
from app.desk.views.terms import desk, due_sentence, overdue
from app.refusals import FieldRefused
from app.security import clock, current_actor, signed_in
from app.text import action_label, moment, say
from workflows.engine import NotYourRole, Refused
from workflows.money import in_capitals

#: As long as a key of ours is; a longer one did not come from our page.
KEY = 32
PROJECT = "aid_project"


@desk.get("/cases/<uuid:pid>")
@signed_in
def case(pid: UUID) -> str | Response:
    """A life inside a project, or a budget year; a project itself is shown on its own page."""
    now = clock().now()
    found = case_visible(db.session(), current_actor(), pid)
    if found.life == PROJECT:
        return redirect(url_for(".project", number=project_by_pid(db.session(), current_actor(), pid)))
    page = case_page(db.session(), current_actor(), pid, now)
    return render_template(
        "desk/case.html", page=page, workflow=subject_of(page.case.workflow).workflow, now=now,
        due=due_sentence(page.case.due_at, now), overdue=overdue(page.case, now),
        matter=matter_of(db.session(), current_actor(), found, now), capitals=in_capitals,
    )  # fmt: skip


@desk.get("/cases/<uuid:pid>/actions/<action>")
@signed_in
def ask(pid: UUID, action: str) -> str | tuple[str, int]:
    """What will happen, to whom, and what has to be said for it."""
    session = db.session()
    found, row = _looked_at(session, pid, action)
    if not _is_offered(row, action):
        return _over(found, row, action), 409
    return _page(found, row, action, form_of_action(session, found, action, current_actor(), clock().now()))


@desk.post("/cases/<uuid:pid>/actions/<action>")
@signed_in
def act(pid: UUID, action: str) -> str | Response | tuple[str, int]:
    """Take the action once, however often the button was pressed."""
    session, actor = db.session(), current_actor()
    found, row = _looked_at(session, pid, action, acting=True)
    filled = form_of_action(session, found, action, actor, clock().now())
    if more := request.form.get("more"):
        filled.add_rows(BLANK_ROWS, name=more)
        return _page(found, row, action, filled)
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
            return _over(found, row, action, refused=why), status
        return _page(found, row, action, filled, refused=why, stale=isinstance(refusal, Stale)), status
    flash(
        _(
            "已办理：%(act)s。回执号 %(receipt)s，%(at)s。",
            act=action_label(action, found.workflow), receipt=receipt.receipt, at=moment(receipt.at),
        ),
        "success",
    )  # fmt: skip
    return redirect(_home_of(session, pid), 303)


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
    found: Case, row: CaseRow, action: str, filled: Filled[object], *, refused: str | None = None, stale: bool = False
) -> str:
    workflow = subject_of(found.workflow).workflow
    session, actor, now = db.session(), current_actor(), clock().now()
    blocked = next((each.why for each in row.blocked if each.name == action), None)
    return render_template(
        "desk/act.html", case=found, row=row, action=action, workflow=workflow, filled=filled,
        matter=matter_of(session, actor, found, now), ways=ways_of(session, actor, found, action, now),
        capitals=in_capitals, bound=next((each.bound for each in row.actions if each.name == action), {}),
        blocked=blocked, refused=refused, stale=stale, seen=row.seen,
        # The same words pressed twice carry the same key; what is typed anew is a new request.
        key="" if refused or request.method == "GET" else request.form.get("key", ""), fresh=token_hex(KEY // 2),
    )  # fmt: skip


def _over(found: Case, row: CaseRow, action: str, *, refused: str = "") -> str:
    """No form and no button: the act is done already, or cannot be done from where the case stands now."""
    session = db.session()
    return render_template(
        "desk/act_over.html", found=found, row=row, action=action, workflow=subject_of(found.workflow).workflow,
        refused=refused, done=has_acted(session, current_actor(), found.pid, action), home=_home_of(session, found.pid),
    )  # fmt: skip


def _home_of(session: Session, pid: UUID) -> str:
    """The page to show after an act: the project, the case itself, or the inbox when neither is ours to see now."""
    try:
        found = case_visible(session, current_actor(), pid)
    except Missing:
        return url_for(".inbox")
    if found.life == PROJECT:
        return url_for(".project", number=project_by_pid(session, current_actor(), pid))
    return url_for(".case", pid=pid)
