"""What it takes to set up a programme, its budget, a policy version and a call."""

from dataclasses import fields
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, create_model, field_validator

from app.casework.commands import Command, Date, Moment, Money, ShortText
from workflows.money import fen_of, yuan
from workflows.policy import PPM, Policy

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,30}$")]
Closing = Annotated[Moment, Field(title="截止时间", description="不得早于现在；已截止的通知可以重新开放。")]


class CreateProgramme(Command):
    """A programme with its first budget year."""

    code: Code = Field(title="专项代码", description="大写字母、数字与连字符，例如 DKZY。")
    name: ShortText = Field(title="专项名称")
    year: int = Field(title="预算年度", ge=2010, le=2100)


class Appropriate(Command):
    """Budget issued to a programme-year, or cut from it."""

    amount: Money = Field(title="金额（元）")
    document: ShortText = Field(default="—", title="文号")


class OpenCall(Command):
    """A dated opening for declarations."""

    code: Code = Field(title="通知编号")
    title: ShortText = Field(title="通知标题")
    programme: Code = Field(title="专项代码")
    year: int | None = Field(default=None, title="预算年度", ge=2010, le=2100)
    policy: ShortText | None = Field(default=None, title="政策版本", description="不填则取开放之日施行的版本。")
    opens_at: Moment = Field(title="开放时间")
    closes_at: Moment = Field(title="截止时间")
    areas: list[str] = Field(default=[], title="受援地区代码前缀", description="不填则为政策规定的全部地区。")
    fields: list[str] = Field(default=[], title="资助领域", description="不填则为政策规定的全部领域。")
    budget: Money = Field(title="本期预算（元）", gt=0)

    @field_validator("closes_at")
    @classmethod
    def _ends_after_it_begins(cls, value: datetime, info: ValidationInfo) -> datetime:
        begins = info.data.get("opens_at")
        if begins is not None and value <= begins:
            raise ValueError("截止时间须晚于开放时间")
        return value


class Window(Command):
    """Until when one can declare under a call."""

    closes_at: Closing


class ChangeWindow(Command):
    """A call extended or closed early."""

    call: Code = Field(title="通知编号")
    closes_at: Closing


def _share(typed: str) -> str:
    """A share in percent with at most four places; ValueError for anything else."""
    try:
        ppm = Fraction(typed) * PPM / 100
    except (ValueError, ZeroDivisionError):
        ppm = Fraction(1, 2)
    if ppm.denominator != 1 or not 0 <= ppm <= PPM or "/" in typed:
        raise ValueError("请填写 0 至 100 之间的百分数，最多四位小数，例如 30。")
    return typed


Share = Annotated[str, StringConstraints(max_length=8), AfterValidator(_share)]
#: The fields of money among the rules, in fen.
AMOUNTS = frozenset({"cap"})
#: How the share of a settlement is read, and what a soft ceiling is a share or an amount of, in the users' words.
READING_LABELS = {"agreed": "按协议比例", "flat": "按政策比例"}
MEASURE_LABELS = {"share_ppm": "占预算", "fen_per_person_day": "每人每天"}
CEILINGS = "soft_ceilings"
#: What a rule must be, in the words for whoever typed it; under "" what holds for every term.
#: Source: the checks of workflows/policy.py.
CONTRADICTION_LABELS = {
    "ratio_ppm": "资助比例上限须大于 0，不超过 100%。",
    "cap": "单个项目资助上限须大于零，不超过一万亿元。",
    "returns_per_stage": "退回补正次数不得为负数。",
    "panel_size": "评审专家最少人数须为单数。",
    "trim_from": "去掉最高分最低分至少须有 3 份评分表。",
    "pass_mark": "及格分不得低于 0，也不得高于推荐分；推荐分不得高于 100。",
    "joint_panel_min": "会审最少投票人数须大于零。",
    "required_papers": "申报必备材料的代码和名称须与“全部材料种类”中的一致。",
    "": "期限和年数须为 1 至 3660 之间的整数。",
    "ineligible_costs": "同一支出科目不得既在可列支、又在不可列支的科目中。",
}
#: What separates the parts of a line: 6531 | 喀什.
BAR = "|"
CEILING_LINES = "每行一项：代码 | 名称 | 占预算或每人每天 | 上限，例如 50 % 或 300.00 元。"
LINES = "每行一项，各部分以竖线分隔，顺序与原版本相同。"


def typed_label(label: str) -> str:
    """The label of a rule as one types it: yuan and percent."""
    return label.replace("(分)", "(元)").replace("(百万分比)", "(%)")


def _rule_field(rule: Any) -> tuple[Any, Any]:
    label = typed_label(rule.metadata["label"])
    if rule.name in AMOUNTS:
        return Money, Field(title=label)
    if rule.name.endswith("_ppm"):
        return Share, Field(title=label)
    if rule.name == "settlement_reading":
        return rule.type, Field(title=label, json_schema_extra={"choices": READING_LABELS})
    if isinstance(rule.default, tuple):
        hint = CEILING_LINES if rule.name == CEILINGS else LINES
        return list[ShortText], Field(title=label, description=hint, min_length=1, max_length=100)
    if isinstance(rule.default, (bool, int)):
        return type(rule.default), Field(title=label)
    return ShortText, Field(title=label)


#: A new policy version: its key, its first day, the document behind what is new, and every rule as it is typed.
DrawPolicy: Any = create_model(
    "DrawPolicy",
    __base__=Command,
    # "key" is the word of the pages for the key of a request.
    new_key=(Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z./-]{0,30}$")], Field(title="新版本号")),
    effective_on=(Date, Field(title="施行日期", description="不早于今天；此前申报的项目按原版本办理。")),
    document=(ShortText, Field(title="依据文件", description="名称和文号；凡与原版本不同的规则均以此为依据。")),
    **{rule.name: _rule_field(rule) for rule in fields(Policy) if rule.name not in {"key", "effective_on"}},
)


def rules_typed(policy: Policy) -> dict[str, Any]:
    """The rules of a policy as one types them: yuan, percent, and a line for each entry of a list."""
    return {rule.name: typed_rule(rule.name, getattr(policy, rule.name)) for rule in fields(Policy)}


def typed_rule(name: str, value: Any) -> Any:
    """One rule as one types it."""
    if name in AMOUNTS:
        return yuan(value)
    if name.endswith("_ppm"):
        return f"{value / PPM * 100:g}"
    if name == CEILINGS:
        value = [(*row[:2], MEASURE_LABELS[row[2]], ceiling_typed(row[2], row[3])) for row in value]
    if isinstance(value, (tuple, list)):
        return [f" {BAR} ".join(str(part) for part in row) for row in value]
    return value if not isinstance(value, bool) else str(value).lower()


def ceiling_typed(measure: str, limit: int) -> str:
    """A soft ceiling as one types it: "50 %" or "300.00 元"."""
    return f"{limit / PPM * 100:g} %" if measure == "share_ppm" else f"{yuan(limit)} 元"


def policy_drawn(command: Any) -> Policy:
    """The policy that was typed. `LineRefused` names a line, `OutOfRange` a rule that cannot be so."""
    values = {rule.name: _rule(rule, getattr(command, rule.name)) for rule in fields(Policy) if rule.name != "key"}
    return Policy(key=command.new_key, **values)


class LineRefused(ValueError):
    """A line of a list has not the parts that it must have."""

    def __init__(self, rule: str, line: str) -> None:
        super().__init__(line)
        self.rule, self.line = rule, line


def _rule(rule: Any, typed: Any) -> Any:
    if rule.name.endswith("_ppm"):
        return int(Fraction(typed) * PPM / 100)
    if isinstance(rule.default, tuple):
        return tuple(_line(rule, line) for line in typed)
    return typed


def _line(rule: Any, line: str) -> tuple[Any, ...]:
    parts, pattern = [part.strip() for part in line.split(BAR)], rule.default[0]
    if len(parts) != len(pattern) or not all(parts):
        raise LineRefused(rule.name, line)
    try:
        if rule.name == CEILINGS:
            return (*parts[:2], *_ceiling(parts[2], parts[3]))
        return tuple(int(part) if isinstance(kind, int) else part for part, kind in zip(parts, pattern, strict=True))
    except ValueError:
        raise LineRefused(rule.name, line) from None


def _ceiling(measure: str, limit: str) -> tuple[str, int]:
    """The measure and the limit of a soft ceiling, as they are kept; ValueError for what is neither."""
    code = next((code for code, label in MEASURE_LABELS.items() if label == measure), "")
    if code == "share_ppm" and limit.endswith("%"):
        return code, int(Fraction(_share(limit.removesuffix("%").strip())) * PPM / 100)
    if code == "fen_per_person_day" and limit.endswith("元"):
        return code, fen_of(limit.removesuffix("元").strip())
    raise ValueError(limit)
