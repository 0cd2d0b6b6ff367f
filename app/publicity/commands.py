"""What it takes to publish a notice, to object to it, and to decide an objection."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.casework.commands import Command, LongText, Reasoned, ShortText

OUTCOMES = {"labels": {"upheld": "异议成立", "refuted": "异议不成立"}}


class PublishNotice(Command):
    """The one thing of a notice that the project does not know: whom the public may turn to."""

    contact: ShortText = Field(title="联系方式", description="公示期内受理异议的电话、邮箱或地址。")


class Object(Command):
    """An objection by anybody; who raised it is shown to nobody but those who decide it."""

    objector: ShortText = Field(title="姓名或单位")
    contact: ShortText = Field(title="联系方式", description="电话或邮箱，仅用于核实与答复。")
    statement: LongText = Field(title="异议内容", description="写明事实、理由和证据线索。")


class DecideObjection(Reasoned):
    """One objection decided, with the reason that its author is told."""

    objection: UUID = Field(title="异议编号")
    outcome: Literal["upheld", "refuted"] = Field(title="处理结论", json_schema_extra=OUTCOMES)
