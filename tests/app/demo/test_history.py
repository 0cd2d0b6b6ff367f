"""The figures of the past, put in once for this file, over the people of the demonstration."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from app import create_app
from app.casework.models import Case
from app.database import db
from app.demo.cast import add_people, found_organisations
from app.demo.ground import gather_cast, set_up_programme
from app.demo.history import load_history
from app.demo.policies import add_policies
from app.embedded import DATABASE
from app.ledger.queries import violations
from app.portal.queries.statistics import Figures, statistics
from app.provision import OWNER, WEB, WORKER, guard
from workflows.money import fen_of

NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def past(services: Any, settings: Any, worker_name: str, s3: Any, tmp_path_factory: Any) -> Iterator[SimpleNamespace]:
    """A demonstration without its stories, over which the past was loaded, and then asked for again."""
    name = f"past_{worker_name}"
    with psycopg.connect(services.superuser_url, autocommit=True) as connection:
        identifier = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                identifier, sql.Identifier(OWNER), sql.Identifier(DATABASE)
            )
        )
        guard(connection, name)
    with psycopg.connect(services.url("postgres", name), autocommit=True) as superuser:
        app = create_app(services.settings("demo", data=tmp_path_factory.mktemp("past"), database_url=services.url(WEB, name), worker_database_url=services.url(WORKER, name), owner_database_url=services.url(OWNER, name), s3_bucket=settings.s3_bucket))
        with app.app_context():
            add_policies(NOW)
            found_organisations(NOW)
            add_people(NOW)
            set_up_programme(gather_cast(), NOW)
            told: list[str] = []
            load_history(app, told.append)
            events = superuser.execute("SELECT count(*) FROM event").fetchone()
            load_history(app, told.append)
            again = superuser.execute("SELECT count(*) FROM event").fetchone()
            yield SimpleNamespace(app=app, rows=superuser, told=told, events=(events, again))
            db.session.remove()
            db.engine.dispose()


def test_a(past):
    print(past.told[-3:], past.events)
