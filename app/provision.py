"""The three database roles and the database itself, made by a superuser once.

`aidflow_owner` owns every table and runs migrations, `aidflow_web` serves pages and
`aidflow_worker` runs jobs. Neither of the last two can alter a table, so a hole in the application
is not a hole in the schema. Grants on tables are given by the migration that makes the table.
"""

from collections.abc import Mapping

import psycopg
from psycopg import sql

OWNER = "aidflow_owner"
WEB = "aidflow_web"
WORKER = "aidflow_worker"
ROLES = (OWNER, WEB, WORKER)
#: Below row-level security an index serves only operators that tell nothing of the rows they pass over. This one, the
#: match of words, answers yes or no and raises nothing, which PostgreSQL leaves to a superuser to say; without it a
#: search finds the same and reads every row for it.
SEARCH_BY_INDEX = "ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF"


def provision(superuser_url: str, *, database: str, passwords: Mapping[str, str]) -> None:
    """Create or update the roles (with these passwords) and create the database if absent.

    Safe to repeat after it was interrupted anywhere.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in ROLES:
            name, password = sql.Identifier(role), sql.Literal(passwords[role])
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            verb = sql.SQL("ALTER" if known else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                    verb, name, password
                )
            )
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
        if not known:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
        guard(connection, database)
    with psycopg.connect(superuser_url, dbname=database, autocommit=True) as connection:
        connection.execute(SEARCH_BY_INDEX)


def guard(connection: psycopg.Connection, database: str) -> None:
    """Let nobody but the three roles connect to this database."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for role in ROLES:
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(role)))
