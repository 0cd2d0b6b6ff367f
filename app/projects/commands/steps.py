"""The declaration in steps: which fields stand on which page, in the order in which one fills them in."""

from dataclasses import dataclass

from app.projects.commands import Declaration


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the declaration; `hint` says what it is for. A step without fields has content of its own."""

    key: str
    label: str
    hint: str
    fields: tuple[str, ...] = ()


STEPS = (
    Step("organisation", "项目主体", "来自登记信息，请核对；需要更正时联系受理单位。"),
    Step(
        "project", "项目基本情况", "做什么、在哪里、什么时候、与谁合作。",
        ("title", "field", "area_code", "place", "local_partner", "starts_on", "ends_on"),
    ),
    Step(
        "plan", "需求与方案", "为什么做、做成什么样、怎么做、谁受益。",
        (
            "need", "goals", "activities", "team", "beneficiaries", "beneficiaries_direct", "innovation", "risks",
            "sustainability",
        ),
    ),
    Step(
        "budget", "资金与预算", "先填预算明细，再核对各项资金来源与申请金额。",
        ("budget", "own_funds", "donated", "other_fiscal", "other_funds", "requested"),
    ),
    Step("targets", "绩效目标", "每个一级指标至少一行，写清目标值和单位。", ("targets",)),
    Step("papers", "所需材料", "每种必备材料至少一份；可一次选择多个文件。"),
    Step("undertakings", "承诺", "由申报人确认的承诺事项。", ("undertakings",)),
)  # fmt: skip
BY_KEY = {step.key: step for step in STEPS}
#: Field → the step on whose page it stands.
STEP_OF = {name: step.key for step in STEPS for name in step.fields}
STEP_LABELS = {step.key: (step.label, step.hint) for step in STEPS}
LABELS = {name: str(field.title) for name, field in Declaration.model_fields.items()}

#: A form knows every field, and every field has its page.
assert STEP_OF.keys() == Declaration.model_fields.keys()
