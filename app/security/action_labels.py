"""What an action of the policy is called: its object and what is done, each in the words of users."""

from app.security.policy import THING_LABELS
from app.text import translated

#: Objects of actions that are no thing of the policy.
OBJECT_LABELS = {
    **THING_LABELS,
    "account_number": "收款账号", "own_data": "本人的个人信息", "payee_number": "收款单位账号",
    "front": "前方工作台", "inbox": "待办", "moderation": "评分汇总", "money": "资金办理", "oversight": "监督工作台",
    "passkey": "通行密钥", "published": "公开页面", "search": "搜索", "static": "页面所用文件",
}  # fmt: skip
VERB_LABELS = {
    "act": "办理", "erase": "删除", "refuse": "拒绝", "show": "显示", "take": "取走",
    "act_or_object": "办理或提出异议", "add": "新增", "appropriate": "下达或核减",
    "arrange": "安排评审会", "ask_for_link": "索取设置链接", "ask_passkey": "用通行密钥登录", "begin": "开始",
    "change": "修改", "check": "核对", "choose": "选择接收方式", "close": "结束", "confirm": "两步验证",
    "convene": "召集", "declare": "填写申报表", "declare_conflict": "声明有无利益冲突", "draft": "保存草稿",
    "draw": "建立新版本", "end": "终止", "end_elsewhere": "退出其他设备", "follow_link": "打开设置链接",
    "give_password": "发送设置链接", "grant": "授予", "invite": "邀请", "issue": "签发", "keep": "维护",
    "keep_contacts": "维护联系人", "leave_for_provider": "前往统一认证", "list": "查看清单", "list_own": "查看本主体的",
    "make": "抽取", "mark": "标为已读", "move": "调整", "open": "开启", "patch": "修改申报", "pin": "置顶",
    "prove": "再次验证身份", "publish": "公布", "raise": "提出", "read": "查看", "read_date": "查看评审日期",
    "read_projects": "查看各项目", "recuse": "申请回避", "remind": "催办", "remove": "停用", "report": "提交报告或变更",
    "resend": "重新发送", "reset": "恢复内置内容", "return_from_provider": "自统一认证返回", "set_language": "选择语言",
    "state": "申报本人的", "submit": "提交", "switch": "启用或停用", "take_all": "打包下载",
    "unlink": "解除", "use_passkey": "核验通行密钥", "withdraw": "撤回", "work": "批量办理", "write": "撰写",
}  # fmt: skip


def action_words(action: str) -> str:
    """What an action is called: "材料 · 打包下载"."""
    thing, _dot, verb = action.partition(".")
    return f"{translated(OBJECT_LABELS[thing])} · {translated(VERB_LABELS[verb])}"
