"""What changed in a declaration between two submissions, field by field and line by line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.evidence.models import Event, EventPrivate
from app.projects.commands import SOURCE_LABELS, BudgetRow, Declaration, TargetRow
from app.projects.commands.steps import LABELS, STEP_OF
from app.projects.commands.texts import MONEY, ROWS
from app.projects.models import DeclarationSnapshot
from app.projects.queries import declaration_of
from app.text import money, translated
from workflows.money import fen_of
from workflows.policy import Policy

Row = Mapping[str, Any]
RETURNED, ANSWERED = "return_for_correction", "resubmit"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, in words for its reader: an empty text means that there was or is nothing.

    `number` is the place of a row in its table, as it was for a row that is gone.
    """

    field: str
    step: str
    label: str
    number: int | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction notice and the answer to it; while that is awaited `answered_at` is None and `reply` is empty.

    Words that were erased are absent.
    """

    returned_at: datetime
    items: tuple[str, ...]
    answered_at: datetime | None
    reply: str


def since_submission(session: Session, case_id: int, policy: Policy) -> list[Change]:
    """How the declaration as it stands differs from what was submitted last; nothing before the first time."""
    before = _snapshots(session, case_id, 1)
    return differences(before[0], declaration_of(session, case_id).record(), policy) if before else []


def at_resubmission(session: Session, case_id: int, policy: Policy) -> list[Change]:
    """How the last submission differs from the one before it."""
    found = _snapshots(session, case_id, 2)
    return differences(found[1], found[0], policy) if len(found) > 1 else []


def last_correction(session: Session, case_id: int) -> Correction | None:
    """The last time the project was sent back, and the answer to it; None when it never was."""
    rows = session.execute(
        select(Event.action, Event.at, EventPrivate.body)
        .outerjoin(EventPrivate, EventPrivate.event_id == Event.id)
        .where(Event.root_id == case_id, Event.case_id == case_id, Event.action.in_((RETURNED, ANSWERED)))
        .order_by(Event.seq)
    )
    found = {action: (at, json.loads(body).get("command", {}) if body else {}) for action, at, body in rows}
    if RETURNED not in found:
        return None
    returned_at, notice = found[RETURNED]
    answered_at, answer = found.get(ANSWERED, (returned_at, {}))
    open_ = answered_at <= returned_at
    return Correction(
        returned_at, tuple(notice.get("items", ())), None if open_ else answered_at,
        "" if open_ else answer.get("reply", ""),
    )  # fmt: skip


def differences(before: Row, after: Row, policy: Policy) -> list[Change]:
    """The differences of two declarations, each in its JSON form, in the order of the form."""
    found: list[Change] = []
    for name in Declaration.model_fields:
        if name in ROWS:
            found += _rows(name, before.get(name) or [], after.get(name) or [], policy)
        elif (was := shown(name, before.get(name), policy)) != (now := shown(name, after.get(name), policy)):
            found.append(Change(name, STEP_OF[name], LABELS[name], None, was, now))
    return found


def shown(name: str, value: Any, policy: Policy) -> str:
    """A value of the declaration in its JSON form as a person reads it."""
    if value is None or value is False or value == "":
        return ""
    if value is True:
        return translated("是")
    if name in MONEY or name == "unit_price":
        return money(fen_of(str(value)))
    labels: Mapping[str, str] = {
        "field": dict(policy.fields),
        "category": dict(policy.eligible_costs),
        "level_one": {key: label for key, label, _points in policy.performance_groups},
        "paid_from": SOURCE_LABELS,
    }.get(name, {})
    return translated(labels[value]) if value in labels else str(value)


def _rows(name: str, before: Sequence[Row], after: Sequence[Row], policy: Policy) -> Iterator[Change]:
    """Rows are the same where they say the same; what stands in the place of others is compared cell by cell."""
    lines = [[json.dumps(row, sort_keys=True) for row in rows] for rows in (before, after)]
    for kind, i, j, k, m in SequenceMatcher(None, *lines, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for place in range(max(j - i, m - k)):
            was = before[i + place] if i + place < j else None
            now = after[k + place] if k + place < m else None
            number = (k if now else i) + place + 1
            yield Change(name, STEP_OF[name], LABELS[name], number, *_told(name, was, now, policy))


def _told(name: str, was: Row | None, now: Row | None, policy: Policy) -> tuple[str, str]:
    """Both rows in words; of two that differ the item, and what differs."""
    model: type[BudgetRow | TargetRow] = ROWS[name]
    differing = [
        column for column in model.model_fields if was is None or now is None or was.get(column) != now.get(column)
    ]
    names = "item" if name == "budget" else "name"
    columns = differing if names in differing else [names, *differing]
    return _line(model, was, columns, policy), _line(model, now, columns, policy)


def _line(model: type[BudgetRow | TargetRow], row: Row | None, columns: Sequence[str], policy: Policy) -> str:
    if row is None:
        return ""
    cells = ((str(model.model_fields[column].title), shown(column, row.get(column), policy)) for column in columns)
    return "；".join(f"{translated(label)} {text}" for label, text in cells if text)


def _snapshots(session: Session, case_id: int, count: int) -> list[Row]:
    """The newest submissions, the last one first."""
    wanted = (
        select(DeclarationSnapshot.body)
        .where(DeclarationSnapshot.project_id == case_id)
        .order_by(DeclarationSnapshot.event_id.desc())
        .limit(count)
    )
    return [json.loads(body) for body in session.scalars(wanted)]
