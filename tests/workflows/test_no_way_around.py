"""No money without every check: each gate is taken away in turn, and the way to the money is gone."""

from dataclasses import replace

import pytest

from tests.workflows.expected import expected
from tests.workflows.fit import NOW, fit_for
from workflows.aid_project import AID_PROJECT
from workflows.engine import Ask, GuardRefused, Refused, refusal, step

GATES = {
    "a declaration": "submit",
    "the authenticity review": "pass_authenticity",
    "the compliance review": "pass_compliance",
    "the expert review": "close_panel",
    "publicity": "end_publicity",
    "the joint review": "approve",
    "the announcement": "announce",
    "the start under the agreement": "start",
    "the end of the work": "finish",
    "an accepted audit": "accept_audit",
    "the settlement": "confirm_settlement",
}


def reachable(transitions):
    """The stages in reach, where a correction comes back only to the stage that asked for it."""
    reached, frontier = set(), {(AID_PROJECT.start, None)}
    while frontier:
        reached |= frontier
        frontier = {
            (t.to, t.source if t.to == "correction" else None)
            for stage, returned_from in frontier
            for t in transitions
            if t.source == stage and (t.action != "resubmit" or t.to == returned_from)
        } - reached
    return {stage for stage, _ in reached}


def test_every_stage_is_reachable_while_every_gate_stands():
    assert reachable(AID_PROJECT.transitions) == {stage.name for stage in AID_PROJECT.stages}


def test_a_correction_never_comes_back_to_another_stage():
    for asked in ("authenticity_review", "compliance_review", "expert_review", None):
        facts = fit_for("resubmit", returned_from=asked)
        ends = [t.to for t in AID_PROJECT.leaving("correction") if refusal(t, t.roles, facts) is None]

        assert ends == ([asked] if asked else []) + ["withdrawn"]


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
def test_without_this_gate_no_way_leads_to_the_money(gate):
    assert "disbursement" not in reachable([t for t in AID_PROJECT.transitions if t.action != gate])


def test_the_main_line_is_entered_only_through_its_gate():
    """Backwards only through correction, the two holds, and the settlement that is made anew."""
    entered = {}
    for (stage, action), branches in expected("aid_project/1").items():
        for _, end in branches:
            if stage != end:
                entered.setdefault(end, set()).add((stage, action))

    assert {end: entered[end] for end in (
        "authenticity_review", "compliance_review", "expert_review", "publicity", "joint_review", "announcement",
        "agreement", "implementation", "audit", "settlement", "disbursement",
    )} == {
        "authenticity_review": {("draft", "submit"), ("correction", "resubmit")},
        "compliance_review": {("authenticity_review", "pass_authenticity"), ("correction", "resubmit")},
        "expert_review": {("compliance_review", "pass_compliance"), ("correction", "resubmit")},
        "publicity": {("expert_review", "close_panel"), ("objection_hold", "decide_objection")},
        "joint_review": {("publicity", "end_publicity")},
        "announcement": {("joint_review", "approve")},
        "agreement": {("announcement", "announce")},
        "implementation": {("agreement", "start"), ("suspended", "resume")},
        "audit": {("implementation", "finish")},
        "settlement": {("audit", "accept_audit"), ("disbursement", "reverse_settlement")},
        "disbursement": {("settlement", "confirm_settlement")},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("action", "missing"),
    [
        ("close_panel", {"sheets_running": 1}),
        ("close_panel", {"sheet_totals": (90, 90, 90, 90)}),
        ("close_panel", {"sheet_totals": ()}),
        ("end_publicity", {"notice_published": False}),
        ("end_publicity", {"notice_closes_at": None}),
        ("approve", {"votes_for": 0}),
        ("start", {"signed_by_applicant": False}),
        ("start", {"signed_by_fund_office": False}),
        ("finish", {"final_report_confirmed": False}),
        ("accept_audit", {"audit_submitted": False}),
        ("accept_audit", {"audit_opinion": None}),
        ("accept_audit", {"audit_opinion": "adverse"}),
        ("accept_audit", {"audit_opinion": "disclaimer"}),
        ("confirm_settlement", {"settlement_hash": None}),
    ],
)
def test_a_gate_does_not_open_on_a_missing_check(action, missing):
    fit = fit_for(action)
    (source,) = {t.source for t in AID_PROJECT.transitions if t.action == action}
    roles = frozenset({role for t in AID_PROJECT.transitions if t.action == action for role in t.roles})

    assert step(AID_PROJECT, Ask(source, action, roles, fit)).source == source
    with pytest.raises(GuardRefused):
        step(AID_PROJECT, Ask(source, action, roles, replace(fit, **missing)))


def test_with_no_facts_at_all_no_gate_after_the_reviews_opens():
    opened = []
    empty = type(fit_for("start"))(now=NOW)
    for gate in ("close_panel", "end_publicity", "approve", "start", "finish", "accept_audit", "confirm_settlement"):
        for t in (t for t in AID_PROJECT.transitions if t.action == gate):
            try:
                opened.append(step(AID_PROJECT, Ask(t.source, gate, t.roles, empty)))
            except Refused:
                continue

    assert opened == []
