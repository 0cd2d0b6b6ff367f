"""The fields of settling, paying and closing. Source: design "Forms" 4.7."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.casework.commands import Command, Date, LongText, Reasoned

#: SHA-256 in lower-case hex.
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
#: Banks do not tell letters by their case, so that the same reference is always written alike.
BankReference = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{4,64}$", to_upper=True)]


class ConfirmSettlement(Command):
    """The checker's word for the very figures that were read."""

    content_hash: Digest = Field(title="核定结果校验值（SHA-256）", description="与核定结果页面上显示的一致。")


class ApprovePayment(Command):
    """The checker's word for the very order that was read."""

    content_hash: Digest = Field(title="拨付单校验值（SHA-256）", description="与拨付单页面上显示的一致。")


class RefusePayment(Reasoned):
    """The order goes back to its maker."""


class RecordPaid(Command):
    """What the bank says of a payment that arrived."""

    bank_reference: BankReference = Field(
        title="银行流水号", description="字母、数字和连字符，4 至 64 位；字母一律记为大写。"
    )
    paid_on: Date = Field(title="到账日期")


class RecordFailed(Reasoned):
    """What the bank says of a payment that came back."""


class Close(Command):
    """The end of a project that was paid in full."""

    performance_score: Annotated[int, Field(ge=0, le=100)] = Field(title="绩效得分（0—100）")
    remark: LongText = Field(title="结项意见")
