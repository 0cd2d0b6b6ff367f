"""Which papers an actor may add and see: two small tables over casework's own rules of sight."""

from sqlalchemy import ColumnElement, and_, exists, not_, or_, true

from app.casework.models import Case
from app.casework.permissions import CITY_WIDE, PROJECT, UNSENT_STAGES, file_open, roles_on
from app.documents.models import STORED, Paper
from app.people.models import RoleGrant
from app.people.permissions import Actor
from workflows.definition import PUBLIC, SYSTEM
from workflows.papers import LATER_PAPERS, REQUIRED_PAPERS
from workflows.roles import (
    ACCEPTING_UNIT,
    APPLICANT_MEMBER,
    APPLICANT_OWNER,
    APPROVER,
    AUDIT_FIRM,
    FINANCE_MAKER,
    FRONT_OFFICE,
    FUND_OFFICE,
    PANEL_MEMBER,
    SECRETARY,
)

#: Every kind of paper with the words users read, in the order of the lists.
KINDS = dict(REQUIRED_PAPERS + LATER_PAPERS)

DECLARATION = (*dict(REQUIRED_PAPERS), "vouchers", "photos", "other")
DELIVERY = ("vouchers", "photos", "progress_report", "final_report", "change_evidence", "other")

#: (life, stage) → role → kinds that this role may add there. What is not in the table is refused.
MAY_ADD: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("aid_project", "draft"): dict.fromkeys((APPLICANT_OWNER, APPLICANT_MEMBER), DECLARATION),
    ("aid_project", "correction"): dict.fromkeys((APPLICANT_OWNER, APPLICANT_MEMBER), DECLARATION),
    ("aid_project", "authenticity_review"): {ACCEPTING_UNIT: ("other",), FRONT_OFFICE: ("recipient_opinion", "other")},
    ("aid_project", "compliance_review"): {FUND_OFFICE: ("other",)},
    ("aid_project", "expert_review"): {SECRETARY: ("minutes", "other")},
    ("aid_project", "objection_hold"): {FUND_OFFICE: ("objection_evidence", "other")},
    ("aid_project", "joint_review"): dict.fromkeys((PANEL_MEMBER, APPROVER, FUND_OFFICE), ("minutes", "other")),
    ("aid_project", "implementation"): dict.fromkeys((APPLICANT_OWNER, APPLICANT_MEMBER), DELIVERY),
    ("aid_project", "clawback"): {FINANCE_MAKER: ("bank_receipt", "other")},
    ("progress_report", "returned"): dict.fromkeys((APPLICANT_OWNER, APPLICANT_MEMBER), DELIVERY),
    ("change_request", "submitted"): dict.fromkeys((APPLICANT_OWNER, APPLICANT_MEMBER), ("change_evidence", "other")),
    ("objection", "received"): {FUND_OFFICE: ("objection_evidence", "other")},
    ("agreement", "drawing_up"): {SYSTEM: ("agreement",)},
    ("agreement", "awaiting_fund_office"): {FUND_OFFICE: ("agreement",)},
    ("agreement", "awaiting_applicant"): {APPLICANT_OWNER: ("agreement",)},
    ("audit", "at_work"): {AUDIT_FIRM: ("audit_report", "vouchers", "other")},
    ("payment_order", "sent"): {FINANCE_MAKER: ("bank_receipt",)},
}

#: Papers that the offices keep among themselves: minutes of the panel, and who objected.
INTERNAL = ("minutes", "objection_evidence")


def kinds_to_add(actor: Actor, case: Case, duty: str | None) -> tuple[str, ...]:
    """The kinds this actor may add to a case that he or she can see; empty where none.

    `duty` is what the person already is on the project, None when nothing yet.
    """
    table = MAY_ADD.get((case.life, case.stage), {})
    open_kinds = {kind for role in roles_on(actor, case, duty) for kind in table.get(role, ())}
    return tuple(kind for kind in KINDS if kind in open_kinds)


def somebody_adds(life: str, stage: str, kind: str) -> bool:
    """Whether any role may add this kind at this stage: what is wrong is then the person, not the time."""
    return any(kind in kinds for kinds in MAY_ADD.get((life, stage), {}).values())


def visible_papers(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Paper` joined to `Case` under which this actor may read a paper.

    Whoever may look into the file of the case reads its papers, except: nobody reads a withdrawn one;
    the public reads none; internal papers stay among the offices, and so does an auditor's work until its report is in;
    what an organisation brings for a correction is its own until that is handed in.
    """
    if actor.holds(SYSTEM):
        return Paper.state == STORED
    if actor.holds(PUBLIC):
        return not_(true())
    for_everybody = and_(
        Paper.kind.not_in(INTERNAL),
        or_(Case.life != "audit", Paper.sealed_event_id.is_not(None)),
    )
    shown: list[ColumnElement[bool]] = [for_everybody]
    if organisations := sorted(actor.organisation_ids):
        # Whoever belongs to the organisation reads as the applicant, whatever else he or she is.
        elsewhere = or_(Case.organisation_id.is_(None), Case.organisation_id.not_in(organisations))
    else:
        elsewhere = true()
    if actor.roles & CITY_WIDE:
        shown.append(elsewhere)
    if firms := sorted(actor.unit_ids(AUDIT_FIRM)):
        shown.append(and_(elsewhere, Paper.kind.not_in(INTERNAL), Case.assigned_unit_id.in_(firms)))
    return and_(Paper.state == STORED, file_open(actor), or_(*shown), or_(_handed_in(), not_(elsewhere)))


def _handed_in() -> ColumnElement[bool]:
    """The condition on a paper that it is no draft: what is brought for a correction is handed in with it."""
    brought = exists().where(
        RoleGrant.user_id == Paper.uploaded_by_id, RoleGrant.organisation_id == Case.organisation_id
    )
    unsent = and_(Case.life == PROJECT, Case.stage.in_(UNSENT_STAGES), brought)
    return or_(Paper.sealed_event_id.is_not(None), not_(unsent))
