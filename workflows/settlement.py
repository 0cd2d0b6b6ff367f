"""Settling a project at actuals: what must be true, and what the ledger is told. Source: design "Money"."""

from workflows import money
from workflows.definition import Post, Reason, because
from workflows.project_facts import Facts


def settlement_is_not_prepared(facts: Facts) -> Reason | None:
    return because("核定结果已提交复核。") if facts.settlement_hash else None


def settlement_is_prepared(facts: Facts) -> Reason | None:
    return None if facts.settlement_hash else because("财务经办尚未提交核定结果。")


def confirmation_is_bound_to_the_figures(facts: Facts) -> Reason | None:
    asked = facts.asked.get("content_hash")
    if asked is None or asked == facts.settlement_hash:
        return None
    return because("所复核的核定结果与当前结果不一致，请重新核对。")


def something_is_payable(facts: Facts) -> Reason | None:
    return None if facts.payable > 0 else because("应拨金额为零。")


def nothing_is_payable(facts: Facts) -> Reason | None:
    return None if facts.payable == 0 else because("尚有应拨金额。")


def everything_entitled_is_paid(facts: Facts) -> Reason | None:
    if facts.live_orders == 0 and facts.paid == facts.entitled:
        return None
    return because(
        "已拨付 {paid} 元，应拨付 {entitled} 元，尚未付清。",
        paid=money.yuan(facts.paid),
        entitled=money.yuan(facts.entitled),
    )


def something_was_paid(facts: Facts) -> Reason | None:
    return None if facts.paid > 0 else because("尚未拨付，无可追回的资金。")


def nothing_is_left_to_recover(facts: Facts) -> Reason | None:
    if facts.receivable == 0:
        return None
    return because("尚有 {amount} 元未追回。", amount=money.yuan(facts.receivable))


def nothing_is_with_the_bank(facts: Facts) -> Reason | None:
    if facts.paid or facts.receivable:
        return because("已有资金拨付到账，不能撤销核定结果。")
    return because("拨付单已送银行，登记银行结果之前不能撤销核定结果。") if facts.inflight else None


def budget_covers_what_was_released(facts: Facts) -> Reason | None:
    if facts.released <= facts.available:
        return None
    return because(
        "核定时已释放 {released} 元，年度预算余额只有 {left} 元，不足以重新锁定。",
        released=money.yuan(facts.released),
        left=money.yuan(facts.available),
    )


SETTLEMENT_MADE = settlement_is_prepared, confirmation_is_bound_to_the_figures
REVERSIBLE = nothing_is_with_the_bank, budget_covers_what_was_released
#: What confirming moves, and the counter-entries that take it back, each naming the original.
BOOKED = (
    Post("accrue", lambda f: f.entitled, maker=lambda f: f.settlement_maker),
    Post("release", lambda f: f.encumbered - f.entitled),
)
COUNTERED = (
    Post("accrual_reverse", lambda f: f.entitled, maker=lambda f: f.settlement_maker, reverses=lambda f: f.accrual),
    Post("release_reverse", lambda f: f.released, maker=lambda f: f.settlement_maker, reverses=lambda f: f.release),
)
