"""Tables of the registers. All of them are append-only: a correction is a further row, and the newest counts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial

#: The registers whose changes are recorded, with the words users read.
REGISTER_LABELS = {
    "person": "人员",
    "role": "角色授权",
    "unit": "单位",
    "organisation": "项目主体",
    "tie": "关联登记",
    "calendar": "工作日历",
    "policy": "政策版本",
    "call": "申报通知",
    "notice_text": "通知模板",
}
#: What can be done to a row of a register.
CHANGE_LABELS = {
    "add": "新增", "change": "修改", "end": "终止", "reset": "恢复内置文本", "propose": "提出", "confirm": "核准",
    "refuse": "不予核准", "withdraw": "撤回", "lapse": "逾期失效",
}  # fmt: skip

#: Fields of recorded changes, with the words users read; rules of a policy have labels of their own.
FIELD_LABELS = {
    "account": "银行账户",
    "active": "启用", "area_code": "行政区划代码", "areas": "受援地区", "budget": "预算", "closes_at": "截止时间",
    "code": "编号", "days_off": "放假日", "district": "所在区", "erasure": "注销并抹去",
    "document": "依据文件", "drawn_from": "来源版本",
    "effective_on": "施行日期", "fields": "资助领域", "from": "开始日期", "kind": "类别",
    "link": "设置密码的链接", "name": "名称", "opens_at": "开放时间", "organisation": "项目主体",
    "outside_account": "单位统一登录", "passkey": "通行密钥", "password": "密码",
    "policy": "政策版本", "programme": "专项", "reason": "理由", "recovery_codes": "恢复代码", "role": "角色",
    "said": "正文", "second_factor": "两步验证", "source": "依据", "subject": "标题", "title": "标题", "unit": "单位",
    "until": "结束日期", "uscc": "统一社会信用代码", "withdrawn": "撤销理由", "workdays": "调休上班日", "year": "年度",
    "yearly_check": "年检结果",
}  # fmt: skip


#: What is recorded in place of a secret, or of what happened to it.
HAPPENED_LABELS = {
    "given": "已重新设置", "sent": "已发送", "changed": "本人已修改", "chosen": "本人已设置", "set up": "已设置",
    "new": "已重新生成", "removed": "已停用", "replaced": "已更换", "linked": "已关联", "unlinked": "已解除",
}  # fmt: skip

#: The lists that can be taken away as a file, with the words users read.
LIST_LABELS = {
    "audits": "我的审计", "changes": "变更记录", "disclosures": "披露记录", "dossier": "卷宗",
    "events": "按办理记录查找", "exports": "导出记录",
    "funded": "资助结果", "inbox": "待办", "movements": "资金变动", "notices": "公示公告",
    "objections": "异议与投诉", "orders": "拨付单",
    "organisations": "项目主体", "overdue": "逾期事项", "people": "人员与角色", "projects": "项目",
    "promised": "批准与拨付对照", "proposals": "角色核准", "units": "单位名册",
}  # fmt: skip


class RegisterChange(Base):
    """One change of a register: what row of it (`key`), what it said before and after, by whom and when.

    `by_id` is empty where somebody worked at the command line. No secret is ever written here.
    """

    __tablename__ = "register_change"
    __table_args__ = (
        CheckConstraint("btrim(register) <> '' AND btrim(key) <> '' AND btrim(action) <> ''", name="says_what"),
        CheckConstraint("num_nonnulls(before, after) > 0", name="says_something"),
        Index("ix_register_change_at", "at", "id"),
        Index("ix_register_change_register", "register", "at", "id"),
    )

    id: Mapped[Serial]
    register: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class ListExport(Base):
    """A list that somebody took away as a file: which, by what filters and order (`address`), how many rows."""

    __tablename__ = "list_export"
    __table_args__ = (
        CheckConstraint("btrim(list) <> '' AND starts_with(address, '/')", name="says_what"),
        CheckConstraint("kind IN ('csv', 'xlsx', 'zip')", name="kind_is_known"),
        CheckConstraint("rows >= 0", name="rows_are_counted"),
        Index("ix_list_export_at", "at", "id"),
    )

    id: Mapped[Serial]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    list: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    columns: Mapped[Sequence[str]] = mapped_column(ARRAY(Text))
    kind: Mapped[str] = mapped_column(Text)
    rows: Mapped[int]
    at: Mapped[datetime]


class CalendarNotice(Base):
    """The days off and the working weekends of a year, as a notice of the State Council announced them."""

    __tablename__ = "calendar_notice"
    __table_args__ = (
        CheckConstraint("year BETWEEN 2010 AND 2100", name="year_is_plausible"),
        CheckConstraint("btrim(source) <> ''", name="source_is_named"),
        CheckConstraint("cardinality(days_off) > 0", name="days_off_are_there"),
        CheckConstraint("NOT days_off && workdays", name="a_day_is_one_of_both"),
        Index("ix_calendar_notice_year", "year", "id"),
    )

    id: Mapped[Serial]
    year: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    days_off: Mapped[list[date]] = mapped_column(ARRAY(Date))
    workdays: Mapped[list[date]] = mapped_column(ARRAY(Date))
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]


class NoticeText(Base):
    """What a notification says instead of its built-in text; without words the built-in text is back."""

    __tablename__ = "notice_text"
    __table_args__ = (
        CheckConstraint("locale IN ('zh_Hans_CN', 'en')", name="locale_is_known"),
        CheckConstraint("(subject IS NULL) = (said IS NULL)", name="is_whole_or_reset"),
        CheckConstraint("btrim(subject) <> '' AND btrim(said) <> ''", name="says_something"),
        CheckConstraint("subject !~ '[[:cntrl:]]' AND char_length(subject) <= 200", name="subject_is_one_line"),
        Index("ix_notice_text_template", "template", "locale", "id"),
    )

    id: Mapped[Serial]
    template: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    said: Mapped[str | None] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    written_at: Mapped[datetime]


class MarkKey(Base):
    """The key of the hashes by which sealed values are compared, itself sealed with the key of the installation.

    It is made once and stays when the key of the installation changes, so the hashes stay comparable.
    """

    __tablename__ = "mark_key"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())


#: What can be shown in full when one asks for it, with the words users read.
DISCLOSED_LABELS = {"account": "银行账号", "own_data": "本人的个人信息"}


class Disclosure(Base):
    """Somebody was shown in full what is masked otherwise: what, whose (`of`), when. It only grows."""

    __tablename__ = "disclosure"
    __table_args__ = (
        CheckConstraint("what IN ('account', 'own_data')", name="what_is_known"),
        CheckConstraint("btrim(of) <> ''", name="says_of_whom"),
        Index("ix_disclosure_at", "at", "id"),
    )

    id: Mapped[Serial]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    of: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
