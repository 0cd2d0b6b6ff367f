"""What is wrong with a sheet or a declaration is said whole, once each, and in the words of the page."""

from collections.abc import Callable
from typing import Any

import pytest

from app.clock import Clock
from app.people.permissions import Actor
from app.reviews.models import SheetDraft
from tests.app.desk.test_expert_desk import declared, put, typed
from tests.make import Town, case_of, children
from tests.pages.browsing import Browser, form, links, words
from tests.reviewing import with_panel

Desk = Callable[[Actor], Browser]


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A project whose panel is open."""
    return with_panel(around, now=clock.now())


def test_full_width_digits_are_figures_like_others(
    around: Town, at_desk: Desk, number: str, clock: Clock, rows: Any
) -> None:
    pid = declared(around, number, clock)
    wide = typed(around, **{"scores-need": "１８", "suggested_amount": "３００，０００．５０"})

    put(at_desk(around.experts[0]), pid, then="check", **wide)

    (draft,) = rows(SheetDraft)
    assert (draft.typed["scores-need"], draft.typed["suggested_amount"]) == ("18", "300,000.50")
    assert "18" in words(at_desk(around.experts[0]).get(f"/reviews/{pid}/check"))


@pytest.mark.parametrize("points", ["7.5", "7.0", "-1", "七", "99"])
def test_points_that_are_no_whole_number_of_the_item_are_said_once(
    around: Town, at_desk: Desk, number: str, clock: Clock, points: str
) -> None:
    pid = declared(around, number, clock)

    page = put(at_desk(around.experts[0]), pid, 422, then="check", **typed(around, **{"scores-need": points}))

    (_key, _label, most), *_others = around.policy.score_items
    summary = words(page)[words(page).index("请更正以下内容") :]
    assert summary.count("评分须为 0 至") == 2, "in the summary, and beside the field"
    assert f"评分须为 0 至 {most} 的整数，例如 {most // 2}。" in summary
    assert "尚未评分" not in summary
    assert "应为整数" not in summary


def test_all_faults_are_named_at_once(around: Town, at_desk: Desk, number: str, clock: Clock) -> None:
    pid = declared(around, number, clock)
    keys = [key for key, _label, _most in around.policy.score_items]
    wrong = typed(around, **{f"scores-{keys[0]}": "7.5", f"scores-{keys[1]}": "1", f"scores-{keys[2]}": ""})
    wrong = {name: text for name, text in wrong.items() if name not in {"comment", "recommendation"}}
    wrong["suggested_amount"] = "999999999.00"

    page = put(at_desk(around.experts[0]), pid, 422, then="check", **wrong)

    said = words(page)
    for each in (
        "的整数，例如",
        "尚未评分：",
        "评分项须说明理由：",
        "建议资助金额不得超过申请金额",
        "评审意见 ： 此项必填。",
    ):
        assert each.replace(" ", "") in said.replace(" ", ""), each
    assert "#comment" in links(page)
    assert case_of(pid).stage == "open"


def test_a_declaration_without_an_answer_is_asked_in_the_words_of_the_question(
    around: Town, at_desk: Desk, number: str
) -> None:
    pid = children(number, "score_sheet")[0]
    expert = at_desk(around.experts[0])
    page = expert.send(f"/reviews/{pid}/declaration", form(expert.get(f"/reviews/{pid}")), 422)

    assert "您与该项目有无利益冲突 ： 请选择" in words(page).replace("：", " ： ").replace("  ", " ")
    assert "存在利益冲突：此项必填" not in words(page).replace(" ", "")
