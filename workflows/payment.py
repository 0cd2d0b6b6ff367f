"""One payment order: prepared by one person, approved by another, paid by the bank.

Source: 拨付单 and 财务经办/复核, design "Forms" and "Who acts" (D).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from workflows import roles
from workflows.calendar import shanghai_date
from workflows.definition import PARENT, Due, Notify, Post, Reason, Stage, Workflow, because, go
from workflows.policy import DEFAULT_POLICY, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards of a payment order look at; what makes paying safe is absent until proven.

    `payable` is what this order pays, in fen. `content_hash` is the hash of the order as it stands
    now, `approved_content` the one that was approved. `prepared_by`, `approved_by` and `actor` are
    user ids; `today` is the day in Shanghai. `receipt_attached` is whether a slip of the bank came
    since the order was sent and belongs to no earlier failure.
    """

    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)
    payable: int = 0
    actor: int | None = None
    prepared_by: int | None = None
    approved_by: int | None = None
    content_hash: str | None = None
    approved_content: str | None = None
    payee_unchanged: bool = False
    violations_free: bool = False
    yearly_check_passed: bool = False
    credit_blocked_until: date | None = None
    sent_at: datetime | None = None
    receipt_attached: bool = False
    today: date | None = None


def something_is_payable(facts: Facts) -> Reason | None:
    return None if facts.payable > 0 else because("应拨金额为零，无需拨付。")


def ledger_is_sound(facts: Facts) -> Reason | None:
    return None if facts.violations_free else because("资金账簿核对不平，拨付已全部停止。")


def payee_is_unchanged(facts: Facts) -> Reason | None:
    return None if facts.payee_unchanged else because("收款账户在编制后发生变更，须重新编制拨付单。")


def organisation_is_in_good_standing(facts: Facts) -> Reason | None:
    blocked = facts.credit_blocked_until
    if blocked is not None and (facts.today is None or blocked >= facts.today):
        return because("项目主体在 {until} 前不得领取资助。", until=blocked.isoformat())
    return None if facts.yearly_check_passed else because("项目主体最近一次年检未合格。")


def checker_is_not_the_maker(facts: Facts) -> Reason | None:
    if facts.prepared_by is None:
        return because("拨付单尚无编制人。")
    return because("编制人不得复核自己编制的拨付单。") if facts.actor == facts.prepared_by else None


def approval_is_bound_to_the_content(facts: Facts) -> Reason | None:
    asked = facts.asked.get("content_hash")
    if asked is None or asked == facts.content_hash:
        return None
    return because("所复核的拨付单与当前内容不一致，请重新核对。")


def approved_content_still_stands(facts: Facts) -> Reason | None:
    if facts.approved_content is not None and facts.approved_content == facts.content_hash:
        return None
    return because("拨付单内容在复核后发生变更，原复核作废。")


def approval_has_become_void(facts: Facts) -> Reason | None:
    if approved_content_still_stands(facts) or payee_is_unchanged(facts):
        return None
    return because("复核仍然有效，无须重新编制。")


def two_people_stand_behind_it(facts: Facts) -> Reason | None:
    if facts.prepared_by is not None and facts.approved_by not in {None, facts.prepared_by}:
        return None
    return because("拨付单须由两人分别编制和复核。")


def bank_reference_is_given(facts: Facts) -> Reason | None:
    if "bank_reference" not in facts.asked or str(facts.asked["bank_reference"] or "").strip():
        return None
    return because("请填写银行流水号。")


def day_of_payment_has_come(facts: Facts) -> Reason | None:
    paid_on = facts.asked.get("paid_on")
    if paid_on is None or facts.today is None or paid_on <= facts.today:
        return None
    return because("到账日期不得晚于今天。")


def payment_comes_after_the_sending(facts: Facts) -> Reason | None:
    paid_on = facts.asked.get("paid_on")
    if paid_on is None or facts.sent_at is None or paid_on >= shanghai_date(facts.sent_at):
        return None
    return because("到账日期不得早于送银行之日。")


def bank_receipt_is_attached(facts: Facts) -> Reason | None:
    if facts.receipt_attached:
        return None
    return because("须先由财务经办上传送银行之后的银行回单或退票通知。")


PREPARATION = (something_is_payable, ledger_is_sound)
CHECKED = (payee_is_unchanged, organisation_is_in_good_standing, *PREPARATION)
SAFE_TO_PAY = (approved_content_still_stands, two_people_stand_behind_it, *CHECKED)

PAYMENT_ORDER = Workflow(
    key="payment_order/1",
    label="拨付单",
    start="drafting",
    stages=(
        Stage("drafting", "待编制", roles.FINANCE_MAKER, Due(lambda f: f.policy.payment_days)),
        Stage("prepared", "待复核", roles.FINANCE_CHECKER, Due(lambda f: f.policy.payment_days)),
        Stage("approved", "待送银行", roles.FINANCE_MAKER, Due(lambda f: f.policy.payment_days)),
        Stage("sent", "银行办理中", roles.FINANCE_MAKER),
        Stage("failed", "付款失败", roles.FINANCE_MAKER, Due(lambda f: f.policy.payment_days), side=True),
        Stage("paid", "已到账", final=True),
        Stage("cancelled", "已取消", final=True, side=True),
    ),
    transitions=(
        go("prepare", "编制拨付单", "drafting", "prepared", by={roles.FINANCE_MAKER}, when=PREPARATION,
           then=(Notify("payment_prepared", roles.FINANCE_CHECKER),)),
        go("approve_payment", "复核通过", "prepared", "approved", by={roles.FINANCE_CHECKER},
           when=(checker_is_not_the_maker, approval_is_bound_to_the_content, *CHECKED),
           then=(Notify("payment_approved", roles.FINANCE_MAKER),)),
        go("refuse_payment", "复核退回", "prepared", "drafting", by={roles.FINANCE_CHECKER},
           then=(Notify("payment_refused", roles.FINANCE_MAKER),)),
        go("record_sent", "登记已送银行", "approved", "sent", by={roles.FINANCE_MAKER}, when=SAFE_TO_PAY,
           then=(Post("instruct", lambda f: f.payable,
                      maker=lambda f: f.prepared_by, checker=lambda f: f.approved_by),)),
        go("prepare", "重新编制拨付单", "approved", "prepared", by={roles.FINANCE_MAKER},
           when=(approval_has_become_void, *PREPARATION),
           then=(Notify("payment_prepared", roles.FINANCE_CHECKER),)),
        go("record_paid", "登记已到账", "sent", "paid", by={roles.FINANCE_MAKER},
           when=(bank_reference_is_given, day_of_payment_has_come, payment_comes_after_the_sending),
           then=(Post("settle", lambda f: f.payable), Notify("paid", roles.APPLICANT_OWNER))),
        # What failed is sent anew, an unclear outcome never: so it takes another person and a proof.
        go("record_failed", "登记付款失败", "sent", "failed", by={roles.FINANCE_CHECKER},
           when=(checker_is_not_the_maker, bank_receipt_is_attached),
           then=(Post("bounce", lambda f: f.payable), Notify("payment_failed", roles.FINANCE_MAKER))),
        go("prepare", "重新编制拨付单", "failed", "prepared", by={roles.FINANCE_MAKER}, when=PREPARATION,
           then=(Notify("payment_prepared", roles.FINANCE_CHECKER),)),
        *(go("cancel", "取消拨付单", source, "cancelled", by={PARENT})
          for source in ("drafting", "prepared", "approved", "failed")),
    ),
)  # fmt: skip
