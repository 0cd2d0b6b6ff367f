"""Who may write into a declaration now, and what writing it leaves in the tables."""

import hashlib
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.casework.models import Case, Duty
from app.casework.permissions import roles_on, visible
from app.casework.service import content_changed, take_duty
from app.database import Missing
from app.evidence.service import canonical
from app.people.permissions import Actor
from app.projects.commands import BudgetRow, Declaration, TargetRow
from app.projects.models import BudgetLine, PerformanceTarget, Project
from app.refusals import FieldRefused
from workflows.definition import because
from workflows.engine import NotFromHere, NotYourRole, Refused
from workflows.roles import APPLICANTS

#: Columns of the project that the form fills directly; the rest of the form is kept as texts.
COLUMNS = (
    "title", "field", "area_code", "place", "starts_on", "ends_on",
    "own_funds", "donated", "other_fiscal", "other_funds", "requested",
)  # fmt: skip
ROWS: dict[str, type[BudgetLine | PerformanceTarget]] = {"budget": BudgetLine, "targets": PerformanceTarget}
#: Stages in which the applicant may edit the declaration.
EDITABLE = frozenset({"draft", "correction"})


class StaleVersion(Refused):
    """Somebody saved the declaration since it was read."""

    def __init__(self) -> None:
        super().__init__(because("申报表已被他人修改，请先查看最新内容。"))


def project_held(session: Session, number: str, actor: Actor) -> Case:
    """The case of the project of this number, read afresh and held until the transaction ends; `Missing`."""
    root = session.scalars(
        select(Case)
        .join(Project, Project.case_id == Case.id)
        .where(Project.number == number, visible(actor))
        .with_for_update(of=Case),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if root is None:
        raise Missing(number)
    return root


def open_to_edit(session: Session, pid: UUID, actor: Actor) -> tuple[Case, Project]:
    """The case and the project, held until the transaction ends, for somebody who may write into it now.

    Raises `Missing` where the actor sees no such project, `NotYourRole`, `NotFromHere`.
    """
    case = session.scalar(
        select(Case).where(Case.pid == pid, visible(actor)).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if case is None or case.life != "aid_project":
        raise Missing(str(pid))
    duty = session.scalar(select(Duty.duty).where(Duty.root_id == case.id, Duty.user_id == actor.user_id))
    role = min(roles_on(actor, case, duty) & APPLICANTS, default=None)
    if role is None:
        raise NotYourRole(because("只有项目主体可以修改申报表。"))
    if case.stage not in EDITABLE:
        raise NotFromHere(because("申报表已提交，不能修改。"))
    take_duty(session, case.id, actor, role, duty)
    return case, session.get_one(Project, case.id, populate_existing=True)


def write(session: Session, case: Case, project: Project, declaration: Declaration, *tables: str) -> None:
    """Put a declaration in place of the one before, with these of its tables.

    Whoever looked at the earlier one has to look again before an act on it.
    """
    for name in COLUMNS:
        setattr(project, name, getattr(declaration, name))
    project.planned_total = (
        declaration.own_funds + declaration.donated + declaration.other_fiscal
        + declaration.other_funds + declaration.requested
    )  # fmt: skip
    record = declaration.record()
    project.declaration = {name: value for name, value in record.items() if name not in (*COLUMNS, *ROWS)}
    project.content_version += 1
    said = canonical(record)
    project.declared_hash = hashlib.sha256(said).hexdigest()
    content_changed(case, said)
    for name in tables:
        table = ROWS[name]
        session.execute(delete(table).where(table.project_id == project.case_id))
        rows = [
            row.values() | {"project_id": project.case_id, "position": place} | _amount(row)
            for place, row in enumerate(getattr(declaration, name), 1)
        ]
        if rows:
            session.execute(insert(table), rows)
    session.flush()


def _amount(row: BudgetRow | TargetRow) -> dict[str, int]:
    return {"amount": line_amount(row)} if isinstance(row, BudgetRow) else {}


def line_amount(row: BudgetRow) -> int:
    """Quantity × unit price in fen; refused where it is not a whole number of fen."""
    amount = row.quantity * row.unit_price
    if amount != int(amount):
        raise FieldRefused("budget", because("“{item}”的数量与单价之积须精确到分。", item=row.item))
    return int(amount)
