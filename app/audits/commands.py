"""The fields of assigning an auditor and of the audit report. Source: design "Forms" 4.6."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from app.audits.models import OPINION_LABELS
from app.casework.commands import Command, Date, LongText, Money, ShortText

Optional = Annotated[str, StringConstraints(max_length=500)]


class AssignAuditor(Command):
    """The firm is chosen by the fund office, never by the grantee."""

    firm: ShortText = Field(title="审计机构代码")


class Receipt(Command):
    """Money that the project received from one source."""

    source: ShortText = Field(title="资金来源")
    amount: Money = Field(title="到位金额（元）")


class SpendingLine(Command):
    """One line of spending: claimed − disallowed = audited."""

    item: ShortText = Field(title="支出项目", json_schema_extra={"widget": "textarea"})
    budget: Money = Field(title="预算（元）")
    claimed: Money = Field(title="申报（元）")
    disallowed: Money = Field(default=0, title="核减（元）")
    audited: Money = Field(title="审定（元）")
    reason: Optional = Field(default="", title="核减理由")

    @field_validator("item")
    @classmethod
    def _is_one_line(cls, value: str) -> str:
        """A box that wraps lets one press the return key; a name stays one line."""
        return " ".join(value.splitlines())


class SubmitAudit(Command):
    """The audit report of one round."""

    number: ShortText = Field(title="审计报告编号")
    licence: ShortText = Field(title="执业证书编号")
    first_cpa: ShortText = Field(title="签字注册会计师一")
    second_cpa: ShortText = Field(title="签字注册会计师二")
    independence: LongText = Field(title="独立性声明")
    period_from: Date = Field(title="审计期间起")
    period_until: Date = Field(title="审计期间止")
    received: list[Receipt] = Field(title="资金到位情况", min_length=1, max_length=50)
    lines: list[SpendingLine] = Field(title="支出审定情况", min_length=1, max_length=200)
    claimed: Money = Field(title="申报合计（元）")
    disallowed: Money = Field(title="核减合计（元）")
    audited: Money = Field(title="审定合计（元）")
    other_fiscal: Money = Field(title="同一支出的其他财政资金（元）", description="没有时填 0。")
    opinion: Literal["unqualified", "qualified", "adverse", "disclaimer"] = Field(
        title="审计意见", json_schema_extra={"choices": OPINION_LABELS}
    )
    findings: LongText = Field(title="审计发现与建议", description="没有发现时写“无”。")

    @field_validator("period_until")
    @classmethod
    def _begins_before_it_ends(cls, value: date, info: ValidationInfo) -> date:
        if value < info.data.get("period_from", value):
            raise ValueError("审计期间的截止日不得早于起始日。")
        return value

    def values(self) -> dict[str, Any]:
        """The fields as Python values; lines and receipts as mappings, for the guards of the audit."""
        rows = {name: [row.values() for row in getattr(self, name)] for name in ("lines", "received")}
        return super().values() | rows
