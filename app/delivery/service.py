"""Recording reports and changes: filed, confirmed or returned; asked for, accepted or refused."""

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from sqlalchemy import select, update

from app.casework.commands import NoFields, Reasoned
from app.casework.models import Case
from app.casework.subjects import Act, Opening, describes, opens, records
from app.database import locked
from app.delivery.commands import AcceptChange, ConfirmReport, FileReport, Report, RequestChange, ResubmitReport
from app.delivery.models import ChangeRequest, ProgressReport
from app.documents.service import seal_papers
from app.evidence.service import canonical
from app.projects.models import Project
from app.refusals import FieldRefused
from workflows.definition import because

#: Papers that a report stands on, and those that a change request does.
REPORT_PAPERS = ("progress_report", "final_report", "vouchers", "photos")
CHANGE_PAPERS = ("change_evidence",)
Row = TypeVar("Row", ChangeRequest, ProgressReport)

describes("aid_project", "file_report", FileReport)
describes("aid_project", "request_change", RequestChange)


@opens("progress_report")
def reports(act: Act) -> Iterator[Opening]:
    """One report, with the papers of the project that came with it."""
    if act.command.final and _final_is_there(act):
        raise FieldRefused("final", because("总结报告已经提交，不能再次提交。"))

    def write(case: Case) -> None:
        row = ProgressReport(
            case_id=case.id, project_id=act.root.id, state=case.stage, round=1, final=act.command.final,
            filed_by_id=act.actor.user_id, filed_at=act.now,
        )  # fmt: skip
        _fill(row, act.command)
        case.content_hash = _hash(row)
        act.session.add(row)
        act.session.flush()
        seal_papers(act.session, act.root.id, act.event.id, act.root.id, kinds=REPORT_PAPERS)

    yield Opening(write=write)


@records("progress_report", "resubmit_report", ResubmitReport)
def record_resubmission(act: Act) -> None:
    """The corrected report takes the place of the one that was returned; the event keeps both."""
    row = locked(act.session, ProgressReport, act.case.id)
    _fill(row, act.command)
    row.state, row.round = act.case.stage, row.round + 1
    row.filed_by_id, row.filed_at = act.actor.user_id, act.now
    row.decided_by_id = row.decided_at = row.remark = None
    act.case.content_hash = _hash(row)
    for case_id in (act.root.id, act.case.id):
        seal_papers(act.session, act.root.id, act.event.id, case_id, kinds=REPORT_PAPERS)


@records("progress_report", "confirm_report", ConfirmReport)
def record_confirmation(act: Act) -> None:
    """The front office stands by the report."""
    _decide(act, ProgressReport, act.command.remark)


@records("progress_report", "return_report", Reasoned)
def record_return(act: Act) -> None:
    """The report goes back, with the reason."""
    _decide(act, ProgressReport, act.command.reason)


@opens("change_request")
def change_requests(act: Act) -> Iterator[Opening]:
    """One request, with the value it would replace."""
    what, new = act.command.what, act.command.new
    project = act.session.get_one(Project, act.root.id, populate_existing=True)
    old = None if what == "budget_note" else getattr(project, what)
    old = old.isoformat() if isinstance(old, date) else old
    if new == old:
        raise FieldRefused("new", because("变更后的内容与现在相同。"))
    if what == "ends_on" and project.starts_on is not None and date.fromisoformat(new) < project.starts_on:
        raise FieldRefused("new", because("结束日期不得早于开始日期。"))
    if act.session.scalar(
        select(ChangeRequest.case_id).where(
            ChangeRequest.project_id == act.root.id, ChangeRequest.what == what, ChangeRequest.state == "submitted"
        )
    ):
        raise FieldRefused("what", because("该事项已有一项变更申请待审批。"))

    def write(case: Case) -> None:
        act.session.add(
            ChangeRequest(
                case_id=case.id,
                project_id=act.root.id,
                state=case.stage,
                what=what,
                old=old,
                new=new,
                reason=act.command.reason,
                requested_by_id=act.actor.user_id,
                requested_at=act.now,
            )
        )
        act.session.flush()
        seal_papers(act.session, act.root.id, act.event.id, act.root.id, kinds=CHANGE_PAPERS)

    yield Opening(write=write)


@records("change_request", "accept_change", AcceptChange)
def record_acceptance(act: Act) -> None:
    """The project is changed as asked; no change touches its amounts."""
    row = _decide(act, ChangeRequest, act.command.remark)
    if row.what != "budget_note":
        value = date.fromisoformat(row.new) if row.what == "ends_on" else row.new
        act.session.execute(update(Project).where(Project.case_id == act.root.id).values({row.what: value}))
    seal_papers(act.session, act.root.id, act.event.id, act.case.id, kinds=CHANGE_PAPERS)


@records("change_request", "refuse_change", Reasoned)
def record_refusal(act: Act) -> None:
    """The project stays as it is."""
    _decide(act, ChangeRequest, act.command.reason)


def _keep_stage(act: Act) -> None:
    """The row's state is the stage of its case."""
    if act.case.life == "progress_report":
        locked(act.session, ProgressReport, act.case.id).state = act.case.stage
    else:
        locked(act.session, ChangeRequest, act.case.id).state = act.case.stage


records("progress_report", "cancel", NoFields)(_keep_stage)
records("change_request", "cancel", NoFields)(_keep_stage)
records("change_request", "withdraw_change", NoFields)(_keep_stage)


def _decide(act: Act, model: type[Row], remark: str | None) -> Row:
    row = locked(act.session, model, act.case.id)
    row.state, row.remark = act.case.stage, remark
    row.decided_by_id, row.decided_at = act.actor.user_id, act.now
    return row


def _fill(row: ProgressReport, command: Report) -> None:
    row.period_from, row.period_until = command.period_from, command.period_until
    row.summary, row.spent, row.beneficiaries = command.summary, command.spent, command.beneficiaries


def _hash(row: ProgressReport) -> str:
    """What the front office decides about: SHA-256 of the canonical report."""
    names = ("round", "final", "period_from", "period_until", "summary", "spent", "beneficiaries")
    return hashlib.sha256(canonical({name: getattr(row, name) for name in names})).hexdigest()


def _final_is_there(act: Act) -> bool:
    return bool(
        act.session.scalar(
            select(ProgressReport.case_id).where(
                ProgressReport.project_id == act.root.id, ProgressReport.final, ProgressReport.state != "cancelled"
            )
        )
    )
