"""The pages of the desk."""

from app.casework.permissions import SHEET_READERS
from app.desk.queries.waiting import waiting
from app.desk.views import (
    accounts,
    acts,
    administration,
    administration_people,
    administration_policies,
    administration_roles,
    administration_rules,
    administration_texts,
    audits,
    bench,
    declarations,
    declare,
    drafting,
    eligibility,
    inbox,
    mine,
    money,
    oversight,
    projects,
    recusals,
    registers,
    review,
    reviews,
    reviews_calendar,
    reviews_draws,
    reviews_meetings,
    reviews_moderation,
    reviews_panels,
    ties,
)
from app.desk.views.terms import desk
from app.ledger.permissions import READS_LEDGER
from app.navigation import Item, add_to_navigation
from app.people.queries.proposals import proposals_waiting
from workflows.roles import (
    ADMINISTRATORS,
    APPLICANTS,
    AUDIT_ADMIN,
    AUDIT_FIRM,
    EXPERT,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FRONT_OFFICE,
    GRANTABLE,
    SECRETARY,
    SUPERVISOR,
)

__all__ = [
    "accounts",
    "acts",
    "administration",
    "administration_people",
    "administration_policies",
    "administration_roles",
    "administration_rules",
    "administration_texts",
    "audits",
    "bench",
    "declarations",
    "declare",
    "drafting",
    "eligibility",
    "inbox",
    "mine",
    "money",
    "oversight",
    "projects",
    "recusals",
    "registers",
    "review",
    "reviews",
    "reviews_calendar",
    "reviews_draws",
    "reviews_meetings",
    "reviews_moderation",
    "reviews_panels",
    "ties",
]

blueprints = (desk,)

add_to_navigation(Item("待办", "desk.inbox", order=10, count=waiting, key="i"))
add_to_navigation(Item("我们的项目", "desk.our_projects", order=15, roles=APPLICANTS))
add_to_navigation(Item("项目", "desk.projects", order=20, key="p"))
add_to_navigation(Item("我的评审", "desk.my_reviews", order=12, roles=frozenset({EXPERT}), key="r"))
add_to_navigation(Item("专家评审", "desk.panels", order=22, roles=frozenset({SECRETARY}), key="e"))
add_to_navigation(Item("会审会议", "desk.joint_meetings", order=24, roles=SHEET_READERS, key="m"))
add_to_navigation(Item("申报通知", "desk.calls", order=25, key="c"))
add_to_navigation(Item("前方工作台", "desk.front_office_desk", order=11, roles=frozenset({FRONT_OFFICE})))
add_to_navigation(Item("监督工作台", "desk.oversight", order=50, roles=frozenset({SUPERVISOR})))
add_to_navigation(Item("我的审计", "desk.audits", order=28, roles=frozenset({AUDIT_FIRM})))
add_to_navigation(Item("财务工作台", "desk.money_desk", order=28, roles=frozenset({FINANCE_MAKER, FINANCE_CHECKER})))
add_to_navigation(Item("资金账簿", "desk.ledgers", order=30, roles=frozenset(READS_LEDGER)))
add_to_navigation(Item("项目主体", "desk.organisations", order=40, key="o"))
add_to_navigation(Item("人员与角色", "desk.people_list", order=60, roles=ADMINISTRATORS))
add_to_navigation(Item("角色核准", "desk.proposals", order=60, roles=ADMINISTRATORS, count=proposals_waiting))
add_to_navigation(Item("任职与关联", "desk.own_ties", order=91, roles=frozenset(GRANTABLE) - APPLICANTS))
add_to_navigation(Item("单位名册", "desk.units", order=61, roles=ADMINISTRATORS))
add_to_navigation(Item("政策版本一览", "desk.policy_versions", order=62, roles=administration.READS_REGISTERS))
add_to_navigation(Item("工作日历", "desk.calendars", order=63, roles=administration.READS_REGISTERS))
add_to_navigation(Item("通知模板", "desk.texts", order=64, roles=ADMINISTRATORS))
add_to_navigation(Item("导出记录", "desk.list_exports", order=66, roles=frozenset({AUDIT_ADMIN, SUPERVISOR})))
add_to_navigation(Item("披露记录", "desk.shown_in_full", order=66, roles=frozenset({AUDIT_ADMIN, SUPERVISOR})))
add_to_navigation(Item("访问规则", "desk.access_rules", order=67, roles=ADMINISTRATORS))
add_to_navigation(Item("变更记录", "desk.register_changes", order=65, roles=frozenset({AUDIT_ADMIN, SUPERVISOR})))
