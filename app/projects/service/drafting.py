"""Saving a declaration field by field, as one types: nothing typed is lost, nobody is overwritten unseen."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import visible
from app.database import transaction
from app.people.permissions import Actor
from app.programmes.queries import policy_of
from app.projects.commands.texts import (
    LONGEST,
    MOST,
    ROWS,
    cell_of,
    fingerprint,
    is_answer,
    is_known,
    is_order,
    read,
    row_keys,
)
from app.projects.models import DraftField, DraftPresence, KeptForm
from app.projects.queries.bounds import out_of_bounds
from app.projects.queries.drafts import KEPT, Draft, Hand, draft_of
from app.projects.service.writing import EDITABLE, open_to_edit, write
from app.refusals import FieldRefused
from workflows.definition import because


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a field, and the fingerprint of what stood there when the page was shown."""

    text: str
    base: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that somebody else changed since the page was shown; nothing of it was written."""

    mine: str
    theirs: str
    hand: Hand


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of saving: the version, every text as it stands now, the clashes, and the faults.

    A fault is what cannot be read, or what the policy does not fund.
    """

    version: int
    texts: Mapping[str, str]
    clashes: Mapping[str, Clash]
    faults: Mapping[str, str]


def save_fields(pid: UUID, typed: Mapping[str, Typed], *, step: str, actor: Actor, now: datetime) -> Saved:
    """Save these fields, each by itself, and note that this person is at this step.

    A field is written when it stands as the person saw it, left alone when the person did not touch it, and
    is a `Clash` otherwise. Raises `FieldRefused` for a name or a text that cannot be kept at all, `Missing`,
    `NotYourRole`, `NotFromHere`; then nothing is written.
    """
    typed = {name: Typed(_tidy(name, each.text), each.base) for name, each in typed.items()}
    with transaction() as session:
        case, project = open_to_edit(session, pid, actor)
        draft = draft_of(session, case.id)
        standing = {**draft.texts, **draft.answers}
        clashes: dict[str, Clash] = {}
        changed: dict[str, str] = {}
        for name, each in typed.items():
            stands = standing.get(name, "")
            if each.text == stands or fingerprint(each.text) == each.base:
                continue
            if each.base == fingerprint(stands) or is_order(name):
                changed[name] = each.text
            else:
                clashes[name] = Clash(each.text, stands, draft.hands.get(name, Hand(None, None)))
        texts = draft.texts | {name: text for name, text in changed.items() if not is_answer(name)}
        found = read(texts, title=project.title)
        if changed:
            _refuse_too_many_rows(texts)
            _store(session, case.id, draft, changed, actor, now)
            session.execute(
                update(DraftField)
                .where(DraftField.project_id == case.id, DraftField.wrong != DraftField.name.in_(found.faults))
                .values(wrong=DraftField.name.in_(found.faults))
            )
        if texts != draft.texts:
            before = read(draft.texts, title=project.title).declaration
            tables = [name for name in ROWS if getattr(before, name) != getattr(found.declaration, name)]
            write(session, case, project, found.declaration, *tables)
        _be_present(session, case.id, step, actor, now)
        beyond = out_of_bounds(session, case.id, found.declaration, policy_of(session, project.policy_id))
        return Saved(project.content_version, texts, clashes, {**beyond, **found.faults})


def keep_form(pid: UUID, step: str, body: Mapping[str, Any], *, actor: Actor, now: datetime) -> bool:
    """Keep what this person sent after the session had ended; False where it is not theirs to send any more."""
    with transaction() as session:
        case = session.scalar(select(Case).where(Case.pid == pid, visible(actor)))
        if case is None or case.life != "aid_project" or case.stage not in EDITABLE:
            return False
        session.execute(delete(KeptForm).where(KeptForm.user_id == actor.user_id, KeptForm.kept_at < now - KEPT))
        row = {"body": dict(body), "kept_at": now}
        session.execute(
            insert(KeptForm)
            .values(user_id=actor.user_id, project_id=case.id, step=step, **row)
            .on_conflict_do_update(index_elements=["user_id", "project_id", "step"], set_=row)
        )
        return True


def forget_kept(case_id: int, step: str, *, actor: Actor) -> None:
    """The person has what was kept in front of them again, saved or thrown away."""
    with transaction() as session:
        session.execute(
            delete(KeptForm).where(
                KeptForm.project_id == case_id, KeptForm.user_id == actor.user_id, KeptForm.step == step
            )
        )


def _tidy(name: str, text: str) -> str:
    if not is_known(name):
        raise FieldRefused(name, because("没有这个字段。"))
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    if len(text) > LONGEST:
        raise FieldRefused(name, because("至多 {max_length} 个字。", max_length=LONGEST))
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\t\n" for character in text):
        raise FieldRefused(name, because("不得含有控制字符。"))
    return text


def _refuse_too_many_rows(texts: Mapping[str, str]) -> None:
    for table, most in MOST.items():
        if len(row_keys(texts, table)) > most:
            raise FieldRefused(f"{table}-order", because("至多 {max_length} 项。", max_length=most))


def _store(
    session: Session, case_id: int, draft: Draft, changed: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    """Write the fields that changed; with the first of them, all the others as the declaration says them."""
    first = {} if draft.stored else draft.texts
    rows = [
        {"project_id": case_id, "name": name, "text": text, "saved_by_id": None, "saved_at": None}
        for name, text in first.items()
        if name not in changed and (text or cell_of(name) is None)
    ]
    rows += [
        {"project_id": case_id, "name": name, "text": text, "saved_by_id": actor.user_id, "saved_at": now}
        for name, text in changed.items()
        if text or cell_of(name) is None
    ]
    emptied = [name for name, text in changed.items() if not text and cell_of(name) is not None]
    if emptied:
        session.execute(delete(DraftField).where(DraftField.project_id == case_id, DraftField.name.in_(emptied)))
    if rows:
        statement = insert(DraftField)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["project_id", "name"],
                set_={name: statement.excluded[name] for name in ("text", "saved_by_id", "saved_at")},
            ),
            rows,
        )


def _be_present(session: Session, case_id: int, step: str, actor: Actor, now: datetime) -> None:
    row = {"step": step, "seen_at": now}
    session.execute(
        insert(DraftPresence)
        .values(project_id=case_id, user_id=actor.user_id, **row)
        .on_conflict_do_update(index_elements=["project_id", "user_id"], set_=row)
    )
