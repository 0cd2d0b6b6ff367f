"""The life of an aid project: what each step asks for, in the words it refuses with."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.workflows.asking import asking, effects, refusal
from tests.workflows.fit import DAY, NOW, fit_for
from workflows.aid_project import AID_PROJECT
from workflows.definition import SYSTEM, Move, Post
from workflows.engine import open_actions
from workflows.roles import (
    ACCEPTING_UNIT,
    APPLICANT_OWNER,
    APPROVER,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FRONT_OFFICE,
    FUND_OFFICE,
    PANEL_MEMBER,
    SECRETARY,
)

MAIN_LINE = [
    ("submit", "draft", APPLICANT_OWNER, "authenticity_review"),
    ("pass_authenticity", "authenticity_review", ACCEPTING_UNIT, "compliance_review"),
    ("pass_compliance", "compliance_review", FUND_OFFICE, "expert_review"),
    ("open_panel", "expert_review", SECRETARY, "expert_review"),
    ("close_panel", "expert_review", SECRETARY, "publicity"),
    ("publish_notice", "publicity", FUND_OFFICE, "publicity"),
    ("end_publicity", "publicity", SYSTEM, "joint_review"),
    ("vote", "joint_review", PANEL_MEMBER, "joint_review"),
    ("approve", "joint_review", APPROVER, "announcement"),
    ("announce", "announcement", FUND_OFFICE, "agreement"),
    ("start", "agreement", APPLICANT_OWNER, "implementation"),
    ("finish", "implementation", APPLICANT_OWNER, "audit"),
    ("accept_audit", "audit", FUND_OFFICE, "settlement"),
    ("prepare_settlement", "settlement", FINANCE_MAKER, "settlement"),
    ("confirm_settlement", "settlement", FINANCE_CHECKER, "disbursement"),
    ("close", "disbursement", FUND_OFFICE, "closed"),
]


@pytest.mark.parametrize(("action", "stage", "by", "end"), MAIN_LINE, ids=lambda value: value)
def test_a_fit_project_walks_the_whole_line(action, stage, by, end):
    assert asking(AID_PROJECT, action, in_stage=stage, by=by, facts=fit_for(action)).to == end


@pytest.mark.parametrize("stage", ["authenticity_review", "compliance_review", "expert_review"])
def test_a_correction_comes_back_to_the_stage_that_asked_for_it(stage):
    facts = fit_for("resubmit", returned_from=stage)

    assert asking(AID_PROJECT, "resubmit", in_stage="correction", by=APPLICANT_OWNER, facts=facts).to == stage


def test_a_correction_that_never_came_is_refused_by_the_stage_that_asked_for_it():
    facts = fit_for("reject", due_at=NOW - DAY)

    assert asking(AID_PROJECT, "reject", in_stage="correction", by=FUND_OFFICE, facts=facts).to == "rejected"


def test_a_panel_may_only_turn_down_what_it_does_not_recommend():
    turned_down = {"asked": {"outcome": "not_recommend"}}
    weak = fit_for("close_panel", **turned_down, sheet_totals=(74,) * 5)
    strong = fit_for("close_panel", **turned_down, sheet_totals=(75,) * 5)

    assert asking(AID_PROJECT, "close_panel", in_stage="expert_review", by=SECRETARY, facts=weak).to == "rejected"
    refusal(AID_PROJECT, "close_panel", in_stage="expert_review", by=SECRETARY, facts=strong)


@pytest.mark.parametrize(
    ("sheets", "free"),
    [
        ({"sheet_suggestions": (0,) * 5}, True),
        ({"sheet_suggestions": (0, 0, 0, 2, 30_000_000)}, True),  # 2 / 3 fen is nothing
        ({"sheet_suggestions": (0, 0, 0, 3, 30_000_000)}, False),
        ({"sheet_recommendations": ("not_recommend",) * 3 + ("recommend",) * 2}, True),
        ({"sheet_recommendations": ("not_recommend",) * 2 + ("recommend",) * 3}, False),
    ],
)
def test_whatever_the_score_a_panel_turns_down_what_most_are_against_or_nothing_is_suggested_for(sheets, free):
    facts = fit_for("close_panel", asked={"outcome": "not_recommend"}, **sheets)
    question = {"in_stage": "expert_review", "by": SECRETARY, "facts": facts}

    if free:
        assert asking(AID_PROJECT, "close_panel", **question).to == "rejected"
    else:
        refusal(AID_PROJECT, "close_panel", **question)


@pytest.mark.parametrize(
    ("outcome", "still_open", "end", "follows"),
    [
        ("upheld", 3, "rejected", ["Move objection", "Move objection", "Post unreserve", "Notify rejected"]),
        ("refuted", 2, "objection_hold", ["Move objection"]),
        ("refuted", 1, "publicity", ["Move objection", "Publish resumed_notice"]),
    ],
)
def test_a_decision_on_an_objection_ends_holds_or_resumes_the_publicity(outcome, still_open, end, follows):
    facts = fit_for("decide_objection", asked={"outcome": outcome}, open_objections=still_open)
    step = asking(AID_PROJECT, "decide_objection", in_stage="objection_hold", by=FUND_OFFICE, facts=facts)

    assert (step.to, effects(step)) == (end, follows)


def test_the_rest_of_a_publicity_is_counted_without_its_first_day():
    facts = fit_for("decide_objection", asked={"outcome": "refuted"})
    resumed = asking(AID_PROJECT, "decide_objection", in_stage="objection_hold", by=FUND_OFFICE, facts=facts).due
    begun = asking(
        AID_PROJECT, "publish_notice", in_stage="publicity", by=FUND_OFFICE, facts=fit_for("publish_notice")
    ).due

    assert (begun.count(facts), begun.first_day_counts, begun.then) == (5, True, "end_publicity")
    assert (resumed.count(facts), resumed.first_day_counts, resumed.then) == (2, False, "end_publicity")


def test_an_agreement_is_signed_by_the_fund_office_first():
    nobody = fit_for("sign_agreement", signed_by_fund_office=False, signed_by_applicant=False)
    office = replace(nobody, signed_by_fund_office=True)

    assert asking(AID_PROJECT, "sign_agreement", in_stage="agreement", by=FUND_OFFICE, facts=nobody).to == "agreement"
    refusal(AID_PROJECT, "sign_agreement", in_stage="agreement", by=APPLICANT_OWNER, facts=nobody)
    second = asking(AID_PROJECT, "sign_agreement", in_stage="agreement", by=APPLICANT_OWNER, facts=office)
    assert effects(second) == ["Post encumber", "Move agreement", "Notify agreement_signed"]


def test_a_decision_reaches_the_one_objection_that_it_names():
    named = [
        (effect.action, effect.chosen_by)
        for t in AID_PROJECT.transitions
        if t.action == "decide_objection"
        for effect in t.effects
        if isinstance(effect, Move)
    ]

    assert named == [("uphold", "objection"), ("drop", None), ("refute", "objection"), ("refute", "objection")]


def test_every_early_end_frees_the_money_and_ends_what_still_runs():
    ends = {
        (t.source, t.action): [
            f"{effect.life} {effect.action}" if isinstance(effect, Move) else effect.code
            for effect in t.effects
            if isinstance(effect, Move | Post)
        ]
        for t in AID_PROJECT.transitions
        if t.to in {"rejected", "withdrawn", "lapsed", "terminated"}
    }

    delivery = ["progress_report cancel", "change_request cancel", "agreement end"]
    assert ends == {
        ("draft", "withdraw"): [],
        ("correction", "withdraw"): [],
        ("correction", "reject"): [],
        ("authenticity_review", "withdraw"): [],
        ("authenticity_review", "reject"): [],
        ("compliance_review", "withdraw"): [],
        ("compliance_review", "reject"): [],
        ("expert_review", "withdraw"): ["score_sheet void"],
        ("expert_review", "close_panel"): [],
        ("publicity", "withdraw"): ["unreserve"],
        ("objection_hold", "withdraw"): ["unreserve", "objection drop"],
        ("objection_hold", "decide_objection"): ["objection uphold", "objection drop", "unreserve"],
        ("joint_review", "withdraw"): ["unreserve"],
        ("joint_review", "reject"): ["unreserve"],
        ("announcement", "withdraw"): ["unreserve"],
        ("agreement", "lapse"): ["unreserve", "agreement lapse"],
        ("agreement", "terminate"): ["unreserve", "release", "agreement end"],
        ("implementation", "terminate"): ["release", *delivery],
        ("suspended", "terminate"): ["release", *delivery],
        ("audit", "terminate"): ["release", "audit cancel", "agreement end"],
        ("audit", "refuse_audit"): ["audit refuse", "release", "agreement end"],
        ("settlement", "terminate"): ["release", "agreement end"],
    }


def test_a_settlement_of_nothing_closes_the_project_without_a_payment():
    facts = fit_for("confirm_settlement", entitled=0, payable=0)
    step = asking(AID_PROJECT, "confirm_settlement", in_stage="settlement", by=FINANCE_CHECKER, facts=facts)

    assert (step.to, "Open payment_order" in effects(step)) == ("closed", False)


def test_whoever_prepared_is_told_when_a_settlement_comes_back():
    step = asking(
        AID_PROJECT, "query_settlement", in_stage="settlement", by=FINANCE_CHECKER, facts=fit_for("query_settlement")
    )

    assert (effects(step), step.holder) == (["Notify settlement_queried"], "finance_maker")


def test_whoever_holds_a_stage_of_the_offices_can_do_something_there():
    for stage in AID_PROJECT.stages:
        if stage.holder:
            able = {role for t in AID_PROJECT.leaving(stage.name) for role in t.roles}
            assert stage.holder in able, stage.name


def test_confirming_a_settlement_accrues_what_is_due_and_releases_the_rest():
    facts = fit_for("confirm_settlement")
    accrue, release, *rest = asking(
        AID_PROJECT, "confirm_settlement", in_stage="settlement", by=FINANCE_CHECKER, facts=facts
    ).effects

    assert (accrue.code, accrue.amount(facts), accrue.maker(facts)) == ("accrue", 20_000_000, 7)
    assert (release.code, release.amount(facts)) == ("release", 4_000_000)
    assert [type(effect).__name__ for effect in rest] == ["Open", "Notify"]


def test_reversing_a_settlement_books_the_confirmation_back_and_cancels_the_order():
    facts = fit_for("reverse_settlement", accrual=UUID(int=1), release=UUID(int=2))
    step = asking(AID_PROJECT, "reverse_settlement", in_stage="disbursement", by=FINANCE_CHECKER, facts=facts)
    _cancel, *posts = step.effects[:3]

    assert (step.to, effects(step)) == ("settlement", [
        "Move payment_order", "Post accrual_reverse", "Post release_reverse",
        "Notify settlement_reversed", "Notify settlement_reversed",
    ])  # fmt: skip
    assert [(post.amount(facts), post.maker(facts), post.reverses(facts)) for post in posts] == [
        (20_000_000, 7, UUID(int=1)),
        (4_000_000, 7, UUID(int=2)),
    ]


def test_a_stranger_has_no_button_in_any_stage():
    offered = {
        stage.name: open_actions(AID_PROJECT, stage.name, frozenset(), fit_for("")) for stage in AID_PROJECT.stages
    }

    assert {name: actions for name, actions in offered.items() if actions} == {}


def test_a_front_office_only_gives_its_opinion():
    by_stage = {
        stage.name: [t.action for t in open_actions(AID_PROJECT, stage.name, frozenset({FRONT_OFFICE}), fit_for(""))]
        for stage in AID_PROJECT.stages
    }

    assert {name: actions for name, actions in by_stage.items() if actions} == {"authenticity_review": ["give_opinion"]}
