"""What the rules of a project, of its reports and of its change requests look at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from app.casework.subjects import Ids, Subject, contribute, register
from app.database import db
from app.delivery.models import ChangeRequest, ProgressReport
from app.programmes.queries import policy_of
from app.projects.models import Project
from workflows import change, report

UNDECIDED = ("submitted", "returned")


def _open(model: type[ChangeRequest | ProgressReport]) -> Any:
    return lambda ids: (
        select(func.count()).where(model.project_id == ids.root, model.state.in_(UNDECIDED)).scalar_subquery()
    )


def _policy_id(ids: Ids) -> Any:
    return select(Project.policy_id).where(Project.case_id == ids.root).scalar_subquery()


contribute(
    "aid_project",
    final_report_confirmed=lambda ids: exists().where(
        ProgressReport.project_id == ids.root, ProgressReport.final, ProgressReport.state == "confirmed"
    ),
    open_reports=_open(ProgressReport),
    open_changes=_open(ChangeRequest),
)
contribute("progress_report", policy_id=_policy_id)
contribute("change_request", policy_id=_policy_id)


def report_facts(row: Mapping[str, Any], asked: Mapping[str, Any], _now: datetime) -> report.Facts:
    """The policy of the project, from which the terms are read."""
    return report.Facts(policy=policy_of(db.session(), row["policy_id"]), asked=asked)


def change_facts(row: Mapping[str, Any], asked: Mapping[str, Any], _now: datetime) -> change.Facts:
    """The policy of the project, from which the term is read."""
    return change.Facts(policy=policy_of(db.session(), row["policy_id"]), asked=asked)


register(Subject(workflow=report.PROGRESS_REPORT, facts=report_facts))
register(Subject(workflow=change.CHANGE_REQUEST, facts=change_facts))
