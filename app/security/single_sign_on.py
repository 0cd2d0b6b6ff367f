"""Signing in by an outside provider: the way there, and the way back.

Both ways are links that a browser follows, so they are read with GET. The way back begins a session all the same:
what a form's word is elsewhere, `state` is here. It is in the signed cookie of the browser that left, and good once.
"""

import secrets
import time
from typing import Any

import structlog
from flask import Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database import db
from app.people.queries.sessions import has_factor
from app.people.service.challenges import ANSWER_WITHIN, spend_word
from app.people.service.outside import linked_to, person_of
from app.people.service.sessions import note_proof
from app.security import passkeys, proof, sessions
from app.security.access import clock, may
from app.security.pages import safe_next, security
from app.security.provider import NotBelieved, Outsider, Provider, ProviderAway
from app.settings import Settings

log = structlog.get_logger()
#: Where the cookie keeps what a browser left with.
LEFT = "provider"
SECONDS = ANSWER_WITHIN.total_seconds()


def init_app(app: Flask) -> None:
    """Know the provider of the settings, if there is one."""
    settings: Settings = app.extensions["aidflow"].settings
    issuer = settings.oidc_issuer
    known = Provider(issuer, settings.oidc_client_id, settings.oidc_client_secret) if issuer else None
    app.extensions["aidflow_provider"] = known
    app.jinja_env.globals["has_provider"] = lambda: app.extensions["aidflow_provider"] is not None


@security.get("/sign-in/provider")
@may("session.leave_for_provider")
def leave() -> Response | tuple[str, int]:
    """Go to the provider; with `again` whoever is signed in has to show there anew who it is."""
    provider, back, sitting = _provider(), safe_next(request.args.get("next")), sessions.sitting()
    again = bool(request.args.get("again"))
    if provider is None:
        return redirect(url_for(".login"))
    if again != (sitting is not None and not sitting.waits_for_code):
        return redirect(url_for(".login", next=back) if again else back)
    state = secrets.token_urlsafe(32)
    try:
        where = provider.address(back_to=_back_to(), state=state, again=again, **_derived(state))
    except ProviderAway as fault:
        return _away(fault)
    session[LEFT] = {"state": state, "next": back, "at": int(time.time()), "again": again}
    return redirect(where)


@security.get("/sign-in/provider/return")
@may("session.return_from_provider")
def come_back() -> Response | tuple[str, int]:
    """Who the provider says it is comes in, where we know that person; nobody else learns whether we do."""
    provider, left = _provider(), session.pop(LEFT, None) or {}
    if provider is None:
        return redirect(url_for(".login"))
    state = str(left.get("state", ""))
    if (
        not state
        or not secrets.compare_digest(state.encode(), request.args.get("state", "").encode())
        or time.time() - left.get("at", 0) > SECONDS
        or not spend_word(state, passkeys.window())
        or "error" in request.args
    ):
        return render_template("security/provider.html", kind="over"), 400
    try:
        outsider = provider.outsider(request.args, back_to=_back_to(), **_derived(state))
    except ProviderAway as fault:
        return _away(fault)
    except NotBelieved as fault:
        log.warning("provider_not_believed", why=str(fault))
        return _refused()
    back = safe_next(left.get("next"))
    return _proved(provider, outsider, back) if left.get("again") else _come_in(provider, outsider, back)


def _come_in(provider: Provider, outsider: Outsider, back: str) -> Response | tuple[str, int]:
    now = clock().now()
    user_id = person_of(provider.issuer, outsider.subject, verified_email=outsider.email, now=now)
    if user_id is None:
        log.warning("provider_sent_nobody_known", issuer=provider.issuer)
        return _refused()
    vouched = bool(outsider.means & _settings().oidc_believed_means)
    waits = not vouched and has_factor(db.session(), user_id)
    sessions.begin(user_id, waits_for_code=waits, way="provider", vouched=vouched, proven=_just_now(outsider))
    return redirect(url_for(".code", next=back) if waits else back, 303)


def _proved(provider: Provider, outsider: Outsider, back: str) -> Response | tuple[str, int]:
    """Whoever is signed in has shown anew who it is, if it is the same person and not an earlier sign-in there."""
    sitting = sessions.sitting()
    if sitting is None or linked_to(db.session(), provider.issuer, outsider.subject) != sitting.user.id:
        return _refused()
    if not _just_now(outsider) or not proof.by_provider(sitting):
        return _refused()
    note_proof(sitting.id)
    flash(_("身份已核对。"), "success")
    return redirect(back, 303)


def _just_now(outsider: Outsider) -> bool:
    return abs(time.time() - outsider.proved_at) <= SECONDS


def _derived(state: str) -> dict[str, str]:
    """What belongs to this state and never leaves us before it has to: made of it by a key that only we hold."""
    word = current_app.extensions["aidflow"].vault.word
    return {"nonce": word(f"nonce {state}"), "verifier": word(f"verifier {state}")}


def _back_to() -> str:
    return _settings().public_url.rstrip("/") + url_for(".come_back")


def _provider() -> Provider | None:
    found: Provider | None = current_app.extensions["aidflow_provider"]
    return found


def _settings() -> Settings:
    tools: Any = current_app.extensions["aidflow"]
    settings: Settings = tools.settings
    return settings


def _away(fault: ProviderAway) -> tuple[str, int]:
    log.error("provider_away", why=str(fault))
    return render_template("security/provider.html", kind="away"), 503


def _refused() -> tuple[str, int]:
    return render_template("security/provider.html", kind="refused"), 403
