"""Erasing a person: what the register lets go is deleted, names become numbers, and the chain of events still holds."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from psycopg import Connection, sql

from app.database import Base
from app.personal import HELD
from app.sealing import as_system, guards_aside

#: Types of columns in which a name or an address may stand.
READABLE = ["text", "text[]", "jsonb", "json", "bytea", "character varying"]


class CannotBeErased(Exception):
    """不能抹去 / cannot be erased."""


@dataclass(slots=True)
class Erased:
    """What erasing a person came to: rows by table, and the columns in which the law keeps the name."""

    pseudonym: str
    deleted: dict[str, int] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)


def erase_person(owner_url: str, email: str, *, now: datetime) -> Erased:
    """Erase somebody who holds no role any more, in the owner role, all of it or nothing.

    Words of acts that name the person go from `event_private`: the event keeps its commitment, so the chain holds.
    What is bound by a hash, or is a voucher or a decision, stays as the register says and is counted in `kept`.
    Raises CannotBeErased with the reason.
    """
    with as_system(owner_url) as connection:
        ident, name = _person(connection, email)
        done = Erased(f"已注销人员{ident}")
        address = f"erased-{ident}@erased.invalid"
        deleted = {each.table: each.person for each in HELD if each.person and each.erasure == "deleted"}
        for table in reversed(Base.metadata.sorted_tables):
            if table.name in deleted:
                done.deleted[table.name] = _delete(connection, table.name, deleted[table.name], ident)
        gone = connection.execute(
            "DELETE FROM event_private WHERE convert_from(body, 'UTF8') LIKE ANY (%s)",
            ([f"%{_plain(word)}%" for word in (email, name)],),
        )
        done.deleted["event_private"] = gone.rowcount
        connection.execute(
            'UPDATE "user" SET name = %s, email = %s, password = NULL, active = false, fs_uniquifier = %s,'
            " locale = NULL WHERE id = %s",
            (done.pseudonym, address, uuid4().hex, ident),
        )
        for table, column, kind in _columns(connection, {each.table for each in HELD if each.erasure == "replaced"}):
            for old, new in ((email, address), (name, done.pseudonym)):
                if count := _replace(connection, table, column, kind, old, new):
                    done.replaced[f"{table}.{column}"] = done.replaced.get(f"{table}.{column}", 0) + count
        connection.execute(
            "UPDATE erasure_request SET done_at = %s WHERE user_id = %s AND done_at IS NULL", (now, ident)
        )
        connection.execute(
            "INSERT INTO register_change (register, key, action, after, at) VALUES ('person', %s, 'end', %s, %s)",
            (address, '{"erasure": "done"}', now),
        )
        done.kept = found(connection, email, name)
        return done


def found(connection: Connection, *words: str) -> dict[str, int]:
    """Where any of these words still stands, in every readable column of the whole database: column → rows."""
    left = {}
    for table, column, kind in _columns(connection):
        name = sql.Identifier(column)
        # Bytes are looked through as bytes: a word in UTF-8 stands in them as it is.
        test = "position(%s::bytea IN {c}) > 0" if kind == "bytea" else "position(%s::text IN {c}::text) > 0"
        tests = sql.SQL(" OR ").join([sql.SQL(test).format(c=name)] * len(words))
        wanted = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(table), tests)
        asked = [word.encode() if kind == "bytea" else word for word in words]
        (count,) = connection.execute(wanted, asked).fetchone() or (0,)
        if count:
            left[f"{table}.{column}"] = count
    return left


def _person(connection: Connection, email: str) -> tuple[int, str]:
    row = connection.execute('SELECT id, name FROM "user" WHERE email = %s FOR UPDATE', (email,)).fetchone()
    if row is None:
        raise CannotBeErased(f"没有这个用户 / nobody has this address: {email}")
    held = "SELECT role FROM role_grant WHERE user_id = %s AND ended_at IS NULL"
    if roles := [role for (role,) in connection.execute(held, (row[0],))]:
        message = f"还担任角色, 请先收回 / still holds roles, end them first: {', '.join(roles)}"
        raise CannotBeErased(message)
    alike = connection.execute('SELECT count(*) FROM "user" WHERE name = %s', (row[1],)).fetchone()
    if alike != (1,):
        # A name that two people have says nothing about which of them a text means.
        return row[0], email
    return row[0], row[1]


def _columns(connection: Connection, tables: set[str] | None = None) -> list[tuple[str, str, str]]:
    found = connection.execute(
        "SELECT relname, attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' AND format_type(atttypid, atttypmod) = ANY (%s) ORDER BY 1, 2",
        (READABLE,),
    ).fetchall()
    return [each for each in found if tables is None or each[0] in tables]


def _delete(connection: Connection, table: str, person: str, ident: int) -> int:
    wanted = sql.SQL("DELETE FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(person))
    with guards_aside(connection, table):
        return connection.execute(wanted, (ident,)).rowcount


def _replace(connection: Connection, table: str, column: str, kind: str, old: str, new: str) -> int:
    if kind == "bytea":
        return 0
    change = sql.SQL("UPDATE {t} SET {c} = replace({c}::text, %s, %s)::{k} WHERE {c}::text LIKE %s").format(
        t=sql.Identifier(table), c=sql.Identifier(column), k=sql.SQL(kind)
    )
    with guards_aside(connection, table):
        return connection.execute(change, (old, new, f"%{_plain(old)}%")).rowcount


def _plain(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
