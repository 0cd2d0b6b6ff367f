"""Who acts: the roles of the field, their labels, and the duty each one is on a project.

Source: design "Who acts"; R20 Art. 1-5 for the organisations, founding documents for the offices.
"""

from workflows.definition import PARENT, PUBLIC, SYSTEM

APPLICANT_OWNER = "applicant_owner"
APPLICANT_MEMBER = "applicant_member"
ACCEPTING_UNIT = "accepting_unit"
FRONT_OFFICE = "front_office"
FUND_OFFICE = "fund_office"
SECRETARY = "secretary"
EXPERT = "expert"
PANEL_MEMBER = "panel_member"
APPROVER = "approver"
AUDIT_FIRM = "audit_firm"
FINANCE_MAKER = "finance_maker"
FINANCE_CHECKER = "finance_checker"
SUPERVISOR = "supervisor"
SYSTEM_ADMIN = "system_admin"
SECURITY_ADMIN = "security_admin"
AUDIT_ADMIN = "audit_admin"

APPLICANTS = frozenset({APPLICANT_OWNER, APPLICANT_MEMBER})
ADMINISTRATORS = frozenset({SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN})

LABELS = {
    APPLICANT_OWNER: "项目主体负责人",
    APPLICANT_MEMBER: "项目主体经办人",
    ACCEPTING_UNIT: "受理单位",
    FRONT_OFFICE: "前方工作机构",
    FUND_OFFICE: "市政府合作交流办",
    SECRETARY: "评审秘书",
    EXPERT: "评审专家",
    PANEL_MEMBER: "会审成员",
    APPROVER: "会审审批人",
    AUDIT_FIRM: "审计机构",
    FINANCE_MAKER: "财务经办",
    FINANCE_CHECKER: "财务复核",
    SUPERVISOR: "监督员",
    SYSTEM_ADMIN: "系统管理员",
    SECURITY_ADMIN: "安全管理员",
    AUDIT_ADMIN: "审计管理员",
    PUBLIC: "社会公众",
    SYSTEM: "系统时钟",
    PARENT: "随项目",
}

#: Roles a person can be given; the others are carried by the clock, the public and the project.
GRANTABLE = tuple(role for role in LABELS if role not in {PUBLIC, SYSTEM, PARENT})


def duty_of(role: str) -> str | None:
    """The duty that acting in this role is; None where no person is bound by the act.

    One person holds one duty on a project for ever, and the two applicant roles are one duty.
    """
    if role in {PUBLIC, SYSTEM, PARENT}:
        return None
    return "applicant" if role in APPLICANTS else role
