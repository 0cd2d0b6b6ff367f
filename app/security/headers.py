"""Headers that keep a browser from doing more than these pages ask of it."""

import secrets

from flask import Flask, Response, g, request

#: Days in seconds: one year of HTTPS only.
HSTS = "max-age=31536000; includeSubDomains"
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def csp_nonce() -> str:
    """The word of this response that an inline script or style must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def init_app(app: Flask) -> None:
    """Set the headers on every response, errors included."""
    secure_only = app.extensions["aidflow"].settings.is_secure

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce()))
        if secure_only:
            response.headers["Strict-Transport-Security"] = HSTS
        if request.endpoint != "static" and _is_personal():
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _is_personal() -> bool:
    """Whether the answer was made for somebody who signed in, and must stay in no cache."""
    actor = g.get("actor")
    return actor is not None and actor.user_id is not None
