"""Who may do what, as data: every address with its method names exactly one action of this file.

An action says who may ask at all, which query limits what they reach, what it reads and writes, which
fields of a form it takes, and what somebody without the role is told. Outside the scope a thing is absent:
the answer is 404, byte for byte as if it did not exist. `app/security/access.py` keeps the rules,
`docs/access.md` shows them, `tests/benchmarks/sweep.py` proves them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.roles import (
    ACCEPTING_UNIT,
    ADMINISTRATORS,
    APPLICANT_OWNER,
    APPLICANTS,
    APPROVER,
    AUDIT_ADMIN,
    AUDIT_FIRM,
    EXPERT,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FRONT_OFFICE,
    FUND_OFFICE,
    PANEL_MEMBER,
    SECRETARY,
    SECURITY_ADMIN,
    SUPERVISOR,
    SYSTEM_ADMIN,
)

if TYPE_CHECKING:
    from app.people.permissions import Actor

#: Strangers too; whoever signed in, with or without a role.
EVERYBODY = frozenset({"everybody"})
SIGNED_IN = frozenset({"signed_in"})
#: The fields are those of the command that the form is drawn from; the form itself refuses others.
FORM = "*"

#: What each scope reaches.
SCOPE_LABELS = {
    "everything": "全部",
    "published": "已向社会公布的内容",
    "oneself": "本人的内容",
    "visible": "本人可见的项目与事项",
    "own_organisation": "本主体的项目",
    "own_members": "本人负责的项目主体的人员",
    "office": "本机构经办的项目",
    "file": "可查看其档案的项目材料",
    "organisations": "本人可见的项目主体",
    "own_sheet": "分配给本人的评分表",
    "own_audits": "交给本机构的审计",
}
#: The query that limits a scope; what has none reaches everything.
SCOPE_QUERIES = {
    "published": "app.portal.queries.published.project_published",
    "oneself": "app.people.queries.account_page",
    "visible": "app.casework.permissions.visible",
    "own_organisation": "app.desk.views.sending.editable",
    "own_members": "app.people.queries.links.members_of",
    "office": "app.casework.permissions.visible_as",
    "file": "app.documents.permissions.visible_papers",
    "organisations": "app.organisations.queries.visible_to",
    "own_sheet": "app.reviews.queries.desk.own_sheet",
    "own_audits": "app.audits.queries.audits_seen",
}

#: What is read and written, in the words of the glossary.
THING_LABELS = {
    "account": "账户", "agreement": "协议", "audit": "第三方审计", "budget": "预算", "calendar": "工作日历",
    "call": "申报通知", "case": "事项", "chain": "办理记录", "change": "变更记录", "clock": "演示时钟",
    "declaration": "申报", "disclosure": "披露记录", "draft": "草稿", "draw": "抽签", "expert": "专家",
    "export": "导出记录", "factor": "两步验证", "finding": "核查结果", "health": "运行状况", "help": "帮助",
    "ledger": "资金账簿", "letter": "邮件", "look": "列表视图", "meeting": "会审会议", "member": "本单位人员",
    "message": "消息", "note": "备注", "notice": "公示公告", "number": "完整账号", "objection": "异议",
    "organisation": "项目主体", "outside_account": "统一登录关联",
    "panel": "评审组", "paper": "材料", "password": "密码", "payment": "拨付", "person": "人员", "pin": "置顶",
    "policy": "政策版本", "programme": "专项", "project": "项目", "proposal": "角色核准",
    "receipt": "回执", "reminder": "催办",
    "role": "角色", "rules": "访问规则", "session": "登录", "sheet": "评分表", "text": "通知模板",
    "tie": "关联", "token": "访问令牌", "unit": "单位",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One action. `reads` and `writes` are words of THING_LABELS.

    `takes` are the fields of its form and `query` the parameters that may stand in the address of a writing
    request: `name`, `name-*` for every name that begins so, `name[]` for one that may come several times.
    `denial` is the status for whoever signed in without the role. An action of a `demonstration` has no
    address anywhere else.
    """

    who: frozenset[str]
    scope: str = "everything"
    reads: str = ""
    writes: str = ""
    takes: str = ""
    query: str = ""
    denial: int = 403
    demonstration: bool = False

    @property
    def everybody(self) -> bool:
        """Whether strangers may ask too."""
        return self.who == EVERYBODY

    @property
    def roles(self) -> frozenset[str]:
        """The roles of which one is needed; empty where none is."""
        return frozenset() if self.who in (EVERYBODY, SIGNED_IN) else self.who

    def admits(self, actor: "Actor") -> bool:
        """Whether this actor, who did sign in, may ask."""
        return not self.roles or actor.holds(*self.roles)


def _roles(*roles: str) -> frozenset[str]:
    return frozenset(roles)


CITY = _roles(FUND_OFFICE, SECRETARY, PANEL_MEMBER, APPROVER, FINANCE_MAKER, FINANCE_CHECKER, SUPERVISOR)
SHEETS = CITY - {FINANCE_MAKER, FINANCE_CHECKER}
LEDGERS = _roles(APPROVER, AUDIT_ADMIN, FINANCE_CHECKER, FINANCE_MAKER, FUND_OFFICE, SUPERVISOR)
OFFICES = _roles(ACCEPTING_UNIT, FUND_OFFICE, SECRETARY)
#: Officers; an expert says it on the score sheet.
RECUSING = (CITY | {ACCEPTING_UNIT, FRONT_OFFICE}) - {SUPERVISOR}
MEETING_KEEPERS = _roles(SECRETARY, FUND_OFFICE)
ORGANISATION_KEEPERS = _roles(ACCEPTING_UNIT, FUND_OFFICE, SYSTEM_ADMIN)
READS_ACCOUNTS = APPLICANTS | {FUND_OFFICE, FINANCE_MAKER, FINANCE_CHECKER}
REGISTER_READERS = ADMINISTRATORS | {FUND_OFFICE, SUPERVISOR}
ROLE_PROPOSERS = _roles(SYSTEM_ADMIN, SECURITY_ADMIN)
LISTED = "stage life term desk organisation all cursor"

SHEET = "scores-* comments-* recommendation suggested_amount comment version then"

ACTIONS = {
    # The public.
    "static.read": Rule(EVERYBODY),
    "health.read": Rule(EVERYBODY, reads="health"),
    "help.read": Rule(EVERYBODY, reads="help"),
    "published.read": Rule(EVERYBODY, "published", reads="notice call programme"),
    "receipt.check": Rule(EVERYBODY, reads="receipt"),
    "objection.raise": Rule(EVERYBODY, "published", writes="objection chain", takes=FORM),
    # Oneself.
    "session.begin": Rule(EVERYBODY, writes="session", takes="email password next submit kept", query="next"),
    "session.confirm": Rule(EVERYBODY, writes="session", takes="code next submit kept", query="next"),
    "session.ask_passkey": Rule(EVERYBODY, writes="session"),
    "session.use_passkey": Rule(EVERYBODY, writes="session", takes="credential next kept", query="next"),
    "session.leave_for_provider": Rule(EVERYBODY, reads="session", query="next again"),
    "session.return_from_provider": Rule(EVERYBODY, reads="session", query="code state iss error"),
    "session.end": Rule(EVERYBODY, writes="session"),
    "session.prove": Rule(SIGNED_IN, "oneself", writes="session", takes="proof", query="next"),
    "session.list": Rule(SIGNED_IN, "oneself", reads="session"),
    "session.end_elsewhere": Rule(SIGNED_IN, "oneself", writes="session"),
    "password.ask_for_link": Rule(EVERYBODY, writes="letter", takes="email submit"),
    "password.follow_link": Rule(
        EVERYBODY, reads="account", writes="password role", takes="link password again submit", query="link"
    ),
    "factor.keep": Rule(SIGNED_IN, "oneself", reads="factor", writes="factor", takes="code submit"),
    "passkey.keep": Rule(SIGNED_IN, "oneself", reads="factor", writes="factor", takes="name credential submit"),
    "factor.remove": Rule(_roles(SECURITY_ADMIN), writes="factor session"),
    "outside_account.unlink": Rule(_roles(SECURITY_ADMIN), writes="outside_account session"),
    "member.invite": Rule(_roles(APPLICANT_OWNER), "own_members", reads="member", writes="member letter", takes=FORM),
    "member.end": Rule(_roles(APPLICANT_OWNER), "own_members", writes="member role"),
    "password.change": Rule(
        SIGNED_IN, "oneself", writes="password", takes="password new_password new_password_confirm submit next"
    ),
    "account.read": Rule(SIGNED_IN, "oneself", reads="account role token"),
    "account.set_language": Rule(SIGNED_IN, "oneself", writes="account", takes="locale"),
    "own_data.take": Rule(SIGNED_IN, "oneself", reads="account", writes="disclosure"),
    "own_data.erase": Rule(SIGNED_IN, "oneself", writes="account"),
    "token.issue": Rule(SIGNED_IN, "oneself", writes="token", takes="name scope days"),
    "token.end": Rule(SIGNED_IN, "oneself", writes="token"),
    "message.read": Rule(SIGNED_IN, "oneself", reads="message"),
    "message.mark": Rule(SIGNED_IN, "oneself", writes="message", takes="read up_to", query="unread kind"),
    "message.choose": Rule(SIGNED_IN, "oneself", writes="account", takes="task deadline progress"),
    "inbox.read": Rule(SIGNED_IN, "visible", reads="case"),
    "inbox.work": Rule(SIGNED_IN, "visible", "case", writes="reminder", takes="case[] do colleague", query=LISTED),
    "look.keep": Rule(SIGNED_IN, "oneself", writes="look", takes="name is_default", query=LISTED),
    "search.read": Rule(SIGNED_IN, "visible", reads="project organisation paper call"),
    # Projects and what happens to them.
    "project.read": Rule(SIGNED_IN, "visible", reads="project declaration chain agreement payment"),
    "project.list_own": Rule(APPLICANTS, "own_organisation", reads="project"),
    "project.begin": Rule(APPLICANTS, "own_organisation", writes="project", takes=FORM, query="call"),
    "project.declare": Rule(APPLICANTS, "own_organisation", "declaration paper", "draft", takes=FORM, query="rows"),
    "project.patch": Rule(SIGNED_IN, "visible", reads="declaration", writes="declaration"),
    "project.report": Rule(APPLICANTS, "visible", reads="project case"),
    "project.pin": Rule(SIGNED_IN, "visible", writes="pin", takes="on"),
    "project.recuse": Rule(RECUSING, "visible", reads="project", writes="chain", takes=FORM),
    "project.remind": Rule(OFFICES, "office", writes="reminder"),
    "project.check": Rule(
        OFFICES | {SUPERVISOR}, "office", reads="project paper finding", writes="finding",
        takes="check-* phrase[] items show act", query="paper page",
    ),
    "note.write": Rule(OFFICES, "office", writes="note", takes="text"),
    "case.read": Rule(SIGNED_IN, "visible", reads="case receipt"),
    "case.act": Rule(SIGNED_IN, "visible", reads="case", writes="case chain", takes=FORM),
    "case.act_or_object": Rule(EVERYBODY, "visible", writes="case chain objection"),
    "paper.list": Rule(SIGNED_IN, "file", reads="paper"),
    "paper.add": Rule(SIGNED_IN, "visible", writes="paper", takes="kind file[] next"),
    "paper.read": Rule(SIGNED_IN, "file", reads="paper"),
    "paper.take_all": Rule(SIGNED_IN, "file", reads="paper chain"),
    "paper.withdraw": Rule(SIGNED_IN, "file", writes="paper", takes="next"),
    "organisation.read": Rule(SIGNED_IN, "organisations", reads="organisation"),
    "account_number.show": Rule(READS_ACCOUNTS, "organisations", reads="number", writes="disclosure"),
    "payee_number.show": Rule(READS_ACCOUNTS, "visible", reads="number payment", writes="disclosure"),
    "organisation.add": Rule(ORGANISATION_KEEPERS, writes="organisation", takes=FORM),
    # Programmes, calls, money.
    "call.read": Rule(SIGNED_IN, reads="call"),
    "call.open": Rule(_roles(FUND_OFFICE), writes="call", takes=FORM),
    "call.change": Rule(_roles(FUND_OFFICE), writes="call chain"),
    "programme.read": Rule(SIGNED_IN, reads="programme"),
    "programme.open": Rule(_roles(FUND_OFFICE), writes="programme"),
    "budget.appropriate": Rule(_roles(FUND_OFFICE), writes="budget ledger chain"),
    "ledger.read": Rule(LEDGERS, reads="ledger"),
    "ledger.read_projects": Rule(CITY & LEDGERS, "visible", reads="ledger payment project"),
    "money.read": Rule(_roles(FINANCE_MAKER, FINANCE_CHECKER), "visible", reads="payment"),
    # Reviews.
    "sheet.read": Rule(_roles(EXPERT), "own_sheet", reads="sheet project paper"),
    "sheet.declare_conflict": Rule(_roles(EXPERT), "own_sheet", writes="sheet chain", takes=FORM),
    "sheet.recuse": Rule(_roles(EXPERT), "own_sheet", "sheet", "sheet chain", takes=FORM),
    "sheet.draft": Rule(_roles(EXPERT), "own_sheet", writes="draft", takes=SHEET),
    "sheet.submit": Rule(_roles(EXPERT), "own_sheet", writes="sheet chain", takes="seen key version"),
    "panel.read_date": Rule(SIGNED_IN, "visible", reads="panel"),
    "panel.read": Rule(_roles(SECRETARY), "visible", reads="panel expert project"),
    "panel.arrange": Rule(_roles(SECRETARY), "visible", "project", writes="panel", takes=FORM, query="project[]"),
    "panel.open": Rule(_roles(SECRETARY), "visible", "", "panel sheet chain", "experts-*[] seen-* reason-* draw"),
    "expert.read": Rule(_roles(SECRETARY), reads="expert"),
    "expert.change": Rule(_roles(SECRETARY), reads="expert", writes="expert", takes=FORM),
    "expert.keep_contacts": Rule(_roles(SECRETARY), writes="expert", takes=FORM),
    "tie.state": Rule(SIGNED_IN, "oneself", reads="tie", writes="tie", takes=FORM),
    "tie.keep": Rule(_roles(SYSTEM_ADMIN, SECRETARY), reads="tie", writes="tie", takes=FORM),
    "draw.read": Rule(_roles(SECRETARY), "visible", reads="draw panel"),
    "draw.make": Rule(_roles(SECRETARY), "visible", writes="draw chain", takes="in_field reason out why"),
    "moderation.read": Rule(SHEETS, "visible", reads="sheet panel"),
    "meeting.read": Rule(SHEETS, "visible", reads="meeting project"),
    "meeting.convene": Rule(MEETING_KEEPERS, writes="meeting", takes=FORM, query="year"),
    "meeting.write": Rule(MEETING_KEEPERS, "visible", writes="meeting", takes="version minutes presence-* then"),
    "meeting.close": Rule(MEETING_KEEPERS, "visible", reads="meeting", writes="meeting", takes="version"),
    # Other desks.
    "audit.read": Rule(_roles(AUDIT_FIRM), "own_audits", reads="audit"),
    "audit.draft": Rule(_roles(AUDIT_FIRM), "own_audits", writes="draft", takes=FORM),
    "front.read": Rule(_roles(FRONT_OFFICE), "visible", reads="case"),
    "oversight.read": Rule(_roles(SUPERVISOR), "visible", reads="case chain objection"),
    # Registers.
    "person.read": Rule(ADMINISTRATORS, reads="person role"),
    "person.add": Rule(_roles(SYSTEM_ADMIN), writes="person", takes=FORM),
    "person.switch": Rule(_roles(SYSTEM_ADMIN), writes="person session", takes="active"),
    "person.give_password": Rule(_roles(SYSTEM_ADMIN), writes="password session"),
    "role.read": Rule(ADMINISTRATORS, reads="proposal"),
    "role.grant": Rule(ROLE_PROPOSERS, writes="proposal", takes=FORM),
    "role.end": Rule(ROLE_PROPOSERS, writes="proposal", takes=FORM),
    "role.confirm": Rule(_roles(SECURITY_ADMIN), writes="proposal role"),
    "role.refuse": Rule(_roles(SECURITY_ADMIN), writes="proposal", takes=FORM),
    "role.withdraw": Rule(ROLE_PROPOSERS, writes="proposal"),
    "unit.read": Rule(ADMINISTRATORS, reads="unit"),
    "unit.add": Rule(_roles(SYSTEM_ADMIN), writes="unit", takes=FORM),
    "unit.change": Rule(_roles(SYSTEM_ADMIN), reads="unit", writes="unit", takes=FORM),
    "calendar.read": Rule(REGISTER_READERS, reads="calendar"),
    "calendar.publish": Rule(_roles(SYSTEM_ADMIN), reads="calendar", writes="calendar", takes=FORM, query="year"),
    "policy.read": Rule(REGISTER_READERS, reads="policy"),
    "policy.draw": Rule(_roles(SYSTEM_ADMIN), reads="policy", writes="policy", takes=FORM),
    "text.read": Rule(ADMINISTRATORS, reads="text"),
    "text.write": Rule(_roles(SYSTEM_ADMIN), writes="text", takes=FORM),
    "text.reset": Rule(_roles(SYSTEM_ADMIN), writes="text"),
    "change.read": Rule(_roles(AUDIT_ADMIN, SUPERVISOR), reads="change"),
    "export.read": Rule(_roles(AUDIT_ADMIN, SUPERVISOR), reads="export"),
    "disclosure.read": Rule(_roles(AUDIT_ADMIN, SUPERVISOR), reads="disclosure"),
    "rules.read": Rule(ADMINISTRATORS, reads="rules"),
    "letter.read": Rule(_roles(SYSTEM_ADMIN), reads="letter"),
    "letter.resend": Rule(_roles(SYSTEM_ADMIN), writes="letter", query="state"),
    "clock.move": Rule(_roles(SYSTEM_ADMIN), writes="clock", demonstration=True),
}  # fmt: skip
