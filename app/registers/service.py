"""Changing the registers, and recording each change where it is made."""

import re
import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.database import transaction
from app.refusals import FieldRefused
from app.registers.commands import PublishYear, WriteText
from app.registers.models import CalendarNotice, Disclosure, ListExport, NoticeText, RegisterChange
from app.registers.queries import forget_registers, notice_text, notices_of_year
from workflows.calendar import SATURDAY
from workflows.definition import because

#: What a text of a notice may name, with the words users read.
PLACEHOLDER_LABELS = {
    "heading": "事项（项目编号和名称）",
    "stage": "当前环节",
    "due": "办理期限",
}


def record_change(
    session: Session,
    register: str,
    key: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    action: str | None = None,
    by: int | None = None,
    now: datetime | None = None,
) -> None:
    """Write down a change in the transaction that makes it.

    `by` is None for the command line; without `now` it is the time of the database. `action` is found by
    itself: add without a before, end without an after, change with both.
    """
    found = action or ("add" if before is None else "end" if after is None else "change")
    row = RegisterChange(
        register=register, key=key, action=found, before=_plain(before), after=_plain(after), by_id=by
    )  # fmt: skip
    if now is not None:
        row.at = now
    session.add(row)


def record_disclosure(session: Session, user_id: int | None, what: str, of: str, *, now: datetime) -> None:
    """Write down, in the transaction that reads it, that somebody is shown in full what is masked otherwise."""
    session.add(Disclosure(user_id=user_id, what=what, of=of, at=now))


def record_export(
    name: str, *, address: str, columns: Sequence[str], kind: str, rows: int, by: int, now: datetime
) -> None:  # fmt: skip
    """Write down that somebody takes a list away as a file, before it is sent."""
    with transaction() as session:
        session.add(
            ListExport(user_id=by, list=name, address=address, columns=list(columns), kind=kind, rows=rows, at=now)
        )


def publish_year(command: PublishYear, *, by: int, now: datetime) -> int:
    """Enter the notice of a year; terms that begin from now on are reckoned by it. FieldRefused for a wrong day.

    Terms that already run keep their end: they were told to people.
    """
    days_off, workdays = days_named(command)
    with transaction() as session:
        earlier = notices_of_year(session, command.year)
        row = CalendarNotice(
            year=command.year, source=command.source, days_off=days_off, workdays=workdays, entered_by_id=by,
            entered_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        before = _calendar_words(earlier[0].source, earlier[0].days_off, earlier[0].workdays) if earlier else None
        after = _calendar_words(command.source, days_off, workdays)
        record_change(session, "calendar", str(command.year), before=before, after=after, by=by, now=now)
        ident = row.id
    forget_registers()
    return ident


def days_named(command: PublishYear) -> tuple[list[date], list[date]]:
    """The days off and the working weekends that a notice names. FieldRefused for a day that cannot be one."""
    days_off = _days("days_off", command.days_off, command.year)
    workdays = _days("workdays", command.workdays, command.year)
    if weekday := next((day for day in workdays if day.weekday() < SATURDAY), None):
        raise FieldRefused("workdays", because("{day}不是周末，调休上班日须为周六或周日。", day=weekday))
    if both := sorted(set(days_off) & set(workdays)):
        raise FieldRefused("workdays", because("{day}不能既放假又上班。", day=both[0]))
    return days_off, workdays


def write_text(template: str, locale: str, command: WriteText, *, by: int, now: datetime) -> None:
    """Let a notification say this from now on. FieldRefused for a placeholder that does not exist."""
    for name, text in (("subject", command.subject), ("said", command.said)):
        if fault := placeholder_fault(text):
            raise FieldRefused(name, fault)
    _put(template, locale, (command.subject, command.said), by=by, now=now)


def reset_text(template: str, locale: str, *, by: int, now: datetime) -> None:
    """Let a notification say its built-in text again."""
    _put(template, locale, None, by=by, now=now)


def placeholder_fault(text: str) -> Any:
    """What is wrong with the placeholders of a text; None when all are known."""
    try:
        found = [(name, form, conversion) for _text, name, form, conversion in string.Formatter().parse(text)]
    except ValueError:
        return because("花括号须成对出现，例如 {example}。", example="{heading}")
    for name, form, conversion in found:
        if name is not None and (name not in PLACEHOLDER_LABELS or form or conversion):
            known = "、".join(f"{{{each}}}" for each in PLACEHOLDER_LABELS)
            return because("没有“{name}”这个占位符，可用：{known}。", name=name, known=known)
    return None


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """A text with its placeholders filled in; one that has no value becomes nothing, all else stays as it is."""
    for name in PLACEHOLDER_LABELS:
        text = text.replace(f"{{{name}}}", values.get(name, ""))
    return text


def _put(template: str, locale: str, words: tuple[str, str] | None, *, by: int, now: datetime) -> None:
    with transaction() as session:
        before = notice_text(session, template, locale)
        if before == words:
            return
        subject, said = words or (None, None)
        session.add(
            NoticeText(template=template, locale=locale, subject=subject, said=said, written_by_id=by, written_at=now)
        )
        record_change(
            session, "notice_text", f"{template} · {locale}", before=_words(before), after=_words(words),
            action=None if words else "reset", by=by, now=now,
        )  # fmt: skip
    forget_registers()


def _words(text: tuple[str, str] | None) -> dict[str, str] | None:
    return None if text is None else {"subject": text[0], "said": text[1]}


def _calendar_words(source: str, days_off: Sequence[date], workdays: Sequence[date]) -> dict[str, Any]:
    return {"source": source, "days_off": list(days_off), "workdays": list(workdays)}


def _days(name: str, lines: Sequence[str], year: int) -> list[date]:
    """The days that these lines name, each a day or "from … to …", in order and each once."""
    found: set[date] = set()
    for line in lines:
        ends = re.findall(r"\d{4}-\d{2}-\d{2}", line)
        try:
            days = [date.fromisoformat(end) for end in ends]
        except ValueError:
            days = []
        if len(days) not in {1, 2} or days[0] > days[-1]:
            example = f"{year}-10-01 至 {year}-10-07"
            raise FieldRefused(
                name, because("“{line}”须为一天或起止两天，例如 {example}。", line=line, example=example)
            )
        if {day.year for day in days} != {year}:
            raise FieldRefused(name, because("“{line}”不在 {year} 年内。", line=line, year=str(year)))
        found |= {date.fromordinal(n) for n in range(days[0].toordinal(), days[-1].toordinal() + 1)}
    return sorted(found)


def _plain(words: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What can be kept as JSON: days and times as ISO text."""
    return None if words is None else {name: _value(value) for name, value in words.items()}


def _value(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return [_value(each) for each in value] if isinstance(value, (list, tuple)) else value
