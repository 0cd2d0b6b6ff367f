"""Pages of messages: what I was told, how I want to be told, and the log of letters."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database import db
from app.navigation import Item, add_to_navigation
from app.notifications.letters import label_of
from app.notifications.models import KINDS, STATES, WAY_LABELS, kind_of
from app.notifications.queries import PAGE, choices_of, letter_log, messages, unread
from app.notifications.service import choose_ways, mark_all_read, mark_read, send_again
from app.paging import DIGITS, id_cursor
from app.security import clock, current_actor, may
from workflows.roles import SYSTEM_ADMIN

pages = Blueprint("notifications", __name__)
blueprints = (pages,)
#: An address with a larger number leads nowhere.
LARGEST = 10**DIGITS - 1

add_to_navigation(Item("消息", "notifications.mine", order=15, count=unread, place="bar", key="n"))
add_to_navigation(Item("邮件日志", "notifications.log", order=60, roles=frozenset({SYSTEM_ADMIN})))


@pages.get("/notifications")
@may("message.read")
def mine() -> str:
    """What I was told, newest first; those not read yet by a filter."""
    only_unread, kind = request.args.get("unread") == "1", _known("kind", KINDS)
    rows = messages(db.session(), current_actor(), unread=only_unread, kind=kind, before=id_cursor())
    kept = {"unread": 1 if only_unread else None, "kind": kind}
    onward = url_for(".mine", **kept, cursor=rows[PAGE - 1].id) if len(rows) > PAGE else None
    return render_template(
        "notifications/mine.html", rows=sorted(rows[:PAGE], key=lambda row: row.created_at, reverse=True),
        up_to=rows[0].id if rows else 0, onward=onward, unread=only_unread, kind=kind, kinds=KINDS,
        kind_of=kind_of, now=clock().now(),
    )  # fmt: skip


@pages.post(f"/notifications/<int(max={LARGEST}):notification_id>")
@may("message.mark")
def mark(notification_id: int) -> Response:
    """Mark one message as read, or as unread again."""
    mark_read(notification_id, actor=current_actor(), read=request.form.get("read") != "0", now=clock().now())
    return redirect(_back(), 303)


@pages.post("/notifications")
@may("message.mark")
def mark_all() -> Response:
    """Mark as read whatever there was when the page was shown."""
    text = request.form.get("up_to", "")
    if text.isascii() and text.isdigit() and len(text) <= DIGITS:
        mark_all_read(int(text), actor=current_actor(), now=clock().now())
        flash(_("已全部标为已读。"), "success")
    return redirect(_back(), 303)


@pages.get("/notifications/choices")
@may("message.choose")
def choices() -> str:
    """How I want to be told of each kind."""
    user_id = current_actor().user_id
    chosen = choices_of(db.session(), user_id) if user_id else {}
    return render_template("notifications/choices.html", kinds=KINDS, ways=WAY_LABELS, chosen=chosen)


@pages.post("/notifications/choices")
@may("message.choose")
def choose() -> Response:
    """Remember it from the next message on."""
    choose_ways({kind: request.form.get(kind, "") for kind in KINDS}, actor=current_actor())
    flash(_("已保存通知设置，自下一条消息起生效。"), "success")
    return redirect(url_for(".choices"), 303)


@pages.get("/administration/mail")
@may("letter.read")
def log() -> str:
    """Which letter went to whom, how often it was tried, and what the mail server said."""
    state = _known("state", STATES)
    rows = letter_log(db.session(), state=state, before=id_cursor())
    onward = url_for(".log", state=state, cursor=rows[PAGE - 1].id) if len(rows) > PAGE else None
    return render_template(
        "notifications/log.html", rows=rows[:PAGE], onward=onward, states=STATES, state=state, label_of=label_of
    )


@pages.post(f"/administration/mail/<int(max={LARGEST}):letter_id>")
@may("letter.resend")
def resend(letter_id: int) -> Response:
    """Try a failed letter anew."""
    send_again(letter_id)
    flash(_("已安排重新发送。"), "success")
    return redirect(_back(".log"), 303)


def _known(name: str, values: dict[str, str]) -> str | None:
    value = request.args.get(name)
    return value if value in values else None


def _back(page: str = ".mine") -> str:
    """The list as it was filtered; the filters came with the form's address."""
    return url_for(page, **{name: value for name, value in request.args.items() if name in {"unread", "kind", "state"}})
