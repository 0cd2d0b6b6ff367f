"""What the forms of the desk know beyond their commands: choices, and figures that are already there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.agreements.queries import agreement_of
from app.audits.queries import audit_firms
from app.casework.forms import Filled, Offers
from app.casework.models import Case
from app.casework.subjects import command_of
from app.organisations.queries import organisations
from app.payments.queries import orders_of, settlements_of
from app.people.permissions import Actor
from app.programmes.queries import calls_of_year, open_calls, policy_of, programme_years
from app.projects.commands import REQUIRED, Declaration, NewProject
from app.projects.models import Project
from app.publicity.queries import objections_of
from app.text import moment
from workflows.policy import Policy


@dataclass(frozen=True, slots=True)
class Given:
    """Choices by field, and values by field, for a form that nobody has typed into yet."""

    offers: Offers = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


Giver = Callable[[Session, Case, Actor], Given]


def form_of_action(session: Session, case: Case, action: str, actor: Actor) -> Filled[Any]:
    """The form of an action on a case, with what is known filled in."""
    giver = _GIVERS.get((case.life, action))
    given = giver(session, case, actor) if giver else Given()
    return Filled(command_of(case.life, action), given.offers, given.values)


def declaration_form(session: Session, policy_id: int, values: Mapping[str, Any]) -> Filled[Declaration]:
    """The declaration, with the fields, cost categories and performance groups of its policy."""
    policy = policy_of(session, policy_id)
    offers = {
        "field": policy.fields,
        "category": policy.eligible_costs,
        "level_one": [(key, label) for key, label, _points in policy.performance_groups],
    }
    filled = Filled(Declaration, offers, values)
    # A draft may leave these blank, a submission may not; so they are not marked as optional.
    for name in (*REQUIRED, "requested", "budget", "targets"):
        filled.form[name].flags.required = True
    return filled


def new_project_form(session: Session, actor: Actor, now: Any) -> Filled[NewProject]:
    """A new draft: the calls that are open, and the organisations of whoever declares."""
    calls = [(call.code, f"{call.code} {call.title}") for call in open_calls(session, now)]
    own = [(row.uscc, row.name) for row in organisations(session, actor) if row.id in actor.organisation_ids]
    values = {"organisation": own[0][0]} if len(own) == 1 else {}
    return Filled(NewProject, {"call": calls, "organisation": own}, values)


def years_to_choose(session: Session) -> Sequence[tuple[str, str]]:
    """The programmes one can open a call under."""
    return list(dict.fromkeys((row.code, f"{row.code} {row.name}") for row in programme_years(session)))


def _scores(session: Session, case: Case, _actor: Actor) -> Given:
    policy = _policy(session, case)
    points = [
        (key, _("%(item)s（0 至 %(most)d 分）", item=_(label), most=most)) for key, label, most in policy.score_items
    ]
    return Given(offers={"scores": points, "comments": [(key, label) for key, label, _most in policy.score_items]})


def _open_objections(session: Session, case: Case, actor: Actor) -> Given:
    rows = [row for row in objections_of(session, case.root_id, actor) if row.outcome is None]
    return Given(offers={"objection": [(str(row.case), _label_of(row)) for row in rows]})


def _label_of(row: Any) -> str:
    said = (row.statement or "")[:40]
    return _("%(at)s 收到：%(said)s", at=moment(row.received_at), said=said)


def _firms(session: Session, _case: Case, _actor: Actor) -> Given:
    return Given(offers={"firm": audit_firms(session)})


def _text_to_sign(session: Session, case: Case, _actor: Actor) -> Given:
    found = agreement_of(session, case.root_id)
    return Given(values={"document_hash": found.document_hash or ""} if found else {})


def _figures_to_confirm(session: Session, case: Case, _actor: Actor) -> Given:
    live = [each.content_hash for each in settlements_of(session, case.root_id) if each.ended_at is None]
    return Given(values={"content_hash": live[0]} if live else {})


def _order_to_approve(session: Session, case: Case, _actor: Actor) -> Given:
    found = [each.content_hash for each in orders_of(session, case.root_id) if each.pid == case.pid]
    return Given(values={"content_hash": found[0] or ""} if found else {})


def _calls_to_change(session: Session, case: Case, _actor: Actor) -> Given:
    rows = calls_of_year(session, case.id)
    values = {"call": rows[0].code} if len(rows) == 1 else {}
    return Given({"call": [(row.code, f"{row.code} {row.title}") for row in rows]}, values)


def _policy(session: Session, case: Case) -> Policy:
    return policy_of(session, session.get_one(Project, case.root_id).policy_id)


#: (life, action) → what its form is given.
_GIVERS: dict[tuple[str, str], Giver] = {
    ("programme_year", "change_window"): _calls_to_change,
    ("score_sheet", "submit_sheet"): _scores,
    ("aid_project", "decide_objection"): _open_objections,
    ("audit", "assign_auditor"): _firms,
    ("aid_project", "sign_agreement"): _text_to_sign,
    ("aid_project", "confirm_settlement"): _figures_to_confirm,
    ("payment_order", "approve_payment"): _order_to_approve,
}
