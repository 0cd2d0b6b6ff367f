"""Who one is, and the registers: organisations, programmes, calls."""

from flask import Response, request

from app.api.answers.registers import (
    CallAnswer,
    Calls,
    Me,
    OrganisationAnswer,
    Organisations,
    ProgrammeAnswer,
    Programmes,
    Role,
)
from app.api.openapi import operation
from app.api.views.bodies import CURSOR, LIMIT, answer, api, command_from, cursor, json_body, limit
from app.database import Missing, db
from app.organisations.commands import RegisterOrganisation
from app.organisations.models import Organisation
from app.organisations.queries import organisation, organisations
from app.organisations.service import checked_code, register_organisation
from app.people.queries import account_page
from app.programmes.commands import CreateProgramme, OpenCall
from app.programmes.queries import CallRow, YearRow, calls, programme_years
from app.programmes.service import create_programme, open_call
from app.refusals import FieldRefused
from app.security import clock, current_actor
from app.text import role_label
from workflows.definition import because

PAGED = {"limit": LIMIT, "cursor": CURSOR}
UNKNOWN_PROGRAMME = because("没有该代码的专项或年度。")


@operation(api, "GET", "/me", "account.read", "Who I am and the roles I hold.", answer=Me)
def me() -> Response:
    """The person behind the token."""
    user_id = current_actor().user_id
    if user_id is None:
        raise Missing("nobody")
    page = account_page(db.session(), user_id, now=clock().now())
    roles = [Role(role=r.role, label=role_label(r.role), held_for=r.held_for, since=r.granted_at) for r in page.roles]
    return answer(Me(name=page.name, email=page.email, locale=page.locale, roles=roles))


@operation(
    api, "GET", "/organisations", "organisation.read", "The organisations I may see.", answer=Organisations, query=PAGED
)
def list_organisations() -> Response:
    """By the order in which they came onto the register."""
    most = limit()
    rows = organisations(db.session(), current_actor(), after=cursor() or 0, limit=most + 1)
    items = [_organisation(row) for row in rows[:most]]
    return answer(Organisations(items=items, next=str(rows[most - 1].id) if len(rows) > most else None))


@operation(
    api, "POST", "/organisations", "organisation.add", "Put an organisation on the register.",
    body=RegisterOrganisation, answer=OrganisationAnswer, status=201,
    refusals=(403,),
)  # fmt: skip
def post_organisation() -> Response:
    """Refused where the code is not one, or on the register already."""
    command = command_from(RegisterOrganisation, json_body())
    register_organisation(command, by=current_actor().user_id, now=clock().now())
    row = organisation(db.session(), current_actor(), checked_code(command.uscc))
    return answer(_organisation(row), 201, Location=f"{request.path}/{row.uscc}")


@operation(api, "GET", "/organisations/<uscc>", "organisation.read", "One organisation.", answer=OrganisationAnswer)
def get_organisation(uscc: str) -> Response:
    """By its code."""
    return answer(_organisation(organisation(db.session(), current_actor(), uscc)))


@operation(api, "GET", "/programmes", "programme.read", "The programmes and their budget years.", answer=Programmes)
def list_programmes() -> Response:
    """Newest year first."""
    return answer(Programmes(items=[_year(row) for row in programme_years(db.session())]))


@operation(
    api, "POST", "/programmes", "programme.open", "Set up a programme with its first budget year.",
    body=CreateProgramme, answer=ProgrammeAnswer, status=201, refusals=(403,),
)  # fmt: skip
def post_programme() -> Response:
    """With empty accounts; money comes by appropriations."""
    command = command_from(CreateProgramme, json_body())
    year = create_programme(command, actor=current_actor(), now=clock().now())
    return answer(_year(year), 201)


@operation(api, "GET", "/calls", "call.read", "The calls for declarations.", answer=Calls, query=PAGED)
def list_calls() -> Response:
    """Newest first."""
    most = limit()
    rows = calls(db.session(), after=cursor(), limit=most + 1)
    items = [_call(row) for row in rows[:most]]
    return answer(Calls(items=items, next=str(rows[most - 1].id) if len(rows) > most else None))


@operation(
    api, "POST", "/calls", "call.open", "Open a call under the policy in force.",
    body=OpenCall, answer=CallAnswer, status=201, refusals=(403,),
)  # fmt: skip
def post_call() -> Response:
    """For all areas and fields of its policy, or for some of them."""
    command = command_from(OpenCall, json_body())
    try:
        call = open_call(command, actor=current_actor(), now=clock().now())
    except Missing as absent:
        raise FieldRefused("programme", UNKNOWN_PROGRAMME) from absent
    return answer(_call(call), 201)


def _organisation(row: Organisation) -> OrganisationAnswer:
    names = [name for name in OrganisationAnswer.model_fields if name != "has_bank_account"]
    return OrganisationAnswer(
        **{name: getattr(row, name) for name in names}, has_bank_account=row.account_mark is not None
    )


def _year(row: YearRow) -> ProgrammeAnswer:
    return ProgrammeAnswer(code=row.code, name=row.name, year=row.year, case=row.pid, stage=row.stage)


def _call(row: CallRow) -> CallAnswer:
    return CallAnswer.model_validate(row)
