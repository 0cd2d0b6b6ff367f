"""What the rules of a project and of its audit look at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from app.audits.models import Audit
from app.casework.subjects import Ids, Subject, contribute, register
from app.database import db
from app.documents.models import STORED, Paper
from app.people.models import Unit
from app.programmes.queries import policy_of
from app.projects.models import Project
from workflows.audit import AUDIT, Facts

#: Stages in which the report is with the fund office or was taken by it.
IN = ("submitted", "accepted")


def _opinion(ids: Ids) -> Any:
    return select(Audit.opinion).where(Audit.project_id == ids.root, Audit.state.in_(IN)).scalar_subquery()


contribute(
    "aid_project",
    audit_submitted=lambda ids: exists().where(Audit.project_id == ids.root, Audit.state.in_(IN)),
    audit_opinion=_opinion,
)
contribute(
    "audit",
    firm=lambda ids: (
        select(Unit.code).join(Audit, Audit.firm_id == Unit.id).where(Audit.case_id == ids.case).scalar_subquery()
    ),
    policy_id=lambda ids: select(Project.policy_id).where(Project.case_id == ids.root).scalar_subquery(),
    # A report that was returned is replaced: what is sealed already belongs to the round before.
    report_attached=lambda ids: exists().where(
        Paper.case_id == ids.case, Paper.kind == "audit_report", Paper.state == STORED, Paper.sealed_event_id.is_(None)
    ),
)


def facts(row: Mapping[str, Any], asked: Mapping[str, Any], _now: datetime) -> Facts:
    """The policy of the project, what is asked, whether the report of this round is attached, and the firm at work."""
    policy = policy_of(db.session(), row["policy_id"])
    return Facts(policy=policy, asked=asked, report_attached=row["report_attached"], firm=row["firm"])


register(Subject(workflow=AUDIT, facts=facts))
