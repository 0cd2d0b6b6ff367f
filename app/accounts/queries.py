"""All that the register of personal data says is about one person, as that person may take it away."""

import json
from typing import Any

from sqlalchemy import Date, DateTime, select
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.database import Base
from app.evidence.models import Event, EventPrivate
from app.personal import HELD
from app.projects.models import Project

#: Hashes of words that only the person holds: they would help a thief and tell nobody anything.
LEFT_OUT = frozenset({"hash", "old_hash", "uniquifier", "mark"})


def own_data(session: Session, user_id: int) -> dict[str, list[dict[str, Any]]]:
    """Table → its rows about this person: the columns of the register and the times of the row.

    Under "acts" stands what the person did, with the words of each act that were not erased.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for each in HELD:
        if each.person and not each.secret:
            table = Base.metadata.tables[each.table]
            times = [column for column in table.columns if isinstance(column.type, (Date, DateTime))]
            named = [table.c[name] for name in each.columns.split() if name not in LEFT_OUT]
            mine = session.execute(select(*named, *times).where(table.c[each.person] == user_id)).mappings()
            found[each.table] = [{name: _said(value) for name, value in row.items()} for row in mine]
    found["acts"] = _acts(session, user_id)
    return found


def _acts(session: Session, user_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Event.at, Event.action, Event.role, Case.life, Project.number, EventPrivate.body)
        .join(Case, Case.id == Event.case_id)
        .outerjoin(Project, Project.case_id == Event.root_id)
        .outerjoin(EventPrivate, EventPrivate.event_id == Event.id)
        .where(Event.actor_id == user_id)
        .order_by(Event.id)
    )
    return [
        {"at": _said(row.at), "action": row.action, "role": row.role, "life": row.life, "project": row.number,
         "said": json.loads(row.body) if row.body is not None else None}
        for row in rows
    ]  # fmt: skip


def _said(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool, list, dict)) else str(value)
