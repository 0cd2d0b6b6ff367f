"""Real PostgreSQL and real S3 for every test: one pair a run, one fresh database a test."""

import contextvars
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import boto3
import psycopg
import pytest
from botocore.config import Config
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from app.barrier import for_the_system
from app.clock import Clock
from app.database import Base, db
from app.embedded import DATABASE, Embedded
from app.migrations import upgrade
from app.programmes.queries import policies_read
from app.provision import OWNER, WEB, WORKER, guard
from app.registers.queries import forget_registers
from app.registers.store import forget_marks
from app.settings import Settings
from app.worker import work_off
from tests.snapshots import Snapshots

Row = TypeVar("Row", bound=Base)

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")

#: Bytes. What the databases and papers of a whole run take at most, several times over.
ROOM = 4 * 1024**3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: files that look at every page, by browser or in a measured world."""
    items.sort(key=lambda item: not {"browser", "benchmarks"} & set(item.path.parts))


class Visitor(FlaskClient):
    """A test client whose every request stands alone.

    Flask lets a request inside a pushed application context share that context, its `g` and its
    database session, which would hide what a second request does not see.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """One request, in an empty context of its own."""
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture(scope="session")
def services(testrun_uid: str) -> Iterator[Embedded]:
    """The run's PostgreSQL and S3, shared by its xdist workers; the last to leave removes them."""
    folder = roomy_memory() / f"aidflow-tests-{testrun_uid[:12]}"
    embedded = Embedded(folder, durable=False)
    try:
        embedded.start()
        upgrade(embedded.url(OWNER), to=os.environ.get("AIDFLOW_TEST_REVISION", "head"))
        yield embedded
    finally:
        if embedded.stop():
            shutil.rmtree(folder)


def roomy_memory() -> Path:
    """Memory that looks like a disk, where there is plenty: a database is made for every test, of some 800 files."""
    memory = Path("/dev/shm")  # A folder of its own, named after the run, is made in it.
    roomy = memory.is_dir() and shutil.disk_usage(memory).free >= ROOM
    return memory if roomy else Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def settings(services: Embedded, worker_name: str) -> Settings:
    """The settings of this process's tests: a database and a bucket of its own."""
    return settings_of(services, f"test_{worker_name}", f"test-{worker_name}")


def settings_of(services: Embedded, database: str, bucket: str) -> Settings:
    """The settings of an application over this database and this bucket."""
    return services.settings(
        "test",
        database_url=services.url(WEB, database),
        worker_database_url=services.url(WORKER, database),
        owner_database_url=services.url(OWNER, database),
        s3_bucket=bucket,
        database_pool=20,
    )


@pytest.fixture(scope="session")
def worker_name(worker_id: str) -> str:
    """The name of this xdist process, "master" when there is only one."""
    return worker_id


@pytest.fixture(scope="session")
def application(services: Embedded, worker_name: str, settings: Settings, s3: Any) -> Flask:
    """The application of this process; use `app`, which gives it a fresh database."""
    app = for_the_system(create_app(settings))
    fresh = services.url("postgres", fresh_database(services, f"test_{worker_name}"))
    app.extensions["snapshots"] = Snapshots(fresh, s3, settings.s3_bucket)
    app.test_client_class = Visitor
    return app


@pytest.fixture
def database(services: Embedded, worker_name: str) -> str:
    """The name of a database fresh from the migrations. Commits in it are real."""
    return fresh_database(services, f"test_{worker_name}")


def fresh_database(services: Embedded, name: str) -> str:
    """Make this database anew from the migrations; its name."""
    identifier = sql.Identifier(name)
    with psycopg.connect(services.superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                identifier, sql.Identifier(OWNER), sql.Identifier(DATABASE)
            )
        )
        guard(connection, name)
    return name


@pytest.fixture(scope="session")
def s3(settings: Settings) -> Iterator[Any]:
    """A boto3 client over the real store, for looking at objects behind the application's back."""
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key,
        region_name=settings.s3_region,
        config=Config(proxies={}),
    )
    client.create_bucket(Bucket=settings.s3_bucket)
    yield client
    client.close()


@pytest.fixture
def app(application: Flask, database: str, settings: Settings, s3: Any) -> Iterator[Flask]:
    """The application over a fresh database and an empty bucket, its context pushed."""
    for item in s3.list_objects_v2(Bucket=settings.s3_bucket).get("Contents", ()):
        s3.delete_object(Bucket=settings.s3_bucket, Key=item["Key"])
    read_anew()
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def applications() -> dict[str, Flask]:
    """Settings as JSON → the application of this process that runs with them."""
    return {}


@pytest.fixture
def application_with(app: Flask, settings: Settings, applications: dict[str, Flask]) -> Iterator[Callable[..., Flask]]:
    """`application_with(**changed)`: the application under other settings, over the database of this test."""
    used: list[Flask] = []

    def make(base: Settings = settings, **changed: Any) -> Flask:
        wanted = base.model_copy(update=changed)
        name = wanted.model_dump_json()
        if name not in applications:
            applications[name] = for_the_system(create_app(wanted))
            applications[name].test_client_class = Visitor
        used.append(applications[name])
        return used[-1]

    yield make
    for each in used:
        with each.app_context():
            db.session.remove()
            db.engine.dispose()


def read_anew() -> None:
    """Ids begin anew with every database, and what was read of the last one is not true of the next."""
    policies_read.clear()
    forget_registers()
    forget_marks()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Session:
    """The session that services called by this test use, in the web role."""
    return db.session()


@pytest.fixture
def store(app: Flask) -> Any:
    """The document store over this process's bucket."""
    return app.extensions["aidflow"].store


@pytest.fixture
def clock(app: Flask) -> Clock:
    """The clock of the application, which a test may move forward."""
    return app.extensions["aidflow"].clock


@pytest.fixture(scope="session")
def worker_application(settings: Settings) -> Flask:
    """The application as the worker runs it, in the worker's database role."""
    return for_the_system(create_app(settings.for_worker()))


@pytest.fixture
def run_jobs(app: Flask, worker_application: Flask, superuser: psycopg.Connection) -> Iterator[Callable[[], None]]:
    """`run_jobs()`: work off every job that waits. A job that failed fails the test."""

    def run() -> None:
        # Outside the pushed context of the test, as in a process of its own.
        contextvars.Context().run(work_off_as_worker)

    def work_off_as_worker() -> None:
        work_off(worker_application)
        left = superuser.execute("SELECT task_name, status, attempts FROM procrastinate_jobs").fetchall()
        assert left == [], "a job failed or was put off; see the captured log"

    yield run
    with worker_application.app_context():
        db.engine.dispose()


@pytest.fixture
def superuser(services: Embedded, database: str) -> Iterator[psycopg.Connection]:
    """A connection that may do anything: for attacks and for inspection."""
    with psycopg.connect(services.url("postgres", database), autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner(services: Embedded, database: str) -> Iterator[psycopg.Connection]:
    """A connection in the role that owns the tables and runs migrations."""
    with psycopg.connect(
        services.url(OWNER, database), autocommit=True, options="-c aidflow.actor=system"
    ) as connection:
        yield connection


@pytest.fixture
def rows(session: Session) -> Callable[[type[Row]], Sequence[Row]]:
    """`rows(Model)`: every row as committed now, in the order of the primary key."""

    def read(model: type[Row]) -> Sequence[Row]:
        session.rollback()
        key = inspect(model).primary_key
        return session.scalars(select(model).order_by(*key).execution_options(populate_existing=True)).all()

    return read


@pytest.fixture
def table_state(superuser: psycopg.Connection) -> Callable[[], dict[str, str]]:
    """`table_state()`: table → digest of its rows as committed now, empty tables left out.

    A refused act leaves every table as it was: compare before and after, whole.
    """

    def read(*, without: Sequence[str] = ()) -> dict[str, str]:
        tables = superuser.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s) ORDER BY 1",
            (list(without),),
        ).fetchall()
        digest = sql.SQL(
            "SELECT {name}, count(*) || ' ' || md5(string_agg(t::text, '\n' ORDER BY t::text)) FROM {table} t"
        )
        parts = [digest.format(name=sql.Literal(name), table=sql.Identifier(name)) for (name,) in tables]
        return {name: value for name, value in superuser.execute(sql.SQL(" UNION ALL ").join(parts)) if value}

    return read
