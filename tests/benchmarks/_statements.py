"""The SQL that the application sends, written down, so that bare psycopg can send the very same."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.types.json import Json, Jsonb
from sqlalchemy import Engine, event

#: What the connection pool asks to learn whether a connection still lives; no part of the work.
PING = ";"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as psycopg got it; `many` when it was sent once for each of several rows."""

    text: str
    parameters: Any
    many: bool = False

    def send(self, cursor: psycopg.Cursor[Any]) -> list[Any]:
        """Send it and fetch whatever it answers."""
        if self.many:
            cursor.executemany(self.text, self.parameters)
            return []
        cursor.execute(self.text, self.parameters)
        return cursor.fetchall() if cursor.description else []

    def with_parameters(self, change: Callable[[Any], Any]) -> "Statement":
        """The same text with each parameter changed."""
        return replace(self, parameters=each(self.parameters, change))


@contextmanager
def written_down(engine: Engine) -> Iterator[list[Statement]]:
    """Everything sent through this engine meanwhile, also what a library sends past SQLAlchemy."""
    found: list[Statement] = []

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            if query != PING:
                found.append(Statement(query, params))
            return super().execute(query, params, **options)

        def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
            found.append(Statement(query, params_seq, many=True))
            return super().executemany(query, params_seq, **options)

    def note(connection: Any, _record: Any) -> None:
        connection.cursor_factory = Noting

    engine.dispose()
    event.listen(engine, "connect", note)
    try:
        with engine.connect():
            found.clear()  # What a fresh connection is asked once is no part of the work either.
        yield found
    finally:
        event.remove(engine, "connect", note)
        engine.dispose()


def each(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same structure with every value in it changed."""
    if isinstance(value, Mapping):
        return {key: each(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(each(item, change) for item in value)
    if isinstance(value, psycopg.Binary | Json | Jsonb):
        return type(value)(each(value.obj, change))
    return change(value)
