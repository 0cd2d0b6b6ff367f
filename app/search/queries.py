"""What is found, newest first; who may see what is part of every query.

A search is several words, and all of them have to be there: in a project's own words or in the name of
its organisation, in the name of a paper, of an organisation, or of a call.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import ColumnElement, Select, intersect, or_, select, union
from sqlalchemy.orm import Session

from app.casework.models import IS_PROJECT, Case
from app.casework.permissions import CITY_WIDE, of_file, visible
from app.documents.models import Paper
from app.documents.permissions import KINDS, visible_papers
from app.grams import found, holds, paired
from app.organisations.models import Organisation
from app.organisations.queries import visible_to
from app.people.permissions import Actor
from app.programmes.models import Call, ProgrammeYear
from app.projects.models import Project

Row = TypeVar("Row")
Words = Sequence[str]
#: What a project is called by once it is begun.
NUMBER = re.compile(r"AF\d{4}-\d{6,}", re.ASCII)
#: So many of the newest projects are looked at one by one before an index is asked.
NEWEST = 300
#: What an organisation is found by.
_NAMES = (Organisation.uscc, Organisation.name)


@dataclass(frozen=True, slots=True)
class FoundProject:
    """A project as a hit shows it."""

    id: int
    number: str
    title: str
    stage: str
    organisation: str
    place: str | None
    year: int


@dataclass(frozen=True, slots=True)
class FoundOrganisation:
    """An organisation as a hit shows it."""

    id: int
    uscc: str
    name: str
    district: str


@dataclass(frozen=True, slots=True)
class FoundPaper:
    """A paper as a hit shows it, with the project that it belongs to."""

    id: int
    public_id: UUID
    name: str
    label: str
    uploaded_at: datetime
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call as a hit shows it."""

    id: int
    code: str
    title: str
    year: int
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """What the hits are narrowed to: stage and field of a project, and the budget year of its call."""

    stage: str | None = None
    field: str | None = None
    year: int | None = None


def projects(
    session: Session, actor: Actor, words: Words, filters: Filters, *, before: int | None = None, limit: int
) -> list[FoundProject]:
    """The projects this actor sees in which every word is found; at most `limit`, those before this id.

    What is common is found among the newest; an index finds what is rare, and would find half the city for a word
    that is everywhere.
    """
    wanted = (
        select(
            Case.id, Project.number, Project.title, Case.stage, Organisation.name,
            of_file(actor, Project.place).label("place"), ProgrammeYear.year,
        )
        .join(Project, Project.case_id == Case.id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .join(Call, Call.id == Project.call_id)
        .join(ProgrammeYear, ProgrammeYear.case_id == Call.programme_year_id)
        .where(IS_PROJECT, visible(actor), *_narrowed(filters))
    )  # fmt: skip
    newest = select(Case.id).where(IS_PROJECT, visible(actor)).order_by(Case.id.desc()).limit(NEWEST)
    newest = newest if before is None else newest.where(Case.id < before)
    in_words = (or_(_holds(word, actor), *(holds(word, each) for each in _NAMES)) for word in words)
    common = wanted.where(Case.id.in_(_made_once("newest", newest)), *in_words)
    hits = _page(session, common, Case.id, before, limit, FoundProject)
    if len(hits) == limit:
        return hits
    # One set of ids, cut out of the sets of the words: a join for each word goes wrong where all are common.
    holding = intersect(*(_projects_holding(word, actor) for word in words))
    return _page(
        session, wanted.where(Case.id.in_(_made_once("holding", holding))), Case.id, before, limit, FoundProject
    )


def organisations(
    session: Session, actor: Actor, words: Words, *, before: int | None = None, limit: int
) -> list[FoundOrganisation]:
    """The organisations this actor sees in whose name or code every word is found."""
    wanted = select(Organisation.id, Organisation.uscc, Organisation.name, Organisation.district).where(
        visible_to(actor), *(found(word, Organisation.grams, *_NAMES) for word in words)
    )
    return _page(session, wanted, Organisation.id, before, limit, FoundOrganisation)


def papers(
    session: Session, actor: Actor, words: Words, filters: Filters, *, before: int | None = None, limit: int
) -> list[FoundPaper]:
    """The papers this actor may read in whose names every word is found."""
    wanted = (
        select(
            Paper.id, Paper.public_id, Paper.name, Paper.kind, Paper.uploaded_at, Project.number, Project.title,
        )
        .join(Case, Case.id == Paper.case_id)
        .join(Project, Project.case_id == Paper.root_id)
        .join(Call, Call.id == Project.call_id)
        .join(ProgrammeYear, ProgrammeYear.case_id == Call.programme_year_id)
        .where(visible_papers(actor), *_narrowed(filters))
        .where(*(found(word, Paper.grams, Paper.name) for word in words))
    )  # fmt: skip
    return _page(
        session, wanted, Paper.id, before, limit, lambda *row: FoundPaper(*row[:3], KINDS.get(row[3], row[3]), *row[4:])
    )


def calls(session: Session, words: Words, *, before: int | None = None, limit: int) -> list[FoundCall]:
    """The calls in whose title or code every word is found. There are few, and everybody sees them."""
    wanted = (
        select(Call.id, Call.code, Call.title, ProgrammeYear.year, Call.closes_at)
        .join(ProgrammeYear, ProgrammeYear.case_id == Call.programme_year_id)
        .where(*(or_(holds(word, Call.title), holds(word, Call.code)) for word in words))
    )
    return _page(session, wanted, Call.id, before, limit, FoundCall)


def years(session: Session) -> list[int]:
    """The budget years in which there were calls, the last first."""
    named = select(ProgrammeYear.year).join(Call, Call.programme_year_id == ProgrammeYear.case_id).distinct()
    return list(session.scalars(named.order_by(ProgrammeYear.year.desc())))


def _page(
    session: Session, wanted: Select[Any], key: Any, before: int | None, limit: int, row: Callable[..., Row]
) -> list[Row]:
    if before is not None:
        wanted = wanted.where(key < before)
    return [row(*each) for each in session.execute(wanted.order_by(key.desc()).limit(limit))]


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    wanted = ((Case.stage, filters.stage), (Project.field, filters.field), (ProgrammeYear.year, filters.year))
    return [column == value for column, value in wanted if value is not None]


def _projects_holding(word: str, actor: Actor) -> Any:
    """The ids of the projects that hold a word themselves, and of those whose organisation does.

    A union, and not a condition with "or", because each half is a range of an index of its own. For whoever sees
    a part of the city alone, that part is in each half: it is small where a word may be everywhere.
    """
    part = select(Project.case_id.label("id")).join(Case, Case.id == Project.case_id)
    if NUMBER.fullmatch(number := normalize("NFKC", word).upper()):
        # A whole number is one project's. Its pairs of characters are those of nearly every other number.
        return part.where(Project.number == number)
    if not actor.roles & CITY_WIDE:
        part = part.where(IS_PROJECT, visible(actor))
    return union(
        part.where(paired(word, Project.grams), _holds(word, actor)),
        part.join(Organisation, Organisation.id == Project.organisation_id).where(
            found(word, Organisation.grams, *_NAMES)
        ),
    )


def _holds(word: str, actor: Actor) -> ColumnElement[bool]:
    """Whether a project holds a word itself.

    Where it is stands in its file, which an expert opens by declaring that there is no conflict.
    """
    return or_(holds(word, Project.number), holds(word, Project.title), holds(word, of_file(actor, Project.place)))


def _made_once(name: str, ids: Any) -> Any:
    """A set of ids that is made before anything else: beside a list that seems short it would be made for each row."""
    return select(ids.cte(name).prefix_with("MATERIALIZED").c.id)
