"""Programmes, calls and policy versions as pages and the API show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.database import Base, Missing
from app.programmes.models import Call, PolicyVersion, Programme, ProgrammeYear
from workflows.policy import Policy

#: Policy versions are written once, so what was read stays true.
policies_read: dict[tuple[str, int], Policy] = {}


@dataclass(frozen=True, slots=True)
class YearRow:
    """A budget year: `case_id` is the account holder in the ledger, `pid` what acts on it name."""

    case_id: int
    pid: UUID
    code: str
    name: str
    year: int
    stage: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with the code of its programme and the key of its policy; the budget is fen.

    `case` is the public id of the budget year, on which the window of the call is changed.
    """

    id: int
    code: str
    title: str
    programme: str
    year: int
    policy: str
    opens_at: datetime
    closes_at: datetime
    areas: tuple[str, ...]
    fields: tuple[str, ...]
    budget: int
    case: UUID
    policy_id: int


def policy_of(session: Session, policy_id: int) -> Policy:
    """The rules of a policy version, read once in the life of the process; `Missing` when unknown."""
    key = str(session.get_bind().engine.url), policy_id
    if key not in policies_read:
        body = session.scalar(select(PolicyVersion.body).where(PolicyVersion.id == policy_id))
        if body is None:
            raise Missing(f"policy {policy_id}")
        policies_read[key] = Policy.from_json(body)
    return policies_read[key]


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy version as an administrator sees it; `sources` are documents by rule, where not the built-in ones."""

    id: int
    key: str
    effective_on: date
    created_at: datetime
    drawn_from: str | None
    sources: Mapping[str, str]
    calls: int
    projects: int


def policies(session: Session) -> list[PolicyRow]:
    """Every policy version, the newest in force on top, with how many calls and projects live by it; one statement."""
    older, calls_, projects = aliased(PolicyVersion), Base.metadata.tables["call"], Base.metadata.tables["project"]
    count = [
        select(func.count()).where(table.c.policy_id == PolicyVersion.id).scalar_subquery()
        for table in (calls_, projects)
    ]
    rows = session.execute(
        select(
            PolicyVersion.id, PolicyVersion.key, PolicyVersion.effective_on, PolicyVersion.created_at, older.key,
            PolicyVersion.sources, *count,
        )
        .outerjoin(older, older.id == PolicyVersion.drawn_from_id)
        .order_by(PolicyVersion.effective_on.desc(), PolicyVersion.id.desc())
    )  # fmt: skip
    return [PolicyRow(*row) for row in rows]


def policy_in_force(session: Session, on: date) -> int | None:
    """The id of the newest policy version that is in force on a date of Shanghai, if there is one."""
    return session.scalar(
        select(PolicyVersion.id)
        .where(PolicyVersion.effective_on <= on)
        .order_by(PolicyVersion.effective_on.desc(), PolicyVersion.id.desc())
        .limit(1)
    )


def _years() -> Select[Any]:
    return (
        select(ProgrammeYear.case_id, Case.pid, Programme.code, Programme.name, ProgrammeYear.year, Case.stage)
        .join(Programme, Programme.id == ProgrammeYear.programme_id)
        .join(Case, Case.id == ProgrammeYear.case_id)
    )


def programme_years(session: Session, limit: int = 200) -> list[YearRow]:
    """The budget years, newest first."""
    rows = session.execute(_years().order_by(ProgrammeYear.year.desc(), Programme.code).limit(limit))
    return [YearRow(*row) for row in rows]


def programme_year(session: Session, code: str, year: int | None = None) -> YearRow:
    """One budget year of a programme, the newest when none is named; `Missing` when there is none."""
    wanted = _years().where(Programme.code == code).order_by(ProgrammeYear.year.desc()).limit(1)
    if year is not None:
        wanted = wanted.where(ProgrammeYear.year == year)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise Missing(f"programme {code} {year}")
    return YearRow(*row)


def calls(session: Session, *, after: int | None = None, limit: int = 50) -> list[CallRow]:
    """Calls, newest first; `after` is the id of the last one already seen."""
    wanted = _calls().order_by(Call.id.desc()).limit(limit)
    if after is not None:
        wanted = wanted.where(Call.id < after)
    return [_call(row) for row in session.execute(wanted)]


def open_calls(session: Session, now: datetime) -> list[CallRow]:
    """The calls one can declare under at this moment, the first to close on top."""
    wanted = _calls().where(Call.opens_at <= now, Call.closes_at >= now).order_by(Call.closes_at, Call.id)
    return [_call(row) for row in session.execute(wanted)]


def calls_of_year(session: Session, programme_year_id: int) -> list[CallRow]:
    """The calls that a budget year pays for, newest first."""
    wanted = _calls().where(Call.programme_year_id == programme_year_id).order_by(Call.id.desc())
    return [_call(row) for row in session.execute(wanted)]


def call_named(session: Session, code: str) -> CallRow:
    """The call of this code; `Missing` when there is none."""
    row = session.execute(_calls().where(Call.code == code)).one_or_none()
    if row is None:
        raise Missing(f"call {code}")
    return _call(row)


def _calls() -> Select[Any]:
    return (
        select(
            Call.id, Call.code, Call.title, Programme.code, ProgrammeYear.year, PolicyVersion.key,
            Call.opens_at, Call.closes_at, Call.areas, Call.fields, Call.budget, Case.pid, Call.policy_id,
        )
        .join(ProgrammeYear, ProgrammeYear.case_id == Call.programme_year_id)
        .join(Case, Case.id == Call.programme_year_id)
        .join(Programme, Programme.id == ProgrammeYear.programme_id)
        .join(PolicyVersion, PolicyVersion.id == Call.policy_id)
    )  # fmt: skip


def _call(row: Any) -> CallRow:
    return CallRow(*row[:8], tuple(row[8]), tuple(row[9]), *row[10:])
