"""The audit of a project as pages, papers and the API show it. Amounts are fen."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audits.models import Audit, AuditLine
from app.casework.models import Case
from app.people.models import Unit
from workflows.roles import AUDIT_FIRM


@dataclass(frozen=True, slots=True)
class Line:
    """One line of spending: claimed − disallowed = audited."""

    item: str
    budget: int
    claimed: int
    disallowed: int
    audited: int
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The report of the last round; `received` is (source, amount)."""

    number: str
    licence: str
    accountants: tuple[str, str]
    independence: str
    period_from: date
    period_until: date
    received: tuple[tuple[str, int], ...]
    opinion: str
    findings: str
    claimed: int
    disallowed: int
    audited: int
    other_fiscal: int
    submitted_at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """An audit; `report` is None before the firm has submitted one."""

    pid: UUID
    stage: str
    firm: str | None
    firm_code: str | None
    round: int
    report: Report | None


def audit_of(session: Session, project_id: int, *, with_work: bool = False) -> AuditPage | None:
    """The last audit of a project, None before there is one; whoever sees the project may see it.

    A report that was returned is the firm's own work again and shown to it alone: `with_work`.
    """
    row = session.execute(
        select(Audit, Case.pid, Unit.name, Unit.code)
        .join(Case, Case.id == Audit.case_id)
        .outerjoin(Unit, Unit.id == Audit.firm_id)
        .where(Audit.project_id == project_id)
        .order_by(Audit.case_id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    audit, pid, firm, code = row
    shown = audit.round > 0 and (with_work or audit.state != "at_work")
    return AuditPage(pid, audit.state, firm, code, audit.round, _report(session, audit) if shown else None)


def audit_firms(session: Session) -> tuple[tuple[str, str], ...]:
    """The audit firms one can assign: (code, name), by code."""
    rows = session.execute(select(Unit.code, Unit.name).where(Unit.kind == AUDIT_FIRM).order_by(Unit.code))
    return tuple((code, name) for code, name in rows)


def _report(session: Session, audit: Audit) -> Report:
    columns = (
        AuditLine.item, AuditLine.budget, AuditLine.claimed, AuditLine.disallowed, AuditLine.audited, AuditLine.reason,
    )  # fmt: skip
    lines = session.execute(
        select(*columns)
        .where(AuditLine.audit_id == audit.case_id, AuditLine.round == audit.round)
        .order_by(AuditLine.position)
    )
    alike = (
        "number", "licence", "independence", "period_from", "period_until", "opinion", "findings", "claimed",
        "disallowed", "audited", "other_fiscal", "submitted_at",
    )  # fmt: skip
    return Report(
        **{name: getattr(audit, name) for name in alike},
        accountants=(audit.cpa_one or "", audit.cpa_two or ""),
        received=tuple((each["source"], each["amount"]) for each in audit.received or ()),
        lines=tuple(Line(*line) for line in lines),
    )
