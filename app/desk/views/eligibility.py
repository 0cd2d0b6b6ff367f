"""May we declare under this call? Answered from the register for its people, by questions for everybody."""

from flask import render_template, request

from app.database import db
from app.desk.queries.eligibility import checks, own_organisations, told_by_register, told_by_visitor, verdict
from app.desk.views.terms import desk
from app.organisations.models import KINDS, YEARLY_CHECK_RESULTS
from app.programmes.queries import call_named, policy_of
from app.security import clock, current_actor, may


@desk.get("/calls/<call>/eligibility")
@may("published.read")
def eligibility(call: str) -> str:
    """Question by question: yes, no or not known, why, and by which rule."""
    session, actor, now = db.session(), current_actor(), clock().now()
    found = call_named(session, call)
    policy = policy_of(session, found.policy_id)
    asked = {name: request.args.get(name, "") for name in ("kind", "yearly_check", "blocked", "area", "field")}
    own = own_organisations(session, actor) if actor.organisation_ids else []
    told = [(row.name, told_by_register(row, now, accepted=accepted, asked=asked)) for row, accepted in own] or [
        ("", told_by_visitor(asked))
    ]
    results = [
        (name, rows, verdict(rows)) for name, rows in ((name, checks(found, policy, each, now)) for name, each in told)
    ]
    return render_template(
        "desk/eligibility.html", call=found, results=results, asked=asked, own=bool(own), kinds=KINDS,
        checks=YEARLY_CHECK_RESULTS, areas=policy.areas, fields=policy.fields,
        open=found.opens_at <= now <= found.closes_at,
    )  # fmt: skip
