"""What an expert types into a sheet, kept for that expert alone until the sheet is in."""

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
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
from app.reviews.queries.desk import OWN_STAGES, Draft, OwnSheet, points_of
from app.validation import field_faults
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.engine import Refused
from workflows.money import NotAnAmount, fen_of
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
    """Keep what was typed, blank fields left out and figures in their plain form.

    `version` is the save that the window started from.

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
    faults: list[tuple[str, Any]] = []
    command, nested = None, _nested(typed)
    misread = _misread_points(typed, found.policy)
    try:
        command = SubmitSheet.model_validate(nested)
        asked = command.values()
    except ValidationError as wrong:
        said = [(each["field"].replace(".", "-"), each["message"]) for each in field_faults(wrong)]
        faults += [each for each in said if each[0] not in misread]
        asked = _as_far_as_read(nested, found.policy)
    if misread:
        # Said once and beside its own field; for the other rules such an item counts as scored.
        faults = [*misread.items(), *faults]
        asked["scores"] = asked["scores"] | {
            key: most for key, most in _most(found.policy) if f"scores-{key}" in misread
        }
    facts = Facts(
        policy=found.policy, asked=asked, requested=found.requested, today=shanghai_date(now),
        sheets_due_on=found.session and found.session.sheets_due_on,
    )  # fmt: skip
    (submit,) = [each for each in SCORE_SHEET.leaving("open") if each.action == "submit_sheet"]
    faults += [(_field_of(guard.__name__), reason) for guard in submit.guards if (reason := guard(facts))]
    return (None, faults) if faults else (command, [])


def _most(policy: Policy) -> list[tuple[str, int]]:
    return [(key, most) for key, _label, most in policy.score_items]


def _misread_points(typed: Mapping[str, str], policy: Policy) -> dict[str, Any]:
    """What was typed for points and is no whole number of the item: field → reason."""
    return {
        f"scores-{key}": because("评分须为 0 至 {most} 的整数，例如 {example}。", most=most, example=most // 2)
        for key, most in _most(policy)
        if (text := typed.get(f"scores-{key}", "")) and ((points := points_of(text)) is None or points > most)
    }


def _as_far_as_read(nested: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """The values of a sheet that is not whole yet, for the rules that can be asked all the same."""
    points = {key: points_of(nested["scores"].get(key, "")) for key, _most_points in _most(policy)}
    asked: dict[str, Any] = {
        "scores": {key: each for key, each in points.items() if each is not None}, "comments": nested["comments"],
    }  # fmt: skip
    with suppress(NotAnAmount):
        asked["suggested_amount"] = fen_of(str(nested.get("suggested_amount", "")).replace(",", ""))
    return asked


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
    return {name: _plain(name, text.replace("\x00", "")) for name, text in typed.items() if text.strip()}


def _plain(name: str, text: str) -> str:
    """Points and amounts with the digits of the keyboard, whatever width they were typed in."""
    figure = name.startswith("scores-") or name == "suggested_amount"
    return unicodedata.normalize("NFKC", text).strip() if figure else text


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
