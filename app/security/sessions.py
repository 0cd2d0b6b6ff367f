"""The sign-in behind a cookie: begun, found again by every request, renewed and ended.

The cookie holds a random word; what it stands for lies in the database, so that it can be ended.
"""

from datetime import timedelta
from typing import cast

from flask import Flask, Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from app.barrier import asks
from app.database import db
from app.people.models import User
from app.people.queries.sessions import Limits, Sitting, sitting_by
from app.people.service.sessions import begin_session, end_session_of, hash_of, note_seen, renew_session

#: Where Flask-Login looks for the word.
WORD = "_user_id"


#: What a browser fetches beside a page, perhaps while somebody signs out.
BESIDE_PAGES = "static"


class Cookies(SecureCookieSessionInterface):
    """Renews the cookie with every page; the answer with a file would bring back one that was given up meanwhile."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether this answer carries the cookie."""
        return request.endpoint != BESIDE_PAGES and super().should_set_cookie(app, session)


def limits() -> Limits:
    """How long sessions last in this installation."""
    limits: Limits = current_app.extensions["aidflow_limits"]
    return limits


def begin(
    user_id: int, *, waits_for_code: bool = False, way: str = "password", vouched: bool = False, proven: bool = True
) -> None:
    """Begin a session that holds nothing from before; the one before it is over. The rest as in `begin_session`."""
    end()
    session.permanent = True
    session[WORD] = begin_session(
        user_id, address=request.remote_addr or "", agent=request.user_agent.string, waits_for_code=waits_for_code,
        way=way, vouched=vouched, proven=proven,
    )  # fmt: skip


def end() -> None:
    """End the session of this browser, so that its cookie is good for nothing even where a copy was kept."""
    if WORD in session:
        end_session_of(str(session[WORD]))
    session.clear()


def sitting() -> Sitting | None:
    """The sign-in of this request, complete or waiting for its code; found once."""
    if "sitting" not in g:
        word = session.get(WORD)
        g.sitting = sitting_by(db.session(), hash_of(str(word)), limits()) if word else None
    return cast("Sitting | None", g.sitting)


def init_app(app: Flask) -> None:
    """Find the person behind a cookie, and renew the cookie where what the person may do has changed."""
    settings = app.extensions["aidflow"].settings
    app.session_interface = Cookies()
    app.extensions["aidflow_limits"] = Limits(
        idle=_minutes(settings.session_idle_minutes),
        lasts=_minutes(settings.session_hours * 60),
        proof=settings.proof_lasts,
    )
    app.login_manager.user_loader(_person)  # type: ignore[attr-defined]
    app.after_request(_keep_up)


def _person(_word: str) -> User | None:
    """Who signed in, for Flask-Login; what he or she may do is left on `g`."""
    found = sitting()
    if found is None or found.waits_for_code:
        return None
    g.session_actor = found.actor
    asks(found.actor.user_id)
    g.user_locale = found.user.locale
    return found.user


def _keep_up(response: Response) -> Response:
    """Write down what changed about the sign-in; for an ordinary page nothing did."""
    found: Sitting | None = g.get("sitting")
    if found is None or WORD not in session:
        return response
    if found.seen_long_ago:
        note_seen(found.id)
    if found.renew and (word := renew_session(found.id)):
        session[WORD] = word
    return response


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
