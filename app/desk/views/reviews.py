"""The desk of an expert: the sheets to fill in, the conflict of interest first, the file beside the sheet."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.casework.forms import Fault, Filled, refuse_unknown
from app.casework.service import Stale, seen_of, take_action
from app.database import Missing, db
from app.desk.views.terms import desk, due_sentence, version_typed
from app.documents.queries import papers_of
from app.projects.commands import SOURCE_LABELS
from app.projects.queries import declaration_of, head_of_case
from app.reviews.commands import DeclareConflict, Recuse, SubmitSheet
from app.reviews.queries.desk import STATE_LABELS, ItemLine, OwnSheet, item_lines, my_sheets, own_sheet, points_of
from app.reviews.service.drafts import DraftMovedOn, save_draft, sheet_of
from app.security import clock, current_actor, may
from app.text import SHANGHAI, moment, say
from workflows.calendar import shanghai_date
from workflows.definition import Reason
from workflows.money import in_capitals

#: As long as a key of ours is; a longer one did not come from our page.
KEY = 32
#: What the buttons of the page are called; they are no field of a sheet.
OURS = ("csrf_token", "version", "then")


@desk.get("/reviews")
@may("sheet.read")
def my_reviews() -> str:
    """The sheets of whoever asks, what is still to do first."""
    now = clock().now()
    lines = my_sheets(db.session(), current_actor())
    due = {line.pid: due_sentence(line.due_at, now) for line in lines}
    return render_template(
        "reviews/mine.html", sheets=lines, due=due, states=STATE_LABELS, now=now, today=shanghai_date(now)
    )


@desk.get("/reviews/<uuid:pid>")
@may("sheet.read")
def sheet(pid: UUID) -> str:
    """The declaration of conflicts, then the file beside the sheet, then the sheet as it was handed in."""
    found = own_sheet(db.session(), current_actor(), pid)
    if found.case.stage == "assigned":
        return _declaring(found, Filled(DeclareConflict))
    return _working(found, found.draft.typed, found.draft.version)


@desk.post("/reviews/<uuid:pid>/declaration")
@may("sheet.declare_conflict")
def declare(pid: UUID) -> Response | tuple[str, int]:
    """Take the expert's word; with a conflict the project is gone from this desk at once."""
    found = own_sheet(db.session(), current_actor(), pid)
    filled: Filled[DeclareConflict] = Filled(DeclareConflict)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        _ask_in_our_words(filled)
        return _declaring(found, filled), 422
    take_action(
        pid, "declare_conflict", actor=current_actor(), seen=request.form.get("seen", ""), command=command,
        idempotency_key=_key(), now=clock().now(),
    )  # fmt: skip
    if command.conflict:
        flash(_("已登记您的回避，评审秘书将另行安排。该项目不再向您显示。"), "success")
        return redirect(url_for(".my_reviews"), 303)
    flash(_("已登记您的声明，可以评审。"), "success")
    return redirect(url_for(".sheet", pid=pid), 303)


@desk.get("/reviews/<uuid:pid>/recusal")
@may("sheet.recuse")
def recusal(pid: UUID) -> str:
    """A conflict that was seen after the file was opened: what follows from saying so."""
    return _recusing(_open_sheet(pid), Filled(Recuse))


@desk.post("/reviews/<uuid:pid>/recusal")
@may("sheet.recuse")
def recuse(pid: UUID) -> Response | tuple[str, int]:
    """Take the expert's word; the project is gone from this desk at once."""
    found, filled = _open_sheet(pid), Filled(Recuse)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        return _recusing(found, filled), 422
    take_action(
        pid, "recuse", actor=current_actor(), seen=request.form.get("seen", ""), command=command,
        idempotency_key=_key(), now=clock().now(),
    )  # fmt: skip
    flash(_("已登记您的回避，评审秘书将另行安排。该项目不再向您显示。"), "success")
    return redirect(url_for(".my_reviews"), 303)


@desk.post("/reviews/<uuid:pid>")
@may("sheet.draft")
def keep_sheet(pid: UUID) -> Response | tuple[str, int]:
    """Keep the draft and, where asked, go on to check it; a window that is behind keeps what it has."""
    found = own_sheet(db.session(), current_actor(), pid)
    typed = _typed(request.form)
    try:
        kept = save_draft(
            pid, typed, version=version_typed(), policy=found.policy, actor=current_actor(), now=clock().now()
        )  # fmt: skip
    except DraftMovedOn as refused:
        # What was typed here stays on the page; saving once more replaces what the other window kept.
        other = own_sheet(db.session(), current_actor(), pid)
        return _working(other, typed, other.draft.version, refused=say(refused.reason)), 409
    if request.form.get("then") != "check":
        flash(_("草稿已保存，只有您自己能看到。"), "success")
        return redirect(url_for(".sheet", pid=pid), 303)
    _command, faults = sheet_of(found, kept.typed, clock().now())
    if faults:
        return _working(found, kept.typed, kept.version, faults=faults), 422
    return redirect(url_for(".check_sheet", pid=pid), 303)


@desk.post("/reviews/<uuid:pid>/draft")
@may("sheet.draft")
def keep_draft(pid: UUID) -> Response:
    """Keep the draft while one types; what is refused is said as a problem."""
    found = own_sheet(db.session(), current_actor(), pid)
    kept = save_draft(
        pid,
        _typed(request.form),
        version=version_typed(),
        policy=found.policy,
        actor=current_actor(),
        now=clock().now(),
    )
    assert kept.saved_at is not None
    return jsonify(version=kept.version, saved=kept.saved_at.astimezone(SHANGHAI).strftime("%H:%M:%S"))


@desk.get("/reviews/<uuid:pid>/check")
@may("sheet.read")
def check_sheet(pid: UUID) -> Response | str | tuple[str, int]:
    """The sheet once more before it is handed in, with what follows from that."""
    found = own_sheet(db.session(), current_actor(), pid)
    if found.case.stage != "open":
        return redirect(url_for(".sheet", pid=pid))
    command, faults = sheet_of(found, found.draft.typed, clock().now())
    if command is None:
        return _working(found, found.draft.typed, found.draft.version, faults=faults), 422
    return _checking(found, command)


@desk.post("/reviews/<uuid:pid>/submission")
@may("sheet.submit")
def submit_sheet(pid: UUID) -> Response | tuple[str, int]:
    """Hand in the very draft that was checked, once."""
    found = own_sheet(db.session(), current_actor(), pid)
    if found.case.stage == "submitted":
        return redirect(url_for(".sheet", pid=pid), 303)
    command, faults = sheet_of(found, found.draft.typed, clock().now())
    if command is None or version_typed() != found.draft.version:
        said = say(DraftMovedOn().reason) if command else ""
        return _working(found, found.draft.typed, found.draft.version, faults=faults, refused=said), 409
    try:
        receipt = take_action(
            pid, "submit_sheet", actor=current_actor(), seen=request.form.get("seen", ""), command=command,
            idempotency_key=_key(), now=clock().now(),
        )  # fmt: skip
    except Stale as refused:
        return _checking(found, command, refused=say(refused.reason)), 409
    flash(
        _("评分表已提交并锁定。回执号 %(receipt)s，%(at)s。", receipt=receipt.receipt, at=moment(receipt.at)), "success"
    )
    return redirect(url_for(".sheet", pid=pid), 303)


def _ask_in_our_words(filled: Filled[DeclareConflict]) -> None:
    """A question without an answer is called as it stands on the page, and not as the field is."""
    said = _("请选择“没有利益冲突”或“有利益冲突”。")
    if filled.form.conflict.errors:
        filled.form.conflict.errors = [said]
    asked = _("您与该项目有无利益冲突")
    filled.faults = [Fault(asked, each.id, said) if each.id == "conflict" else each for each in filled.faults]


def _open_sheet(pid: UUID) -> OwnSheet:
    found = own_sheet(db.session(), current_actor(), pid)
    if found.case.stage != "open":
        raise Missing(str(pid))
    return found


def _recusing(found: OwnSheet, filled: Filled[Recuse]) -> str:
    return render_template(
        "reviews/recuse.html", found=found, head=head_of_case(db.session(), current_actor(), found.case.root_id),
        filled=filled, seen=seen_of(found.case), fresh=token_hex(KEY // 2),
    )  # fmt: skip


def _declaring(found: OwnSheet, filled: Filled[DeclareConflict]) -> str:
    return render_template(
        "reviews/declare.html", found=found, head=head_of_case(db.session(), current_actor(), found.case.root_id),
        filled=filled, policy=found.policy, due=due_sentence(found.case.due_at, clock().now()),
        seen=seen_of(found.case), fresh=token_hex(KEY // 2),
    )  # fmt: skip


def _working(
    found: OwnSheet,
    typed: Mapping[str, str],
    version: int,
    *,
    faults: list[tuple[str, Any]] | None = None,
    refused: str = "",
) -> str:
    session, actor, root = db.session(), current_actor(), found.case.root_id
    items = item_lines(typed if found.case.stage == "open" else _handed_in(found), found.policy)
    blamed = [(_place(name, items), _words(said)) for name, said in faults or ()]
    return render_template(
        "reviews/sheet.html", found=found, head=head_of_case(session, actor, root), items=items, typed=typed,
        version=version, total=sum(points_of(item.points) or 0 for item in items), full=sum(i.most for i in items),
        declaration=declaration_of(session, root), papers=papers_of(session, root, actor=actor),
        policy=found.policy, sources=SOURCE_LABELS, due=due_sentence(found.case.due_at, clock().now()),
        closed=found.session is not None and shanghai_date(clock().now()) > found.session.sheets_due_on,
        faults=blamed, labels={name: _label(found, name) for name, _said in blamed}, refused=refused,
    )  # fmt: skip


def _checking(found: OwnSheet, command: SubmitSheet, *, refused: str = "") -> str:
    return render_template(
        "reviews/check.html", found=found, head=head_of_case(db.session(), current_actor(), found.case.root_id),
        command=command, items=item_lines(found.draft.typed, found.policy), capitals=in_capitals,
        total=sum(command.scores.values()), seen=seen_of(found.case), fresh=token_hex(KEY // 2), refused=refused,
    )  # fmt: skip


def _handed_in(found: OwnSheet) -> dict[str, str]:
    """A submitted sheet in the form in which it was typed."""
    scores = {f"scores-{key}": str(points) for key, points in (found.sheet.scores or {}).items()}
    return scores | {f"comments-{key}": said for key, said in (found.sheet.comments or {}).items()}


def _place(name: str, items: tuple[ItemLine, ...]) -> str:
    """The field to go to: of a fault of all the items, the first item that it can be about."""
    wanted = {"scores": [each for each in items if not each.points], "comments": [i for i in items if i.unexplained]}
    return f"{name}-{(wanted[name] or items)[0].key}" if name in wanted else name


def _label(found: OwnSheet, name: str) -> str:
    """What a field is called on the page."""
    part, _dash, key = name.partition("-")
    titles = {each: info.title or each for each, info in SubmitSheet.model_fields.items()} | {"sheet": "评分表"}
    items = {item: label for item, label, _most in found.policy.score_items}
    return f"{_(titles[part])}{_('：')}{_(items[key])}" if key in items else _(titles.get(part, part))


def _words(said: str | Reason) -> str:
    return say(said) if isinstance(said, Reason) else said


def _typed(sent: MultiDict[str, str]) -> dict[str, str]:
    """The fields of the sheet, as far as they hold something."""
    return {name: text.strip() for name, text in sent.items() if name not in OURS and text.strip()}


def _key() -> str | None:
    return request.form.get("key", "")[:KEY] or None
