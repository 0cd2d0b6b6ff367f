"""One page of a list: the order, the conditions, and where the next page begins."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import Case, Label

from app.refusals import FieldRefused
from app.tables.definition import Column, Filter
from app.tables.look import Look
from app.text import SHANGHAI
from workflows.definition import because
from workflows.money import fen_of

#: What PostgreSQL holds in a BIGINT.
GREATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Listing:
    """What a template shows: the look, the rows of this page, and the address of the next page, if there is one."""

    look: Look
    rows: Sequence[Any]
    onward: str | None

    def sorting(self, column: Column) -> str:
        """The address that sorts by this column, or the other way round."""
        down = not self.look.downwards if self.look.sorted_by == column.key else column.downwards_first
        return self.look.href(sort=f"-{column.key}" if down else column.key)

    def direction(self, column: Column) -> str | None:
        """How the list is sorted by this column, as `aria-sort` says it."""
        if self.look.sorted_by != column.key:
            return None
        return "descending" if self.look.downwards else "ascending"


def listing(session: Session, look: Look, statement: Select[Any]) -> Listing:
    """The page of `statement` that the look asks for. FieldRefused for a cursor that is none."""
    size = look.table.size
    rows = session.execute(_from(arranged(look, statement), look, statement).limit(size + 1)).all()
    onward = look.href(cursor=_cursor(rows[size - 1])) if len(rows) > size else None
    return Listing(look, rows[:size], onward)


def arranged(look: Look, statement: Select[Any]) -> Select[Any]:
    """The statement with the conditions and the order of the look; two columns more say where each row stands."""
    column, key = _expression(statement, look.sorted_by), _expression(statement, look.table.key)
    conditions = [_condition(f, look.chosen[f.key], statement) for f in look.table.filters if f.key in look.chosen]
    sorts = (key,) if look.sorted_by == look.table.key else (column, key)
    orders = [each.desc() if look.downwards else each.asc() for each in sorts]
    if not _filled(look, statement):
        orders[0] = orders[0].nulls_last()
    return statement.where(*conditions).order_by(*orders).add_columns(column.label("sort_value"), key.label("sort_key"))


def _from(wanted: Select[Any], look: Look, statement: Select[Any]) -> Select[Any]:
    """Only what comes after the cursor, if there is one."""
    if look.cursor is None:
        return wanted
    column, key = _expression(statement, look.sorted_by), _expression(statement, look.table.key)
    value, ident = _place(look.cursor, column)
    further = key < ident if look.downwards else key > ident
    if look.sorted_by == look.table.key:
        return wanted.where(further)
    if value is None:
        return wanted.where(column.is_(None), further)
    here, there = tuple_(column, key), tuple_(value, ident)
    beyond = here < there if look.downwards else here > there
    if not _filled(look, statement):
        return wanted.where(or_(beyond, column.is_(None)))
    # Column and key may be of two tables, where an index finds the beginning by the column alone.
    return wanted.where(beyond, column <= value if look.downwards else column >= value)


def _filled(look: Look, statement: Select[Any]) -> bool:
    """Whether no row is without the value that the list is sorted by; empty ones come last either way."""
    if isinstance(_expression(statement, look.sorted_by), Case):
        # What is withheld from some readers is empty to them.
        return False
    filled = {column.key for column in look.table.columns if column.filled}
    return look.sorted_by in {look.table.order.removeprefix("-"), look.table.key} | filled


def _expression(statement: Select[Any], label: str) -> ColumnElement[Any]:
    found = statement.selected_columns[label]
    return found.element if isinstance(found, Label) else found


def _condition(each: Filter, text: str, statement: Select[Any]) -> ColumnElement[bool]:
    if each.where is not None:
        return each.where(text)
    column = _expression(statement, each.column or each.key)
    if each.way == "search":
        return column.icontains(text, autoescape=True)
    if each.way == "select":
        return column == text
    if each.way in {"least", "most"}:
        return column >= fen_of(text) if each.way == "least" else column <= fen_of(text)
    return _dated(column, date.fromisoformat(text), until=each.way == "until")


def _dated(column: ColumnElement[Any], day: date, *, until: bool) -> ColumnElement[bool]:
    if column.type.python_type is date:
        return column <= day if until else column >= day
    begins = datetime.combine(day + timedelta(days=until), time(), SHANGHAI)
    return column < begins if until else column >= begins


def _cursor(row: Any) -> str:
    """Where a row stands, as the address carries it: its value as text, or null, and its number."""
    value = row.sort_value
    if isinstance(value, (date, datetime)):
        value = value.isoformat()
    return json.dumps([None if value is None else str(value), row.sort_key], ensure_ascii=False)


def _place(cursor: str, column: ColumnElement[Any]) -> tuple[Any, int]:
    try:
        text, ident = json.loads(cursor)
        value = None if text is None else _value(text, column.type.python_type)
        sound = type(ident) is int and 0 <= ident <= GREATEST
    except (ValueError, TypeError, OverflowError, RecursionError, InvalidOperation):
        sound = False
    if not sound:
        raise FieldRefused("cursor", because("翻页标记无效，请从第一页重新开始。"))
    return value, ident


def _value(text: Any, kind: type) -> Any:
    """The value that stands in a cursor as text. ValueError for what is none of its kind."""
    if not isinstance(text, str):
        raise ValueError(text)  # noqa: TRY004 -- What came by the address is a wrong value, not a wrong program.
    if kind is datetime:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError(text)
        return at
    if kind is date:
        return date.fromisoformat(text)
    if kind is bool:
        return {"True": True, "False": False}[text] if text in {"True", "False"} else int("")
    if kind is int:
        number = int(text)
        if abs(number) > GREATEST:
            raise ValueError(text)
        return number
    if kind is Decimal:
        return Decimal(text)
    # Whatever the database keeps can stand in a row: all but NUL and half a pair, which UTF-8 does not know.
    if "\x00" in text:
        raise ValueError(text)
    text.encode()
    return text
