"""Sealing what stands in clear, changing keys, and giving up what a lost key had sealed. Every step may be killed."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from app.registers.store import KEY_BYTES, NAME, marked
from app.settings import Settings
from app.vault import ACCOUNTS, BEGINS, MARK_KEYS, SEALED, SealedColumn, Vault, WrongKey, key_of

#: Rows that are sealed anew in one transaction.
BATCH = 200
#: An account number as it stood before it was sealed.
CLEAR = "^[0-9]{8,30}$"
CONSTRAINTS = (
    ("organisation", "ck_organisation_account_is_sealed"),
    ("organisation", "fk_organisation_account"),
    ("payment_order", "ck_payment_order_payee_is_sealed"),
)
#: What stands in clear: how many there are, what they are, whose they are, and what they become.
STANDING = (
    ("organisation", "SELECT id, uscc, account_mark FROM organisation WHERE account_mark ~ %s FOR UPDATE",
     "UPDATE organisation SET account_mark = %s WHERE id = %s"),
    ("payment_order", ("SELECT o.case_id, g.uscc, o.payee_mark FROM payment_order o JOIN project p ON p.case_id ="
     " o.project_id JOIN organisation g ON g.id = p.organisation_id WHERE o.payee_mark ~ %s FOR UPDATE OF o"),
     "UPDATE payment_order SET payee_mark = %s WHERE case_id = %s"),
    ("agreement", ("SELECT a.case_id, g.uscc, a.data->'account'->>'number' FROM agreement a JOIN project p"
     " ON p.case_id = a.project_id JOIN organisation g ON g.id = p.organisation_id WHERE"
     " a.data->'account'->>'number' ~ %s FOR UPDATE OF a"),
     "UPDATE agreement SET data = jsonb_set(data, '{account}', data->'account' || %s) WHERE case_id = %s"),
)  # fmt: skip


def as_system(url: str, *, autocommit: bool = False) -> Connection:
    """A connection for which nobody in particular asks: what is behind row-level security is all there for it."""
    return psycopg.connect(url, autocommit=autocommit, options="-c aidflow.actor=system")


class KeyMissing(Exception):
    """设置中缺少密封数据所用的密钥 / the settings lack a key that data is sealed with."""


def seal_standing(settings: Settings) -> dict[str, int]:
    """Seal every account number that stands in clear: table → how many. In the owner role, all of them or none.

    What an act was bound to stays as it is: orders keep their hash, agreements the hash of what they say in full.
    Marks of contacts that were made with AIDFLOW_SECRET_KEY keep that key, sealed, for as long as there are any.
    """
    vault, done = Vault(settings.encryption_keys), Counter[str]()
    with as_system(settings.owner_database_url) as connection:
        found = {table: connection.execute(wanted, (CLEAR,)).fetchall() for table, wanted, _ in STANDING}
        marks = connection.execute("SELECT FROM contact_mark LIMIT 1").fetchone() is not None
        if not any(found.values()) and not (marks and _sealed_mark_key(connection) is None):
            return {}
        key = _mark_key(connection, vault, settings.secret_key.encode() if marks else None)
        for table, _, change in STANDING:
            with guards_aside(connection, table):
                for ident, uscc, number in found[table]:
                    token = f"{marked(key, 'account', number)}:{number[-4:]}"
                    connection.execute(
                        "INSERT INTO sealed_account (uscc, mark, sealed) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                        (uscc, token, vault.sealed(number.encode(), ACCOUNTS.place(uscc, token))),
                    )
                    said = Jsonb({"number": f"****{number[-4:]}", "mark": token}) if table == "agreement" else token
                    connection.execute(change, (said, ident))
                    done[table] += 1
        for table, name in CONSTRAINTS:
            validate = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}")
            connection.execute(validate.format(sql.Identifier(table), sql.Identifier(name)))
    return dict(done)


def require_keys(connection: Connection, settings: Settings) -> None:
    """Refuse to start without the key of what is sealed, or while something stands in clear."""
    vault = Vault(settings.encryption_keys)
    clear = connection.execute("SELECT FROM organisation WHERE account_mark ~ %s LIMIT 1", (CLEAR,)).fetchone()
    sealed = _sealed_mark_key(connection)
    unkeyed = sealed is None and _may_read(connection, "contact_mark")
    marks = connection.execute("SELECT FROM contact_mark LIMIT 1").fetchone() if unkeyed else None
    if clear is not None or marks is not None:
        message = (
            "数据库中有尚未密封的账号或比对信息, 请先运行 aidflow migrate。\n"
            "Account numbers or marks in the database are not sealed yet: run aidflow migrate first."
        )
        raise KeyMissing(message)
    lost = {name: count for name, count in by_key(connection).items() if name not in {"", *vault.keys}}
    if lost or (sealed is not None and not _opens(vault, sealed, MARK_KEYS.place(NAME))):
        named = ", ".join(f"{name} ({count})" for name, count in sorted(lost.items())) or "?"
        message = (
            f"数据库中的数据由密钥 {named} 密封, AIDFLOW_ENCRYPTION_KEY (或 AIDFLOW_SECRET_KEY) 中只有 "
            f"{', '.join(vault.keys)}。请把原密钥加在新密钥之后: 新,原; 再运行 aidflow vault rotate。\n"
            f"Data is sealed with the keys {named}; the settings name {', '.join(vault.keys)} only. Put the old key "
            "after the new one, new,old, and run aidflow vault rotate. If it is lost, see docs/operators.md."
        )
        raise KeyMissing(message)


def by_key(connection: Connection) -> dict[str, int]:
    """How many values each key sealed, by its name, as far as this role may read; "" are those that do not say."""
    counts: Counter[str] = Counter()
    for each in SEALED:
        if _may_read(connection, each.table):
            wanted = sql.SQL("SELECT {0} FROM {1}").format(sql.Identifier(each.column), sql.Identifier(each.table))
            counts.update(key_of(value) or "" for (value,) in connection.execute(wanted))
    return dict(counts)


def rotate(url: str, vault: Vault, progress: Callable[[str, int], None]) -> dict[str, tuple[int, int]]:
    """Seal everything anew with the first key: table → how many were sealed anew, how many no key opens.

    In batches, each its own transaction: killed anywhere, another run goes on where this one stopped.
    """
    done = {}
    with as_system(url, autocommit=True) as connection:
        for each in SEALED:
            anew = lost = 0
            for rows in _not_of(connection, each, vault.keys[0]):
                for *row, sealed in rows:
                    try:
                        value = vault.opened(sealed, each.place(*row))
                    except WrongKey:
                        lost += 1
                        continue
                    _put(connection, each, row, vault.sealed(value, each.place(*row)))
                    anew += 1
                progress(each.table, anew)
            done[each.table] = (anew, lost)
    return done


def give_up(owner_url: str, vault: Vault) -> dict[str, int]:
    """Take out what no key opens, so that it can be entered anew: table → how many rows. In the owner role.

    Organisations lose the account, people the second factor; without the key of the marks all marks go.
    """
    done: Counter[str] = Counter()
    with as_system(owner_url) as connection:
        for each in reversed(SEALED):
            for *row, sealed in connection.execute(_wanted(each)).fetchall():
                if _opens(vault, sealed, each.place(*row)):
                    continue
                if each is ACCOUNTS:
                    connection.execute(
                        "UPDATE organisation SET bank_name = NULL, bank_branch = NULL, account_name = NULL,"
                        " account_mark = NULL WHERE uscc = %s AND account_mark = %s", row,
                    )  # fmt: skip
                elif each is MARK_KEYS:
                    done["contact_mark"] += connection.execute("DELETE FROM contact_mark").rowcount
                else:
                    connection.execute("DELETE FROM recovery_code WHERE user_id = %s", row)
                gone = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(each.table), _is_row(each))
                done[each.table] += connection.execute(gone, row).rowcount
    return dict(done)


def _not_of(connection: Connection, each: SealedColumn, key: str) -> Iterator[list[tuple[Any, ...]]]:
    """Batches of rows that another key sealed, each in a transaction that holds them, by the columns of the row."""
    last: tuple[Any, ...] | None = None
    names = sql.SQL(", ").join(map(sql.Identifier, each.row))
    after = sql.SQL("AND ({}) > ({})").format(names, sql.SQL(", ").join([sql.Placeholder()] * len(each.row)))
    while True:
        wanted = _wanted(each) + sql.SQL(" WHERE NOT starts_with({}, %s) {} ORDER BY {} LIMIT {} FOR UPDATE").format(
            sql.Identifier(each.column), after if last else sql.SQL(""), names, BATCH
        )
        with connection.transaction():
            rows = connection.execute(wanted, (f"{BEGINS}.{key}.", *(last or ()))).fetchall()
            if not rows:
                return
            yield rows
        last = rows[-1][:-1]


def _wanted(each: SealedColumn) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, (*each.row, each.column)))
    return sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(each.table))


def _is_row(each: SealedColumn) -> sql.Composed:
    return sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in each.row)


def _put(connection: Connection, each: SealedColumn, row: list[Any], sealed: str) -> None:
    change = sql.SQL("UPDATE {} SET {} = %s WHERE {}")
    connection.execute(
        change.format(sql.Identifier(each.table), sql.Identifier(each.column), _is_row(each)), (sealed, *row)
    )


def _opens(vault: Vault, sealed: str, place: str) -> bool:
    try:
        vault.opened(sealed, place)
    except WrongKey:
        return False
    return True


def _may_read(connection: Connection, table: str) -> bool:
    """Whether this role may: the worker looks at fewer tables than the pages do."""
    return connection.execute("SELECT has_table_privilege(%s, 'SELECT')", (table,)).fetchone() == (True,)


def _sealed_mark_key(connection: Connection) -> str | None:
    row = connection.execute("SELECT sealed FROM mark_key WHERE name = %s", (NAME,)).fetchone()
    return row[0] if row else None


def _mark_key(connection: Connection, vault: Vault, before: bytes | None) -> bytes:
    """The key of the marks: that of the database, else the one by which there are marks already, else a new one."""
    if sealed := _sealed_mark_key(connection):
        return vault.opened(sealed, MARK_KEYS.place(NAME))
    key = before or secrets.token_bytes(KEY_BYTES)
    connection.execute(
        "INSERT INTO mark_key (name, sealed) VALUES (%s, %s)", (NAME, vault.sealed(key, MARK_KEYS.place(NAME)))
    )
    return key


@contextmanager
def guards_aside(connection: Connection, table: str) -> Iterator[None]:
    """Let the owner change what nobody may change, with every guard back in its place afterwards."""
    guards = connection.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'A'", (table,)
    ).fetchall()
    name = sql.Identifier(table)
    for (guard,) in guards:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(name, sql.Identifier(guard)))
    yield
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for (guard,) in guards:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(name, sql.Identifier(guard)))
