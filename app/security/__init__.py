"""Sign-in, and the gate through which every request passes before a view sees it.

Views import from here: `may`, `current_actor`, `clock`.
"""

from flask import Flask

from app.security import (
    access,
    accounts,
    bounds,
    factors,
    headers,
    lapsed,
    limits,
    pages,
    passkeys,
    proof,
    sessions,
    single_sign_on,
)
from app.security.access import AccessUndeclared, clock, current_actor, declare, may, require_declared

__all__ = ["AccessUndeclared", "clock", "current_actor", "declare", "init_app", "may", "require_declared"]


def init_app(app: Flask) -> None:
    """Add sign-in, limits, the gate and the headers to the application."""
    bounds.init_app(app)
    headers.init_app(app)
    accounts.init_app(app)
    sessions.init_app(app)
    access.init_app(app)
    lapsed.init_app(app)
    proof.init_app(app)
    factors.init_app(app)
    passkeys.init_app(app)
    single_sign_on.init_app(app)
    pages.init_app(app)
    limits.init_app(app)
