"""A score sheet: conflict first, then the scores; and what a panel comes to."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.asking import asking, effects, refusal
from workflows.definition import PARENT
from workflows.engine import NotFromHere, NotYourRole, open_actions
from workflows.policy import DEFAULT_POLICY
from workflows.review import SCORE_SHEET, Facts, panel_result, total
from workflows.roles import EXPERT, SECRETARY

FULL = {key: most for key, _, most in DEFAULT_POLICY.score_items}
SHEET = {"scores": FULL, "comments": {}, "recommendation": "recommend", "suggested_amount": 100, "comment": ""}


def sheet(**change):
    return Facts(requested=100, asked=SHEET | change)


def submit(facts):
    return asking(SCORE_SHEET, "submit_sheet", in_stage="open", by=EXPERT, facts=facts)


def test_an_expert_without_a_conflict_opens_the_file():
    step = asking(
        SCORE_SHEET, "declare_conflict", in_stage="assigned", by=EXPERT, facts=Facts(asked={"conflict": False})
    )

    assert (step.to, effects(step)) == ("open", [])


def test_an_expert_with_a_conflict_is_recused_for_good():
    step = asking(
        SCORE_SHEET, "declare_conflict", in_stage="assigned", by=EXPERT, facts=Facts(asked={"conflict": True})
    )

    assert (step.to, effects(step)) == ("recused", ["Notify expert_recused"])
    assert SCORE_SHEET.stage("recused").final


def test_nothing_is_scored_before_the_conflict_is_declared():
    assert [t.action for t in open_actions(SCORE_SHEET, "assigned", frozenset({EXPERT}), Facts())] == [
        "declare_conflict"
    ]
    with pytest.raises(NotFromHere):
        asking(SCORE_SHEET, "submit_sheet", in_stage="assigned", by=EXPERT, facts=sheet())


def test_a_sheet_is_taken_until_the_last_day_of_its_session_and_a_recusal_always():
    last = date(2026, 3, 31)
    in_time, late = (replace(sheet(), today=day, sheets_due_on=last) for day in (last, date(2026, 4, 1)))

    assert submit(in_time).to == "submitted"
    assert refusal(SCORE_SHEET, "submit_sheet", in_stage="open", by=EXPERT, facts=late) == (
        "评分表已于 2026-03-31 截止，不再接收。如需延期，请联系评审秘书；草稿仍予保留。"
    )
    recused = replace(late, asked={"conflict": True})
    assert asking(SCORE_SHEET, "declare_conflict", in_stage="assigned", by=EXPERT, facts=recused).to == "recused"


@pytest.mark.parametrize("stage", ["assigned", "open"])
def test_the_secretary_voids_a_sheet_that_is_not_in_while_another_one_remains(stage):
    question = {"in_stage": stage, "by": SECRETARY}

    assert asking(SCORE_SHEET, "void", **question, facts=Facts(other_sheets=1)).to == "voided"
    assert refusal(SCORE_SHEET, "void", **question, facts=Facts()) == "这是本次评审仅存的评分表，请先增补专家，再作废。"


def test_only_the_expert_fills_in_a_sheet_and_never_voids_it():
    with pytest.raises(NotYourRole):
        asking(SCORE_SHEET, "submit_sheet", in_stage="open", by=SECRETARY, facts=sheet())
    with pytest.raises(NotYourRole):
        asking(SCORE_SHEET, "void", in_stage="open", by=EXPERT, facts=Facts())
    assert asking(SCORE_SHEET, "void", in_stage="open", by=PARENT, facts=Facts()).to == "voided"


def test_a_complete_sheet_is_submitted_and_locked():
    assert submit(sheet()).to == "submitted"
    assert list(SCORE_SHEET.leaving("submitted")) == []
    assert total(FULL) == 100


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scores": {k: v for k, v in FULL.items() if k not in {"need", "team"}}}, "尚未评分：需求契合、团队能力。"),
        ({"scores": FULL | {"charm": 1}}, "评分表没有这些项目：charm。"),
        ({"scores": FULL | {"design": 26}}, "“方案设计与可行性”的评分须在 0 至 25 分之间。"),
        ({"scores": FULL | {"design": -1}}, "“方案设计与可行性”的评分须在 0 至 25 分之间。"),
        ({"scores": FULL | {"need": 11}}, "得分低于满分 60% 的评分项须说明理由：需求契合。"),
        ({"scores": FULL | {"need": 0}, "comments": {"need": "  "}}, "得分低于满分 60% 的评分项须说明理由：需求契合。"),
        ({"scores": FULL | {"need": 0}, "comments": None}, "得分低于满分 60% 的评分项须说明理由：需求契合。"),
        ({"recommendation": "perhaps"}, "评审意见须为推荐或不推荐。"),
        ({"suggested_amount": 101}, "建议资助金额不得超过申请金额 1.00 元。"),
        ({"suggested_amount": -1}, "建议资助金额不得超过申请金额 1.00 元。"),
    ],
)
def test_a_faulty_sheet_is_refused_in_its_own_words(change, words):
    assert refusal(SCORE_SHEET, "submit_sheet", in_stage="open", by=EXPERT, facts=sheet(**change)) == words


@pytest.mark.parametrize(
    "change",
    [
        {"scores": FULL | {"need": 12}},  # exactly 60 % needs no comment
        {"scores": FULL | {"need": 0}, "comments": {"need": "与当地需求不符"}},
        {"suggested_amount": 0},
        {"recommendation": "not_recommend"},
    ],
)
def test_the_edges_of_a_sheet_are_accepted(change):
    assert submit(sheet(**change)).to == "submitted"


def test_the_button_shows_before_anything_is_filled_in():
    assert [t.action for t in open_actions(SCORE_SHEET, "open", frozenset({EXPERT}), Facts())] == [
        "recuse",
        "submit_sheet",
    ]


@pytest.mark.parametrize(
    ("totals", "score"),
    [
        ((), Fraction(0)),
        ((80,), Fraction(80)),
        ((0, 60, 90, 100), Fraction(250, 4)),  # four sheets are not trimmed
        ((0, 60, 70, 81, 100), Fraction(211, 3)),  # five are: 0 and 100 go
        ((75, 75, 75, 75, 0, 75, 75), Fraction(75)),
    ],
)
def test_from_five_sheets_on_one_highest_and_one_lowest_are_dropped(totals, score):
    assert panel_result(totals, (), DEFAULT_POLICY).score == score


def test_suggested_amounts_are_trimmed_apart_and_floored_to_the_fen():
    result = panel_result((10, 20, 30, 40, 50), (500, 1, 100, 100, 101), DEFAULT_POLICY)

    assert (result.score, result.suggestion) == (Fraction(30), 100)  # (100 + 100 + 101) / 3 = 100.33 fen


def test_when_trimming_starts_is_a_rule_of_the_policy():
    policy = replace(DEFAULT_POLICY, trim_from=7)

    assert panel_result((0, 60, 70, 80, 100), (), policy).score == Fraction(62)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=15))
def test_a_panels_score_lies_between_its_sheets_whatever_their_order(totals):
    result = panel_result(totals, totals, DEFAULT_POLICY)

    assert min(totals) <= result.suggestion <= result.score <= max(totals)
    assert result == panel_result(totals[::-1], totals[::-1], DEFAULT_POLICY)
