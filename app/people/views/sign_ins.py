"""Where I am signed in, and ending it there."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database import db
from app.people.models import WAY_LABELS
from app.people.queries.sessions import sign_ins_of
from app.people.service.sessions import end_other_sessions, end_session
from app.people.views.terms import me, people
from app.security import may
from app.security.sessions import limits, sitting


@people.get("/account/sign-ins")
@may("session.list")
def sign_ins() -> str:
    """Every browser in which I am signed in now."""
    rows = sign_ins_of(db.session(), me(), limits())
    return render_template("people/sign_ins.html", rows=rows, here=_here(), ways=WAY_LABELS)


@people.post("/account/sign-ins/<int:ident>/end")
@may("session.end_elsewhere")
def end_sign_in(ident: int) -> Response:
    """End one of them from its next request on."""
    end_session(ident, user_id=me())
    flash(_("该登录已结束。"), "success")
    return redirect(url_for(".sign_ins"), 303)


@people.post("/account/sign-ins/end-others")
@may("session.end_elsewhere")
def end_other_sign_ins() -> Response:
    """End all of them but this one."""
    end_other_sessions(_here(), user_id=me())
    flash(_("其他登录已全部结束。"), "success")
    return redirect(url_for(".sign_ins"), 303)


def _here() -> int:
    found = sitting()
    if found is None:
        raise LookupError("the gate lets only people in")
    return found.id
