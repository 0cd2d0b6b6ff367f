"""What was published: lists of notices and of funded projects, the page of one, and the rows of feeds."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.database import Missing
from app.portal.queries.statistics import stands
from app.publicity.models import Notice

Result = aliased(Notice, name="result")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a funded project; None in what is not public before the result is. Amounts are fen."""

    made_up: bool
    starts_on: date | None
    ends_on: date | None
    audited: int | None
    summary: str | None
    beneficiaries: int | None


def project_published(session: Session, number: str) -> int:
    """The case of the project of this number, if anything was published about it; `Missing` otherwise."""
    found = session.scalar(select(Notice.project_id).where(Notice.number == number).limit(1))
    if found is None:
        raise Missing(number)
    return found


def notices_published() -> Select[Any]:
    """Every publicity and announcement; the labels are what a `Table` may show, sort and filter by."""
    return (
        select(
            Notice.id, Notice.kind, Notice.number, Notice.title, Notice.organisation, Notice.place, Notice.amount,
            Notice.field, Notice.area, Notice.year, Notice.published_at, Notice.last_day, Notice.closes_at,
            Case.stage, Case.closed_at,
        )
        .join(Case, Case.id == Notice.project_id)
        .where(Notice.kind != "result")
    )  # fmt: skip


def projects_funded() -> Select[Any]:
    """Every project that was announced and keeps its money, with what was paid, and where, once that is public."""
    place = func.coalesce(Result.place, Notice.place).label("place")
    return (
        select(
            Notice.id, Notice.number, Notice.title, Notice.organisation, place, Notice.year, Notice.field,
            Notice.area, Notice.amount, Notice.social, Result.amount.label("paid"), Notice.published_at,
            Result.published_at.label("closed_at"),
        )
        .outerjoin(Result, (Result.project_id == Notice.project_id) & (Result.kind == "result"))
        .where(Notice.kind == "announcement", stands())
    )  # fmt: skip


def shown_now(session: Session, now: datetime) -> int:
    """How many projects are under publicity at this moment."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Notice)
            .join(Case, Case.id == Notice.project_id)
            .where(Notice.kind == "publicity", Notice.closes_at > now, Case.stage == "publicity")
        )
        or 0
    )


def outcome_of(session: Session, root_id: int) -> Outcome:
    """What the public may know of an announced project beside its notices; audit and report once there is a result."""
    found = func.outcome_published(root_id).table_valued(
        "made_up", "starts_on", "ends_on", "audited", "summary", "beneficiaries"
    )
    return Outcome(*session.execute(select(found)).one())


def newest(session: Session, kinds: tuple[str, ...], limit: int) -> tuple[Any, ...]:
    """The rows of the newest notices of these kinds, for feeds and the map of the site."""
    wanted = select(Notice).where(Notice.kind.in_(kinds))
    return tuple(session.scalars(wanted.order_by(Notice.published_at.desc(), Notice.id.desc()).limit(limit)))
