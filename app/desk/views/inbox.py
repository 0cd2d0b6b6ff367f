"""The inbox: what waits for whoever signed in, most urgent first, and what can be done with several at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.database import db
from app.desk.queries import InboxLine, Wanted, inbox_counts, lines_of, urgency, waiting_lines
from app.desk.queries.inbox import DESK_LABELS, OTHERS, URGENCY_LABELS
from app.desk.views.terms import desk, due_sentence
from app.paging import is_id, urgency_cursor
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.tables import Column, Table, sent
from app.tables.files import written
from app.tables.look import typed
from app.text import life_label, role_label, stage_label
from app.workbench.commands import NewView
from app.workbench.permissions import OFFICES, SHARED_DESKS
from app.workbench.queries import ViewRow, colleagues, views_of
from app.workbench.service import Round, assign, drop_view, remind, save_view
from workflows.aid_project import AID_PROJECT
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.registry import WORKFLOWS

PAGE = 25
LONGEST = 100
STAGES = {stage.name: stage.label for stage in AID_PROJECT.stages if not stage.final}
LIVES = {workflow.life: workflow.label for workflow in WORKFLOWS}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits: where it leads, what it is, and how long its term still runs."""

    href: str
    case: InboxLine
    due: str | None


@desk.get("/inbox")
@may("inbox.read")
def inbox() -> str | Response:
    """Grouped by how urgent it is; the rest by "next". Without anything asked, the view one chose as the first."""
    session, actor, now, wanted = db.session(), current_actor(), clock().now(), _wanted()
    views = views_of(session, actor, "inbox")
    first = next((view for view in views if view.is_default), None)
    if first is not None and not request.args:
        return redirect(f"{url_for('.inbox')}?{first.query or 'all=1'}")
    lines = waiting_lines(session, actor, wanted, now, after=urgency_cursor(), limit=PAGE)
    groups: dict[str, list[Line]] = {}
    for line in lines[:PAGE]:
        href = url_for(".sheet" if line.row.life == "score_sheet" else ".case", pid=line.row.pid)
        group = groups.setdefault(urgency(line.row.due_at, now), [])
        group.append(Line(href, line, due_sentence(line.row.due_at, now)))
    last = lines[PAGE - 1].row if len(lines) > PAGE else None
    onward = None
    if last:
        onward = url_for(".inbox", **wanted.query(), cursor=f"{last.urgent_at.isoformat()},{last.id}")
    return render_template(
        "desk/inbox.html", groups=groups, onward=onward, wanted=wanted, labels=URGENCY_LABELS, views=views,
        today=shanghai_date(now), counts=inbox_counts(session, actor, wanted, now), shown=_shown(views, wanted),
        stages=STAGES, lives=LIVES, desks={name: label for name, label in DESK_LABELS.items() if _offers(name)},
        colleagues=_unique(colleagues(session, actor)), offices=actor.holds(*OFFICES),
    )  # fmt: skip


@desk.post("/inbox/chosen")
@may("inbox.work")
def chosen() -> Response:
    """Remind whoever holds the chosen cases, give them to a colleague, or take them away as a file."""
    actor, now, wanted = current_actor(), clock().now(), _wanted()
    pids = [_pid(text) for text in request.form.getlist("case")]
    match request.form.get("do"):
        case "remind":
            _say(remind(pids, actor=actor, now=now), _("已催办"), _("今天已催办过、已办结，或者不由您催办"))
        case "assign":
            to = request.form.get("colleague", "")
            done = assign(pids, int(to) if is_id(to) else 0, actor=actor, now=now)
            _say(done, _("已分派"), _("不在该同事的岗位上"))
        case ("csv" | "xlsx") as kind:
            return _file(lines_of(db.session(), actor, pids[:LONGEST]), kind)
        case _:
            raise FieldRefused("do", because("请选择要办理的事。"))
    return redirect(url_for(".inbox", **wanted.query(), **({} if wanted.query() else {"all": 1})), 303)


@desk.post("/inbox/views")
@may("look.keep")
def add_view() -> Response:
    """Name the filters of the address."""
    query = urlencode(_wanted().query())
    try:
        view = NewView(
            page="inbox", name=request.form.get("name", ""), query=query, is_default="is_default" in request.form
        )
    except ValidationError:
        raise FieldRefused("name", because("请填写视图名称，不超过 40 个字。")) from None
    save_view(view, actor=current_actor(), now=clock().now())
    flash(_("已保存视图“%(name)s”。", name=view.name), "success")
    return redirect(f"{url_for('.inbox')}?{query or 'all=1'}", 303)


@desk.post("/inbox/views/<int:view_id>/drop")
@may("look.keep")
def remove_view(view_id: int) -> Response:
    """Forget a view."""
    drop_view(view_id, actor=current_actor())
    flash(_("已删除视图。"), "success")
    return redirect(url_for(".inbox", all=1), 303)


def _wanted() -> Wanted:
    """What the address asks for; what is not known is left out, so that old bookmarks still open."""
    known = {"stage": STAGES, "life": LIVES, "term": URGENCY_LABELS, "desk": DESK_LABELS}
    asked = {name: value for name, among in known.items() if (value := request.args.get(name, "")) in among}
    return Wanted(**asked, organisation=typed("organisation")[:LONGEST])


def _shown(views: Sequence[ViewRow], wanted: Wanted) -> ViewRow | None:
    """The saved view that the page shows just now."""
    query = urlencode(wanted.query())
    return next((view for view in views if view.query == query), None)


def _offers(name: str) -> bool:
    return current_actor().holds(*(OFFICES if name == OTHERS else SHARED_DESKS))


def _unique(people: Sequence[Any]) -> list[tuple[int, str]]:
    return list({each.id: (each.id, each.name) for each in people}.values())


def _pid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise FieldRefused("case", because("请选择列表中的事项。")) from None


def _say(done: Round, what: str, why: str) -> None:
    if done.done:
        count = _("%(count)d 项", count=len(done.done))
        flash(_("%(what)s：%(count)s。", what=what, count=count), "success")
    if done.left:
        count = _("%(count)d 项", count=len(done.left))
        flash(_("未办理：%(count)s（%(why)s）。", count=count, why=why), "error")


#: What a file of the inbox holds.
FILE = Table(
    "inbox",
    columns=(
        Column("number", "项目编号"),
        Column("title", "项目名称"),
        Column("organisation", "项目主体"),
        Column("life", "事项", says=lambda line: life_label(line.workflow)),
        Column("stage", "环节", says=lambda line: stage_label(line.stage, line.workflow)),
        Column("holder", "经办", says=lambda line: role_label(line.holder)),
        Column("assignee", "经办人"),
        Column("due_at", "期限", "term"),
    ),
)


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of a file of the inbox."""

    number: str | None
    title: str | None
    organisation: str | None
    workflow: str
    stage: str
    holder: str
    assignee: str | None
    due_at: datetime | None


def _file(lines: Sequence[InboxLine], kind: str) -> Response:
    rows = [
        FileLine(
            line.number, line.title, line.organisation, line.row.workflow, line.row.stage, line.row.holder_role,
            line.assignee, line.row.due_at,
        )
        for line in lines
    ]  # fmt: skip
    file, count = written(FILE.columns, rows, kind)
    return sent(file, count, FILE.columns, name=FILE.name, address=url_for(".inbox"), kind=kind)
