"""A form that comes after its session has ended: the sign-in page says so and carries what was typed.

Nothing of it is kept here. It travels as one hidden field through sign-in, and the view shows it again where
`just_proven()`; it is never carried out by that. Secrets do not travel, and files cannot.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from app.security.accounts import SignInForm

View = TypeVar("View", bound=Callable[..., Any])
#: The hidden field that carries a form through sign-in, and the one that asks only to show it again.
KEPT, AGAIN = "kept", "again"
#: What is not carried along.
SECRET = ("csrf_token", "proof", "password", "token", AGAIN)


def shows_again(view: View) -> View:
    """This view shows a form again, and carries nothing out, where `just_proven()`."""
    view.shows_again = True  # type: ignore[attr-defined]
    return view


def ask() -> Response | None:
    """The sign-in page for a form that a browser sent without a session; None for a program."""
    if request.method != "POST" or not _by_a_browser():
        return None
    if not _shows_again(request.endpoint):
        flash(_("登录已过期，刚才提交的内容没有保存。请重新登录后再办理。"), "warning")
        return redirect(url_for("security.login", next=_page_before()), 303)  # type: ignore[return-value]
    kept = [pair for pair in request.form.items(multi=True) if not any(word in pair[0] for word in SECRET)]
    form = SignInForm(formdata=None)
    form.next.data = request.full_path.rstrip("?")
    page = render_template("security/login_user.html", form=form, wrong="", kept=json.dumps(kept, ensure_ascii=False))
    return make_response(page, 401)


def come_again() -> bool:
    """Whether a form with the token of an earlier session may be shown again to whoever is signed in now."""
    if not (_by_a_browser() and _shows_again(request.endpoint) and _token_was_ours()):
        return False
    _show()
    return True


def carried() -> str:
    """The form that the form of sign-in carries along, as it came."""
    return request.form.get(KEPT, "")


def onward(back: str) -> str | None:
    """The page that brings the carried form back to the page at `back`; None where there is none to bring."""
    try:
        kept = [(str(name), str(value)) for name, value in json.loads(carried() or "[]")]
        endpoint = current_app.url_map.bind("").match(back.partition("?")[0], method="POST")[0]
    except (ValueError, TypeError, HTTPException):
        return None
    if not kept or not _shows_again(endpoint):
        return None
    kept = [pair for pair in kept if not any(word in pair[0] for word in SECRET)]
    return render_template("security/onward.html", kept=kept, back=back, again=AGAIN)


def init_app(app: Flask) -> None:
    """Show a form again that came through sign-in, before anything is asked of it."""

    @app.before_request
    def show_again() -> None:
        if request.method == "POST" and request.form.get(AGAIN) and _shows_again(request.endpoint):
            _show()


def _show() -> None:
    pairs = [pair for pair in request.form.items(multi=True) if pair[0] not in {AGAIN, "proof"}]
    request.form = ImmutableMultiDict(pairs)
    g.just_proven = True
    flash(_("您在登录过期前填写的内容已找回，尚未办理。请核对后再提交。"), "warning")


def _shows_again(endpoint: object) -> bool:
    return bool(getattr(current_app.view_functions.get(str(endpoint)), "shows_again", False))


def _by_a_browser() -> bool:
    # A page that a person opens names HTML; a script of ours and a program do not.
    return "text/html" in request.headers.get("Accept", "")


def _token_was_ours() -> bool:
    signer = URLSafeTimedSerializer(str(current_app.secret_key), salt="wtf-csrf-token")
    try:
        return bool(signer.loads(request.form.get("csrf_token", "")))
    except BadSignature:
        return False


def _page_before() -> str | None:
    parts = urlsplit(request.referrer or "")
    return f"{parts.path}?{parts.query}".rstrip("?") if parts.netloc == request.host else None
