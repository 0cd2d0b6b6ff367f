"""The public figures: exact sums over what was announced and what was paid, in whole fen.

A project counts from its announcement (公告) on, with the amount announced, in the budget year that
pays for it. One that lapsed before it was signed or was terminated counts no more. What was paid is
what the published results say.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.casework.models import IS_PROJECT, Case
from app.publicity.models import Notice, PublicFigure
from app.publicity.queries import UNFUNDED


@dataclass(frozen=True, slots=True)
class Figures:
    """How many projects, and fen: granted by announcement, put in by society, paid by result."""

    projects: int = 0
    granted: int = 0
    social: int = 0
    paid: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.projects + other.projects, self.granted + other.granted, self.social + other.social,
            self.paid + other.paid,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """The figures of one budget year, field and area."""

    year: int
    field: str
    area: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of some years, cell by cell, and the years there are at all, oldest first."""

    cells: tuple[Cell, ...]
    years: tuple[int, ...]

    @property
    def total(self) -> Figures:
        """Everything together."""
        return sum((cell.figures for cell in self.cells), start=Figures())

    def by(self, what: str) -> dict[Any, Figures]:
        """The figures by "year", "field" or "area", in the order of the keys."""
        found: dict[Any, Figures] = {}
        for cell in self.cells:
            key = getattr(cell, what)
            found[key] = found.get(key, Figures()) + cell.figures
        return dict(sorted(found.items()))


def statistics(session: Session, *, since: int | None = None, until: int | None = None) -> Statistics:
    """The figures of the budget years from `since` to `until`, both counted, in one statement."""
    rows = session.scalars(
        select(PublicFigure)
        .where(PublicFigure.projects > 0)
        .order_by(PublicFigure.year, PublicFigure.field, PublicFigure.area)
        .execution_options(populate_existing=True)
    ).all()
    cells = tuple(
        Cell(row.year, row.field, row.area, Figures(row.projects, row.granted, row.social, row.paid))
        for row in rows
        if (since or row.year) <= row.year <= (until or row.year)
    )
    return Statistics(cells, tuple(dict.fromkeys(row.year for row in rows)))


def stands() -> ColumnElement[bool]:
    """Whether the project of a notice still has, or had, what was announced."""
    ended = select(Case.id).where(IS_PROJECT, Case.stage.in_(UNFUNDED))
    return Notice.project_id.not_in(ended)
