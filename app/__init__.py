"""aidflow drives public-money aid projects from declaration to disbursement."""

from pathlib import Path
from typing import Any

from flask import Flask
from flask_mailman import Mail
from sqlalchemy import event

from app import addresses, assets, collaborators, errors, health, logs, personal, security, text
from app.barrier import tell_who_asks
from app.boot import refuse_powerful_role
from app.database import db, keep_prepared_statements
from app.features import register_features
from app.settings import Settings

TEMPLATES = Path(__file__).parent.parent / "templates"
#: Milliseconds. Nobody may hold a lock or a connection for long: the next person is waiting.
TIMEOUTS = {"lock_timeout": 5_000, "statement_timeout": 30_000, "idle_in_transaction_session_timeout": 60_000}


def create_app(settings: Settings) -> Flask:
    """Make the application for these settings. Nothing is contacted before the first request."""
    app = Flask(__name__, template_folder=str(TEMPLATES))
    app.config.from_mapping(_configuration(settings))
    db.init_app(app)
    Mail(app)
    with app.app_context():
        event.listen(db.engine, "connect", refuse_powerful_role)
        keep_prepared_statements(db.engine)
        tell_who_asks(db.engine)
        collaborators.init_app(app, settings, db.engine)
    for part in (addresses, assets, logs, text, security, errors, health, personal):
        part.init_app(app)
    register_features(app)
    security.require_declared(app, demonstration=settings.clock_can_be_moved)
    return app


def _configuration(settings: Settings) -> dict[str, Any]:
    options = " ".join(f"-c {name}={value}" for name, value in TIMEOUTS.items())
    engine = {
        # What was typed is in the parameters of a statement, and a log keeps what an exception says.
        "hide_parameters": True,
        "pool_size": settings.database_pool,
        "max_overflow": 0,
        "pool_timeout": 10,
        "pool_pre_ping": True,
        # The warmest connection first: it has its statements prepared.
        "pool_use_lifo": True,
        "connect_args": {"options": f"{options} -c timezone=UTC", "connect_timeout": 5, "application_name": "aidflow"},
    }
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine,
        # The form fields around a file need a little room of their own.
        "MAX_CONTENT_LENGTH": settings.max_upload_bytes + 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 2_000,
        "PREFERRED_URL_SCHEME": settings.public_url.partition(":")[0],
        "TESTING": settings.environment == "test",
        "PROPAGATE_EXCEPTIONS": False,
        # Said outright, because the library would send nothing while testing.
        "MAIL_BACKEND": "smtp",
        "MAIL_SERVER": settings.smtp_host,
        "MAIL_PORT": settings.smtp_port,
        "MAIL_USERNAME": settings.smtp_username or None,
        "MAIL_PASSWORD": settings.smtp_password or None,
        "MAIL_USE_TLS": settings.smtp_tls,
        "MAIL_DEFAULT_SENDER": settings.mail_sender,
        "MAIL_TIMEOUT": 20,
    }
