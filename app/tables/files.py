"""A list as a file: every row that the filters leave, the columns that are shown, in the same order.

Rows are read in portions and written to a file on disk first, so that neither memory nor a slow
reader's connection holds on to the database.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.refusals import FieldRefused
from app.tables.definition import Column
from app.tables.look import Look
from app.tables.pages import arranged
from app.text import SHANGHAI, last_date, translated
from workflows.definition import because
from workflows.money import yuan

#: Rows of one file; more would keep somebody waiting for minutes.
MOST = 100_000
PORTION = 1_000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: What makes a spreadsheet take a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Characters that one cell of a workbook holds.
CELL = 32_767
TO_THE_MINUTE = "yyyy-mm-dd hh:mm"


def file_of(session: Session, look: Look, statement: Select[Any]) -> tuple[IO[bytes], int]:
    """The open file, at its beginning, and how many rows it has. FieldRefused for more than `MOST` rows."""
    found = session.execute(arranged(look, statement).limit(MOST + 1).execution_options(yield_per=PORTION))
    try:
        return written(look.columns, _not_too_many(found), look.file)
    finally:
        found.close()


def written(columns: tuple[Column, ...], rows: Iterable[Any], kind: str) -> tuple[IO[bytes], int]:
    """These rows as an open file of this kind, at its beginning, and how many; for lists that are no `Table`."""
    told = _Told(rows)
    file = TemporaryFile()  # noqa: SIM115 -- whoever sends it closes it.
    try:
        (_as_csv if kind == "csv" else _as_workbook)(file, columns, told)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file, told.number


class _Told:
    """Rows that are counted as they go by."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows, self.number = rows, 0

    def __iter__(self) -> Iterator[Any]:
        for row in self._rows:
            self.number += 1
            yield row


def _not_too_many(rows: Iterable[Any]) -> Iterator[Any]:
    for number, row in enumerate(rows, 1):
        if number > MOST:
            raise FieldRefused("as", because("超过 {most} 行，请先用筛选缩小范围，再导出。", most=str(MOST)))
        yield row


def _value(column: Column, row: Any) -> object:
    value = column.says(row) if column.says else getattr(row, column.key)
    return last_date(value) if column.kind == "term" and isinstance(value, datetime) else value


def _as_csv(file: IO[bytes], columns: tuple[Column, ...], rows: Iterable[Any]) -> None:
    # Spreadsheet programs take a file for UTF-8 only when it begins with the mark.
    text = TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([_quoted(translated(column.label)) for column in columns])
    writer.writerows([_plain(column, _value(column, row)) for column in columns] for row in rows)
    text.detach()


def _plain(column: Column, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int):
        return yuan(value) if column.kind == "money" else str(value)
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return _quoted(str(value))


def _quoted(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _as_workbook(file: IO[bytes], columns: tuple[Column, ...], rows: Iterable[Any]) -> None:
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    )
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True, "bottom": 1})
    styles = {
        "money": book.add_format({"num_format": "#,##0.00"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "term": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": TO_THE_MINUTE}),
    }
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, 18 if column.kind else 32)
        sheet.write_string(0, place, translated(column.label), head)
    for line, row in enumerate(rows, 1):
        for place, column in enumerate(columns):
            _write(sheet, line, place, _cell(column, _value(column, row)), styles.get(column.kind))
    book.close()


def _cell(column: Column, value: object) -> object:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int) and column.kind == "money":
        return Decimal(value).scaleb(-2)
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None)
    return value


def _write(sheet: Any, line: int, place: int, value: object, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, (datetime, date)):
        sheet.write_datetime(line, place, value, style)
    elif isinstance(value, (int, Decimal)):
        sheet.write_number(line, place, value, style)
    else:
        sheet.write_string(line, place, str(value)[:CELL])
