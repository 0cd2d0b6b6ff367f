"""What an expert types into a sheet, kept for that expert alone until the sheet is in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import visible
from app.database import Missing, transaction
from app.people.permissions import Actor
from app.refusals import FieldRefused
from app.reviews.commands import SubmitSheet
from app.reviews.models import ScoreSheet, SheetDraft
from app.reviews.queries.desk import OWN_STAGES, Draft, OwnSheet
from app.validation import field_faults
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.engine import Refused
from workflows.policy import Policy
from workflows.review import SCORE_SHEET, Facts

#: Characters of one field of a draft at most: the longest text of a sheet.
LONGEST = 5000


class DraftMovedOn(Refused):
    """The draft was saved from another window in the meantime."""

    def __init__(self) -> None:
        super().__init__(because("评分草稿已在另一个窗口中修改。请先核对两处内容，再保存。"))


def field_names(policy: Policy) -> tuple[str, ...]:
    """The fields of a sheet under this policy, in the order of the page."""
    items = [f"{part}-{key}" for key, _label, _most in policy.score_items for part in ("scores", "comments")]
    return (*items, "recommendation", "suggested_amount", "comment")


def save_draft(
    pid: UUID, typed: Mapping[str, str], *, version: int, policy: Policy, actor: Actor, now: datetime
) -> Draft:
    """Keep what was typed, blank fields left out. `version` is the save that the window started from.

    Raises `Missing` when there is no such sheet of this person's, `Refused` when it is not open for
    scoring, `DraftMovedOn`, and `FieldRefused` for a field that a sheet does not have.
    """
    kept = _tidy(typed, policy)
    with transaction() as session:
        case = _held(session, pid, actor)
        if case.stage != "open":
            raise Refused(because("评分表不在评分中，内容没有保存。"))
        values = {"typed": kept, "version": version + 1, "saved_at": now}
        if version:
            wanted = SheetDraft.case_id == case.id, SheetDraft.expert_id == actor.user_id, SheetDraft.version == version
            written = session.execute(update(SheetDraft).where(*wanted).values(**values).returning(SheetDraft.case_id))
        else:
            fresh = insert(SheetDraft).values(case_id=case.id, expert_id=actor.user_id, **values)
            written = session.execute(fresh.on_conflict_do_nothing().returning(SheetDraft.case_id))
        if written.one_or_none() is None:
            raise DraftMovedOn
    return Draft(kept, version + 1, now)


def forget_draft(session: Session, case_id: int) -> None:
    """The draft has done its work: its sheet is in, or nobody scores it any more."""
    session.execute(delete(SheetDraft).where(SheetDraft.case_id == case_id))


def sheet_of(
    found: OwnSheet, typed: Mapping[str, str], now: datetime
) -> tuple[SubmitSheet | None, list[tuple[str, Any]]]:
    """The sheet that these words make, or None with every fault: (name of the field, sentence or reason).

    The rules are those of the act itself, asked before the act, so that the page can say all at once.
    """
    try:
        command = SubmitSheet.model_validate(_nested(typed))
    except ValidationError as wrong:
        return None, [(each["field"].replace(".", "-"), each["message"]) for each in field_faults(wrong)]
    facts = Facts(
        policy=found.policy, asked=command.values(), requested=found.requested, today=shanghai_date(now),
        sheets_due_on=found.session and found.session.sheets_due_on,
    )  # fmt: skip
    (submit,) = [each for each in SCORE_SHEET.leaving("open") if each.action == "submit_sheet"]
    faults = [(_field_of(guard.__name__), reason) for guard in submit.guards if (reason := guard(facts))]
    return (None, faults) if faults else (command, [])


def _nested(typed: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"scores": {}, "comments": {}}
    for name, text in typed.items():
        part, _dash, key = name.partition("-")
        if key:
            fields[part][key] = text
        else:
            fields[name] = text
    return fields


def _field_of(guard: str) -> str:
    return {
        "low_scores_are_explained": "comments",
        "suggestion_is_within_the_request": "suggested_amount",
        "sheets_are_still_taken": "sheet",
    }.get(guard, "scores")


def _tidy(typed: Mapping[str, str], policy: Policy) -> dict[str, str]:
    if unknown := sorted(typed.keys() - set(field_names(policy))):
        raise FieldRefused(unknown[0], because("没有这个字段。"))
    for name, text in typed.items():
        if len(text) > LONGEST:
            raise FieldRefused(name, because("至多 {most} 个字。", most=LONGEST))
    # A database keeps no NUL; nobody types one.
    return {name: text.replace("\x00", "") for name, text in typed.items() if text.strip()}


def _held(session: Session, pid: UUID, actor: Actor) -> Case:
    """The case of this person's sheet, kept from being handed in while its draft is written."""
    case = session.scalars(
        select(Case)
        .join(ScoreSheet, ScoreSheet.case_id == Case.id)
        .where(Case.pid == pid, ScoreSheet.expert_id == actor.user_id, Case.stage.in_(OWN_STAGES), visible(actor))
        .with_for_update(read=True, of=Case),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if case is None:
        raise Missing(str(pid))
    return case
