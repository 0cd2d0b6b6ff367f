"""A budget year: money is given, cut while it is free, and returned when nothing is under way."""

from dataclasses import replace

import pytest

from tests.workflows.asking import asking, effects, refusal
from workflows.engine import NotYourRole, open_actions
from workflows.programme_year import PROGRAMME_YEAR, Facts
from workflows.roles import FINANCE_MAKER, FUND_OFFICE

YEAR = Facts(available=1000)


def take(action, facts=YEAR):
    return asking(PROGRAMME_YEAR, action, in_stage="open", by=FUND_OFFICE, facts=facts)


def posted(step, facts):
    return [(effect.code, effect.amount(facts)) for effect in step.effects]


def test_a_budget_is_given_cut_and_closed():
    given = replace(YEAR, asked={"amount": 500})

    assert [take(action).to for action in ("appropriate", "cut_appropriation", "close_year")] == [
        "open",
        "open",
        "closed",
    ]
    assert posted(take("appropriate", given), given) == [("appropriate", 500)]
    assert posted(take("cut_appropriation", given), given) == [("appropriation_cut", 500)]
    assert posted(take("close_year"), YEAR) == [("lapse", 1000)]
    assert effects(take("close_year")) == ["Post lapse"]


@pytest.mark.parametrize(
    ("action", "change", "words"),
    [
        ("appropriate", {"asked": {"amount": 0}}, "金额必须大于零。"),
        ("cut_appropriation", {"asked": {"amount": -1}}, "金额必须大于零。"),
        ("cut_appropriation", {"asked": {"amount": 1001}}, "可用预算余额 10.00 元，不足以核减该金额。"),
        ("close_year", {"reserved": 1}, "尚有 0.01 元已安排而未拨付，不能结转本年度。"),
        ("close_year", {"encumbered": 1}, "尚有 0.01 元已安排而未拨付，不能结转本年度。"),
        ("close_year", {"payable": 1}, "尚有 0.01 元已安排而未拨付，不能结转本年度。"),
        ("close_year", {"inflight": 1}, "尚有 0.01 元已安排而未拨付，不能结转本年度。"),
    ],
)
def test_a_budget_is_not_moved_beyond_what_is_free(action, change, words):
    facts = replace(YEAR, **change)

    assert refusal(PROGRAMME_YEAR, action, in_stage="open", by=FUND_OFFICE, facts=facts) == words


def test_the_last_fen_can_be_cut():
    assert take("cut_appropriation", replace(YEAR, asked={"amount": 1000})).to == "open"


def test_only_the_fund_office_touches_a_budget():
    assert open_actions(PROGRAMME_YEAR, "open", frozenset({FINANCE_MAKER}), YEAR) == []
    with pytest.raises(NotYourRole):
        asking(PROGRAMME_YEAR, "appropriate", in_stage="open", by=FINANCE_MAKER, facts=YEAR)
