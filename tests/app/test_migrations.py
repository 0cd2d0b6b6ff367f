"""The models say exactly what the migrations made."""

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from app.database import Base
from app.features import load_features
from app.migrations import revisions, upgrade
from app.migrations.env_names import include_name
from app.provision import OWNER

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


def test_an_empty_database_is_brought_to_the_newest_step_by_step(services, superuser: psycopg.Connection, database):
    name = f"{database}_stepwise"
    superuser.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    try:
        url = services.url(OWNER, name)
        carried_out = [upgrade(url, to=revision) for revision in revisions()]
        engine = create_engine(url)
        with engine.connect() as connection:
            at = connection.scalar(text("SELECT version_num FROM alembic_version"))
        engine.dispose()
    finally:
        superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")

    assert carried_out == [[revision] for revision in revisions()]
    assert at == revisions()[-1]
