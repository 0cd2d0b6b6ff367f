"""The application refuses to serve where it could do more than it should, or less than it must."""

from datetime import timedelta

import psycopg
import pytest
from pydantic import ValidationError
from sqlalchemy import make_url, text

from app import create_app
from app.barrier import for_the_system
from app.boot import DatabaseAway, RoleTooPowerful, SchemaNotCurrent, require_sound
from app.clock import ClockOnlyMovesForward
from app.database import db
from app.provision import OWNER
from app.settings import Settings

COMPLETE = {
    "environment": "production",
    "database_url": "postgresql://aidflow_web:x@db/aidflow",
    "s3_endpoint": "https://s3.example.org",
    "s3_access_key": "access",
    "s3_secret_key": "secret",
    "secret_key": "k" * 32,
}


@pytest.mark.parametrize("role", ["postgres", OWNER])
def test_it_refuses_to_run_as_superuser_or_as_owner_of_tables(database, services, settings, role):
    powerful = settings.model_copy(update={"database_url": services.url(role, database)})

    with pytest.raises(RoleTooPowerful, match=role):
        require_sound(powerful)

    app = for_the_system(create_app(powerful))
    with app.app_context(), pytest.raises(RoleTooPowerful, match=role):
        db.session.execute(text("SELECT 1"))


@pytest.mark.parametrize("which", ["database_url", "worker_database_url"])
def test_it_runs_in_the_roles_that_own_nothing(database, settings, which):
    require_sound(settings.model_copy(update={"database_url": getattr(settings, which)}))


def test_a_role_that_inherits_from_the_owner_is_refused_too(database, settings, superuser):
    # A role of its own: roles belong to the whole server, on which other tests run at this moment.
    superuser.execute(f"CREATE ROLE aidflow_heir LOGIN PASSWORD 'heir' IN ROLE {OWNER}")
    heir = make_url(settings.database_url).set(username="aidflow_heir", password="heir")
    try:
        with pytest.raises(RoleTooPowerful, match="aidflow_heir"):
            require_sound(settings.model_copy(update={"database_url": heir.render_as_string(hide_password=False)}))
    finally:
        superuser.execute("DROP ROLE aidflow_heir")


def test_it_refuses_a_schema_of_another_version_and_names_the_remedy(database, settings, superuser):
    superuser.execute("UPDATE alembic_version SET version_num = '0000'")

    with pytest.raises(SchemaNotCurrent, match="aidflow migrate"):
        require_sound(settings)


def test_it_says_that_the_database_is_away(settings):
    with pytest.raises(DatabaseAway):
        require_sound(settings.model_copy(update={"database_url": "postgresql://aidflow_web@127.0.0.1:1/aidflow"}))


def test_a_page_is_503_while_the_database_is_away(settings):
    app = for_the_system(
        create_app(settings.model_copy(update={"database_url": "postgresql://aidflow_web@127.0.0.1:1/aidflow"}))
    )
    client = app.test_client()

    answered = client.get("/health/ready")

    assert (answered.status_code, answered.json["checks"]["database"]) == (503, "failing")


@pytest.mark.parametrize("missing", [name for name in COMPLETE if name != "environment"])
def test_production_needs_every_setting_it_serves_with(missing):
    with pytest.raises(ValidationError, match=f"AIDFLOW_{missing.upper()}"):
        Settings(**(COMPLETE | {missing: ""}))


def test_a_short_secret_key_is_refused():
    with pytest.raises(ValidationError, match="AIDFLOW_SECRET_KEY"):
        Settings(**(COMPLETE | {"secret_key": "k" * 31}))


def test_settings_travel_to_a_child_process_unchanged(monkeypatch):
    settings = Settings(**COMPLETE, trusted_proxies=1, max_upload_bytes=4096)
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)

    assert Settings() == settings


def test_the_look_of_settings_shows_no_secret():
    settings = Settings(**COMPLETE, smtp_password="hunter22", metrics_token="hunter33")

    shown = repr(settings)

    assert [word for word in ("hunter22", "hunter33", "k" * 32, "secret'", "access'", ":x@") if word in shown] == []


def test_the_clock_moves_forward_only_and_for_every_process(app, clock, superuser: psycopg.Connection):
    later = clock.now() + timedelta(days=3)
    assert later <= clock.move(later) <= later + timedelta(minutes=1)

    with pytest.raises(ClockOnlyMovesForward):
        clock.move(later - timedelta(days=1))

    another = for_the_system(create_app(app.extensions["aidflow"].settings))
    assert later <= another.extensions["aidflow"].clock.now()
    with another.app_context():
        db.engine.dispose()
    assert superuser.execute("SELECT ahead > interval '2 days 23:59' FROM demo_clock").fetchone() == (True,)
