"""The budget year of a programme: money given, cut and, at the end, returned to the treasury.

A call has no life of its own, so the change of its window is an act on the year that pays for it.

Source: design "Money: the fund ledger", accounts of a programme-year.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows import roles
from workflows.definition import Post, Reason, Stage, Workflow, because, go
from workflows.money import yuan
from workflows.policy import DEFAULT_POLICY, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The balances of the year in fen, and what is asked ("amount", fen)."""

    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)
    available: int = 0
    reserved: int = 0
    encumbered: int = 0
    payable: int = 0
    inflight: int = 0


def amount_is_positive(facts: Facts) -> Reason | None:
    return None if facts.asked.get("amount", 1) > 0 else because("金额必须大于零。")


def cut_is_still_available(facts: Facts) -> Reason | None:
    if facts.asked.get("amount", 0) <= facts.available:
        return None
    return because("可用预算余额 {left} 元，不足以核减该金额。", left=yuan(facts.available))


def nothing_is_under_way(facts: Facts) -> Reason | None:
    bound = facts.reserved + facts.encumbered + facts.payable + facts.inflight
    if bound == 0:
        return None
    return because("尚有 {amount} 元已安排而未拨付，不能结转本年度。", amount=yuan(bound))


PROGRAMME_YEAR = Workflow(
    key="programme_year/1",
    label="年度预算",
    start="open",
    stages=(
        Stage("open", "执行中", roles.FUND_OFFICE),
        Stage("closed", "已结转", final=True),
    ),
    transitions=(
        go("appropriate", "下达预算", "open", "open", by={roles.FUND_OFFICE}, when=(amount_is_positive,),
           then=(Post("appropriate", lambda f: f.asked["amount"]),)),
        go("cut_appropriation", "核减预算", "open", "open", by={roles.FUND_OFFICE},
           when=(amount_is_positive, cut_is_still_available),
           then=(Post("appropriation_cut", lambda f: f.asked["amount"]),)),
        go("change_window", "调整申报期限", "open", "open", by={roles.FUND_OFFICE}),
        go("close_year", "年度结转", "open", "closed", by={roles.FUND_OFFICE}, when=(nothing_is_under_way,),
           then=(Post("lapse", lambda f: f.available),)),
    ),
)  # fmt: skip
