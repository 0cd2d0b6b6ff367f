"""The register of personal data: where it lies, what it is for, who reads it, how long it stays, what erasure does.

It is data that a page shows (`/privacy`), an export reads (`/account/data`), erasure and the daily job act by, and a
test holds against the models. The rule for a new column: numbers, times, yes-or-no and keys of rows say nothing by
themselves. Every other column is named here, either in HELD or in NOT_PERSONAL. Who did something is a key into
`user`: erasing the name there takes it from every act. Source of the legal bases: 个人信息保护法 (2021).
"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal

from flask import Flask

from app.settings import Settings

#: On what ground data is kept, in plain words.
BASIS_LABELS = {
    "duty": "履行法定职责所必需（个人信息保护法第十三条第一款第三项）",
    "contract": "订立、履行资助协议所必需（个人信息保护法第十三条第一款第二项）",
    "security": "网络安全法第二十一条要求留存网络日志不少于六个月",
    "asked": "本人为办理自己的事项主动提供（个人信息保护法第十三条第一款第一项）",
}
#: How long it stays; those with a setting of days are erased by the daily job.
KEPT_LABELS = {
    "account": "账户存续期间；注销并抹去后不再保留",
    "file": "随项目档案保存；财政资金的凭证和决定依法须长期保存",
    "sign_in": "登录结束后 {days} 天",
    "letter": "发送后 {days} 天",
    "draft": "最后一次保存后 {days} 天仍未提交的，删除",
    "objection": "异议办结后 {days} 天",
    "moment": "数小时至数天，过期即删",
}
#: What erasing a person does with it.
ERASURE_LABELS = {
    "replaced": "以编号代替",
    "deleted": "删除",
    "kept": "依法保留，姓名以编号代替",
}
Erasure = Literal["replaced", "deleted", "kept"]


@dataclass(frozen=True, slots=True)
class Held:
    """Personal data in some columns of one table. Labels are words that users read.

    `person`: the column that says whose row it is, a key into `user`; "" where that is no user of the system.
    `full` and `masked`: who reads it as it is, and who reads a part of it.
    """

    table: str
    columns: str
    what: str
    whose: str
    purpose: str
    basis: str
    full: str
    keeps: str
    erasure: Erasure
    person: str = ""
    masked: str = ""
    #: Never in an export: it would help a thief and tells the person nothing.
    secret: bool = False


USERS, STAFF = "使用本系统的人员", "评审专家"
SELF_AND_ADMINS = "本人；系统管理员、安全管理员"
HELD = (
    Held("user", "email name locale", "姓名、电子邮箱、语言", USERS, "登录、通知、表明由谁办理", "duty",
         "本人；管理员；可见同一项目的经办人员看到姓名", "account", "replaced", "id"),
    Held("user", "password fs_uniquifier", "口令的摘要", USERS, "登录", "duty", "无人可读", "account", "replaced",
         "id", secret=True),
    Held("second_factor", "secret", "两步验证的密钥（密封）", USERS, "登录", "duty", "无人可读", "account", "deleted",
         "user_id", secret=True),
    Held("recovery_code", "hash", "恢复代码的摘要", USERS, "登录", "duty", "无人可读", "account", "deleted",
         "user_id", secret=True),
    Held("passkey", "name credential public_key handle", "通行密钥的名称和公钥", USERS, "登录", "duty", "本人",
         "account", "deleted", "user_id"),
    Held("challenge", "visitor", "登录中的一次性询问", USERS, "登录", "duty", "无人可读", "moment", "deleted"),
    Held("outside_account", "issuer subject", "关联的外部账号", USERS, "登录", "asked", "本人", "account", "deleted",
         "user_id"),
    Held("api_token", "name hash scope", "访问令牌的用途和摘要", USERS, "程序代本人办理", "asked", "本人", "account",
         "deleted", "user_id"),
    Held("account_link", "hash nonce purpose role", "邮件链接的摘要", USERS, "设置口令、加入单位", "duty", "无人可读",
         "sign_in", "deleted", "user_id", secret=True),
    Held("sign_in", "address agent hash old_hash uniquifier", "登录的网络地址和浏览器", USERS, "发现冒用", "security",
         "本人", "sign_in", "deleted", "user_id"),
    Held("letter", "template state answer", "寄给本人的邮件及邮件服务器的答复", USERS, "通知", "duty", "系统管理员",
         "letter", "deleted", "user_id"),
    Held("notification", "way", "本人收到的消息", USERS, "通知", "duty", "本人", "letter", "deleted", "user_id"),
    Held("mail_choice", "kind way", "通知设置", USERS, "按本人意愿通知", "asked", "本人", "account", "deleted",
         "user_id"),
    Held("saved_view", "page name query", "保存的列表视图", USERS, "方便本人办理", "asked", "本人", "account",
         "deleted", "user_id"),
    Held("kept_form", "step body", "登录过期时尚未保存的表单", USERS, "不丢失已填内容", "asked", "本人", "moment",
         "deleted", "user_id"),
    Held("draft_presence", "step", "正在填写哪一步", USERS, "多人同时填写时互相看到", "asked", "同一单位的人员",
         "moment", "deleted", "user_id"),
    Held("role_grant", "role unit_kind", "担任的角色及起止", USERS, "权限与回避", "duty", SELF_AND_ADMINS, "file",
         "kept", "user_id"),
    Held("affiliation", "uscc organisation kind position withdrawn_reason", "任职与关联", "评审和办理人员",
         "回避利害关系", "duty", "本人；秘书处、系统管理员", "file", "kept", "user_id"),
    Held("contact_mark", "kind mark", "住址、电话、账号的密钥摘要，不存原值", STAFF, "回避利害关系", "duty",
         "无人可读", "account", "deleted", "user_id"),
    Held("expert_profile", "fields", "评审专业", STAFF, "安排评审", "duty", "秘书处；本人", "account", "deleted",
         "user_id"),
    Held("score_sheet", "conflict_statement scores comments recommendation comment", "评分、评语和回避声明", STAFF,
         "作出资助决定", "duty", "秘书处、会审成员、监督；本人", "file", "kept", "expert_id"),
    Held("joint_vote", "vote comment", "会审表决及意见", "会审成员", "作出资助决定", "duty", "会审成员、监督", "file",
         "kept", "user_id"),
    Held("joint_meeting_presence", "mode", "会议出席", "会审成员", "作出资助决定", "duty", "会审成员、监督", "file",
         "kept", "user_id"),
    Held("checklist", "stage content", "本人的核对记录", USERS, "审核", "duty", "本人和同一机构", "file", "kept",
         "user_id"),
    Held("note", "role text", "备注", USERS, "审核", "duty", "同一机构", "file", "kept", "author_id"),
    Held("audit_draft", "typed", "未提交的审计内容", "审计机构人员", "审计", "duty", "本人", "draft", "deleted",
         "user_id"),
    Held("list_export", "list address columns kind", "导出了哪些清单", USERS, "追查信息去向", "security",
         "审计管理员、监督", "file", "kept", "user_id"),
    Held("disclosure", "what of", "查看过哪些完整账号", USERS, "追查信息去向", "security", "审计管理员、监督", "file",
         "kept", "user_id"),
    Held("register_change", "register key action before after", "谁的账户、角色、关联有何变更", USERS, "追查变更",
         "security", "审计管理员、监督", "file", "replaced"),
    Held("event_private", "body salt", "每次办理所填内容的原文", "办理人员、联系人", "证明办理过程", "duty",
         "按项目权限可见的人员", "file", "deleted"),
    Held("panel", "experts", "评审专家的姓名", STAFF, "公示评审结果", "duty", "社会公众", "file", "replaced"),
    Held("notice", "experts contact", "公示的专家姓名和受理异议的联系方式", "专家、经办人", "公示", "duty",
         "社会公众", "file", "replaced"),
    Held("joint_meeting", "place minutes result", "会议记录和名单", "会审成员", "作出资助决定", "duty",
         "会审成员、监督", "file", "kept"),
    Held("organisation", "legal_representative contact_name contact_phone contact_email",
         "法定代表人、联系人及电话、邮箱", "项目主体的人员", "签订协议、联系", "contract",
         "本单位；受理、管理和财务部门", "file", "replaced"),
    Held("organisation", "bank_name bank_branch account_name account_mark", "收款账户（账号密封）", "项目主体",
         "拨付资助款", "contract", "本单位、财务经办和复核、合作交流办（须点“显示全部”，并留记录）", "file", "kept",
         masked="其他可见该单位的人员只见末四位"),
    Held("sealed_account", "uscc mark sealed", "账号（密封）", "项目主体", "拨付资助款", "contract",
         "本单位、财务经办和复核、合作交流办（须点“显示全部”，并留记录）", "file", "kept",
         masked="其他人员只见末四位", secret=True),
    Held("payment_order", "payee_name payee_bank payee_branch payee_mark", "收款账户（账号密封）", "项目主体",
         "拨付资助款", "contract", "财务经办和复核、本单位（须点“显示全部”，并留记录）", "file", "kept",
         masked="其他人员只见末四位"),
    Held("agreement", "data", "协议内容：双方代表人、账户（账号密封；协议文本PDF依约载明完整账号）", "项目主体",
         "签订协议", "contract", "可见该项目的人员", "file", "kept"),
    Held("audit", "licence cpa_one cpa_two", "签字注册会计师的姓名和证书号", "注册会计师", "审计", "duty",
         "可见该项目的人员", "file", "kept"),
    Held("objection", "objector contact statement reason", "异议人的姓名、联系方式和陈述", "异议人", "办理异议并答复",
         "asked", "受理、合作交流办和监督部门", "objection", "replaced"),
    Held("draft_field", "name text", "申报草稿，可能写有联系人", "项目联系人", "填写申报", "asked", "本单位", "draft",
         "deleted"),
    Held("project", "declaration", "申报内容，可能写有联系人", "项目联系人", "申请资助", "contract",
         "可见该项目的人员", "file", "kept"),
    Held("declaration_snapshot", "body", "每次提交的申报原文", "项目联系人", "申请资助", "contract",
         "可见该项目的人员", "file", "kept"),
    Held("paper", "name", "材料的文件名；材料本身随档案保存", "材料所载人员", "申请和核查", "contract",
         "可查看该项目档案的人员", "file", "kept"),
    Held("look", "", "最近看过的项目", USERS, "方便本人办理", "asked", "本人", "account", "deleted", "user_id"),
    Held("pin", "", "置顶的项目", USERS, "方便本人办理", "asked", "本人", "account", "deleted", "user_id"),
    Held("erasure_request", "", "抹去个人信息的申请", USERS, "办理申请", "asked", "本人；系统管理员", "file", "kept",
         "user_id"),
    Held("rate_limit", "key", "登录名和地址的摘要", "登录者", "防止猜测口令", "security", "无人可读", "moment",
         "deleted"),
)  # fmt: skip

#: Columns that hold a word of a list, a number of an office or a hash, under whatever table.
WORDS_AND_NUMBERS = frozenset({
    "action", "approved_content", "area", "area_code", "areas", "bank_ref", "bank_reference", "case_from", "case_to",
    "category", "chain_hash", "code", "codes", "columns", "commitment", "content_hash", "content_type", "data_hash",
    "days_off", "declared_hash", "district", "document_hash", "due_action", "duty", "field", "fields", "from_kind",
    "from_state", "grams", "hash", "holder_role", "key", "kind", "level_one", "level_two", "life", "list", "locale",
    "mode", "nonce", "number", "opinion", "outcome", "paid_from", "policy_key", "prev_hash", "prev_state", "purpose",
    "quantity", "reading", "ref", "ref_in", "ref_out", "request_hash", "request_key", "result_hash", "role",
    "root_from", "root_to", "rounding", "salt", "secret", "sha256", "signed_by_applicant_hash",
    "signed_by_fund_office_hash", "sources", "stage", "state", "template", "to_kind", "to_role", "to_state", "unit",
    "unit_kind", "uscc", "way", "workdays", "workflow",
})  # fmt: skip
#: What says something of a project, an office or the rules, and of nobody: table → columns.
NOT_PERSONAL = {
    "assignment_check": "findings reason", "audit": "independence received findings", "audit_line": "item reason",
    "budget_line": "item basis", "calendar_notice": "source", "call": "title",
    "change_request": "what old new reason remark", "closure": "remark", "event": "body",
    "expert_draw": "reason document", "expert_draw_step": "why", "joint_decision": "minutes",
    "mark_key": "name sealed", "notice": "title organisation place", "notice_text": "subject said",
    "organisation": "name registered_with supervising_unit address yearly_check_result",
    "payment_order": "failed_reason", "performance_target": "name target", "policy_version": "body",
    "programme": "name", "progress_report": "summary remark", "project": "title place",
    "role_proposal": "reason decided_reason",
    "review_session": "place link note", "settlement": "ended_reason", "sheet_draft": "typed", "unit": "name",
}  # fmt: skip


#: What the register says, for the catalogue of translations.
HELD_LABELS = [word for each in HELD for word in (each.what, each.whose, each.purpose, each.full, each.masked)]


def of(*tables: str) -> tuple[Held, ...]:
    """The entries of these tables: what a form that asks for them says beside its fields."""
    return tuple(each for each in HELD if each.table in tables and not each.secret)


def init_app(app: Flask) -> None:
    """Let every form say what it asks for and why."""
    days = days_kept(app.extensions["aidflow"].settings)
    app.jinja_env.globals["personal"] = SimpleNamespace(of=of, labels=KEPT_LABELS, days=days)


def days_kept(settings: Settings) -> dict[str, int]:
    """Days after which the daily job erases, by the words of KEPT_LABELS."""
    return {
        "sign_in": settings.retention_sign_in_days,
        "letter": settings.retention_letter_days,
        "draft": settings.retention_draft_days,
        "objection": settings.retention_objection_days,
    }
