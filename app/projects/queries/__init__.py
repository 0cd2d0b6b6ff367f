"""Projects as lists and pages show them; who may see what is part of every query."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, ScalarSelect, Select, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.casework.models import IS_PROJECT, Case
from app.casework.permissions import file_open, of_file, visible
from app.database import Missing
from app.grams import found
from app.organisations.models import Organisation
from app.people.permissions import Actor
from app.programmes.models import Call
from app.projects.commands import Declaration
from app.projects.models import BudgetLine, PerformanceTarget, Project
from workflows.definition import because
from workflows.engine import NotYourRole

PAGE = 25
BUDGET = ("category", "item", "unit", "quantity", "unit_price", "paid_from", "basis")
TARGET = ("level_one", "level_two", "name", "target", "unit", "weight")


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One line of a list; amounts are fen, None for an expert who may not look into the file yet."""

    id: int
    pid: UUID
    number: str
    title: str
    organisation: str
    stage: str
    due_at: datetime | None
    holder_role: str | None
    requested: int | None
    approved: int | None


@dataclass(frozen=True, slots=True)
class ProjectHead:
    """What every page about a project begins with; amounts are fen.

    Where the file is not open to the reader, nothing but what the project is called and whose it is may be shown.
    """

    case_id: int
    pid: UUID
    number: str
    title: str
    stage: str
    organisation_id: int
    organisation: str
    uscc: str
    call: str
    policy_id: int
    field: str | None
    area_code: str | None
    place: str | None
    starts_on: date | None
    ends_on: date | None
    planned_total: int
    requested: int
    suggested: int | None
    approved: int | None
    version: int
    submitted_at: datetime | None
    made_up: bool
    file_open: bool


def project_list(
    session: Session,
    actor: Actor,
    *,
    stage: str | None = None,
    title: str | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[ProjectRow]:
    """The projects this actor sees, newest first; `before` is the id of the last one already shown.

    Answers up to `limit + 1` rows, so that the page knows whether there is more.
    """
    wanted = (
        select(
            Case.id, Case.pid, Project.number, Project.title, Organisation.name, Case.stage, Case.due_at,
            Case.holder_role, of_file(actor, Project.requested), of_file(actor, Project.approved),
        )
        .join(Project, Project.case_id == Case.id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(IS_PROJECT, visible(actor))
        .order_by(Case.id.desc())
        .limit(limit + 1)
    )  # fmt: skip
    if stage:
        wanted = wanted.where(Case.stage == stage)
    if title:
        wanted = wanted.where(found(title, Project.grams, Project.title))
    if before is not None:
        wanted = wanted.where(Case.id < before)
    return [ProjectRow(*row) for row in session.execute(wanted)]


def project_head(session: Session, actor: Actor, number: str) -> ProjectHead:
    """The head of a project this actor sees; `Missing` for absent and forbidden alike."""
    row = session.execute(_head(file_open(actor)).where(Project.number == number, visible(actor))).one_or_none()
    if row is None:
        raise Missing(number)
    return ProjectHead(*row)


def head_of_case(session: Session, actor: Actor, root_id: int) -> ProjectHead:
    """The head of the project whose own case this is, for somebody who sees a life inside it."""
    row = session.execute(_head(file_open(actor)).where(Case.id == root_id, visible(actor))).one_or_none()
    if row is None:
        raise Missing(str(root_id))
    return ProjectHead(*row)


def project_file(session: Session, actor: Actor, number: str) -> ProjectHead:
    """The same for somebody who is about to read the file; NotYourRole before the expert's declaration."""
    head = project_head(session, actor, number)
    if not head.file_open:
        raise NotYourRole(because("请先声明有无利益冲突，再查阅申报材料。"))
    return head


def _head(open_to_reader: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Case.id, Case.pid, Project.number, Project.title, Case.stage, Organisation.id, Organisation.name,
            Organisation.uscc, Call.code, Project.policy_id, Project.field, Project.area_code, Project.place,
            Project.starts_on, Project.ends_on, Project.planned_total, Project.requested, Project.suggested,
            Project.approved, Project.content_version, Project.submitted_at, Project.made_up,
            open_to_reader,
        )
        .join(Project, Project.case_id == Case.id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .join(Call, Call.id == Project.call_id)
    )  # fmt: skip


def declaration_of(session: Session, case_id: int) -> Declaration:
    """The declaration as it was last saved, with its budget and targets, in one statement."""
    project, budget, targets = session.execute(_DECLARATION, {"case_id": case_id}).one()
    return Declaration.model_validate(
        {
            "title": project.title, "field": project.field, "area_code": project.area_code, "place": project.place,
            "starts_on": project.starts_on, "ends_on": project.ends_on,
            "own_funds": project.own_funds, "donated": project.donated, "other_fiscal": project.other_fiscal,
            "other_funds": project.other_funds, "requested": project.requested,
            **project.declaration,
            "budget": budget or [],
            "targets": targets or [],
        }
    )  # fmt: skip


def budgeted(session: Session, case_id: int) -> list[tuple[str, int]]:
    """The items of the budget with their amounts in fen, in order."""
    rows = session.execute(
        select(BudgetLine.item, BudgetLine.amount).where(BudgetLine.project_id == case_id).order_by(BudgetLine.position)
    )
    return [(item, amount) for item, amount in rows]


def _rows_of(table: type[BudgetLine | PerformanceTarget], names: tuple[str, ...]) -> ScalarSelect[Any]:
    """The rows of a table of the form, in their order, as one JSON column; decimals as text, to stay exact."""
    columns = {name: getattr(table, name) for name in names}
    exact = {name: cast(each, Text) if isinstance(each.type, Numeric) else each for name, each in columns.items()}
    row = func.json_build_object(*(part for pair in exact.items() for part in pair))
    return (
        select(func.json_agg(aggregate_order_by(row, table.position)))
        .where(table.project_id == Project.case_id)
        .correlate(Project)
        .scalar_subquery()
    )


_DECLARATION = select(Project, _rows_of(BudgetLine, BUDGET), _rows_of(PerformanceTarget, TARGET)).where(
    Project.case_id == bindparam("case_id")
)
