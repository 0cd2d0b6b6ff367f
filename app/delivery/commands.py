"""The fields of progress reports and change requests."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, ValidationInfo, field_validator

from app.casework.commands import Command, Date, Flag, LongText, Money, ShortText
from app.delivery.models import CHANGEABLE


class Report(Command):
    """What was done, spent and reached in a period."""

    period_from: Date = Field(title="报告期起")
    period_until: Date = Field(title="报告期止")
    summary: LongText = Field(title="进展情况", description="按活动逐项说明，附件在项目材料中上传。")
    spent: Money = Field(title="本期支出（元）")
    beneficiaries: Annotated[int, Field(ge=0, le=100_000_000)] = Field(title="本期受益人数")

    @field_validator("period_until")
    @classmethod
    def _begins_before_it_ends(cls, value: date, info: ValidationInfo) -> date:
        if value < info.data.get("period_from", value):
            raise ValueError("报告期的截止日不得早于起始日。")
        return value


class FileReport(Report):
    """A progress report, or the final one."""

    final: Flag = Field(title="总结报告", description="项目已完成、这是最后一份报告时选“是”。")


class ResubmitReport(Report):
    """A report corrected after it was returned; whether it is the final one stays."""


class ConfirmReport(Command):
    """The front office has seen it on the spot."""

    remark: LongText | None = Field(default=None, title="确认意见")


class RequestChange(Command):
    """A change of a running project; the money is no part of it."""

    what: Literal["ends_on", "place", "title", "budget_note"] = Field(
        title="变更事项", json_schema_extra={"choices": CHANGEABLE}
    )
    new: ShortText = Field(title="变更为", description="日期写作 2026-12-31；预算说明写明调整内容，资助金额不得增加。")
    reason: LongText = Field(title="变更理由")

    @field_validator("new")
    @classmethod
    def _a_day_is_a_day(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("what") == "ends_on":
            try:
                day: Any = TypeAdapter(Date).validate_strings(value)
            except ValidationError:
                day = None
            if day is None or day.isoformat() != value:
                raise ValueError("结束日期应为日期，如 2026-12-31。")
        return value


class AcceptChange(Command):
    """The fund office agrees."""

    remark: LongText | None = Field(default=None, title="审批意见")
