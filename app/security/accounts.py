"""Passwords and their forms: Flask-Security, cut down to what is used. Its pages are not served; ours are."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_security import LoginForm, RoleMixin, Security, SQLAlchemyUserDatastore
from sqlalchemy import func

from app.database import db
from app.people.models import SHORTEST_PASSWORD, User
from app.people.queries import user_and_actor
from app.people.service import EMAIL_RULES

CONFIGURATION = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # Argon2 needs no second hash; its own salt is in every value.
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_LENGTH_MIN": SHORTEST_PASSWORD,
    "SECURITY_REGISTERABLE": False,
    "SECURITY_CONFIRMABLE": False,
    "SECURITY_RECOVERABLE": False,
    "SECURITY_TRACKABLE": False,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
    "SECURITY_USE_REGISTER_V2": True,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_EMAIL_VALIDATOR_ARGS": EMAIL_RULES,
    "SECURITY_CLI_USERS_NAME": False,
    "SECURITY_CLI_ROLES_NAME": False,
    "SECURITY_TOKEN_AUTHENTICATION_HEADER": "X-No-Such-Header",
    "SECURITY_I18N_DIRNAME": ["builtin", str(Path(__file__).parent.parent / "translations")],
    "WTF_CSRF_CHECK_DEFAULT": False,
    # The token lives as long as the session, so that a long form can still be sent.
    "WTF_CSRF_TIME_LIMIT": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
}
#: A test signs in hundreds of times; the scheme is the same, only cheaper.
CHEAP_HASH = {"argon2__memory_cost": 1024, "argon2__time_cost": 1, "argon2__parallelism": 1}


class SignInForm(LoginForm):
    """Name and password; nobody is remembered on a machine that others may use."""

    remember = None


class Datastore(SQLAlchemyUserDatastore):
    """Finds a person by name, for the form of sign-in. Roles of the library are not used."""

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:  # noqa: FBT001, FBT002 -- as the library calls it
        """The user with this one attribute."""
        attribute, value = kwargs.popitem()
        column = getattr(User, attribute)
        condition = func.lower(column) == str(value).lower() if case_insensitive else column == value
        found = user_and_actor(db.session(), condition)
        return found and found[0]


def init_app(app: Flask) -> None:
    """Add the hashing of passwords and the forms that read them."""
    settings = app.extensions["aidflow"].settings
    app.config.from_mapping(CONFIGURATION)
    app.config["SESSION_COOKIE_SECURE"] = settings.is_secure
    app.config["SESSION_COOKIE_NAME"] = "__Host-aidflow" if settings.is_secure else "aidflow"
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(hours=settings.session_hours)
    if settings.environment == "test":
        app.config["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"] = CHEAP_HASH
    security = Security(app, Datastore(db, User, RoleMixin), login_form=SignInForm, register_blueprint=False)
    # Both libraries would load the person for every request or page, even for a style sheet, and
    # for the page that says that the database is away.
    security.principal.identity_loaders.clear()
    own = app.template_context_processors[None]
    own[:] = [processor for processor in own if processor.__module__ != "flask_login.utils"]
