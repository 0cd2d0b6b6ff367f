"""Reading the registers: the calendar in force, texts of notices, and the changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from time import monotonic
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Select, String, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.database import Base, db
from app.registers.models import CalendarNotice, Disclosure, ListExport, NoticeText, RegisterChange
from workflows.calendar import overrides_of

#: Seconds for which pages say what they read of the calendar; an act always reads it afresh.
FRESH = 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that notices set against the library, and the years for which there is one."""

    overrides: Mapping[date, bool]
    published: frozenset[int]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice as it was entered; the newest of a year is in force."""

    id: int
    year: int
    source: str
    days_off: tuple[date, ...]
    workdays: tuple[date, ...]
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text that stands in the place of a built-in one."""

    subject: str
    said: str
    written_by: str
    written_at: datetime


#: (address of the database, what was read of it) → when, and what it said.
_known: dict[tuple[str, str], tuple[float, Any]] = {}


def calendar_in_force(session: Session) -> Calendar:
    """The calendar as committed now, one statement: what a term that begins is reckoned by."""
    rows = session.execute(
        select(CalendarNotice.year, CalendarNotice.days_off, CalendarNotice.workdays)
        .ext(distinct_on(CalendarNotice.year))
        .order_by(CalendarNotice.year, CalendarNotice.id.desc())
    ).all()
    overrides: dict[date, bool] = {}
    for year, days_off, workdays in rows:
        overrides |= _overrides(year, tuple(days_off), tuple(workdays))
    return Calendar(MappingProxyType(overrides), frozenset(row.year for row in rows))


def calendar_shown() -> Calendar:
    """The calendar for saying how long a term still runs; read at most once a minute."""
    return cast(Calendar, _shown("calendar", calendar_in_force))


def texts_shown() -> Mapping[tuple[str, str], tuple[str, str]]:
    """(template, locale) → subject and words in the place of the built-in ones; read at most once a minute."""
    return cast(Mapping[tuple[str, str], tuple[str, str]], _shown("texts", _texts))


def forget_registers() -> None:
    """Have the next page read the calendar and the texts again."""
    _known.clear()


def _shown(what: str, read: Callable[[Session], Any]) -> Any:
    session = db.session()
    key = str(session.get_bind().engine.url), what
    at, known = _known.get(key, (float("-inf"), None))
    if known is None or monotonic() - at > FRESH:
        known = read(session)
        _known[key] = monotonic(), known
    return known


def _texts(session: Session) -> dict[tuple[str, str], tuple[str, str]]:
    return {key: (row.subject, row.said) for key, row in notice_texts(session).items()}


def notices_of_year(session: Session, year: int) -> list[NoticeRow]:
    """What was entered for a year, the one in force first."""
    people = Base.metadata.tables["user"]
    rows = session.execute(
        select(CalendarNotice, people.c.name)
        .join(people, people.c.id == CalendarNotice.entered_by_id)
        .where(CalendarNotice.year == year)
        .order_by(CalendarNotice.id.desc())
    )
    return [
        NoticeRow(
            each.id, each.year, each.source, tuple(each.days_off), tuple(each.workdays), name, each.entered_at
        )
        for each, name in rows
    ]  # fmt: skip


def notice_texts(session: Session) -> dict[tuple[str, str], TextRow]:
    """(template, locale) → the text in force, where it is not the built-in one."""
    people = Base.metadata.tables["user"]
    rows = session.execute(
        select(NoticeText, people.c.name)
        .join(people, people.c.id == NoticeText.written_by_id)
        .ext(distinct_on(NoticeText.template, NoticeText.locale))
        .order_by(NoticeText.template, NoticeText.locale, NoticeText.id.desc())
    )
    return {
        (row.template, row.locale): TextRow(row.subject, row.said, name, row.written_at)
        for row, name in rows
        if row.subject is not None and row.said is not None
    }


def notice_text(session: Session, template: str, locale: str) -> tuple[str, str] | None:
    """Subject and words that stand in the place of a built-in text; None where that one is used."""
    row = session.execute(
        select(NoticeText.subject, NoticeText.said)
        .where(NoticeText.template == template, NoticeText.locale == locale)
        .order_by(NoticeText.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None or row.subject is None else (row.subject, row.said)


def changes() -> Select[Any]:
    """Every change of every register: id, at, register, key, action, who, before, after, words to search in."""
    people = aliased(Base.metadata.tables["user"])
    return select(
        RegisterChange.id,
        RegisterChange.at,
        RegisterChange.register,
        RegisterChange.key,
        RegisterChange.action,
        RegisterChange.before,
        RegisterChange.after,
        people.c.name.label("who"),
        func.concat_ws(
            " ", RegisterChange.key, RegisterChange.before.cast(String), RegisterChange.after.cast(String)
        ).label("words"),
    ).outerjoin(people, people.c.id == RegisterChange.by_id)  # fmt: skip


def exports() -> Select[Any]:
    """Every list that was taken away as a file: id, at, who, list, address, columns, kind, rows."""
    people = aliased(Base.metadata.tables["user"])
    return select(
        ListExport.id, ListExport.at, people.c.name.label("who"), ListExport.list, ListExport.address,
        ListExport.columns, ListExport.kind, ListExport.rows,
    ).join(people, people.c.id == ListExport.user_id)  # fmt: skip


def disclosures() -> Select[Any]:
    """Everything that was shown in full when somebody asked: id, at, who, what, of."""
    people = aliased(Base.metadata.tables["user"])
    return select(
        Disclosure.id, Disclosure.at, people.c.name.label("who"), Disclosure.what, Disclosure.of
    ).join(people, people.c.id == Disclosure.user_id)  # fmt: skip


def differing(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Sequence[tuple[str, Any, Any]]:
    """The fields of a change that are not alike: name, before, after."""
    old, new = before or {}, after or {}
    return [(name, old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)]


@cache
def _overrides(year: int, days_off: tuple[date, ...], workdays: tuple[date, ...]) -> dict[date, bool]:
    return overrides_of(year, frozenset(days_off), frozenset(workdays))
