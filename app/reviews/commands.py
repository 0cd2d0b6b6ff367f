"""What the acts of expert review and joint review carry."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from app.casework.commands import Command, Date, Flag, LongText, Money, Reasoned
from workflows.definition import because

Email = Annotated[str, StringConstraints(min_length=3, max_length=254, to_lower=True)]
OptionalText = Annotated[str, StringConstraints(max_length=5000), Field(json_schema_extra={"widget": "textarea"})]
Outcome = Literal["recommend", "not_recommend"]
OUTCOMES = {"labels": {"recommend": "推荐", "not_recommend": "不推荐"}}
VOTES = {"labels": {"for": "同意", "against": "不同意", "abstain": "弃权"}}
EXPERTS_HINT = "从符合条件的专家中选定；经接口办理时填写电子邮箱。"


class OpenPanel(Command):
    """The experts drawn for this project and the day on which they meet."""

    experts: list[Email] = Field(title="评审专家", description=EXPERTS_HINT, min_length=1, max_length=50)
    session_on: Date = Field(title="评审日期")


class AddExperts(Command):
    """More experts for a panel that lost some to recusal."""

    experts: list[Email] = Field(title="增补专家", description=EXPERTS_HINT, min_length=1, max_length=50)


class DeclareConflict(Command):
    """The expert's word on conflicts of interest, given before the file opens."""

    conflict: Flag = Field(title="存在利益冲突", description="存在利益冲突的，应当回避，且不再查看该项目。")
    statement: OptionalText = Field(
        default="", title="情况说明", description="存在利益冲突时必填。", validate_default=True
    )

    @field_validator("statement")
    @classmethod
    def _a_conflict_is_explained(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("conflict") and not value:
            raise ValueError(because("存在利益冲突时须说明情况。"))
        return value


class SubmitSheet(Command):
    """A whole score sheet. Scores and comments are by the item keys of the project's policy."""

    scores: dict[str, int] = Field(title="评分", json_schema_extra={"widget": "scores"})
    comments: dict[str, Annotated[str, StringConstraints(max_length=2000)]] = Field(
        default={},
        title="分项说明",
        description="得分低于满分 60% 的项目须说明理由。",
        json_schema_extra={"widget": "scores"},
    )
    recommendation: Outcome = Field(title="评审意见", json_schema_extra=OUTCOMES)
    suggested_amount: Money = Field(title="建议资助金额（元）")
    comment: LongText = Field(title="总体评价")


class ClosePanel(Command):
    """What the panel comes to; an amount belongs to a recommendation and to nothing else."""

    outcome: Outcome = Field(title="评审结论", json_schema_extra=OUTCOMES)
    suggested_amount: Money | None = Field(
        default=None, title="建议资助金额（元）", description="推荐时必填。", validate_default=True
    )
    opinion: LongText = Field(title="评审意见")

    @field_validator("suggested_amount")
    @classmethod
    def _belongs_to_a_recommendation(cls, value: int | None, info: ValidationInfo) -> int | None:
        outcome = info.data.get("outcome")
        if outcome == "recommend" and not value:
            raise ValueError(because("推荐时须填写大于零的建议资助金额。"))
        if outcome == "not_recommend" and value is not None:
            raise ValueError(because("不推荐时不填建议资助金额。"))
        return value


class CastVote(Command):
    """One member's vote in the joint review."""

    vote: Literal["for", "against", "abstain"] = Field(title="表决", json_schema_extra=VOTES)
    comment: OptionalText = Field(default="", title="意见")


class Approve(Command):
    """The amount approved and the minutes of the sitting."""

    amount: Money = Field(title="批准金额（元）")
    minutes: LongText = Field(title="会审纪要")


class Defer(Reasoned):
    """The sitting ends without a decision; the members vote anew in the next one."""
