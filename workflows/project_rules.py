"""What must be true before an aid project moves on.

Every guard answers None when its statement is true and otherwise says why it is not. A guard about
what somebody is asking for (`asked`) is content while nothing is asked yet, so that the same guard
serves the button and the act. Sources: design "The stages", "Money"; R17, R20.
"""

from collections.abc import Callable

from workflows import money
from workflows.calendar import shanghai_date
from workflows.definition import Guard, Reason, because
from workflows.project_facts import Facts
from workflows.review import makes_a_panel


def call_is_open(facts: Facts) -> Reason | None:
    if facts.call_opens_at is None or facts.call_closes_at is None:
        return because("项目未对应任何申报通知。")
    if facts.now < facts.call_opens_at:
        return because("申报通知尚未开放。")
    return None if facts.now <= facts.call_closes_at else because("申报通知已截止，逾期不予受理。")


def declaration_is_complete(facts: Facts) -> Reason | None:
    return because("申报表尚待填写或更正：{items}。", items=facts.gaps) if facts.gaps else None


def every_required_paper_is_attached(facts: Facts) -> Reason | None:
    if not facts.missing_papers:
        return None
    return because("尚缺材料：{items}。", items="、".join(facts.missing_papers))


def area_and_field_are_in_scope(facts: Facts) -> Reason | None:
    if not facts.area_in_scope:
        return because("实施地区不在本期申报通知的资助范围内。")
    return None if facts.field_in_scope else because("项目领域不在本期申报通知的资助范围内。")


def request_is_within_ratio_and_cap(facts: Facts) -> Reason | None:
    if 0 < facts.requested <= facts.max_grant:
        return None
    if facts.requested <= 0:
        return because("申请资助金额必须大于零。")
    return because("申请资助金额超过上限 {limit} 元（资助比例与单项限额取低者）。", limit=money.yuan(facts.max_grant))


def organisation_is_in_good_standing(facts: Facts) -> Reason | None:
    blocked = facts.credit_blocked_until
    if blocked is not None and blocked >= shanghai_date(facts.now):
        return because("项目主体在 {until} 前不得申请资助。", until=blocked.isoformat())
    return None if facts.yearly_check_passed else because("项目主体最近一次年检未合格。")


def may_be_returned_again(facts: Facts) -> Reason | None:
    if facts.returns_here < facts.policy.returns_per_stage:
        return None
    return because("本环节退回补正已达 {limit} 次，应作出通过或不予通过的决定。", limit=facts.policy.returns_per_stage)


def front_office_has_not_spoken(facts: Facts) -> Reason | None:
    return because("前方意见已经出具。") if facts.opinion_given else None


def came_from(stage: str) -> Guard:
    def was_returned_from_there(facts: Facts) -> Reason | None:
        return None if facts.returned_from == stage else because("项目并非由该环节退回。")

    return was_returned_from_there


def correction_term_has_run_out(facts: Facts) -> Reason | None:
    if facts.due_at is not None and facts.now > facts.due_at:
        return None
    return because("补正期限尚未届满。")


def no_panel_is_open(facts: Facts) -> Reason | None:
    if facts.sheets_running or facts.sheet_totals:
        return because("评审已经启动。")
    return None


def panel_is_open(facts: Facts) -> Reason | None:
    return None if facts.sheets_running or facts.sheet_totals else because("尚未启动专家评审。")


def panel_has_enough_experts(facts: Facts) -> Reason | None:
    experts = facts.asked.get("experts")
    if experts is None or makes_a_panel(len(experts), facts.policy):
        return None
    return because("评审专家须为不少于 {size} 人的单数。", size=facts.policy.panel_size)


def every_sheet_is_in(facts: Facts) -> Reason | None:
    if facts.sheets_running:
        return because("还有 {count} 份评分表未提交。", count=facts.sheets_running)
    sheets = len(facts.sheet_totals)
    if not makes_a_panel(sheets, facts.policy):
        return because(
            "有效评分表须为不少于 {size} 份的单数，现有 {count} 份，请增补专家。",
            size=facts.policy.panel_size,
            count=sheets,
        )
    return None


def asks(key: str, *wanted: object) -> Guard:
    """Content when the command's field is one of these values, or nothing is asked yet."""

    def is_what_was_asked(facts: Facts) -> Reason | None:
        return None if facts.asked.get(key, wanted[0]) in wanted else because("所选结论不适用于该去向。")

    return is_what_was_asked


def score_reaches_the_pass_mark(facts: Facts) -> Reason | None:
    if facts.panel.score >= facts.policy.pass_mark:
        return None
    return because("专家评分未达到合格线 {mark} 分。", mark=facts.policy.pass_mark)


def panel_is_free_to_turn_down(facts: Facts) -> Reason | None:
    against = facts.sheet_recommendations.count("not_recommend")
    if facts.panel.score < facts.policy.recommend_mark or against * 2 > len(facts.sheet_recommendations):
        return None
    if facts.panel.suggestion == 0:
        # Nothing can be recommended either: an amount must be above zero.
        return None
    return because("专家评分已达到推荐线 {mark} 分，不能不予推荐。", mark=facts.policy.recommend_mark)


def suggestion_only_goes_down(facts: Facts) -> Reason | None:
    amount = facts.asked.get("suggested_amount")
    limit = min(facts.requested, facts.panel.suggestion, facts.max_grant)
    if amount is None or 0 < amount <= limit:
        return None
    return because("建议资助金额须大于零且不超过 {limit} 元。", limit=money.yuan(limit))


def budget_covers_the_suggestion(facts: Facts) -> Reason | None:
    amount = facts.asked.get("suggested_amount") or 0
    if amount <= facts.available:
        return None
    return because("年度预算余额 {left} 元，不足以安排该项目。", left=money.yuan(facts.available))


def notice_is_not_out_yet(facts: Facts) -> Reason | None:
    return because("公示已经发布。") if facts.notice_published else None


def notice_is_out(facts: Facts) -> Reason | None:
    return None if facts.notice_published else because("公示尚未发布。")


def publicity_has_run_its_days(facts: Facts) -> Reason | None:
    if not facts.notice_published or facts.notice_closes_at is None:
        return because("公示尚未发布。")
    return None if facts.now >= facts.notice_closes_at else because("公示期尚未届满。")


def publicity_is_running(facts: Facts) -> Reason | None:
    if not facts.notice_published or facts.notice_closes_at is None:
        return because("公示尚未发布。")
    return None if facts.now < facts.notice_closes_at else because("公示期已经届满。")


def it_is_the_last_open_objection(facts: Facts) -> Reason | None:
    return None if facts.open_objections <= 1 else because("还有其他异议未处理。")


def has_not_voted(facts: Facts) -> Reason | None:
    return because("您已对本项目表决。") if facts.has_voted else None


def joint_panel_agrees(facts: Facts) -> Reason | None:
    cast = facts.votes_for + facts.votes_against + facts.votes_abstained
    if cast < facts.policy.joint_panel_min:
        return because("会审表决不少于 {size} 人，现有 {count} 人。", size=facts.policy.joint_panel_min, count=cast)
    if facts.votes_for * 2 <= cast:
        return because("会审同意票未过半数。")
    return None


def approval_only_goes_down(facts: Facts) -> Reason | None:
    amount = facts.asked.get("amount")
    limit = min(facts.ceiling, facts.reserved)
    if amount is None or 0 < amount <= limit:
        return None
    return because("批准金额须大于零且不超过 {limit} 元。", limit=money.yuan(limit))


def agreement_is_drawn_up(facts: Facts) -> Reason | None:
    return None if facts.agreement_hash else because("协议文本正在生成，请稍候。")


def signature_is_bound_to_the_text(facts: Facts) -> Reason | None:
    asked = facts.asked.get("document_hash")
    if asked is None or asked == facts.agreement_hash:
        return None
    return because("所签协议文本与当前文本不一致，请重新阅读后签署。")


def fund_office_has_not_signed(facts: Facts) -> Reason | None:
    return because("资助方已经签署。") if facts.signed_by_fund_office else None


def fund_office_has_signed(facts: Facts) -> Reason | None:
    return None if facts.signed_by_fund_office else because("应由资助方先行签署。")


def applicant_has_not_signed(facts: Facts) -> Reason | None:
    return because("项目主体已经签署。") if facts.signed_by_applicant else None


def both_have_signed(facts: Facts) -> Reason | None:
    if facts.signed_by_fund_office and facts.signed_by_applicant:
        return None
    return because("协议尚未由双方签署。")


def not_yet_signed_by_both(facts: Facts) -> Reason | None:
    return None if both_have_signed(facts) else because("协议已由双方签署。")


def final_report_is_confirmed(facts: Facts) -> Reason | None:
    return None if facts.final_report_confirmed else because("总结报告尚未由前方工作机构确认。")


def nothing_in_delivery_is_open(facts: Facts) -> Reason | None:
    if facts.open_reports or facts.open_changes:
        return because(
            "还有 {reports} 份报告、{changes} 项变更未办结。", reports=facts.open_reports, changes=facts.open_changes
        )
    return None


def audit_report_is_in(facts: Facts) -> Reason | None:
    return None if facts.audit_submitted else because("审计机构尚未提交审计报告。")


def audit_opinion_is_acceptable(facts: Facts) -> Reason | None:
    if facts.audit_opinion in {"unqualified", "qualified"}:
        return None
    return because("审计意见为否定意见或无法表示意见，不得拨付。")


def asked_amount(key: str) -> Callable[[Facts], int]:
    """An amount in fen out of the command, zero while nothing is asked."""
    return lambda facts: int(facts.asked.get(key) or 0)


#: What has to be so of a declaration each time that it is handed in.
DECLARATION_STANDS = (
    declaration_is_complete,
    every_required_paper_is_attached,
    area_and_field_are_in_scope,
    request_is_within_ratio_and_cap,
    organisation_is_in_good_standing,
)
