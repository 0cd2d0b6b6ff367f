"""The one agreement of a project, from its text to its end.

Source: 一项目一协议, design "The stages" (S, term D).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows import roles
from workflows.definition import PARENT, SYSTEM, Notify, Stage, Workflow, go
from workflows.policy import DEFAULT_POLICY, Policy

UNSIGNED = ("drawing_up", "awaiting_fund_office", "awaiting_applicant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an agreement is asked with; its signatures are guarded by the project."""

    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)


AGREEMENT = Workflow(
    key="agreement/1",
    label="资助协议",
    start="drawing_up",
    stages=(
        Stage("drawing_up", "文本生成中"),
        Stage("awaiting_fund_office", "待资助方签署", roles.FUND_OFFICE),
        Stage("awaiting_applicant", "待项目主体签署", roles.APPLICANT_OWNER),
        Stage("in_force", "履行中"),
        Stage("fulfilled", "已履行完毕", final=True),
        Stage("ended", "已终止", final=True, side=True),
        Stage("lapsed", "逾期未签", final=True, side=True),
    ),
    transitions=(
        go("file_text", "生成协议文本", "drawing_up", "awaiting_fund_office", by={SYSTEM},
           then=(Notify("agreement_drawn_up", roles.FUND_OFFICE),)),
        go("sign_fund_office", "资助方签署", "awaiting_fund_office", "awaiting_applicant", by={PARENT}),
        go("sign_applicant", "项目主体签署", "awaiting_applicant", "in_force", by={PARENT}),
        go("fulfil", "履行完毕", "in_force", "fulfilled", by={PARENT}),
        *(go("end", "终止协议", source, "ended", by={PARENT}) for source in (*UNSIGNED, "in_force")),
        *(go("lapse", "逾期失效", source, "lapsed", by={PARENT}) for source in UNSIGNED),
    ),
)  # fmt: skip
