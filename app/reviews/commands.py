"""What the acts of expert review and joint review carry, and the forms of what is kept beside them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from app.casework.commands import Command, Date, Flag, LongText, Moment, Money, Reasoned, ShortText
from workflows.definition import because

Email = Annotated[str, StringConstraints(min_length=3, max_length=254, to_lower=True)]
OptionalShort = Annotated[str, StringConstraints(max_length=200)]
OptionalText = Annotated[str, StringConstraints(max_length=5000), Field(json_schema_extra={"widget": "textarea"})]
Outcome = Literal["recommend", "not_recommend"]
OUTCOMES = {"labels": {"recommend": "推荐", "not_recommend": "不推荐"}}
VOTES = {"labels": {"for": "同意", "against": "不同意", "abstain": "弃权"}}
EXPERTS_HINT = "从符合条件的专家中选定。"


class OpenPanel(Command):
    """The experts drawn for this project and the day on which they meet."""

    experts: list[Email] = Field(title="评审专家", description=EXPERTS_HINT, min_length=1, max_length=50)
    session_on: Date = Field(title="评审日期")
    reason: OptionalText = Field(
        default="", title="选定理由", description="选定系统提示有关联的专家，或抽签后另选他人时必填，随选定一并存档。"
    )


class AddExperts(Command):
    """More experts for a panel that lost some to recusal."""

    experts: list[Email] = Field(title="增补专家", description=EXPERTS_HINT, min_length=1, max_length=50)
    reason: OptionalText = Field(
        default="", title="选定理由", description="选定系统提示有关联的专家，或抽签后另选他人时必填，随选定一并存档。"
    )


class Recuse(Command):
    """An expert who finds a conflict of interest after the file was opened."""

    statement: LongText = Field(title="情况说明", description="提交后该项目不再向您显示，评审秘书将另行安排。")


class RecuseOfficer(Command):
    """An officer who finds a conflict of interest on a project, before or after acting on it."""

    statement: LongText = Field(title="情况说明", description="提交后该项目不再向您显示，由同一单位的其他人员办理。")


class KeepContacts(Command):
    """Where an expert lives, is called and banks; only keyed hashes of it are kept, to be compared."""

    address: OptionalShort = Field(default="", title="住址")
    phone: OptionalShort = Field(default="", title="电话")
    account: OptionalShort = Field(default="", title="银行账号")


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
        description="得分低于满分 60% 的评分项须说明理由。",
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


class ScheduleSession(Command):
    """When and where the panels of some projects meet, and by when the sheets are due."""

    projects: list[Annotated[str, StringConstraints(max_length=40)]] = Field(
        title="项目", description="处在专家评审环节、尚未列入其他评审会的项目。", min_length=1, max_length=20
    )
    starts_at: Moment = Field(title="开始时间")
    ends_at: Moment = Field(title="结束时间")
    place: OptionalShort = Field(default="", title="地点", description="线下召开时填写。")
    link: OptionalShort = Field(
        default="", title="线上会议", description="会议号或网址；地点与线上会议至少填一项。", validate_default=True
    )
    sheets_due_on: Date = Field(
        title="评分表截止日期", description="专家在这一天结束前提交评分表，逾期不再接收；需要时可在此延期。"
    )
    note: OptionalText = Field(default="", title="说明", description="专家可见，如议程、联系人。")

    @field_validator("ends_at")
    @classmethod
    def _ends_after_it_begins(cls, value: datetime, info: ValidationInfo) -> datetime:
        if (begins := info.data.get("starts_at")) and value <= begins:
            raise ValueError(because("结束时间须晚于开始时间。"))
        return value

    @field_validator("link")
    @classmethod
    def _is_somewhere(cls, value: str, info: ValidationInfo) -> str:
        if not value and not info.data.get("place"):
            raise ValueError(because("地点与线上会议至少填一项。"))
        return value


class NameFields(Command):
    """What an expert is an expert in, by the keys of the policy's fields."""

    fields_known: list[Annotated[str, StringConstraints(max_length=40)]] = Field(
        default=[], title="专业领域", max_length=20
    )


class ConveneMeeting(Command):
    """A meeting of the joint panel on the projects of one budget year."""

    year: Annotated[str, StringConstraints(max_length=60)] = Field(title="专项与预算年度")
    held_at: Moment = Field(title="会议时间")
    place: ShortText = Field(title="会议地点", description="线上召开时填会议号或网址。")
    envelope: Money | None = Field(
        default=None, title="本次拟安排总额（元）", description="不填的，以年度预算可用余额与这些项目已预留的金额为限。"
    )
