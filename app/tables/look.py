"""How somebody looks at a list: what the address says, checked."""

from dataclasses import dataclass
from datetime import date
from unicodedata import category
from urllib.parse import urlencode

from flask import request

from app.casework.commands import YEARS
from app.refusals import FieldRefused
from app.tables.definition import Column, Filter, Table
from workflows.definition import because
from workflows.money import NotAnAmount, fen_of

#: What a file can be.
FILES = ("csv", "xlsx")
#: Characters of what one types into a filter that are looked for.
LONGEST = 200
#: The name of the cookie that remembers which columns were chosen begins so.
REMEMBERED = "columns_"


@dataclass(frozen=True, slots=True)
class Look:
    """Order, filters, columns and place in a list, as they stand in the address."""

    table: Table
    order: str
    chosen: dict[str, str]
    columns: tuple[Column, ...]
    cursor: str | None = None
    file: str = ""
    columns_said: bool = False

    @property
    def sorted_by(self) -> str:
        """The label of the column that the list is sorted by."""
        return self.order.removeprefix("-")

    @property
    def downwards(self) -> bool:
        """Whether the greatest comes first."""
        return self.order.startswith("-")

    def href(self, **changes: str | None) -> str:
        """The address of this list, at its beginning, with other words in it; None takes a word out."""
        words: dict[str, str | None] = {name: request.args.get(name) for name in self.table.keep}
        words |= self.chosen
        words["sort"] = None if self.order == self.table.order else self.order
        words |= changes
        asked = urlencode({name: value for name, value in words.items() if value})
        return f"{request.path}?{asked}" if asked else request.path


def read(table: Table) -> Look:
    """The look that this request asks for. FieldRefused for a day or an amount that is none.

    What is not known (a column since renamed, an option since gone) is left out, so that old bookmarks still open.
    """
    sortable = {column.key for column in table.columns if column.sort}
    order = request.args.get("sort", "")
    file = request.args.get("as", "")
    return Look(
        table=table,
        order=order if order.removeprefix("-") in sortable else table.order,
        chosen={f.key: text for f in table.filters if (text := _asked(f))},
        columns=_columns(table),
        cursor=request.args.get("cursor"),
        file=file if file in FILES else "",
        columns_said="cols" in request.args,
    )


def typed(name: str) -> str:
    """What was typed into a filter, whatever space or mark it has inside; control characters stand in no row."""
    return "".join(c for c in request.args.get(name, "")[:LONGEST] if category(c) != "Cc").strip()


def _asked(each: Filter) -> str:
    text = typed(each.key)
    if not text:
        return ""
    if each.way == "select":
        return text if text in each.options else ""
    if each.way in {"from", "until"}:
        return _day(each, text)
    if each.way in {"least", "most"}:
        return _amount(each, text.replace(",", ""))
    return text


def _amount(each: Filter, text: str) -> str:
    try:
        fen_of(text)
    except NotAnAmount:
        raise FieldRefused(each.key, because("请填写金额（元），最多两位小数，例如 12.50。")) from None
    return text


def _day(each: Filter, text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise FieldRefused(each.key, because("请填写日期，例如 2026-12-01。"))
    return day.isoformat()


def _columns(table: Table) -> tuple[Column, ...]:
    """The columns somebody chose, just now or before; otherwise those that are shown at first."""
    if "cols" in request.args:
        wanted = set(request.args.getlist("cols"))
    else:
        wanted = set(request.cookies.get(REMEMBERED + table.name, "").split("."))
    first, *others = table.columns
    known = wanted & {column.key for column in table.columns}
    if not known:
        filed = request.args.get("as", "") in FILES
        return (first, *(column for column in others if column.shown or (filed and column.filed)))
    return (first, *(column for column in others if column.key in known))
