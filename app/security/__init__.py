"""Sign-in, and the gate through which every request passes before a view sees it.

Views import from here: `public`, `signed_in`, `duty`, `current_actor`.
"""

from flask import Flask

from app.security import access, accounts, bounds, factors, headers, limits, pages, proof, sessions
from app.security.access import (
    PUBLIC_ACCESS,
    SIGNED_IN_ACCESS,
    AccessUndeclared,
    clock,
    current_actor,
    declare,
    duty,
    public,
    require_declared,
    signed_in,
)

__all__ = [
    "PUBLIC_ACCESS",
    "SIGNED_IN_ACCESS",
    "AccessUndeclared",
    "clock",
    "current_actor",
    "declare",
    "duty",
    "init_app",
    "public",
    "require_declared",
    "signed_in",
]


def init_app(app: Flask) -> None:
    """Add sign-in, limits, the gate and the headers to the application."""
    bounds.init_app(app)
    headers.init_app(app)
    accounts.init_app(app)
    sessions.init_app(app)
    access.init_app(app)
    proof.init_app(app)
    factors.init_app(app)
    pages.init_app(app)
    limits.init_app(app)
