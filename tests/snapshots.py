"""What the road made once in this process comes back into the next fresh database as it was committed.

Every test has a database of its own; making the same people and the same call anew for each of them took a third of
the time of all tests. The rows come from the road, through services, triggers and barriers; only their copies do not.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, LiteralString, TypeVar

import psycopg
from flask import current_app
from psycopg import sql

Made = TypeVar("Made")

#: Tables that have a page, which whatever was ever written has; and the columns that can be written.
TABLES = """
    SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        AND a.attgenerated = '' AND pg_relation_size(c.oid) > 0
    GROUP BY c.oid ORDER BY 1
"""
SEQUENCES = (
    "SELECT sequencename::text, last_value::text FROM pg_sequences WHERE schemaname = 'public' AND last_value > 0"
)


#: Triggers that even a replica obeys.
ALWAYS = """
    SELECT c.relname::text, t.tgname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgenabled = 'A' AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Table and its columns → the rows made, in the binary form of COPY; sequence → the last value it gave.

    `objects` are those of the store, key → type and content.
    """

    rows: Mapping[tuple[str, tuple[str, ...]], bytes]
    objects: Mapping[str, tuple[str, bytes]]
    sequences: Mapping[str, str]
    made: Any


class Snapshots:
    """The snapshots of one process, whose tests use one database after the other, and one bucket.

    `url` admits a superuser to the database, which is as the migrations left it; `s3` is a boto3 client.
    """

    def __init__(self, url: str, s3: Any, bucket: str) -> None:
        self._url, self._s3, self._bucket = url, s3, bucket
        self._taken: dict[str, _Snapshot] = {}
        with psycopg.connect(url) as connection:
            self._untouched = state_of(connection)

    def recall(self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` makes: by the road the first time, and wherever the database is not as the migrations left it."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            if state_of(connection) != self._untouched:
                return make()
            if name in self._taken:
                self._put(connection, self._taken[name])
            else:
                (before,) = connection.execute("SELECT pg_current_xact_id()::text").fetchone() or ("",)
                self._taken[name] = self._take(connection, int(before), make())
            return deepcopy(self._taken[name].made)

    def _take(self, connection: psycopg.Connection, before: int, made: Any) -> _Snapshot:
        """Every row written after the transaction of this number, and every object."""
        rows = {}
        for table, columns in connection.execute(TABLES).fetchall():
            written = sql.SQL(
                "COPY (SELECT {} FROM {} WHERE xmin::text::bigint > {}) TO STDOUT (FORMAT binary)"
            ).format(_listed(columns), sql.Identifier(table), before)
            with connection.cursor().copy(written) as copy:
                rows[table, tuple(columns)] = b"".join(map(bytes, copy))
        objects = {}
        for item in self._s3.list_objects_v2(Bucket=self._bucket).get("Contents", ()):
            answer = self._s3.get_object(Bucket=self._bucket, Key=item["Key"])
            objects[item["Key"]] = answer["ContentType"], answer["Body"].read()
        return _Snapshot(rows, objects, dict(connection.execute(SEQUENCES).fetchall()), made)

    def _put(self, connection: psycopg.Connection, kept: _Snapshot) -> None:
        """Past triggers and foreign keys: the rows obeyed them when they were made."""
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            triggers = connection.execute(ALWAYS, ([table for table, _columns in kept.rows],)).fetchall()
            _turn("DISABLE", triggers, connection)
            for (table, columns), content in kept.rows.items():
                to = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table), _listed(columns))
                with connection.cursor().copy(to) as copy:
                    copy.write(content)
            _turn("ENABLE ALWAYS", triggers, connection)
            for name, value in kept.sequences.items():
                connection.execute("SELECT setval(%s::regclass, %s)", (f'"{name}"', int(value)))
        for key, (kind, content) in kept.objects.items():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=kind)


def recalled(make: Callable[..., Made], *given: Any) -> Made:
    """What `make(*given)` makes, in the application of a test; elsewhere it is always made by the road."""
    snapshots: Snapshots | None = current_app.extensions.get("snapshots")
    if snapshots is None:
        return make(*given)
    return snapshots.recall(f"{make.__module__}.{make.__qualname__}{given}", partial(make, *given))


def state_of(connection: psycopg.Connection) -> dict[str, str]:
    """Table → digest of its rows, empty tables left out; sequence → the last value it gave."""
    digest = sql.SQL("SELECT {name}, count(*) || md5(string_agg(t::text, '\n' ORDER BY t::text)) FROM {table} t")
    found = [
        digest.format(name=sql.Literal(name), table=sql.Identifier(name))
        for name, _columns in connection.execute(TABLES).fetchall()
    ]
    rows = connection.execute(sql.SQL(" UNION ALL ").join([*found, sql.SQL(SEQUENCES)])).fetchall()
    return {name: value for name, value in rows if value is not None}


def _turn(how: LiteralString, triggers: Sequence[tuple[str, str]], connection: psycopg.Connection) -> None:
    turn = sql.SQL("ALTER TABLE {} " + how + " TRIGGER {}")
    alters = [turn.format(sql.Identifier(table), sql.Identifier(name)) for table, name in triggers]
    connection.execute(sql.SQL(";").join(alters))


def _listed(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
