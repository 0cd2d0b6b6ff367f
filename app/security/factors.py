"""Whoever holds a duty other than an applicant's gets nowhere before a second factor is set up."""

from flask import Flask, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.security import sessions
from app.security.access import for_api, rule_of
from workflows.roles import APPLICANTS

#: What one needs to set it up, or to leave.
OPEN = frozenset(
    {"people.factor", "people.begin_factor", "people.confirm_factor", "people.language", "security.logout"}
    | {"people.passkeys", "people.begin_passkey", "people.add_passkey", "security.prove"}
)


def init_app(app: Flask) -> None:
    """Ask for it where the settings say so."""
    needed = app.extensions["aidflow"].settings.needs_second_factor
    app.jinja_env.globals["second_factor_is_optional"] = lambda: not needed
    if needed:
        app.before_request(_send_to_set_up)


def _send_to_set_up() -> Response | None:
    if request.endpoint is None or request.endpoint in OPEN or for_api():
        return None
    access = rule_of(current_app, request.endpoint, request.method)
    if access is None or access.everybody:
        return None
    sitting = sessions.sitting()
    if sitting is None or sitting.has_factor or sitting.vouched or sitting.actor.roles <= APPLICANTS:
        return None
    flash(_("您的职责要求启用两步验证，请先完成设置。"))
    return redirect(url_for("people.factor"), 303)
