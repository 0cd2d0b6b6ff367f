"""Beginning a project, and replacing its declaration as a whole."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.casework.service import open_root
from app.database import transaction
from app.organisations.models import Organisation
from app.people.models import Unit
from app.people.permissions import Actor
from app.programmes.models import Call
from app.projects.commands import Declaration, NewProject
from app.projects.models import DraftField, Project
from app.projects.service.writing import ROWS, StaleVersion, open_to_edit, write
from app.refusals import FieldRefused
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.engine import NotYourRole
from workflows.roles import ACCEPTING_UNIT, APPLICANTS


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


def save_declaration(pid: UUID, declaration: Declaration, *, version: int, actor: Actor, now: datetime) -> int:  # noqa: ARG001
    """Replace the declaration as a whole and answer its new version, or `StaleVersion` and no change.

    What was half typed on the pages is replaced with it; answers to a correction notice stay.
    """
    with transaction() as session:
        case, project = open_to_edit(session, pid, actor)
        if project.content_version != version:
            raise StaleVersion
        session.execute(delete(DraftField).where(DraftField.project_id == case.id, DraftField.name.not_like("answer%")))
        write(session, case, project, declaration, *ROWS)
        return project.content_version


def _organisation(session: Session, command: NewProject, actor: Actor) -> Organisation:
    own = session.scalars(select(Organisation).where(Organisation.id.in_(sorted(actor.organisation_ids)))).all()
    if not own:
        raise NotYourRole(because("只有项目主体可以申报项目。"))
    if command.organisation is not None:
        own = [organisation for organisation in own if organisation.uscc == command.organisation]
    if len(own) != 1:
        raise FieldRefused("organisation", because("请指明您所代表的项目主体。"))
    return own[0]
