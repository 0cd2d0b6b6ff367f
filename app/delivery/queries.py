"""Reports and change requests of a project as pages and the API show them. Money is fen."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.delivery.models import ChangeRequest, ProgressReport
from app.people.models import User


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One progress report and what the front office said of it."""

    pid: UUID
    stage: str
    round: int
    final: bool
    period_from: date
    period_until: date
    summary: str
    spent: int
    beneficiaries: int
    filed_by: str
    filed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    remark: str | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change request and what became of it."""

    pid: UUID
    stage: str
    what: str
    old: str | None
    new: str
    reason: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    remark: str | None


def reports_of(session: Session, project_id: int) -> tuple[ReportRow, ...]:
    """The reports of a project, oldest first; whoever sees the project may see them."""
    author, judge = aliased(User), aliased(User)
    rows = session.execute(
        select(
            Case.pid, ProgressReport.state, ProgressReport.round, ProgressReport.final, ProgressReport.period_from,
            ProgressReport.period_until, ProgressReport.summary, ProgressReport.spent, ProgressReport.beneficiaries,
            author.name, ProgressReport.filed_at, judge.name, ProgressReport.decided_at, ProgressReport.remark,
        )
        .join(Case, Case.id == ProgressReport.case_id)
        .join(author, author.id == ProgressReport.filed_by_id)
        .outerjoin(judge, judge.id == ProgressReport.decided_by_id)
        .where(ProgressReport.project_id == project_id)
        .order_by(ProgressReport.case_id)
    )  # fmt: skip
    return tuple(ReportRow(*row) for row in rows)


def changes_of(session: Session, project_id: int) -> tuple[ChangeRow, ...]:
    """The change requests of a project, oldest first; whoever sees the project may see them."""
    author, judge = aliased(User), aliased(User)
    rows = session.execute(
        select(
            Case.pid, ChangeRequest.state, ChangeRequest.what, ChangeRequest.old, ChangeRequest.new,
            ChangeRequest.reason, author.name, ChangeRequest.requested_at, judge.name, ChangeRequest.decided_at,
            ChangeRequest.remark,
        )
        .join(Case, Case.id == ChangeRequest.case_id)
        .join(author, author.id == ChangeRequest.requested_by_id)
        .outerjoin(judge, judge.id == ChangeRequest.decided_by_id)
        .where(ChangeRequest.project_id == project_id)
        .order_by(ChangeRequest.case_id)
    )  # fmt: skip
    return tuple(ChangeRow(*row) for row in rows)
