"""One objection raised while a project is shown to the public.

Source: publicity and its objections, design "The stages" (S, days D).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows import roles
from workflows.definition import PARENT, Due, Stage, Workflow, go
from workflows.policy import DEFAULT_POLICY, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the term of an objection is read from; the project decides it, under its own guards."""

    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)


OBJECTION = Workflow(
    key="objection/1",
    label="公示异议",
    start="received",
    stages=(
        Stage("received", "待处理", roles.FUND_OFFICE, Due(lambda f: f.policy.objection_days)),
        Stage("upheld", "异议成立", final=True),
        Stage("refuted", "异议不成立", final=True),
        Stage("dropped", "不再处理", final=True, side=True),
    ),
    transitions=(
        go("uphold", "认定成立", "received", "upheld", by={PARENT}),
        go("refute", "认定不成立", "received", "refuted", by={PARENT}),
        go("drop", "不再处理", "received", "dropped", by={PARENT}),
    ),
)
