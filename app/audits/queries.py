"""The audit of a project as pages, papers and the API show it. Amounts are fen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.audits.models import Audit, AuditDraft, AuditLine
from app.casework.models import Case
from app.casework.permissions import visible
from app.organisations.models import Organisation
from app.people.models import Unit
from app.people.permissions import Actor
from app.projects.models import Project
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


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as it was typed so far; `version` counts the saves."""

    typed: Mapping[str, Any]
    version: int
    saved_at: datetime


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


def report_draft(session: Session, case_id: int, user_id: int | None) -> Draft | None:
    """What this accountant has typed of a report so far; None without a draft."""
    row = session.execute(
        select(AuditDraft.typed, AuditDraft.version, AuditDraft.saved_at).where(
            AuditDraft.case_id == case_id, AuditDraft.user_id == user_id
        )
    ).one_or_none()
    return None if row is None else Draft(*row)


def audits_seen(actor: Actor) -> Select[Any]:
    """The audits of this actor's firm, for a list; an audit that was taken away is not there."""
    return (
        select(
            Case.id, Case.pid, Case.stage, Case.due_at, Project.number, Project.title,
            Organisation.name.label("organisation"), Project.planned_total, Audit.claimed, Audit.disallowed,
            Audit.audited, Audit.submitted_at,
        )
        .join(Audit, Audit.case_id == Case.id)
        .join(Project, Project.case_id == Case.root_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(Case.assigned_unit_id.in_(sorted(actor.unit_ids(AUDIT_FIRM))), visible(actor))
    )  # fmt: skip
