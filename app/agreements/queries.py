"""The agreement of a project as pages and the API show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from app.agreements.models import Agreement
from app.casework.models import Case
from app.documents.models import Paper
from app.people.models import User


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, when, and the hash of what was signed."""

    name: str
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """An agreement; `data` is what it says, amounts in fen. `document_hash` is what one signs."""

    pid: UUID
    number: str
    stage: str
    data: Mapping[str, Any]
    data_hash: str
    paper: UUID | None
    document_hash: str | None
    fund_office: Signature | None
    applicant: Signature | None


_OFFICE, _APPLICANT = aliased(User), aliased(User)
_AGREEMENT = (
    select(Agreement, Case.pid, Paper.public_id, _OFFICE.name, _APPLICANT.name)
    .join(Case, Case.id == Agreement.case_id)
    .outerjoin(Paper, Paper.id == Agreement.paper_id)
    .outerjoin(_OFFICE, _OFFICE.id == Agreement.signed_by_fund_office_id)
    .outerjoin(_APPLICANT, _APPLICANT.id == Agreement.signed_by_applicant_id)
    .where(Agreement.project_id == bindparam("project_id"))
    .order_by(Agreement.case_id.desc())
    .limit(1)
)


def agreement_of(session: Session, project_id: int) -> AgreementPage | None:
    """The last agreement of a project, None before there is one; whoever sees the project may see it."""
    row = session.execute(_AGREEMENT, {"project_id": project_id}).one_or_none()
    if row is None:
        return None
    agreement, pid, paper, office_name, applicant_name = row
    return AgreementPage(
        pid=pid,
        number=agreement.number,
        stage=agreement.state,
        data=agreement.data,
        data_hash=agreement.data_hash,
        paper=paper,
        document_hash=agreement.document_hash,
        fund_office=_signature(office_name, agreement.signed_by_fund_office_at, agreement.signed_by_fund_office_hash),
        applicant=_signature(applicant_name, agreement.signed_by_applicant_at, agreement.signed_by_applicant_hash),
    )


def _signature(name: str | None, at: datetime | None, digest: str | None) -> Signature | None:
    return Signature(name, at, digest) if name is not None and at is not None and digest is not None else None
