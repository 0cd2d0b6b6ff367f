"""What publicity tells the rules: the notice and the open objections of a project."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from app.casework.subjects import Subject, contribute, register
from app.database import db
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.publicity.models import Notice, Objection
from workflows.objection import OBJECTION, Facts


def _of_publicity(column: Any) -> Any:
    return (
        lambda ids: select(column)
        .where(Notice.project_id == ids.root, Notice.kind == "publicity")
        .scalar_subquery()
    )  # fmt: skip


contribute(
    "aid_project",
    notice_published=lambda ids: exists().where(Notice.project_id == ids.root, Notice.kind == "publicity"),
    notice_closes_at=_of_publicity(Notice.closes_at),
    notice_days_left=_of_publicity(Notice.days_left),
    open_objections=lambda ids: (
        select(func.count()).where(Objection.project_id == ids.root, Objection.outcome.is_(None)).scalar_subquery()
    ),
)
contribute(
    "objection",
    policy_id=lambda ids: select(Project.policy_id).where(Project.case_id == ids.root).scalar_subquery(),
)


def facts(row: Mapping[str, Any], asked: Mapping[str, Any], _now: datetime) -> Facts:
    """The policy of the project, from which the term of an objection is read."""
    return Facts(policy=policy_of(db.session(), row["policy_id"]), asked=asked)


register(Subject(workflow=OBJECTION, facts=facts))
