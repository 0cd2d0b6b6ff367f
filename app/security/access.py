"""Closed by default: every endpoint says who may ask, and a stranger gets in nowhere else.

What an endpoint may do with an object is decided by the query that loads it; this gate only knows
whether somebody signed in and which roles he or she holds.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from app.clock import Clock
from app.database import db
from app.navigation import navigation, page_exists
from app.people.permissions import PUBLIC_ACTOR, Actor
from app.people.queries import actor_by_token
from app.people.service import note_token_use

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
View = TypeVar("View", bound=Callable[..., Any])
#: What becomes of a form that was sent after the session had ended.
Keeper = Callable[[], Response | None]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask at all: everybody, whoever signed in, or the holders of some roles."""

    everybody: bool = False
    roles: frozenset[str] = field(default_factory=frozenset)

    def admits(self, actor: Actor) -> bool:
        """Whether this actor, who did sign in, may ask."""
        return self.everybody or not self.roles or actor.holds(*self.roles)


PUBLIC_ACCESS = Access(everybody=True)
SIGNED_IN_ACCESS = Access()


class AccessUndeclared(Exception):
    """An endpoint does not say who may use it."""


def public(view: View) -> View:
    """Everybody may ask."""
    return _marked(view, PUBLIC_ACCESS)


def signed_in(view: View) -> View:
    """Whoever signed in may ask."""
    return _marked(view, SIGNED_IN_ACCESS)


def duty(*roles: str) -> Callable[[View], View]:
    """Only the holders of one of these roles may ask."""
    return lambda view: _marked(view, Access(roles=frozenset(roles)))


def when_lapsed(keep: Keeper) -> Callable[[View], View]:
    """Ask `keep` before a form is refused because its session has ended; it answers None to let it be refused."""

    def remember(view: View) -> View:
        view.when_lapsed = keep  # type: ignore[attr-defined]
        return view

    return remember


def declare(app: Flask, endpoint: str, access: Access) -> None:
    """Say who may use an endpoint that a library brought."""
    app.extensions["aidflow_access"][endpoint] = access


def require_declared(app: Flask) -> None:
    """Refuse to start while some endpoint says nothing. AccessUndeclared names them all."""
    silent = {
        f"{method} {rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS"}
        if access_of(app, rule.endpoint, method) is None
    }
    if silent:
        raise AccessUndeclared(", ".join(sorted(silent)))


def access_of(app: Flask, endpoint: str, method: str) -> Access | None:
    """What was declared for this method of an endpoint, or None."""
    declared: dict[str, Access] = app.extensions["aidflow_access"]
    if endpoint in declared:
        return declared[endpoint]
    view = app.view_functions.get(endpoint)
    if view_class := getattr(view, "view_class", None):
        handler = getattr(view_class, "get" if method == "HEAD" else method.lower(), None)
        return cast("Access | None", getattr(handler, "access", None) or getattr(view_class, "access", None))
    return cast("Access | None", getattr(view, "access", None))


def current_actor() -> Actor:
    """Who is asking, once per request: by bearer token in the API, by session on the pages."""
    if "actor" not in g:
        g.actor = _bearer() if for_api() else _session_actor()
    return cast("Actor", g.actor)


def may_open(address: str) -> bool:
    """Whether the gate lets whoever is asking open this address of ours; a stranger may sign in first."""
    endpoint = cast("str", current_app.url_map.bind("").match(address.partition("?")[0], method="GET")[0])
    access, actor = access_of(current_app, endpoint, "GET"), current_actor()
    return access is not None and (access.everybody or actor.user_id is None or access.admits(actor))


def for_api() -> bool:
    """Whether this request is for the API, which knows tokens and no cookies."""
    return (request.blueprint or "").startswith("api")


def clock() -> Clock:
    """The clock of this application; only views ask it."""
    return cast("Clock", current_app.extensions["aidflow"].clock)


def init_app(app: Flask) -> None:
    """Put the gate before every view."""
    app.extensions["aidflow_access"] = {}
    csrf = CSRFProtect()
    csrf.init_app(app)
    declare(app, "static", PUBLIC_ACCESS)
    app.before_request(lambda: _gate(csrf))
    app.jinja_env.globals.update(
        current_actor=current_actor, may_open=may_open, navigation=navigation, page_exists=page_exists
    )


def _gate(csrf: CSRFProtect) -> Response | None:
    if request.endpoint is None:
        return None  # Flask answers 404 or 405 itself.
    if request.method in WRITING and not for_api() and (kept := _refuse_foreign_writes(csrf)) is not None:
        return kept
    access = access_of(current_app, request.endpoint, request.method)
    if request.method == "OPTIONS" or (access and access.everybody):
        return None
    actor = current_actor()
    if actor.user_id is None:
        return _kept() or _ask_to_sign_in()
    if access is None or not access.admits(actor):
        abort(403, description=_("您没有办理此事的职责。"))
    return None


def _refuse_foreign_writes(csrf: CSRFProtect) -> Response | None:
    """Let nothing be written for a page that another site shows."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403, description=_("请求来自其他网站，已拒绝。"))
    try:
        csrf.protect()
    except CSRFError:
        return _kept() or abort(400, description=_("页面已失效，请返回上一页、刷新后重新提交。"))
    return None


def _kept() -> Response | None:
    """The answer of the view whose form came after its session had ended, if it keeps such forms."""
    view = current_app.view_functions[request.endpoint or ""]
    keep: Keeper | None = getattr(view, "when_lapsed", None) if request.method == "POST" else None
    return keep() if keep else None


def _ask_to_sign_in() -> Response:
    if for_api():
        raise Unauthorized(_("请提供有效的访问令牌。"), www_authenticate=WWWAuthenticate("bearer"))
    back = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
    return redirect(url_for("security.login", next=back), 303)


def _session_actor() -> Actor:
    # Loading the user also loads the grants and leaves the actor on `g`; see sessions.sitting.
    if current_user.is_authenticated:
        return cast("Actor", g.session_actor)
    return PUBLIC_ACTOR


def _bearer() -> Actor:
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        return PUBLIC_ACTOR
    token_hash = hashlib.sha256(authorization.token.encode()).hexdigest()
    now = clock().now()
    found = actor_by_token(db.session(), token_hash, now=now)
    if found is None:
        raise Unauthorized(_("访问令牌无效、已过期或已撤销。"), www_authenticate=WWWAuthenticate("bearer"))
    token, actor = found
    if token.scope == "read" and request.method in WRITING:
        abort(403, description=_("此访问令牌只能查询，不能办理。"))
    note_token_use(token, now=now)
    return actor


def _marked(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view
