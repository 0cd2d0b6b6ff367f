"""What administrators keep for everybody: the calendar of working days, texts; the records of changes and exports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote_plus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.database import db
from app.desk.views.recorded import field_words, value_words
from app.desk.views.terms import desk
from app.paging import is_id
from app.people.permissions import Actor
from app.refusals import FieldRefused
from app.registers.commands import PublishYear
from app.registers.models import CHANGE_LABELS, LIST_LABELS, REGISTER_LABELS
from app.registers.queries import NoticeRow, calendar_in_force, changes, differing, exports, notices_of_year
from app.registers.service import days_named, publish_year
from app.security import clock, current_actor, may
from app.tables import Column, Filter, Table, answer
from app.text import translated
from workflows.calendar import (
    PUBLISHED_THROUGH,
    days_off_of,
    is_provisional,
    is_working_day,
    overrides_of,
    shanghai_date,
)
from workflows.roles import ADMINISTRATORS, FUND_OFFICE, SUPERVISOR, SYSTEM_ADMIN

#: Who may look at the registers that govern everybody's work.
READS_REGISTERS = frozenset({*ADMINISTRATORS, FUND_OFFICE, SUPERVISOR})
#: Years that the list of calendars reaches back and ahead.
BACK, AHEAD = 2, 2


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year in the list: `standing` is built_in, published or provisional."""

    year: int
    standing: str
    working_days: int


@desk.get("/administration/calendar")
@may("calendar.read")
def calendars() -> str:
    """The years, and whether their holidays are known."""
    now = shanghai_date(clock().now()).year
    known = calendar_in_force(db.session())
    wanted = sorted({*range(min(now, PUBLISHED_THROUGH) - BACK, now + AHEAD + 1), *known.published}, reverse=True)
    years = [
        Year(year, _standing(year, known.published), sum(is_working_day(each, known.overrides) for each in _days(year)))
        for year in wanted
    ]
    return render_template("registers/calendars.html", years=years, keeps=current_actor().holds(SYSTEM_ADMIN))


@desk.get("/administration/calendar/<int(min=2010, max=2100):year>")
@may("calendar.read")
def calendar_year(year: int) -> str:
    """The days off and the working weekends of a year, where they come from, and the working days of each month."""
    session = db.session()
    known = calendar_in_force(session)
    notices = notices_of_year(session, year)
    days_off, workdays = _year_of(year, notices)
    return render_template(
        "registers/calendar.html", year=year, standing=_standing(year, known.published), notices=notices,
        days_off=runs(days_off), workdays=workdays, months=_working_days(year, known.overrides),
        keeps=current_actor().holds(SYSTEM_ADMIN),
    )  # fmt: skip


@desk.get("/administration/calendar/publish")
@may("calendar.publish")
def ask_for_year() -> str:
    """The notice of a year, beginning with what is known or guessed of it."""
    text = request.args.get("year", "")
    year = int(text) if is_id(text) and 2010 <= int(text) <= 2100 else PUBLISHED_THROUGH + 1  # noqa: PLR2004
    notices = notices_of_year(db.session(), year)
    days_off, workdays = _year_of(year, notices)
    values = {
        "year": year,
        "source": notices[0].source if notices else "",
        "days_off": [_range(first, last) for first, last in runs(days_off)],
        "workdays": [each.isoformat() for each in workdays],
    }
    return _publishing(Filled(PublishYear, values=values))


@desk.post("/administration/calendar/publish")
@may("calendar.publish")
def enter_year() -> str | Response | tuple[str, int]:
    """Show what the year would be, or publish it: terms that begin from now on are reckoned by it."""
    filled: Filled[PublishYear] = Filled(PublishYear)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            if request.form.get("preview"):
                return _publishing(filled, command.year, days_named(command))
            publish_year(command, by=who(current_actor()), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已公布 %(year)d 年工作日历。已经开始的期限不变。", year=command.year), "success")
            return redirect(url_for(".calendar_year", year=command.year), 303)
    return _publishing(filled), 422


def _publishing(
    filled: Filled[PublishYear], year: int = 0, named: tuple[Sequence[date], Sequence[date]] | None = None
) -> str:
    """The form, above it the days that were named and how many working days each month had and would have."""
    if named is None:
        return render_template("registers/publish_year.html", filled=filled)
    days_off, workdays = named
    standing = dict(_working_days(year, calendar_in_force(db.session()).overrides))
    months = [
        (month, standing[month], after) for month, after in _working_days(year, overrides_of(year, days_off, workdays))
    ]
    return render_template(
        "registers/publish_year.html", filled=filled, year=year, days_off=runs(days_off), workdays=workdays,
        months=months,
    )  # fmt: skip


def _change_words(row: Any) -> str:
    """What changed, in one line a field: before → after."""
    return "\n".join(
        f"{field_words(name)}{_('：')}"
        # From which version another was drawn did not change by that.
        + (value_words(name, old) if name == "drawn_from" else f"{value_words(name, old)} → {value_words(name, new)}")
        for name, old, new in differing(row.before, row.after)
    )


CHANGE_LOG = Table(
    "changes",
    columns=(
        Column("at", "时间", "moment", sort=True),
        Column(
            "register", "登记册", "narrow", says=lambda row: translated(REGISTER_LABELS.get(row.register, row.register))
        ),
        Column("key", "对象"),
        Column("action", "变更", "narrow", says=lambda row: translated(CHANGE_LABELS[row.action])),
        Column("words", "内容", says=_change_words),
        Column("who", "办理人", "narrow", says=lambda row: row.who or _("命令行")),
    ),
    filters=(
        Filter("register", "登记册", "select", options=REGISTER_LABELS),
        Filter("action", "变更", "select", options=CHANGE_LABELS),
        Filter("words", "对象或内容"),
        Filter("who", "办理人"),
        Filter("from", "自", "from", column="at"),
        Filter("until", "至", "until", column="at"),
    ),
    order="-at",
)


@desk.get("/administration/changes")
@may("change.read")
def register_changes() -> Response:
    """Every change of every register, newest first; nobody can alter this list."""
    return answer(CHANGE_LOG, changes(), "registers/changes.html")


EXPORT_LOG = Table(
    "exports",
    columns=(
        Column("at", "时间", "moment", sort=True),
        Column("who", "导出人", "narrow"),
        Column("list", "清单", says=lambda row: translated(LIST_LABELS.get(row.list, row.list))),
        # Which project a case file was of is nothing for a reader who may be recused from it; the record has it.
        Column("address", "筛选与排序", says=lambda row: "—" if row.kind == "zip" else unquote_plus(row.address)),
        Column("columns", "导出的列", says=lambda row: " ".join(row.columns), shown=False),
        Column("kind", "格式", "narrow"),
        Column("rows", "行数", "figure", sort=True),
    ),
    filters=(
        Filter("who", "导出人"),
        Filter("list", "清单", "select", options=LIST_LABELS),
        Filter("from", "自", "from", column="at"),
        Filter("until", "至", "until", column="at"),
    ),
    order="-at",
)


@desk.get("/administration/exports")
@may("export.read")
def list_exports() -> Response:
    """Every list that was taken away as a file, newest first; nobody can alter this list."""
    return answer(EXPORT_LOG, exports(), "registers/exports.html")


def who(actor: Actor) -> int:
    """The person behind an actor that the gate has let in."""
    if actor.user_id is None:
        raise LookupError("the gate lets only people in")
    return actor.user_id


def runs(days: Sequence[date]) -> list[tuple[date, date]]:
    """Days in order as unbroken runs: first and last."""
    found: list[tuple[date, date]] = []
    for each in days:
        if found and found[-1][1] + timedelta(days=1) == each:
            found[-1] = (found[-1][0], each)
        else:
            found.append((each, each))
    return found


def _standing(year: int, published: frozenset[int]) -> str:
    if year in published:
        return "published"
    return "provisional" if is_provisional(year) else "built_in"


def _year_of(year: int, notices: Sequence[NoticeRow]) -> tuple[Sequence[date], Sequence[date]]:
    return (notices[0].days_off, notices[0].workdays) if notices else days_off_of(year)


def _working_days(year: int, overrides: Mapping[date, bool]) -> list[tuple[int, int]]:
    """Month → how many working days it has."""
    days = [each for each in _days(year) if is_working_day(each, overrides)]
    return [(month, sum(each.month == month for each in days)) for month in range(1, 13)]


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def _range(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()} 至 {last.isoformat()}"
