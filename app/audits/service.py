"""Recording audits: opened, assigned, submitted line by line, returned, and their end."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import insert, select

from app.audits.commands import AssignAuditor, SubmitAudit
from app.audits.models import Audit, AuditLine
from app.casework.commands import NoFields, Reasoned
from app.casework.effects import draw_in
from app.casework.models import Case
from app.casework.subjects import Act, Opening, describes, opens, records
from app.database import locked
from app.documents.service import seal_papers
from app.evidence.service import canonical
from app.people.models import Unit
from app.refusals import FieldRefused
from workflows.definition import because
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
    """The firm sees the project from now on, and the audit lies on its desk."""
    firm = act.session.scalar(select(Unit.id).where(Unit.code == act.command.firm, Unit.kind == AUDIT_FIRM))
    if firm is None:
        raise FieldRefused("firm", because("没有代码为“{code}”的审计机构。", code=act.command.firm))
    audit = locked(act.session, Audit, act.case.id)
    audit.state, audit.firm_id = act.case.stage, firm
    act.case.assigned_unit_id = firm
    draw_in(act.session, act.root.id, unit_id=firm, now=act.now)


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
    act.case.content_hash = hashlib.sha256(canonical(act.command.record())).hexdigest()
    act.session.execute(
        insert(AuditLine),
        [
            line | {"audit_id": audit.case_id, "round": audit.round, "position": place}
            for place, line in enumerate(lines, 1)
        ],
    )
    seal_papers(act.session, act.root.id, act.event.id, act.case.id)


@records("audit", "return_audit", Reasoned)
def record_return(act: Act) -> None:
    """The firm may correct its report; what it said stays on record."""
    _keep_stage(act)


def _keep_stage(act: Act) -> None:
    """The row's state is the stage of its case."""
    locked(act.session, Audit, act.case.id).state = act.case.stage


for _action in ("accept", "refuse", "cancel"):
    records("audit", _action, NoFields)(_keep_stage)
