"""One request to change a running project.

Source: 变更, design "The stages" (S, days D).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows import roles
from workflows.definition import PARENT, Due, Notify, Stage, Workflow, go
from workflows.policy import DEFAULT_POLICY, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the term of a change request is read from."""

    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)


CHANGE_REQUEST = Workflow(
    key="change_request/1",
    label="变更申请",
    start="submitted",
    stages=(
        Stage("submitted", "待审批", roles.FUND_OFFICE, Due(lambda f: f.policy.change_days)),
        Stage("accepted", "已同意", final=True),
        Stage("refused", "未同意", final=True, side=True),
        Stage("withdrawn", "已撤回", final=True, side=True),
        Stage("cancelled", "已取消", final=True, side=True),
    ),
    transitions=(
        go("accept_change", "同意变更", "submitted", "accepted", by={roles.FUND_OFFICE},
           then=(Notify("change_accepted", roles.APPLICANT_OWNER),)),
        go("refuse_change", "不同意变更", "submitted", "refused", by={roles.FUND_OFFICE},
           then=(Notify("change_refused", roles.APPLICANT_OWNER),)),
        go("withdraw_change", "撤回变更申请", "submitted", "withdrawn", by={*roles.APPLICANTS}),
        go("cancel", "取消变更申请", "submitted", "cancelled", by={PARENT}),
    ),
)  # fmt: skip
