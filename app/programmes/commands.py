"""What it takes to set up a programme, its budget and a call."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from app.casework.commands import Command, Moment, Money, ShortText

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
