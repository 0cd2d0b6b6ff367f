"""A declaration as the texts that people type, field by field, and back.

A text has the name that its control has in the form: `title`, or `budget-7f-item` for a cell of a row.
The key of a row is made where the row is made and stays with it; `budget-order` lists the keys. Nothing
typed is thrown away here: what cannot be read is named with its fault, and the rest is read without it.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from pydantic import ValidationError

from app.projects.commands import BudgetRow, Declaration, TargetRow
from app.validation import field_faults

ROWS: Mapping[str, type[BudgetRow | TargetRow]] = {"budget": BudgetRow, "targets": TargetRow}
#: Rows of a table at most, as in the declaration itself.
MOST = {"budget": 200, "targets": 60}
#: Characters; whatever is typed up to here is kept, valid or not.
LONGEST = 20_000
YES = "y"
#: Digits of the fingerprint that a page sends back to say what it was looking at.
DIGITS = 12
MONEY = frozenset({"own_funds", "donated", "other_fiscal", "other_funds", "requested"})
_CELL = re.compile(r"(budget|targets)-([a-z0-9]{1,12})-([a-z_]{1,40})")
_ORDER = re.compile(r"(budget|targets)-order")
#: What was done about an item of the correction notice: a tick, and a note.
_ANSWER = re.compile(r"(answer|answered)-[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Read:
    """What the texts say: the declaration without what could not be read, and the faults by name."""

    declaration: Declaration
    faults: Mapping[str, str]


def fingerprint(text: str) -> str:
    """What stands for a text where two are compared; nothing for nothing."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS] if text else ""


def cell_of(name: str) -> tuple[str, str, str] | None:
    """Table, key and column of a cell; None for every other name."""
    found = _CELL.fullmatch(name)
    if found is None or found[3] not in ROWS[found[1]].model_fields:
        return None
    return found[1], found[2], found[3]


def is_order(name: str) -> bool:
    """Whether this is the order of the rows of a table: nothing is lost when two people move rows."""
    return _ORDER.fullmatch(name) is not None


def is_answer(name: str) -> bool:
    """Whether this belongs to the answers to a correction notice and not to the declaration."""
    return _ANSWER.fullmatch(name) is not None


def is_known(name: str) -> bool:
    """Whether a form of the declaration has this field at all."""
    if name in Declaration.model_fields:
        return name not in ROWS
    return cell_of(name) is not None or is_order(name) or is_answer(name)


def texts_of(declaration: Declaration) -> dict[str, str]:
    """The declaration as texts; the rows of a table get the keys 1, 2, 3 …"""
    texts: dict[str, str] = {}
    for name, value in declaration.record().items():
        if name in ROWS:
            for number, row in enumerate(value, 1):
                texts |= {f"{name}-{number}-{column}": _text(column, cell) for column, cell in row.items()}
            texts[f"{name}-order"] = " ".join(str(number) for number in range(1, len(value) + 1))
        else:
            texts[name] = _text(name, value)
    return texts


def row_keys(texts: Mapping[str, str], table: str) -> list[str]:
    """The keys of the rows that say anything, in their order; rows that no order names come last."""
    filled = {cell[1] for name, text in texts.items() if text and (cell := cell_of(name)) and cell[0] == table}
    ordered = dict.fromkeys(key for key in texts.get(f"{table}-order", "").split() if key in filled)
    return [*ordered, *sorted(filled - ordered.keys())]


def read(texts: Mapping[str, str], *, title: str) -> Read:
    """The declaration that these texts make; `title` stands in for one that cannot be, or is not there."""
    typed: dict[str, Any] = {
        name: text for name in Declaration.model_fields if name not in ROWS and (text := texts.get(name, "").strip())
    }
    keys = {table: row_keys(texts, table) for table in ROWS}
    for table in ROWS:
        typed[table] = [_row(texts, table, key) for key in keys[table]]
    faults = {} if "title" in typed else {"title": _("此项必填。")}
    while True:
        try:
            declaration = Declaration.model_validate({"title": title} | typed)
        except ValidationError as wrong:
            _leave_out(typed, keys, faults, wrong)
            continue
        if not (imprecise := dict(_imprecise(declaration, keys["budget"]))):
            return Read(declaration, faults)
        faults |= imprecise
        _drop(typed, keys, "budget", {keys["budget"].index(name.split("-")[1]) for name in imprecise})


def _leave_out(
    typed: dict[str, Any], keys: dict[str, list[str]], faults: dict[str, str], wrong: ValidationError
) -> None:
    """Name every fault by its field and take what is wrong out of what was typed."""
    gone: dict[str, set[int]] = {table: set() for table in ROWS}
    for fault, said in zip(wrong.errors(include_url=False), field_faults(wrong, Declaration), strict=True):
        place = fault["loc"]
        match place:
            case (str(table), int(index), *rest):
                column = str(rest[0]) if rest else next(iter(ROWS[table].model_fields))
                faults[f"{table}-{keys[table][index]}-{column}"] = said["message"]
                gone[table].add(index)
            case (str(table),) if table in ROWS:
                faults[f"{table}-order"] = said["message"]
                gone[table] |= set(range(MOST[table], len(typed[table])))
            case (str(name), *_rest):
                faults[name] = said["message"]
                typed.pop(name, None)
            case _:
                raise wrong
    for table, indexes in gone.items():
        _drop(typed, keys, table, indexes)


def _drop(typed: dict[str, Any], keys: dict[str, list[str]], table: str, indexes: set[int]) -> None:
    typed[table] = [row for index, row in enumerate(typed[table]) if index not in indexes]
    keys[table] = [key for index, key in enumerate(keys[table]) if index not in indexes]


def _imprecise(declaration: Declaration, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    for row, key in zip(declaration.budget, keys, strict=True):
        if (amount := row.quantity * row.unit_price) != int(amount):
            yield f"budget-{key}-unit_price", _("数量与单价之积须精确到分。")


def _row(texts: Mapping[str, str], table: str, key: str) -> dict[str, str]:
    cells = {column: texts.get(f"{table}-{key}-{column}", "").strip() for column in ROWS[table].model_fields}
    return {column: text for column, text in cells.items() if text}


def _text(name: str, value: object) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return YES
    text = str(value)
    if name in MONEY or name == "unit_price":
        whole, _point, places = text.partition(".")
        return "" if name in MONEY and not text.strip("0.") else f"{int(whole):,}.{places}"
    return text.removesuffix(".00") if name == "quantity" else text
