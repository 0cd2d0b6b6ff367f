"""Cases and projects as the API shows them, made from what the pages show."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from app.api.answers.cases import (
    ActionAnswer,
    AgreementAnswer,
    Amounts,
    Applicant,
    BlockedAnswer,
    ChildAnswer,
    FieldAnswer,
    OrderAnswer,
    PaperAnswer,
    ProjectAnswer,
    SettlementAnswer,
)
from app.casework.commands import Command
from app.casework.queries import CaseRow
from app.casework.subjects import command_of
from app.desk.queries import Child, ProjectPage
from app.payments.queries import orders_of, settlements_of
from app.projects.queries import declaration_of
from app.text import say, translated


def project_answer(session: Session, page: ProjectPage) -> ProjectAnswer:
    """A whole project, with its declaration and the hashes that signatures are bound to."""
    head, case, amounts = page.head, page.case, page.amounts
    settlement = next((each for each in settlements_of(session, head.case_id) if each.ended_at is None), None)
    return ProjectAnswer(
        number=head.number,
        case=head.pid,
        title=head.title,
        organisation=Applicant(uscc=head.uscc, name=head.organisation),
        call=head.call,
        stage=case.stage,
        stage_label=translated(case.stage_label),
        due_at=case.due_at,
        version=head.version,
        seen=case.seen,
        actions=_actions(case),
        blocked=_blocked(case),
        papers=[paper_answer(paper) for paper in page.papers],
        amounts=Amounts(
            planned=head.planned_total, requested=head.requested, approved=head.approved,
            audited=amounts.audited, entitled=amounts.entitled, paid=amounts.paid,
        ) if head.file_open else None,
        children=[child_answer(child) for child in page.children],
        agreement=page.agreement and AgreementAnswer.model_validate(page.agreement),
        settlement=settlement and SettlementAnswer.model_validate(settlement),
        payment_orders=[OrderAnswer.model_validate(order) for order in orders_of(session, head.case_id)],
        declaration=(page.submitted or declaration_of(session, head.case_id)).record() if head.file_open else {},
    )  # fmt: skip


def child_answer(child: Child) -> ChildAnswer:
    """A life inside a project."""
    row = child.row
    return ChildAnswer(
        case=row.pid, kind=row.life, label=translated(child.label), stage=row.stage,
        stage_label=translated(row.stage_label), due_at=row.due_at, seen=row.seen,
        actions=_actions(row), blocked=_blocked(row),
    )  # fmt: skip


def paper_answer(paper: Any) -> PaperAnswer:
    """A paper in the list of a project."""
    return PaperAnswer(
        id=paper.id, case=paper.case_pid, kind=paper.kind, label=translated(paper.label), name=paper.name,
        size=paper.size, sha256=paper.sha256, state=paper.state, uploaded_at=paper.uploaded_at, sealed=paper.sealed,
    )  # fmt: skip


def _actions(row: CaseRow) -> list[ActionAnswer]:
    return [
        ActionAnswer(name=act.name, label=translated(act.label), fields=_fields(row.life, act.name, act.bound))
        for act in row.actions
    ]


def _blocked(row: CaseRow) -> list[BlockedAnswer]:
    return [BlockedAnswer(name=act.name, label=translated(act.label), why=say(act.why)) for act in row.blocked]


def _fields(life: str, action: str, bound: Mapping[str, str]) -> list[FieldAnswer]:
    return [
        FieldAnswer(
            name=name,
            label=translated(schema.get("title", name)),
            required=required,
            json_schema=schema,
            value=bound.get(name),
        )
        for name, required, schema in _schemas(command_of(life, action))
    ]


@cache
def _schemas(command: type[Command]) -> tuple[tuple[str, bool, dict[str, Any]], ...]:
    schema = command.model_json_schema()
    needed = schema.get("required", ())
    return tuple(
        (name, name in needed, _inlined(each, schema.get("$defs", {})))
        for name, each in schema.get("properties", {}).items()
    )


def _inlined(schema: Any, defs: Mapping[str, Any]) -> Any:
    """The schema with every reference replaced by what it points to; commands never refer to themselves."""
    if isinstance(schema, list):
        return [_inlined(each, defs) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _inlined({**defs[schema["$ref"].rpartition("/")[2]], **rest}, defs)
    return {key: _inlined(value, defs) for key, value in schema.items()}
