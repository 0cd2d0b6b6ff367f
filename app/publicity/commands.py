"""What it takes to publish a notice, to object to it, and to decide an objection."""

import re
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from app.casework.commands import Command, LongText, Reasoned, ShortText

#: An e-mail address, or a number of at least seven digits, anywhere in what was typed.
REACHABLE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[0-9](?:[ -]?[0-9]){6}")
OUTCOMES = {"labels": {"upheld": "异议成立", "refuted": "异议不成立"}}


class PublishNotice(Command):
    """The one thing of a notice that the project does not know: whom the public may turn to."""

    contact: ShortText = Field(title="联系方式", description="公示期内受理异议的电话、邮箱或地址。")


def _reachable(value: str) -> str:
    if not REACHABLE.search(value):
        raise ValueError("请填写可以联系到您的电话（至少 7 位数字）或者邮箱，例如 021-62345678。")
    return value


class Object(Command):
    """An objection by anybody; who raised it is shown to nobody but those who decide it."""

    objector: ShortText = Field(title="姓名或单位")
    contact: Annotated[ShortText, AfterValidator(_reachable)] = Field(
        title="联系方式", description="电话或邮箱，仅用于核实与答复。"
    )
    statement: LongText = Field(title="异议内容", description="写明事实、理由和证据线索。")


class DecideObjection(Reasoned):
    """One objection decided, with the reason that its author is told."""

    reason: LongText = Field(
        min_length=2, title="理由", description="提出人凭回执看到这段文字，请不要写入他人的姓名和联系方式。"
    )
    objection: UUID = Field(title="异议编号")
    outcome: Literal["upheld", "refuted"] = Field(title="处理结论", json_schema_extra=OUTCOMES)
