"""The inbox: what waits for whoever signed in, most urgent first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, url_for

from app.database import db
from app.desk.queries import URGENCY_LABELS, InboxLine, inbox_lines
from app.desk.views.terms import desk, due_sentence
from app.paging import urgency_cursor
from app.security import clock, current_actor, signed_in
from workflows.calendar import shanghai_date

PAGE = 25
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits: where it leads, what it is, and how long its term still runs."""

    href: str
    case: InboxLine
    due: str | None


@desk.get("/inbox")
@signed_in
def inbox() -> str:
    """Grouped by how urgent it is; the rest by "next"."""
    now = clock().now()
    lines = inbox_lines(db.session(), current_actor(), after=urgency_cursor(), limit=PAGE)
    groups: dict[str, list[Line]] = {}
    for line in lines[:PAGE]:
        href = url_for(".case", pid=line.row.pid)
        group = groups.setdefault(URGENCY_LABELS[_group(line.row.due_at, now)], [])
        group.append(Line(href, line, due_sentence(line.row.due_at, now)))
    last = lines[PAGE - 1].row if len(lines) > PAGE else None
    onward = url_for(".inbox", cursor=f"{last.urgent_at.isoformat()},{last.id}") if last else None
    return render_template("desk/inbox.html", groups=groups, onward=onward)


def _group(due_at: datetime | None, now: datetime) -> str:
    if due_at is None:
        return "open"
    if due_at <= now:
        return "overdue"
    if shanghai_date(due_at - timedelta(microseconds=1)) == shanghai_date(now):
        return "today"
    return "week" if due_at <= now + WEEK else "later"
