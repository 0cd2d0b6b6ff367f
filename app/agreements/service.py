"""Recording what is done with an agreement: its beginning, its text, its signatures, its end."""

from collections.abc import Iterator

from sqlalchemy import func, select

from app.agreements.commands import FileText, SignAgreement
from app.agreements.effects import agreement_data, as_kept, digest
from app.agreements.models import DEAD, Agreement
from app.casework.models import Case
from app.casework.subjects import Act, Opening, opens, records
from app.database import locked
from app.documents.models import STORED, Paper
from app.documents.service import seal_papers
from app.projects.models import Project
from workflows.definition import because
from workflows.engine import Refused
from workflows.roles import FUND_OFFICE

#: The kind of paper that an agreement's text is.
TEXT = "agreement"


class TextIsNotThere(Refused):
    """The paper that was to become the text is not a stored paper of this agreement."""

    def __init__(self) -> None:
        super().__init__(because("协议文本不在本协议的材料中。"))


@opens("agreement")
def openings(act: Act) -> Iterator[Opening]:
    """One agreement, whose content is fixed from this moment on."""
    project = act.session.get_one(Project, act.root.id, populate_existing=True)

    def write(case: Case) -> None:
        before = act.session.scalar(select(func.count()).where(Agreement.project_id == act.root.id)) or 0
        number = f"{project.number}-A{before + 1}"
        data = agreement_data(act.session, project, number)
        act.session.add(
            Agreement(
                case_id=case.id,
                project_id=act.root.id,
                number=number,
                state=case.stage,
                data=as_kept(data),
                data_hash=digest(data),
            )
        )
        act.session.flush()

    yield Opening(write=write)


@records("agreement", "file_text", FileText)
def record_text(act: Act) -> None:
    """The paper is the text from now on: sealed, and its hash is what both sides sign."""
    wanted = (
        select(Paper)
        .where(Paper.public_id == act.command.paper, Paper.case_id == act.case.id)
        .where(Paper.kind == TEXT, Paper.state == STORED, Paper.uploaded_by_id.is_(None))
    )
    paper = act.session.scalars(wanted).one_or_none()
    if paper is None:
        raise TextIsNotThere
    agreement = locked(act.session, Agreement, act.case.id)
    agreement.paper_id, agreement.document_hash = paper.id, paper.sha256
    agreement.state = act.case.stage
    act.case.content_hash = paper.sha256
    seal_papers(act.session, act.root.id, act.event.id, act.case.id, kinds={TEXT})


@records("aid_project", "sign_agreement", SignAgreement)
def record_signature(act: Act) -> None:
    """Keep who signed what; the agreement itself moves by the effect of this act."""
    wanted = (
        select(Agreement)
        .where(Agreement.project_id == act.root.id, Agreement.state.not_in(DEAD))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    agreement = act.session.scalars(wanted).one()
    signed = act.command.document_hash
    if act.role == FUND_OFFICE:
        agreement.signed_by_fund_office_id, agreement.signed_by_fund_office_at = act.actor.user_id, act.now
        agreement.signed_by_fund_office_hash = signed
        agreement.state = "awaiting_applicant"
    else:
        agreement.signed_by_applicant_id, agreement.signed_by_applicant_at = act.actor.user_id, act.now
        agreement.signed_by_applicant_hash = signed
        agreement.state = "in_force"


def _keep_stage(act: Act) -> None:
    """The row's state is the stage of its case."""
    locked(act.session, Agreement, act.case.id).state = act.case.stage


for _action in ("fulfil", "end", "lapse"):
    records("agreement", _action)(_keep_stage)
