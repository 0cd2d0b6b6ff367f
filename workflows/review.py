"""One expert's score sheet, and what the sheets of a panel come to.

Source: design "Score sheet" (D); recusal by analogy with 招标投标法 Art. 37 and 条例 Art. 39 (L).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from workflows import roles
from workflows.definition import PARENT, Due, Notify, Reason, Stage, Workflow, because, go
from workflows.money import yuan
from workflows.policy import DEFAULT_POLICY, PPM, Policy

RECOMMENDATIONS = ("recommend", "not_recommend")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards of a score sheet look at. `requested` is fen.

    `sheets_due_on` is the last day for the sheets of the session, None where no session was arranged;
    `other_sheets` are those of the panel that are at work or in, apart from this one.
    """

    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)
    requested: int = 0
    today: date = date.min
    sheets_due_on: date | None = None
    other_sheets: int = 0


@dataclass(frozen=True, slots=True)
class PanelResult:
    """The exact mean of the scores (of 100) and of the suggested amounts, floored to fen."""

    score: Fraction
    suggestion: int


def panel_result(totals: Sequence[int], suggestions: Sequence[int], policy: Policy) -> PanelResult:
    """The trimmed means of a panel: from `trim_from` sheets on one highest and one lowest go.

    Scores and amounts are trimmed apart. No sheet at all comes to zero.
    """
    return PanelResult(_mean(totals, policy), int(_mean(suggestions, policy)))


def total(scores: Mapping[str, int]) -> int:
    """The points of one sheet."""
    return sum(scores.values())


def makes_a_panel(experts: int, policy: Policy) -> bool:
    """Whether so many experts are a panel: an odd number, and not too few."""
    return experts >= policy.panel_size and experts % 2 == 1


def is_low(points: int, most: int, policy: Policy) -> bool:
    """Whether so few of an item's points must be explained."""
    return points * PPM < most * policy.comment_under_ppm


def is_far(points: int, middle: Fraction, most: int, policy: Policy) -> bool:
    """Whether these points lie so far from the median that a reader should look twice; nothing else follows."""
    return abs(points - middle) * PPM > most * policy.far_ppm


def conflict_is_declared(facts: Facts) -> Reason | None:
    return None if facts.asked.get("conflict", True) else because("您声明不存在利益冲突。")


def no_conflict_is_declared(facts: Facts) -> Reason | None:
    return because("您声明存在利益冲突，应当回避。") if facts.asked.get("conflict", False) else None


def sheets_are_still_taken(facts: Facts) -> Reason | None:
    """Late is refused, as for a call; the secretary may name a later day, and what was typed is kept."""
    due_on = facts.sheets_due_on
    if due_on is None or facts.today <= due_on:
        return None
    return because("评分表已于 {day} 截止，不再接收。如需延期，请联系评审秘书；草稿仍予保留。", day=due_on.isoformat())


def every_item_is_scored_within_its_points(facts: Facts) -> Reason | None:
    scores = facts.asked.get("scores")
    if scores is None:
        return None
    labels = {key: label for key, label, _ in facts.policy.score_items}
    if missing := [label for key, label in labels.items() if key not in scores]:
        return because("尚未评分：{items}。", items="、".join(missing))
    if unknown := sorted(scores.keys() - labels.keys()):
        return because("评分表没有这些项目：{items}。", items="、".join(unknown))
    for key, label, most in facts.policy.score_items:
        if not 0 <= scores[key] <= most:
            return because("“{item}”的评分须在 0 至 {most} 分之间。", item=label, most=most)
    return None


def low_scores_are_explained(facts: Facts) -> Reason | None:
    scores = facts.asked.get("scores")
    if scores is None:
        return None
    comments = facts.asked.get("comments") or {}
    silent = [
        label
        for key, label, most in facts.policy.score_items
        if is_low(scores.get(key, 0), most, facts.policy) and not (comments.get(key) or "").strip()
    ]
    if not silent:
        return None
    share = facts.policy.comment_under_ppm * 100 // PPM
    return because("得分低于满分 {share}% 的评分项须说明理由：{items}。", share=share, items="、".join(silent))


def recommendation_is_known(facts: Facts) -> Reason | None:
    if facts.asked.get("recommendation", RECOMMENDATIONS[0]) in RECOMMENDATIONS:
        return None
    return because("评审意见须为推荐或不推荐。")


def suggestion_is_within_the_request(facts: Facts) -> Reason | None:
    amount = facts.asked.get("suggested_amount")
    if amount is None or 0 <= amount <= facts.requested:
        return None
    return because("建议资助金额不得超过申请金额 {limit} 元。", limit=yuan(facts.requested))


def another_sheet_remains(facts: Facts) -> Reason | None:
    """A panel without any sheet could be neither closed nor opened once more."""
    return None if facts.other_sheets else because("这是本次评审仅存的评分表，请先增补专家，再作废。")


SCORE_SHEET = Workflow(
    key="score_sheet/1",
    label="专家评分表",
    start="assigned",
    stages=(
        Stage("assigned", "待声明", holder=roles.EXPERT, due=Due(lambda f: f.policy.panel_days)),
        Stage("open", "评分中", holder=roles.EXPERT, due=Due(lambda f: f.policy.panel_days)),
        Stage("submitted", "已提交", final=True),
        Stage("recused", "已回避", final=True, side=True),
        Stage("voided", "已作废", final=True, side=True),
    ),
    transitions=(
        go(
            "declare_conflict", "声明有无利益冲突", "assigned", "open",
            by={roles.EXPERT}, when=(no_conflict_is_declared,),
        ),
        go(
            "declare_conflict", "声明有无利益冲突", "assigned", "recused",
            by={roles.EXPERT}, when=(conflict_is_declared,),
            then=(Notify("expert_recused", to=roles.SECRETARY),),
        ),
        go(
            "recuse", "申请回避", "open", "recused",
            by={roles.EXPERT}, then=(Notify("expert_recused", to=roles.SECRETARY),),
        ),
        go(
            "submit_sheet", "提交评分表", "open", "submitted",
            by={roles.EXPERT},
            when=(
                sheets_are_still_taken,
                every_item_is_scored_within_its_points,
                low_scores_are_explained,
                recommendation_is_known,
                suggestion_is_within_the_request,
            ),
        ),
        go("void", "作废", "assigned", "voided", by={PARENT}),
        go("void", "作废", "open", "voided", by={PARENT}),
        # An expert who never answers must not hold up the panel; whether it is large enough is asked when it closes.
        go("void", "作废", "assigned", "voided", by={roles.SECRETARY}, when=(another_sheet_remains,)),
        go("void", "作废", "open", "voided", by={roles.SECRETARY}, when=(another_sheet_remains,)),
    ),
)  # fmt: skip


def _mean(values: Sequence[int], policy: Policy) -> Fraction:
    kept = sorted(values)[1:-1] if len(values) >= policy.trim_from else values
    return Fraction(sum(kept), len(kept)) if kept else Fraction(0)
