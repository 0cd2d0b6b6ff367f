"""What the rules of a project and of an agreement look at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.agreements.models import DEAD, Agreement
from app.casework.subjects import Ids, Subject, contribute, register
from workflows.agreement import AGREEMENT, Facts


def _of_live(content: Any) -> Any:
    def column(ids: Ids) -> Any:
        return select(content).where(Agreement.project_id == ids.root, Agreement.state.not_in(DEAD)).scalar_subquery()

    return column


contribute(
    "aid_project",
    agreement_hash=_of_live(Agreement.document_hash),
    signed_by_fund_office=_of_live(Agreement.signed_by_fund_office_id.is_not(None)),
    signed_by_applicant=_of_live(Agreement.signed_by_applicant_id.is_not(None)),
)


def facts(_row: Mapping[str, Any], asked: Mapping[str, Any], _now: datetime) -> Facts:
    """An agreement has no facts of its own: its signatures are guarded by the project."""
    return Facts(asked=asked)


register(Subject(workflow=AGREEMENT, facts=facts))
