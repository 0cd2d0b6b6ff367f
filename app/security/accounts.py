"""Sign-in by password: Flask-Security, cut down to what is used."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, g, session
from flask_security import LoginForm, RoleMixin, Security, SQLAlchemyUserDatastore
from sqlalchemy import func

from app.database import db
from app.people.models import SHORTEST_PASSWORD, User
from app.people.queries import user_and_actor
from app.people.service import EMAIL_RULES

#: A session that nobody used for this long is over.
SESSION_LASTS = timedelta(hours=12)

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
    # Nothing of the library is served but the three pages below.
    "SECURITY_FRESHNESS": timedelta(-1),
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_CLI_USERS_NAME": False,
    "SECURITY_CLI_ROLES_NAME": False,
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_CHANGE_URL": "/account/password",
    "SECURITY_POST_LOGIN_VIEW": "/inbox",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_POST_CHANGE_VIEW": "/account",
    "SECURITY_LOGIN_USER_TEMPLATE": "security/login_user.html",
    "SECURITY_CHANGE_PASSWORD_TEMPLATE": "security/change_password.html",
    "SECURITY_TOKEN_AUTHENTICATION_HEADER": "X-No-Such-Header",
    "SECURITY_I18N_DIRNAME": ["builtin", str(Path(__file__).parent.parent / "translations")],
    "WTF_CSRF_CHECK_DEFAULT": False,
    # The token lives as long as the session, so that a long form can still be sent.
    "WTF_CSRF_TIME_LIMIT": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": SESSION_LASTS,
}
#: A test signs in hundreds of times; the scheme is the same, only cheaper.
CHEAP_HASH = {"argon2__memory_cost": 1024, "argon2__time_cost": 1, "argon2__parallelism": 1}


class SignInForm(LoginForm):
    """Name and password; nobody is remembered on a machine that others may use."""

    remember = None

    def validate(self, **kwargs: Any) -> bool:
        """Check name and password; a right answer begins a session that holds nothing from before."""
        if not super().validate(**kwargs):
            return False
        session.clear()
        session.permanent = True
        return True


class Datastore(SQLAlchemyUserDatastore):
    """Finds a person and all grants in one statement. Roles of the library are not used."""

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:  # noqa: FBT001, FBT002 -- as the library calls it
        """The user with this one attribute; what he or she may do is left on `g`."""
        attribute, value = kwargs.popitem()
        column = getattr(User, attribute)
        condition = func.lower(column) == str(value).lower() if case_insensitive else column == value
        found = user_and_actor(db.session(), condition)
        if found is None:
            return None
        user, g.session_actor = found
        g.user_locale = user.locale
        return user


def init_app(app: Flask) -> None:
    """Add sign-in, sign-out and the change of one's password."""
    settings = app.extensions["aidflow"].settings
    app.config.from_mapping(CONFIGURATION)
    safe = settings.environment == "production"
    app.config["SESSION_COOKIE_SECURE"] = safe
    app.config["SESSION_COOKIE_NAME"] = "__Host-aidflow" if safe else "aidflow"
    if settings.environment == "test":
        app.config["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"] = CHEAP_HASH
    security = Security(app, Datastore(db, User, RoleMixin), login_form=SignInForm)
    # Both libraries would load the person for every request or page, even for a style sheet, and
    # for the page that says that the database is away.
    security.principal.identity_loaders.clear()
    own = app.template_context_processors[None]
    own[:] = [processor for processor in own if processor.__module__ != "flask_login.utils"]
