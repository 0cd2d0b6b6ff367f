"""The entry of a session in a calendar program, for those who go there. Source of the format: RFC 5545, RFC 7986."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Response, current_app, url_for
from flask_babel import gettext as _

from app.database import db
from app.desk.views.terms import desk
from app.reviews.models import ReviewSession
from app.reviews.queries.sessions import session_for
from app.security import current_actor, may

#: Octets of one line at most; a longer one goes on after a blank (RFC 5545, 3.1).
LINE = 75


@desk.get("/reviews/sessions/<uuid:pid>/session.ics")
@may("panel.read_date")
def session_calendar(pid: UUID) -> Response:
    """The session and the last day of the sheets. It names no project: calendars lie on other people's servers."""
    row, count = session_for(db.session(), current_actor(), pid)
    address = current_app.extensions["aidflow"].settings.public_url.rstrip("/") + url_for(".my_reviews")
    response = Response(calendar_of(row, count, address), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="session.ics"'
    return response


def calendar_of(row: ReviewSession, count: int, address: str) -> bytes:
    """Two entries: the session, and the day on which the sheets are due. A changed session replaces both."""
    common = [
        f"DTSTAMP:{_time(row.changed_at)}",
        f"SEQUENCE:{row.version - 1}",
        "CLASS:CONFIDENTIAL",
        f"URL:{address}",
    ]
    about = "\n".join(part for part in (_("共 %(count)d 个项目", count=count), row.link, row.note, address) if part)
    due = row.sheets_due_on
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//aidflow//review sessions//ZH", "METHOD:PUBLISH",
        "BEGIN:VEVENT", f"UID:{row.pid}@aidflow", *common,
        f"DTSTART:{_time(row.starts_at)}", f"DTEND:{_time(row.ends_at)}",
        f"SUMMARY:{_text(_('专家评审会'))}", f"LOCATION:{_text(row.place or row.link)}", f"DESCRIPTION:{_text(about)}",
        "END:VEVENT",
        "BEGIN:VEVENT", f"UID:{row.pid}-sheets@aidflow", *common,
        f"DTSTART;VALUE=DATE:{due:%Y%m%d}", f"DTEND;VALUE=DATE:{due + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(_('评分表截止'))}", f"DESCRIPTION:{_text(address)}", "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _time(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for mark, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        value = value.replace(mark, written)
    return value


def _folded(line: str) -> str:
    parts, part = [], ""
    for character in line:
        if len((part + character).encode()) > LINE - bool(parts):
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part])
