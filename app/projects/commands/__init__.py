"""The declaration form and the acts of a project that need words: one definition each."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from app.casework.commands import Command, Date, LongText, Money, Reasoned, ShortText
from workflows.money import MOST

Source = Literal["grant", "own", "donated", "other_fiscal", "other"]
Text = Annotated[str, StringConstraints(max_length=5000), Field(json_schema_extra={"widget": "textarea"})]
ShortOptional = Annotated[str, StringConstraints(max_length=200)]
SOURCE_LABELS = {
    "grant": "专项资助",
    "own": "自有资金",
    "donated": "社会捐赠",
    "other_fiscal": "其他财政资金",
    "other": "其他",
}


class BudgetRow(Command):
    """One budget line; its amount is quantity × unit price and is computed, never typed."""

    category: ShortText = Field(title="科目")
    item: ShortText = Field(title="内容")
    unit: ShortText = Field(title="单位")
    quantity: Decimal = Field(title="数量", gt=0, max_digits=12, decimal_places=2)
    unit_price: Money = Field(title="单价（元）")
    paid_from: Source = Field(title="资金来源", json_schema_extra={"labels": SOURCE_LABELS})
    basis: ShortOptional = Field(default="", title="测算依据")

    @field_validator("quantity")
    @classmethod
    def _is_kept_with_two_places(cls, value: Decimal) -> Decimal:
        """The same quantity always has the same text, so that a declaration read back has the same hash."""
        return value.quantize(Decimal("0.01"))

    @field_validator("unit_price")
    @classmethod
    def _makes_an_amount_that_can_be(cls, value: int, info: ValidationInfo) -> int:
        """The line is no larger than the largest amount; a product that is too precise is for the service."""
        if info.data.get("quantity", 0) * value > MOST:
            raise ValueError("数量与单价之积不得超过一万亿元。")
        return value


class TargetRow(Command):
    """One performance target."""

    level_one: ShortText = Field(title="一级指标")
    level_two: ShortText = Field(title="二级指标")
    name: ShortText = Field(title="三级指标")
    target: ShortText = Field(title="目标值")
    unit: ShortOptional = Field(default="", title="单位")
    weight: int = Field(title="权重（分）", ge=1, le=100)


class Declaration(Command):
    """Every field of the declaration. All are optional while it is a draft; `gaps` says what lacks."""

    title: ShortText = Field(title="项目名称")
    field: ShortOptional | None = Field(default=None, title="资助领域")
    area_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = Field(
        default=None, title="实施地区代码", description="受援地区六位行政区划代码，例如 632621。"
    )
    place: ShortOptional | None = Field(default=None, title="实施地点")
    local_partner: ShortOptional = Field(default="", title="当地合作单位")
    starts_on: Date | None = Field(default=None, title="开始日期")
    ends_on: Date | None = Field(default=None, title="结束日期")
    need: Text = Field(default="", title="需求分析")
    goals: Text = Field(default="", title="项目目标")
    activities: Text = Field(default="", title="活动安排")
    team: Text = Field(default="", title="项目团队")
    beneficiaries: Text = Field(default="", title="受益对象")
    beneficiaries_direct: int | None = Field(default=None, title="直接受益人数", ge=0, le=100_000_000)
    innovation: Text = Field(default="", title="创新点")
    risks: Text = Field(default="", title="风险与应对")
    sustainability: Text = Field(default="", title="可持续性")
    own_funds: Money = Field(default=0, title="自有资金（元）")
    donated: Money = Field(default=0, title="社会捐赠（元）")
    other_fiscal: Money = Field(default=0, title="其他财政资金（元）")
    other_funds: Money = Field(default=0, title="其他资金（元）")
    requested: Money = Field(default=0, title="申请资助金额（元）")
    budget: list[BudgetRow] = Field(default=[], title="预算明细", max_length=200)
    targets: list[TargetRow] = Field(default=[], title="绩效目标", max_length=60)
    undertakings: bool = Field(
        default=False,
        title="承诺书",
        description="承诺内容真实、不重复申请财政资金、不含商业因素、接受审计、同意公开。",
    )

    @field_validator("ends_on")
    @classmethod
    def _ends_after_it_starts(cls, value: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("starts_on")
        if value is not None and start is not None and value < start:
            raise ValueError("结束日期不得早于开始日期。")
        return value


class NewProject(Command):
    """A draft under a call, for one's own organisation."""

    call: ShortText = Field(title="申报通知编号")
    title: ShortText = Field(title="项目名称")
    organisation: ShortOptional | None = Field(
        default=None, title="项目主体", description="代表多个项目主体时须指明；以统一社会信用代码表示。"
    )


class Opinion(Command):
    """A decision in favour, with the words that stand behind it."""

    opinion: LongText = Field(title="审查意见")


class FrontOfficeOpinion(Command):
    """What the front office says of need and place, from the recipient's side."""

    supports: bool = Field(title="支持该项目")
    opinion: LongText = Field(title="前方意见")


class CorrectionNotice(Command):
    """A correction notice: everything that is missing, at once (行政许可法 Art. 32)."""

    items: list[ShortText] = Field(
        title="需补正的事项", description="一次列明全部事项，每行一项。", min_length=1, max_length=50
    )


class Reply(Command):
    """What was corrected."""

    reply: LongText = Field(title="补正说明")


class Start(Command):
    """When the work began."""

    started_on: Date = Field(title="开始实施日期")


class Finish(Command):
    """The applicant's word that the work is done."""

    summary: LongText = Field(title="完成情况")


class Withdrawal(Reasoned):
    """The applicant takes the declaration back."""


#: The items of the form that must be filled before it can be submitted.
REQUIRED = (
    "field",
    "area_code",
    "place",
    "starts_on",
    "ends_on",
    "need",
    "goals",
    "activities",
    "team",
    "beneficiaries",
)
