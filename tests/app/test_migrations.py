"""The models say exactly what the migrations made."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.types.json import Jsonb
from sqlalchemy import create_engine, text

from app.database import Base
from app.features import load_features
from app.migrations import revisions, upgrade
from app.migrations.env_names import include_name
from app.provision import OWNER
from workflows.policy import DEFAULT_POLICY, Policy

#: Everything that a table of the schema on the search path consists of, as PostgreSQL writes it.
PARTS = """
    WITH ours AS (
        SELECT oid, relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
            AND relname NOT LIKE 'procrastinate%' AND relname <> 'alembic_version'
    )
    SELECT relname, conname, pg_get_constraintdef(c.oid) FROM ours JOIN pg_constraint c ON conrelid = ours.oid
        WHERE contype IN ('c', 'u', 'p', 'f', 'x')
    UNION ALL
    SELECT relname, i.indexrelid::regclass::text, replace(pg_get_indexdef(i.indexrelid), current_schema() || '.', '')
        FROM ours JOIN pg_index i ON i.indrelid = ours.oid
    UNION ALL
    SELECT relname, attname, format_type(atttypid, atttypmod) || ' ' || attnotnull
            || ' ' || attidentity::text || attgenerated::text
            || coalesce(' ' || pg_get_expr(adbin, adrelid), '')
        FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
"""


# Alembic warns of expressions that it cannot compare; the test after it compares them all.
@pytest.mark.filterwarnings("ignore:Computed default on:UserWarning", "ignore:Expression #:UserWarning")
def test_autogenerate_finds_nothing_to_do(database, services):
    load_features()
    engine = create_engine(services.url(OWNER, database))
    with engine.connect() as connection:
        opts = {"include_name": include_name, "compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=opts), Base.metadata)
    engine.dispose()

    assert found == []


def test_every_column_index_and_constraint_of_the_models_is_the_one_of_the_migrations(
    superuser: psycopg.Connection, services, database
):
    load_features()
    migrated = set(superuser.execute(PARTS))
    superuser.execute("CREATE SCHEMA modelled")
    engine = create_engine(
        services.url("postgres", database), connect_args={"options": "-c search_path=modelled,public"}
    )
    try:
        with engine.begin() as connection:
            Base.metadata.create_all(connection, checkfirst=False)
    finally:
        engine.dispose()
    superuser.execute("SET search_path = modelled, public")
    modelled = set(superuser.execute(PARTS))
    tables = {name for name, _, _ in modelled}

    only_modelled = sorted(modelled - migrated)
    only_migrated = sorted(part for part in migrated - modelled if part[0] in tables)
    assert len(tables) > 10
    assert (only_modelled, only_migrated) == ([], [])


def test_upgrading_again_does_nothing(services, database):
    assert upgrade(services.url(OWNER, database)) == []


@contextmanager
def empty_database(superuser: psycopg.Connection, name: str) -> Iterator[str]:
    """The name of an empty database that is gone afterwards."""
    superuser.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    try:
        yield name
    finally:
        superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_empty_database_is_brought_to_the_newest_step_by_step(services, superuser: psycopg.Connection, database):
    with empty_database(superuser, f"{database}_stepwise") as name:
        url = services.url(OWNER, name)
        carried_out = [upgrade(url, to=revision) for revision in revisions()]
        engine = create_engine(url)
        with engine.connect() as connection:
            at = connection.scalar(text("SELECT version_num FROM alembic_version"))
        engine.dispose()

    assert carried_out == [[revision] for revision in revisions()]
    assert at == revisions()[-1]


def test_a_stored_policy_gets_the_numbers_that_were_in_the_code_and_stays_written_once(
    services, superuser: psycopg.Connection, database
):
    steps = [{"far_ppm": 150_000, "reminder_days": 3}, {"draw_per_employer": 1, "draw_in_field_ppm": 500_000}]
    body = {name: value for name, value in DEFAULT_POLICY.to_json().items() if all(name not in new for new in steps)}
    with empty_database(superuser, f"{database}_older") as name:
        url = services.url(OWNER, name)
        upgrade(url, to=revisions()[revisions().index("0016") - 1])
        with psycopg.connect(services.url("postgres", name), autocommit=True) as connection:
            connection.execute(
                "INSERT INTO policy_version (key, effective_on, body, created_at) VALUES ('2020/1', %s, %s, now())",
                (DEFAULT_POLICY.effective_on, Jsonb(body)),
            )
            upgrade(url)
            stored = connection.execute("SELECT body FROM policy_version").fetchall()
            told = connection.execute("SELECT register, key, action, before, after FROM register_change").fetchall()
            with pytest.raises(psycopg.errors.RestrictViolation):
                connection.execute("UPDATE policy_version SET body = '{}'")

    assert [Policy.from_json(each) for (each,) in stored] == [DEFAULT_POLICY]
    assert told == [("policy", "2020/1", "change", None, new) for new in steps]
