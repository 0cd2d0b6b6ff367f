"""One progress report, confirmed on the spot by the front office.

Source: reporting by analogy with 慈善法 (L), confirmation: design "The stages" (S, days D).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows import roles
from workflows.definition import PARENT, Due, Notify, Stage, Workflow, go
from workflows.policy import DEFAULT_POLICY, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the terms of a report are read from."""

    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)


PROGRESS_REPORT = Workflow(
    key="progress_report/1",
    label="进展报告",
    start="submitted",
    stages=(
        Stage("submitted", "待确认", roles.FRONT_OFFICE, Due(lambda f: f.policy.report_confirm_days)),
        Stage("returned", "已退回", roles.APPLICANT_OWNER, Due(lambda f: f.policy.correction_days), side=True),
        Stage("confirmed", "已确认", final=True),
        Stage("cancelled", "已取消", final=True, side=True),
    ),
    transitions=(
        go("confirm_report", "确认报告", "submitted", "confirmed", by={roles.FRONT_OFFICE}),
        go("return_report", "退回报告", "submitted", "returned", by={roles.FRONT_OFFICE},
           then=(Notify("report_returned", roles.APPLICANT_OWNER),)),
        go("resubmit_report", "重新提交报告", "returned", "submitted", by={*roles.APPLICANTS},
           then=(Notify("report_filed", roles.FRONT_OFFICE),)),
        go("cancel", "取消报告", "submitted", "cancelled", by={PARENT}),
        go("cancel", "取消报告", "returned", "cancelled", by={PARENT}),
    ),
)  # fmt: skip
