"""Who sees a case and in which roles one may act on it: always part of the query that loads it.

Source: design "Who acts". Drafts belong to their organisation alone; an office sees what has been
submitted; an expert and an audit firm see the one project they were drawn into. For whoever declared
a conflict the project does not exist. Whoever is tied to the organisation acts as applicant or not at all.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import aliased

from app.casework.models import Case, CaseParty, Duty, Recusal
from app.database import Base
from app.people.models import RoleGrant
from app.people.permissions import Actor
from workflows.definition import PUBLIC, SYSTEM
from workflows.roles import (
    ACCEPTING_UNIT,
    ADMINISTRATORS,
    APPLICANTS,
    APPROVER,
    AUDIT_FIRM,
    EXPERT,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FRONT_OFFICE,
    FUND_OFFICE,
    PANEL_MEMBER,
    SECRETARY,
    SUPERVISOR,
    duty_of,
)

#: Offices of the city, whose business is every submitted project.
CITY_WIDE = frozenset({FUND_OFFICE, SECRETARY, PANEL_MEMBER, APPROVER, FINANCE_MAKER, FINANCE_CHECKER, SUPERVISOR})
#: City-wide roles that may look at score sheets; what stands in one is kept back until all are in.
SHEET_READERS = frozenset({FUND_OFFICE, SECRETARY, PANEL_MEMBER, APPROVER, SUPERVISOR})
#: Lives inside a project that an audit firm works with.
AUDITED_LIVES = ("aid_project", "agreement", "progress_report")
SHEET = "score_sheet"
PROJECT = "aid_project"
#: Where a project holds what its organisation typed or brought after the last submission and has not handed in.
UNSENT_STAGES = ("correction", "rejected", "withdrawn")
PUBLIC_STAGES = ("publicity", "objection_hold")
#: The opening is the first act in a chain and the second leaves the draft: either it is submitted, or withdrawn.
SUBMITTED = and_(Case.stage != "draft", or_(Case.stage != "withdrawn", Case.entered_seq > 2))  # noqa: PLR2004


# A page says it in up to nine statements; it depends on nothing but the grants.
@lru_cache(maxsize=1024)
def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Case` under which this actor sees it; nothing is visible by default."""
    if actor.holds(SYSTEM):
        return Case.id.is_not(None)
    if actor.holds(PUBLIC):
        return and_(Case.life == PROJECT, Case.stage.in_(PUBLIC_STAGES))
    ways: list[ColumnElement[bool]] = []
    if actor.roles & CITY_WIDE:
        ways.append(SUBMITTED if actor.roles & SHEET_READERS else and_(SUBMITTED, Case.life != SHEET))
    if organisations := actor.organisation_ids:
        ways.append(and_(Case.organisation_id.in_(sorted(organisations)), Case.life != SHEET))
    for role, column in ((ACCEPTING_UNIT, Case.accepting_unit_id), (FRONT_OFFICE, Case.front_office_id)):
        if units := actor.unit_ids(role):
            ways.append(and_(column.in_(sorted(units)), SUBMITTED, Case.life != SHEET))
    if actor.holds(EXPERT):
        drawn = _party(CaseParty.user_id == actor.user_id)
        ways.append(and_(drawn, or_(Case.life == PROJECT, Case.assigned_user_id == actor.user_id)))
    if firms := actor.unit_ids(AUDIT_FIRM):
        drawn = _party(CaseParty.unit_id.in_(sorted(firms)))
        ways.append(and_(drawn, or_(Case.life.in_(AUDITED_LIVES), Case.assigned_unit_id.in_(sorted(firms)))))
    if not ways:
        return false()
    return and_(or_(*ways), not_recused(actor))


def visible_as(actor: Actor, roles: Collection[str]) -> ColumnElement[bool]:
    """The condition on `Case` under which this actor sees it in one of these roles.

    In what belongs to one's own organisation one has no other role than the applicant's.
    """
    seen = visible(replace(actor, grants=tuple(grant for grant in actor.grants if grant.role in roles)))
    own = sorted(actor.organisation_ids)
    return and_(seen, or_(Case.organisation_id.is_(None), Case.organisation_id.not_in(own))) if own else seen


def not_recused(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Case` that this person declared no conflict on its project; whatever lists cases says it."""
    # One look at the few recusals of one person; a list does not ask for each of its rows.
    return Case.root_id.not_in(select(Recusal.root_id).where(Recusal.user_id == actor.user_id))


def file_open(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Case` under which this actor may look into the project's file.

    Whoever sees the project may, but an expert only after declaring that there is no conflict; until
    then an expert sees what the project is called and whose it is.
    """
    otherwise = replace(actor, grants=tuple(grant for grant in actor.grants if grant.role != EXPERT))
    if not actor.holds(EXPERT):
        return visible(actor)
    sheet = aliased(Case)
    declared = exists().where(
        sheet.root_id == Case.root_id,
        sheet.life == SHEET,
        sheet.assigned_user_id == actor.user_id,
        sheet.stage.in_(("open", "submitted")),
    )
    return or_(visible(otherwise), and_(visible(actor), declared))


def of_file(actor: Actor, column: Any) -> Any:
    """What stands in the project's file, or nothing for an expert who may not look into it yet."""
    return sql_case((file_open(actor), column)) if actor.holds(EXPERT) else column


def _party(who: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(CaseParty.root_id == Case.root_id, CaseParty.ended_at.is_(None), who)


def tied(root: Any, person: Any, at: Any) -> ColumnElement[str | None]:
    """How somebody is tied to the organisation of a project: "present", "former" or NULL.

    Former ties count for the `conflict_years` of the project's policy. The database asks the same
    function before it takes an event, a duty or an assignment.
    """
    affiliation = Base.metadata.tables["affiliation"]
    any_tie = or_(
        exists().where(RoleGrant.user_id == person, RoleGrant.organisation_id.is_not(None)),
        exists().where(affiliation.c.user_id == person),
    )
    # Most people have no tie at all; for them nothing is asked of any case.
    return sql_case((any_tie, func.tie_to_project(root, person, at)))


#: A duty that no role is.
NOTHING = "nothing"


def duty_on(root: Any, person: Any) -> ColumnElement[str | None]:
    """What somebody is on a project: the duty held, and the applicant's for whoever is tied to its organisation.

    Whoever held another duty before the tie is NOTHING any more: neither the one nor the other.
    """
    held = select(Duty.duty).where(Duty.root_id == root, Duty.user_id == person).scalar_subquery()
    barred = tied(root, person, func.now()).is_not(None)
    return sql_case((and_(barred, held != "applicant"), NOTHING), (barred, "applicant"), else_=held)


def roles_on(actor: Actor, case: Case, duty: str | None, tie: str | None = None) -> frozenset[str]:
    """The roles in which this actor may act on this case, given the duty held on the project and the tie to it.

    A sheet stays with a tied expert: he or she is to declare the conflict and can do nothing else.
    """
    if tie and case.life != SHEET:
        duty = "applicant" if duty in {None, "applicant"} else NOTHING
    return frozenset(role for role in roles_before_duty(actor, case) if duty is None or duty_of(role) in {duty, None})


def roles_before_duty(actor: Actor, case: Case) -> frozenset[str]:
    """The same, before asking what the person has already been on this project.

    Whoever belongs to the organisation acts as applicant or not at all.
    """
    own = case.organisation_id is not None and case.organisation_id in actor.organisation_ids
    return roles_held(actor, case) & APPLICANTS if own else roles_held(actor, case)


def roles_held(actor: Actor, case: Case) -> frozenset[str]:
    """Every role on this case for which somebody was appointed, whatever forbids to act in it."""
    found = set()
    for grant in actor.grants:
        role = grant.role
        if role in {SYSTEM, PUBLIC}:
            found.add(role)
        elif role in APPLICANTS:
            if case.organisation_id is not None and grant.organisation_id == case.organisation_id:
                found.add(role)
        elif role in ADMINISTRATORS:
            continue
        elif role in CITY_WIDE or _holds_post(role, grant.unit_id, actor, case):
            found.add(role)
    return frozenset(found)


def _holds_post(role: str, unit_id: int | None, actor: Actor, case: Case) -> bool:
    post = {
        ACCEPTING_UNIT: (case.accepting_unit_id, unit_id),
        FRONT_OFFICE: (case.front_office_id, unit_id),
        AUDIT_FIRM: (case.assigned_unit_id, unit_id),
        EXPERT: (case.assigned_user_id, actor.user_id),
    }.get(role)
    return post is not None and post[0] is not None and post[0] == post[1]


def desk_of(case: Case, role: str | None) -> tuple[int | None, int | None]:
    """The unit and the person on whose desk a case lies when this role holds it."""
    if role == ACCEPTING_UNIT:
        return case.accepting_unit_id, None
    if role == FRONT_OFFICE:
        return case.front_office_id, None
    if role == AUDIT_FIRM:
        return case.assigned_unit_id, None
    if role == EXPERT:
        return None, case.assigned_user_id
    return None, None


#: (life, action) → the field whose words everybody reads who sees the case.
WORDS_FOR_READERS = {
    **{
        ("aid_project", action): "reason"
        for action in ("reject", "withdraw", "suspend", "resume", "terminate", "refuse_audit", "open_clawback")
    },
    ("aid_project", "return_for_correction"): "items",
    ("aid_project", "resubmit"): "reply",
    ("aid_project", "finish"): "summary",
    ("aid_project", "close"): "remark",
    ("progress_report", "return_report"): "reason",
    ("progress_report", "confirm_report"): "remark",
    ("change_request", "refuse_change"): "reason",
    ("change_request", "accept_change"): "remark",
    ("audit", "return_audit"): "reason",
}
#: The same for words that the offices say to each other.
WORDS_FOR_OFFICES = {
    **{
        ("aid_project", action): "opinion"
        for action in ("give_opinion", "pass_authenticity", "pass_compliance", "close_panel")
    },
    ("aid_project", "approve"): "minutes",
    ("aid_project", "defer"): "reason",
    ("aid_project", "vote"): "comment",
    ("aid_project", "query_settlement"): "reason",
    ("aid_project", "reverse_settlement"): "reason",
    ("aid_project", "recuse"): "statement",
    ("score_sheet", "void"): "reason",
    ("payment_order", "refuse_payment"): "reason",
    ("payment_order", "record_failed"): "reason",
}


def words_for(actor: Actor, organisation_id: int | None) -> Mapping[tuple[str, str], str]:
    """Which words of whose acts this actor may read on the cases of this organisation."""
    own = organisation_id is not None and organisation_id in actor.organisation_ids
    if own or not actor.roles & (CITY_WIDE | {ACCEPTING_UNIT, FRONT_OFFICE}):
        return WORDS_FOR_READERS
    return {**WORDS_FOR_READERS, **WORDS_FOR_OFFICES}
