"""Declaring a project: the draft, its edits, and what submitting writes."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.casework.commands import NoFields, Reasoned
from app.casework.models import Case
from app.casework.permissions import roles_on, visible
from app.casework.service import content_changed, open_root, take_duty
from app.casework.subjects import Act, describes, gather, records
from app.database import Missing, transaction
from app.documents.service import seal_papers
from app.evidence.service import canonical
from app.ledger import service as ledger
from app.organisations.models import Organisation
from app.people.models import Unit
from app.people.permissions import Actor
from app.programmes.models import Call
from app.programmes.queries import policy_of
from app.projects.commands import (
    CorrectionNotice,
    Declaration,
    Finish,
    FrontOfficeOpinion,
    NewProject,
    Opinion,
    Reply,
    Start,
    Withdrawal,
)
from app.projects.models import BudgetLine, PerformanceTarget, Project
from app.refusals import FieldRefused
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.engine import NotFromHere, NotYourRole, Refused
from workflows.roles import ACCEPTING_UNIT, APPLICANTS, FRONT_OFFICE

#: Columns of the project that the form fills directly; the rest of the form is kept as texts.
COLUMNS = (
    "title", "field", "area_code", "place", "starts_on", "ends_on",
    "own_funds", "donated", "other_fiscal", "other_funds", "requested",
)  # fmt: skip
ROWS = ("budget", "targets")
#: Stages in which the applicant may edit the declaration.
EDITABLE = frozenset({"draft", "correction"})

for action, command in {
    "give_opinion": FrontOfficeOpinion,
    "pass_authenticity": Opinion,
    "pass_compliance": Opinion,
    "return_for_correction": CorrectionNotice,
    "reject": Reasoned,
    "withdraw": Withdrawal,
    "suspend": Reasoned,
    "resume": Reasoned,
    "terminate": Reasoned,
    "start": Start,
}.items():
    describes("aid_project", action, command)


class StaleVersion(Refused):
    """Somebody saved the declaration since it was read."""

    def __init__(self) -> None:
        super().__init__(because("申报表已被他人修改，请先查看最新内容。"))


def create_project(command: NewProject, *, actor: Actor, now: datetime) -> str:
    """Begin a draft under an open call for the actor's organisation; answers its number."""
    with transaction() as session:
        call = session.scalar(select(Call).where(Call.code == command.call))
        if call is None:
            raise FieldRefused("call", because("没有该编号的申报通知。"))
        if not call.opens_at <= now <= call.closes_at:
            raise FieldRefused("call", because("该申报通知不在开放期内，逾期不予受理。"))
        organisation = _organisation(session, command, actor)
        role = min(g.role for g in actor.grants if g.role in APPLICANTS and g.organisation_id == organisation.id)
        accepting = session.scalar(
            select(Unit.id).where(Unit.kind == ACCEPTING_UNIT, Unit.area_code == organisation.district)
        )
        if accepting is None:
            raise FieldRefused("organisation", because("项目主体所在区尚未设立受理单位。"))
        case = open_root(
            session,
            workflow="aid_project/1",
            actor=actor,
            role=role,
            now=now,
            private=command.record(),
            scope={
                "organisation_id": organisation.id,
                "accepting_unit_id": accepting,
                "programme_year_id": call.programme_year_id,
            },
        )
        number = f"AF{shanghai_date(now).year}-{session.scalar(select(func.nextval('project_number_seq'))):06d}"
        session.add(
            Project(
                case_id=case.id,
                number=number,
                call_id=call.id,
                policy_id=call.policy_id,
                organisation_id=organisation.id,
                title=command.title,
                declaration={},
                made_up=organisation.made_up,
            )
        )
        return number


def save_declaration(pid: UUID, declaration: Declaration, *, version: int, actor: Actor, now: datetime) -> int:
    """Replace the declaration as a whole and answer its new version, or `StaleVersion` and no change."""
    with transaction() as session:
        case = session.scalar(
            select(Case).where(Case.pid == pid, visible(actor)).with_for_update(),
            execution_options={"populate_existing": True},
        )
        if case is None or case.life != "aid_project":
            raise Missing(str(pid))
        duty = gather(session, case.life, [case.id], actor, now)[case.id]["duty"]
        role = min(roles_on(actor, case, duty) & APPLICANTS, default=None)
        if role is None:
            raise NotYourRole(because("只有项目主体可以修改申报表。"))
        if case.stage not in EDITABLE:
            raise NotFromHere(because("申报表已提交，不能修改。"))
        project = session.get_one(Project, case.id, populate_existing=True)
        if project.content_version != version:
            raise StaleVersion
        take_duty(session, case.id, actor, role, duty)
        _write(session, project, declaration)
        said = canonical(declaration.record())
        project.declared_hash = hashlib.sha256(said).hexdigest()
        content_changed(case, said)
        session.flush()
        return project.content_version


@records("aid_project", "submit", NoFields)
def record_submission(act: Act) -> None:
    """Fix what was declared: the papers are sealed, the front office is told, the accounts opened."""
    _accept(act)
    policy = policy_of(act.session, _project(act).policy_id)
    ledger.open_project(
        act.session, project_id=act.root.id, programme_year_id=act.root.programme_year_id or 0, cap=policy.cap
    )
    act.session.execute(update(Project).where(Project.case_id == act.root.id).values(submitted_at=act.now))


@records("aid_project", "resubmit", Reply)
def record_resubmission(act: Act) -> None:
    """Fix what was corrected."""
    _accept(act)


@records("aid_project", "finish", Finish)
def record_finish(act: Act) -> None:
    """Seal the papers of the delivery."""
    seal_papers(act.session, act.root.id, act.event.id, act.root.id)


def _accept(act: Act) -> None:
    project = _project(act)
    act.case.front_office_id = act.session.scalar(
        select(Unit.id)
        .where(Unit.kind == FRONT_OFFICE)
        .where(func.starts_with(project.area_code, Unit.area_code))
        .order_by(func.length(Unit.area_code).desc(), Unit.id)
        .limit(1)
    )
    seal_papers(act.session, act.root.id, act.event.id, act.root.id)


def _project(act: Act) -> Project:
    return act.session.get_one(Project, act.root.id)


def _organisation(session: Session, command: NewProject, actor: Actor) -> Organisation:
    own = session.scalars(select(Organisation).where(Organisation.id.in_(sorted(actor.organisation_ids)))).all()
    if not own:
        raise NotYourRole(because("只有项目主体可以申报项目。"))
    if command.organisation is not None:
        own = [organisation for organisation in own if organisation.uscc == command.organisation]
    if len(own) != 1:
        raise FieldRefused("organisation", because("请指明您所代表的项目主体。"))
    return own[0]


def _write(session: Session, project: Project, declaration: Declaration) -> None:
    for name in COLUMNS:
        setattr(project, name, getattr(declaration, name))
    project.planned_total = (
        declaration.own_funds + declaration.donated + declaration.other_fiscal
        + declaration.other_funds + declaration.requested
    )  # fmt: skip
    record = declaration.record()
    project.declaration = {name: value for name, value in record.items() if name not in (*COLUMNS, *ROWS)}
    project.content_version += 1
    for table in (BudgetLine, PerformanceTarget):
        session.execute(delete(table).where(table.project_id == project.case_id))
    lines: list[dict[str, Any]] = [
        row.values() | {"project_id": project.case_id, "position": place, "amount": line_amount(row)}
        for place, row in enumerate(declaration.budget, 1)
    ]
    targets = [
        row.values() | {"project_id": project.case_id, "position": place}
        for place, row in enumerate(declaration.targets, 1)
    ]
    if lines:
        session.execute(insert(BudgetLine), lines)
    if targets:
        session.execute(insert(PerformanceTarget), targets)


def line_amount(row: Any) -> int:
    """Quantity × unit price in fen; refused where it is not a whole number of fen."""
    amount = row.quantity * row.unit_price
    if amount != int(amount):
        raise FieldRefused("budget", because("“{item}”的数量与单价之积须精确到分。", item=row.item))
    return int(amount)
