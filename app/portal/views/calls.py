"""The calls that are open: who may declare what, until when, with which papers."""

from flask import render_template

from app.database import db
from app.portal.views.terms import days_left, kept, pages
from app.programmes.queries import call_named, open_calls, policy_of
from app.security import clock, may
from workflows.money import PPM
from workflows.policy import rules


@pages.get("/open-calls")
@may("published.read")
@kept
def open_calls_page() -> str:
    """Every call that is open now, the first to close on top."""
    calls = open_calls(db.session(), clock().now())
    return render_template("portal/calls.html", calls=calls, days_left=days_left)


@pages.get("/open-calls/<code>")
@may("published.read")
@kept
def open_call_page(code: str) -> str:
    """One call with its rules, also when it is over."""
    call = call_named(db.session(), code)
    policy = policy_of(db.session(), call.policy_id)
    return render_template(
        "portal/call.html", call=call, policy=policy, now=clock().now(), days_left=days_left,
        areas=[name for prefix, name in policy.areas if prefix in call.areas],
        fields=[name for key, name in policy.fields if key in call.fields], percent=policy.ratio_ppm * 100 // PPM,
        sources={rule.name: rule.source for rule in rules(policy)},
    )  # fmt: skip
