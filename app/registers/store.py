"""Marks: keyed hashes by which values are compared that the database must not read."""

import hashlib
import hmac
import secrets

from flask import current_app
from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert

from app.database import db
from app.registers.models import MarkKey
from app.vault import MARK_KEYS, Vault

#: The one key there is; another name would be another purpose.
NAME = "contacts"
KEY_BYTES = 32

#: Address of the database → its key.
_keys: dict[str, bytes] = {}


def mark(kind: str, value: str) -> str:
    """The keyed hash of a value of this kind, 64 hexadecimal digits: alike for alike values, and nothing else to see.

    The key is not in the database in clear, so nobody who holds the database finds a number by trying them all.
    """
    return marked(_key(db.engine, current_app.extensions["aidflow"].vault), kind, value)


def marked(key: bytes, kind: str, value: str) -> str:
    """The hash of a value of this kind by this key."""
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def forget_marks() -> None:
    """Read the key afresh: another database has another one."""
    _keys.clear()


def _key(engine: Engine, vault: Vault) -> bytes:
    address = str(engine.url)
    if address not in _keys:
        # A transaction of its own: what the caller takes back must not take back the key of what others wrote.
        with engine.begin() as connection:
            found = connection.scalar(select(MarkKey.sealed).where(MarkKey.name == NAME))
            if found is None:
                made = vault.sealed(secrets.token_bytes(KEY_BYTES), MARK_KEYS.place(NAME))
                connection.execute(insert(MarkKey).values(name=NAME, sealed=made).on_conflict_do_nothing())
                found = connection.scalars(select(MarkKey.sealed).where(MarkKey.name == NAME)).one()
        _keys[address] = vault.opened(found, MARK_KEYS.place(NAME))
    return _keys[address]
