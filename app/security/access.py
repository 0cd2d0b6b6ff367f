"""Closed by default: every endpoint names its action of the policy, and whom that does not admit gets in nowhere.

What an endpoint may do with an object is decided by the query that loads it; this gate only knows
whether somebody signed in, which roles he or she holds, and which fields the action takes.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from app.barrier import asks
from app.clock import Clock
from app.database import db
from app.navigation import navigation, page_exists
from app.people.permissions import PUBLIC_ACTOR, Actor
from app.people.queries import actor_by_token
from app.people.service import note_token_use
from app.security import lapsed
from app.security.fields import Json, refuse_unasked
from app.security.policy import ACTIONS, Rule
from app.security.principals import PRINCIPALS

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
View = TypeVar("View", bound=Callable[..., Any])
#: What becomes of a form that was sent after the session had ended.
Keeper = Callable[[], Response | None]


class AccessUndeclared(Exception):
    """An address without an action, or an action without an address or without anybody who tests it."""


def may(action: str) -> Callable[[View], View]:
    """The view is this action of the policy. AccessUndeclared for a word that the policy does not have."""
    if action not in ACTIONS:
        message = f"{action}: no such action in app/security/policy.py"
        raise AccessUndeclared(message)

    def name(view: View) -> View:
        view.action = action  # type: ignore[attr-defined]
        return view

    return name


def when_lapsed(keep: Keeper) -> Callable[[View], View]:
    """Ask `keep` before a form is refused because its session has ended; it answers None to let it be refused."""

    def remember(view: View) -> View:
        view.when_lapsed = keep  # type: ignore[attr-defined]
        return view

    return remember


def declare(app: Flask, endpoint: str, *actions: str) -> None:
    """Name the action of an endpoint that a library brought; a second one is that of its writing methods."""
    for action in actions:
        may(action)(declare)
    app.extensions["aidflow_access"][endpoint] = actions


def require_declared(app: Flask, *, demonstration: bool = True) -> None:
    """Refuse to start with an address without an action, an unused action, or one that nobody tests.

    AccessUndeclared names them all. An action with `writes` needs an address that writes, and no other may have one.
    """
    asked = list(addresses(app))
    faults = {
        f"{method} {rule} ({endpoint}): no action"
        for endpoint, method, rule in asked
        if not action_of(app, endpoint, method)
    }
    used = {(action_of(app, endpoint, method), method in WRITING) for endpoint, method, _rule in asked}
    for action, rule in ACTIONS.items():
        if rule.demonstration and not demonstration:
            continue
        if (action, bool(rule.writes)) not in used or (not rule.writes and (action, True) in used):
            faults.add(f"{action}: no address that {'writes' if rule.writes else 'only reads'}")
        if not any(rule.everybody or (each.signed_in and rule.admits(each.actor)) for each in PRINCIPALS):
            faults.add(f"{action}: no principal of app/security/principals.py may do it")
    if faults:
        raise AccessUndeclared("; ".join(sorted(faults)))


def addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every address that the application answers by a view: endpoint, method, rule; HEAD is what GET is."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield rule.endpoint, method, rule.rule


def action_of(app: Flask, endpoint: str, method: str) -> str | None:
    """The action that this method of an endpoint is, or None."""
    declared: dict[str, tuple[str, ...]] = app.extensions["aidflow_access"]
    if found := declared.get(endpoint):
        return found[-1] if method in WRITING else found[0]
    return cast("str | None", getattr(app.view_functions.get(endpoint), "action", None))


def rule_of(app: Flask, endpoint: str, method: str) -> Rule | None:
    """The rule of the action that this method of an endpoint is, or None."""
    return ACTIONS.get(action_of(app, endpoint, method) or "")


def current_actor() -> Actor:
    """Who is asking, once per request: by bearer token in the API, by session on the pages."""
    if "actor" not in g:
        g.actor = _bearer() if for_api() else _session_actor()
    return cast("Actor", g.actor)


def may_open(address: str) -> bool:
    """Whether the gate lets whoever is asking open this address of ours; a stranger may sign in first."""
    endpoint = cast("str", current_app.url_map.bind("").match(address.partition("?")[0], method="GET")[0])
    rule, actor = rule_of(current_app, endpoint, "GET"), current_actor()
    return rule is not None and (rule.everybody or actor.user_id is None or rule.admits(actor))


def for_api() -> bool:
    """Whether this request is for the API, which knows tokens and no cookies."""
    return (request.blueprint or "").startswith("api")


def clock() -> Clock:
    """The clock of this application; only views ask it."""
    return cast("Clock", current_app.extensions["aidflow"].clock)


def init_app(app: Flask) -> None:
    """Put the gate before every view."""
    app.extensions["aidflow_access"] = {}
    app.json = Json(app)
    csrf = CSRFProtect()
    csrf.init_app(app)
    declare(app, "static", "static.read")
    app.before_request(lambda: _gate(csrf))
    app.jinja_env.globals.update(
        current_actor=current_actor, may_open=may_open, navigation=navigation, page_exists=page_exists
    )


def _gate(csrf: CSRFProtect) -> Response | None:
    if request.endpoint is None:
        return None  # Flask answers 404 or 405 itself.
    if request.method in WRITING and not for_api() and (kept := _refuse_foreign_writes(csrf)) is not None:
        return kept
    if request.method == "OPTIONS":
        return None  # Flask answers which methods there are, whatever the address leads to.
    rule = rule_of(current_app, request.endpoint, request.method)
    if rule is None:
        abort(403)
    if not rule.everybody:
        actor = current_actor()
        if actor.user_id is None:
            return _kept() or _ask_to_sign_in()
        if not rule.admits(actor):
            abort(rule.denial)
    if request.method in WRITING:
        refuse_unasked(rule, program=for_api())
    return None


def _refuse_foreign_writes(csrf: CSRFProtect) -> Response | None:
    """Let nothing be written for a page that another site shows."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403, description=_("请求来自其他网站，已拒绝。"))
    try:
        csrf.protect()
    except CSRFError:
        rule = rule_of(current_app, request.endpoint or "", request.method)
        if rule is not None and not rule.everybody:
            if current_actor().user_id is not None and lapsed.come_again():
                return None
            if current_actor().user_id is None and (asked := _kept() or lapsed.ask()):
                return asked
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
    if asked := lapsed.ask():
        return asked
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
    asks(actor.user_id)
    if token.scope == "read" and request.method in WRITING:
        abort(403, description=_("此访问令牌只能查询，不能办理。"))
    note_token_use(token, now=now)
    return actor
