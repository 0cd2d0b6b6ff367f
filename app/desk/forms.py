"""What the forms of the desk know beyond their commands: choices, and figures that are already there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audits.queries import audit_firms
from app.casework.forms import Filled, Offers
from app.casework.models import Case
from app.casework.subjects import command_of
from app.organisations.queries import organisations
from app.people.permissions import Actor
from app.programmes.queries import calls_of_year, open_calls, policy_of, programme_years
from app.projects.commands import REQUIRED, Declaration, NewProject
from app.projects.models import Project
from app.publicity.queries import objections_of
from app.reviews.permissions import fit_experts
from app.text import moment
from workflows.policy import Policy


@dataclass(frozen=True, slots=True)
class Given:
    """Choices by field, and values by field, for a form that nobody has typed into yet."""

    offers: Offers = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


Giver = Callable[[Session, Case, Actor, datetime], Given]


def form_of_action(session: Session, case: Case, action: str, actor: Actor, now: datetime) -> Filled[Any]:
    """The form of an action on a case, with what is known filled in."""
    giver = _GIVERS.get((case.life, action))
    given = giver(session, case, actor, now) if giver else Given()
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


def new_project_form(session: Session, actor: Actor, now: datetime, call: str | None = None) -> Filled[NewProject]:
    """A new draft: the calls that are open (one may be chosen already), and the organisations of whoever declares."""
    calls = [(call.code, f"{call.code} {call.title}") for call in open_calls(session, now)]
    own = [(row.uscc, row.name) for row in organisations(session, actor) if row.id in actor.organisation_ids]
    values = {"organisation": own[0][0]} if len(own) == 1 else {}
    if call in dict(calls):
        values["call"] = call
    return Filled(NewProject, {"call": calls, "organisation": own}, values)


def years_to_choose(session: Session) -> Sequence[tuple[str, str]]:
    """The programmes one can open a call under."""
    return list(dict.fromkeys((row.code, f"{row.code} {row.name}") for row in programme_years(session)))


def _scores(session: Session, case: Case, _actor: Actor, _now: datetime) -> Given:
    policy = _policy(session, case)
    points = [
        (key, _("%(item)s（0 至 %(most)d 分）", item=_(label), most=most)) for key, label, most in policy.score_items
    ]
    return Given(offers={"scores": points, "comments": [(key, label) for key, label, _most in policy.score_items]})


def _open_objections(session: Session, case: Case, actor: Actor, _now: datetime) -> Given:
    rows = [row for row in objections_of(session, case.root_id, actor) if row.outcome is None]
    return Given(offers={"objection": [(str(row.case), _label_of(row)) for row in rows]})


def _label_of(row: Any) -> str:
    said = (row.statement or "")[:40]
    return _("%(at)s 收到：%(said)s", at=moment(row.received_at), said=said)


def _firms(session: Session, _case: Case, _actor: Actor, _now: datetime) -> Given:
    return Given(offers={"firm": audit_firms(session)})


def _fit_experts(session: Session, case: Case, _actor: Actor, now: datetime) -> Given:
    found = fit_experts(session, case, _policy(session, case), now)
    return Given(offers={"experts": [(each.email, f"{each.name}（{each.email}）") for each in found]})


def _calls_to_change(session: Session, case: Case, _actor: Actor, _now: datetime) -> Given:
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
    ("aid_project", "open_panel"): _fit_experts,
    ("aid_project", "add_experts"): _fit_experts,
}
