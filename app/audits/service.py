"""Recording audits: opened, assigned, drafted, submitted line by line, returned, and their end."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.audits.commands import AssignAuditor, SubmitAudit
from app.audits.models import Audit, AuditDraft, AuditLine
from app.audits.queries import Draft
from app.casework.commands import NoFields, Reasoned
from app.casework.effects import draw_in, let_go
from app.casework.models import Case
from app.casework.permissions import visible
from app.casework.service import content_changed
from app.casework.subjects import Act, Opening, describes, opens, records
from app.database import Missing, locked, transaction
from app.documents.models import STORED, WITHDRAWN, Paper
from app.documents.service import seal_papers
from app.evidence.service import canonical
from app.people.models import Unit
from app.people.permissions import Actor
from app.refusals import FieldRefused
from workflows.definition import because
from workflows.engine import Refused
from workflows.roles import AUDIT_FIRM

#: Field of the command → column, where the two differ.
RENAMED = {"first_cpa": "cpa_one", "second_cpa": "cpa_two"}

describes("aid_project", "accept_audit", NoFields)
describes("aid_project", "refuse_audit", Reasoned)


@opens("audit")
def openings(act: Act) -> Iterator[Opening]:
    """One audit, not yet given to a firm."""

    def write(case: Case) -> None:
        act.session.add(Audit(case_id=case.id, project_id=act.root.id, state=case.stage, round=0))
        act.session.flush()

    yield Opening(write=write)


@records("audit", "assign_auditor", AssignAuditor)
def record_assignment(act: Act) -> None:
    """The firm sees the project from now on, and the audit lies on its desk; one that was at work sees it no more."""
    firm = act.session.scalar(select(Unit.id).where(Unit.code == act.command.firm, Unit.kind == AUDIT_FIRM))
    if firm is None:
        raise FieldRefused("firm", because("没有代码为“{code}”的审计机构。", code=act.command.firm))
    audit = locked(act.session, Audit, act.case.id)
    if audit.firm_id is not None:
        let_go(act.session, act.root.id, unit_id=audit.firm_id, now=act.now)
        _forget_work(act)
    audit.state, audit.firm_id = act.case.stage, firm
    act.case.assigned_unit_id = firm
    draw_in(act.session, act.root.id, unit_id=firm, now=act.now)


def _forget_work(act: Act) -> None:
    """What a firm typed and attached but never handed in is no word of the next one."""
    act.session.execute(delete(AuditDraft).where(AuditDraft.case_id == act.case.id))
    act.session.execute(
        update(Paper)
        .where(Paper.case_id == act.case.id, Paper.state == STORED, Paper.sealed_event_id.is_(None))
        .values(state=WITHDRAWN, withdrawn_at=act.now)
    )


@records("audit", "submit_audit", SubmitAudit)
def record_report(act: Act) -> None:
    """The report of a new round: its lines are written once, and the rounds before stay readable."""
    audit = locked(act.session, Audit, act.case.id)
    values = act.command.values()
    lines = values.pop("lines")
    for name, value in values.items():
        setattr(audit, RENAMED.get(name, name), value)
    audit.state, audit.round = act.case.stage, audit.round + 1
    audit.submitted_by_id, audit.submitted_at = act.actor.user_id, act.now
    digest = hashlib.sha256(canonical(act.command.record()))
    act.case.content_hash = digest.hexdigest()
    # The report is accepted or refused on the project, by whoever has read this round of it.
    content_changed(act.root, digest.digest())
    act.session.execute(
        insert(AuditLine),
        [
            line | {"audit_id": audit.case_id, "round": audit.round, "position": place}
            for place, line in enumerate(lines, 1)
        ],
    )
    seal_papers(act.session, act.root.id, act.event.id, act.case.id)
    act.session.execute(delete(AuditDraft).where(AuditDraft.case_id == act.case.id))


@records("audit", "return_audit", Reasoned)
def record_return(act: Act) -> None:
    """The firm may correct its report; what it said stays on record."""
    _keep_stage(act)


class ReportMovedOn(Refused):
    """The draft was saved from another window in the meantime."""

    def __init__(self) -> None:
        super().__init__(because("审计草稿已在另一个窗口中修改。请先核对两处内容，再保存。"))


def keep_draft(pid: UUID, typed: Mapping[str, Any], *, version: int, actor: Actor, now: datetime) -> Draft:
    """Keep a report as it was typed so far, right or wrong, for this accountant alone.

    `version` is the save that the window started from, 0 before the first. `Missing` when the audit is not
    this firm's, `Refused` when it is not at work, `ReportMovedOn`.
    """
    with transaction() as session:
        case = session.scalar(select(Case).where(Case.pid == pid, Case.life == "audit", visible(actor)))
        if case is None or case.assigned_unit_id not in actor.unit_ids(AUDIT_FIRM):
            raise Missing(str(pid))
        if case.stage != "at_work":
            raise Refused(because("审计不在进行中，草稿没有保存。"))
        values = {"typed": dict(typed), "saved_at": now, "version": version + 1}
        if version:
            mine = AuditDraft.case_id == case.id, AuditDraft.user_id == actor.user_id, AuditDraft.version == version
            written = session.execute(update(AuditDraft).where(*mine).values(**values).returning(AuditDraft.case_id))
        else:
            fresh = insert(AuditDraft).values(case_id=case.id, user_id=actor.user_id, **values)
            written = session.execute(fresh.on_conflict_do_nothing().returning(AuditDraft.case_id))
        if written.one_or_none() is None:
            raise ReportMovedOn
    return Draft(typed, version + 1, now)


def _keep_stage(act: Act) -> None:
    """The row's state is the stage of its case."""
    locked(act.session, Audit, act.case.id).state = act.case.stage


for _action in ("accept", "refuse", "cancel"):
    records("audit", _action, NoFields)(_keep_stage)
