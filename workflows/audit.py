"""The audit of one project by a firm that the fund office assigns.

Source: 第三方独立审计 (S); assignment, term and the content of the report: design "Forms" (D).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows import roles
from workflows.definition import PARENT, Due, Notify, Reason, Stage, Workflow, because, go
from workflows.money import OPINIONS, yuan
from workflows.policy import DEFAULT_POLICY, Policy

FIGURES = ("claimed", "disallowed", "audited")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards of an audit look at. `firm` is the code of the firm at work, None before there is one.

    `asked` of `submit_audit`: "lines", each a mapping of item, claimed, disallowed, audited (fen)
    and reason; the totals "claimed", "disallowed", "audited" (fen); "opinion"; the signing
    accountants "first_cpa" and "second_cpa".
    """

    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)
    report_attached: bool = False
    firm: str | None = None


def it_is_another_firm(facts: Facts) -> Reason | None:
    if facts.firm is None or facts.asked.get("firm") != facts.firm:
        return None
    return because("该审计机构正在审计本项目，请另选一家。")


def report_is_attached(facts: Facts) -> Reason | None:
    return None if facts.report_attached else because("尚未上传审计报告。")


def every_line_adds_up(facts: Facts) -> Reason | None:
    for line in facts.asked.get("lines") or ():
        if min(line[figure] for figure in FIGURES) < 0:
            return because("“{item}”的金额不得为负数。", item=line["item"])
        if line["claimed"] - line["disallowed"] != line["audited"]:
            return because("“{item}”的申报金额减核减金额不等于审定金额。", item=line["item"])
    return None


def lines_add_up_to_the_totals(facts: Facts) -> Reason | None:
    lines = facts.asked.get("lines")
    if lines is None:
        return None
    if not lines:
        return because("审计报告至少须有一项支出。")
    labels = {"claimed": "申报", "disallowed": "核减", "audited": "审定"}
    for figure in FIGURES:
        total = sum(line[figure] for line in lines)
        if facts.asked.get(figure) != total:
            return because(
                "各项{figure}金额合计为 {total} 元，与总额不一致。", figure=labels[figure], total=yuan(total)
            )
    return None


def every_disallowance_has_a_reason(facts: Facts) -> Reason | None:
    lines = facts.asked.get("lines") or ()
    silent = [line["item"] for line in lines if line["disallowed"] and not (line.get("reason") or "").strip()]
    return because("核减须说明理由：{items}。", items="、".join(silent)) if silent else None


def opinion_is_known(facts: Facts) -> Reason | None:
    if facts.asked.get("opinion", OPINIONS[0]) in OPINIONS:
        return None
    return because("审计意见须为无保留、保留、否定或无法表示意见之一。")


def two_accountants_sign(facts: Facts) -> Reason | None:
    if "first_cpa" not in facts.asked and "second_cpa" not in facts.asked:
        return None
    first, second = (str(facts.asked.get(key) or "").strip() for key in ("first_cpa", "second_cpa"))
    if first and second and first != second:
        return None
    return because("审计报告须由两名不同的注册会计师签字。")


AUDIT = Workflow(
    key="audit/1",
    label="第三方审计",
    start="awaiting_firm",
    stages=(
        Stage("awaiting_firm", "待指派审计机构", roles.FUND_OFFICE),
        Stage("at_work", "审计中", roles.AUDIT_FIRM, Due(lambda f: f.policy.audit_days)),
        Stage("submitted", "待采纳", roles.FUND_OFFICE),
        Stage("accepted", "已采纳", final=True),
        Stage("refused", "未采纳", final=True, side=True),
        Stage("cancelled", "已取消", final=True, side=True),
    ),
    transitions=(
        go("assign_auditor", "指派审计机构", "awaiting_firm", "at_work", by={roles.FUND_OFFICE},
           then=(Notify("audit_assigned", roles.AUDIT_FIRM),)),
        go("assign_auditor", "更换审计机构", "at_work", "at_work", by={roles.FUND_OFFICE}, when=(it_is_another_firm,),
           then=(Notify("audit_assigned", roles.AUDIT_FIRM),), due=Due(lambda f: f.policy.audit_days)),
        go("submit_audit", "提交审计报告", "at_work", "submitted", by={roles.AUDIT_FIRM},
           when=(report_is_attached, every_line_adds_up, lines_add_up_to_the_totals,
                 every_disallowance_has_a_reason, opinion_is_known, two_accountants_sign),
           then=(Notify("audit_submitted", roles.FUND_OFFICE),)),
        go("return_audit", "退回审计机构", "submitted", "at_work", by={roles.FUND_OFFICE},
           then=(Notify("audit_returned", roles.AUDIT_FIRM),)),
        go("accept", "采纳", "submitted", "accepted", by={PARENT}),
        go("refuse", "不予采纳", "submitted", "refused", by={PARENT}),
        *(go("cancel", "取消审计", source, "cancelled", by={PARENT})
          for source in ("awaiting_firm", "at_work", "submitted")),
    ),
)  # fmt: skip
