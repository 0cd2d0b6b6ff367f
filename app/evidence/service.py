"""Writing the chain: one event, its exact bytes, its hash and the commitment to what it says in full."""

import hashlib
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

import rfc8785
from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from app.evidence.models import Event, EventPrivate

#: The leaf prefix of RFC 6962, so that an event's hash can later be a leaf of a tree as it stands.
LEAF = b"\x00"
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Written:
    """An event that is in the database: its row, its place in the chain and its hash."""

    id: int
    root_id: int
    case_id: int
    seq: int
    hash: bytes
    at: datetime
    action: str
    case_to: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a project's chain; None in its fields before the first one."""

    seq: int | None = None
    hash: bytes | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be written: who did what, and from which stage to which the case went."""

    root_id: int
    root_pid: UUID
    root_to: str
    case_id: int
    case_pid: UUID
    life: str
    case_prev_seq: int | None
    case_from: str | None
    case_to: str
    action: str
    role: str
    duty: str | None
    actor_id: int | None
    at: datetime
    private: Mapping[str, Any]
    request_key: str | None = None
    request_hash: bytes | None = None


def append(session: Session, entry: Entry, head: Head) -> Written:
    """Write the entry after the head of its chain, in one statement, and answer the new head.

    The caller holds the lock on the root case, so nobody else can be writing to this chain.
    """
    seq = (head.seq or 0) + 1
    salt = secrets.token_bytes(SALT_BYTES)
    private = canonical(entry.private)
    body = canonical(
        {
            "v": 1,
            "pid": entry.root_pid.hex,
            "seq": seq,
            "prev": head.hash.hex() if head.hash else "",
            "type": entry.action,
            "case": entry.case_pid.hex,
            "life": entry.life,
            "at": entry.at,
            "role": entry.role,
            "commit": hashlib.sha256(salt + private).hexdigest(),
            "public": {"from": entry.case_from or "", "to": entry.case_to},
        }
    )
    event_id = session.execute(
        _APPEND,
        {
            "root_id": entry.root_id,
            "seq": seq,
            "case_id": entry.case_id,
            "prev_seq": head.seq,
            "prev_hash": head.hash,
            "case_prev_seq": entry.case_prev_seq,
            "action": entry.action,
            "role": entry.role,
            "duty": entry.duty,
            "actor_id": entry.actor_id,
            "case_from": entry.case_from,
            "case_to": entry.case_to,
            "root_from": head.stage,
            "root_to": entry.root_to,
            "at": entry.at,
            "request_key": entry.request_key,
            "request_hash": entry.request_hash,
            "body": body,
            "salt": salt,
            "private_body": private,
        },
    ).scalar_one()
    return Written(
        id=event_id,
        root_id=entry.root_id,
        case_id=entry.case_id,
        seq=seq,
        hash=hashlib.sha256(LEAF + body).digest(),
        at=entry.at,
        action=entry.action,
        case_to=entry.case_to,
    )


def canonical(content: Mapping[str, Any]) -> bytes:
    """The RFC 8785 bytes of a mapping: UTC times with six digits, dates, hex and NFC text."""
    return rfc8785.dumps(_plain(content))


def _plain(value: Any) -> Any:
    """The JSON value of a time, a date, bytes or text, and of whatever holds such values."""
    match value:
        case datetime():
            plain: Any = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case date():
            plain = value.isoformat()
        case UUID() | bytes():
            plain = value.hex if isinstance(value, UUID) else value.hex()
        case str():
            plain = unicodedata.normalize("NFC", value)
        case Mapping():
            plain = {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            plain = [_plain(item) for item in value]
        case _:
            plain = value
    return plain


def _append_statement() -> Any:
    """Insert the event and its private half at once; the event's id flows from one to the other."""
    events, privates = cast("Table", Event.__table__), cast("Table", EventPrivate.__table__)
    given = [column for column in events.columns if column.name not in {"id", "hash", "recorded_at"}]
    event = (
        insert(events)
        .values({column.name: bindparam(column.name, type_=column.type) for column in given})
        .returning(events.c.id)
        .cte("written")
    )
    private = privates.c
    kept = insert(privates).from_select(
        ["event_id", "salt", "body"],
        select(
            event.c.id,
            bindparam("salt", type_=private.salt.type),
            bindparam("private_body", type_=private.body.type),
        ),
    )
    # The id comes from the event: row-level security does not see the private half before this statement is over.
    return select(event.c.id).add_cte(kept.cte("kept"))


_APPEND = _append_statement()
