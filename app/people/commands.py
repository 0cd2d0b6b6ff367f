"""What administrators type to keep units, people and roles."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.casework.commands import Command, Reasoned, ShortText
from app.people.models import UNIT_KINDS
from workflows.roles import APPLICANTS, GRANTABLE, LABELS

AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,30}$")]


class AddUnit(Command):
    """An office or a firm in which people act."""

    code: UnitCode = Field(title="单位代码", description="大写字母、数字与连字符，例如 SH310106；以后不能修改。")
    name: ShortText = Field(title="单位名称")
    kind: str = Field(
        title="单位类别",
        json_schema_extra={"choices": UNIT_KINDS},
        description="登记以后不能修改，因为角色随类别授予。",
    )
    area_code: AreaCode | None = Field(
        default=None, title="行政区划代码", description="受理单位和前方工作机构须填写，2 至 6 位数字。"
    )


class ChangeUnit(Command):
    """What may change of a unit."""

    name: ShortText = Field(title="单位名称")
    area_code: AreaCode | None = Field(default=None, title="行政区划代码", description="2 至 6 位数字。")


class AddPerson(Command):
    """An account for a person, without any role yet."""

    name: ShortText = Field(title="姓名")
    email: ShortText = Field(title="电子邮箱", description="用于登录和接收通知。")


class GrantRole(Reasoned):
    """A role for a person, for a unit or an organisation where the role needs one, and why."""

    role: str = Field(title="角色", json_schema_extra={"choices": {role: LABELS[role] for role in GRANTABLE}})
    unit: ShortText | None = Field(
        default=None, title="单位", description="受理单位、前方工作机构和审计机构的人员须指定。"
    )
    organisation: ShortText | None = Field(
        default=None, title="统一社会信用代码", description="项目主体的人员须指定其所属的项目主体。"
    )


class EndRole(Reasoned):
    """Why a role is to end."""


class InviteMember(Command):
    """An invitation into an organisation, by its owner."""

    organisation: ShortText = Field(title="项目主体")
    name: ShortText = Field(title="姓名")
    email: ShortText = Field(title="电子邮箱", description="邀请将发送到这个邮箱。")
    role: str = Field(
        title="角色",
        json_schema_extra={"choices": {role: LABELS[role] for role in GRANTABLE if role in APPLICANTS}},
        description="负责人可以提交申报、签署协议并管理本单位人员。",
    )
