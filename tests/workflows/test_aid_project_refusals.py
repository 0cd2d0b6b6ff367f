"""What an aid project is refused, in which words, and the very edge at which it is not."""

from datetime import date, timedelta

import pytest

from tests.workflows.asking import asking, refusal
from tests.workflows.fit import DAY, NOW, fit_for
from workflows.aid_project import AID_PROJECT
from workflows.definition import PUBLIC, SYSTEM, because
from workflows.roles import (
    ACCEPTING_UNIT,
    APPLICANT_MEMBER,
    APPLICANT_OWNER,
    APPROVER,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FUND_OFFICE,
    PANEL_MEMBER,
    SECRETARY,
    SUPERVISOR,
)

TOO_MUCH = "申请资助金额超过上限 360000.00 元（资助比例与单项限额取低者）。"
HOUR = timedelta(hours=1)
BARRED = "项目主体在 2026-03-02 前不得申请资助。"
AMOUNT = "建议资助金额须大于零且不超过 300000.00 元。"
SHEETS = "有效评分表须为不少于 5 份的单数，现有 {} 份，请增补专家。"
NOT_OUT = "公示尚未发布。"
HIS_STAGE = "项目并非由该环节退回。"


@pytest.mark.parametrize(
    ("action", "stage", "by", "change", "words"),
    [
        ("submit", "draft", APPLICANT_OWNER, {"call_closes_at": None}, "项目未对应任何申报通知。"),
        ("submit", "draft", APPLICANT_OWNER, {"call_opens_at": None}, "项目未对应任何申报通知。"),
        ("submit", "draft", APPLICANT_OWNER, {"call_opens_at": NOW + DAY}, "申报通知尚未开放。"),
        ("submit", "draft", APPLICANT_OWNER, {"call_closes_at": NOW - DAY}, "申报通知已截止，逾期不予受理。"),
        (
            "submit",
            "draft",
            APPLICANT_OWNER,
            {"gaps": ("项目名称", because("预算明细（{what}）", what="不等"))},
            "申报表尚待填写或更正：项目名称、预算明细（不等）。",
        ),
        ("submit", "draft", APPLICANT_OWNER, {"missing_papers": ("承诺书",)}, "尚缺材料：承诺书。"),
        ("submit", "draft", APPLICANT_OWNER, {"area_in_scope": False}, "实施地区不在本期申报通知的资助范围内。"),
        ("submit", "draft", APPLICANT_OWNER, {"field_in_scope": False}, "项目领域不在本期申报通知的资助范围内。"),
        ("submit", "draft", APPLICANT_OWNER, {"requested": 36_000_001}, TOO_MUCH),
        ("submit", "draft", APPLICANT_OWNER, {"requested": 0}, "申请资助金额必须大于零。"),
        (
            "submit",
            "draft",
            APPLICANT_OWNER,
            {"planned_total": 10**12, "requested": 50_000_001},
            "申请资助金额超过上限 500000.00 元（资助比例与单项限额取低者）。",
        ),
        ("submit", "draft", APPLICANT_OWNER, {"credit_blocked_until": date(2026, 3, 2)}, BARRED),
        ("submit", "draft", APPLICANT_OWNER, {"yearly_check_passed": False}, "项目主体最近一次年检未合格。"),
        ("pass_compliance", "compliance_review", FUND_OFFICE, {"credit_blocked_until": date(2026, 3, 2)}, BARRED),
        ("pass_compliance", "compliance_review", FUND_OFFICE, {"requested": 36_000_001}, TOO_MUCH),
        ("approve", "joint_review", APPROVER, {"credit_blocked_until": date(2026, 3, 2)}, BARRED),
        ("confirm_settlement", "settlement", FINANCE_CHECKER, {"credit_blocked_until": date(2026, 3, 2)}, BARRED),
        (
            "return_for_correction",
            "authenticity_review",
            ACCEPTING_UNIT,
            {"returns_here": 2},
            "本环节退回补正已达 2 次，应作出通过或不予通过的决定。",
        ),
        ("resubmit", "correction", APPLICANT_OWNER, {"returned_from": None}, HIS_STAGE),
        ("resubmit", "correction", APPLICANT_OWNER, {"missing_papers": ("承诺书",)}, HIS_STAGE),
        ("reject", "correction", FUND_OFFICE, {}, "补正期限尚未届满。"),
        ("reject", "correction", ACCEPTING_UNIT, {"due_at": NOW - DAY}, HIS_STAGE),
        ("open_panel", "expert_review", SECRETARY, {"sheets_running": 1}, "评审已经启动。"),
        ("open_panel", "expert_review", SECRETARY, {"sheet_totals": (80,)}, "评审已经启动。"),
        ("open_panel", "expert_review", SECRETARY, {"asked": {"experts": [1] * 6}}, "评审专家须为不少于 5 人的单数。"),
        ("open_panel", "expert_review", SECRETARY, {"asked": {"experts": [1] * 3}}, "评审专家须为不少于 5 人的单数。"),
        ("add_experts", "expert_review", SECRETARY, {"sheet_totals": ()}, "尚未启动专家评审。"),
        ("close_panel", "expert_review", SECRETARY, {"sheets_running": 2}, "还有 2 份评分表未提交。"),
        ("close_panel", "expert_review", SECRETARY, {"sheet_totals": (80,) * 4}, SHEETS.format(4)),
        ("close_panel", "expert_review", SECRETARY, {"sheet_totals": (80,) * 6}, SHEETS.format(6)),
        (
            "close_panel",
            "expert_review",
            SECRETARY,
            {"sheet_totals": (0, 59, 60, 60, 100)},
            "专家评分未达到合格线 60 分。",
        ),
        (
            "close_panel",
            "expert_review",
            SECRETARY,
            {"asked": {"outcome": "recommend", "suggested_amount": 30_000_001}},
            AMOUNT,
        ),
        ("close_panel", "expert_review", SECRETARY, {"asked": {"outcome": "recommend", "suggested_amount": 0}}, AMOUNT),
        (
            "close_panel",
            "expert_review",
            SECRETARY,
            {"available": 29_999_999},
            "年度预算余额 299999.99 元，不足以安排该项目。",
        ),
        ("publish_notice", "publicity", FUND_OFFICE, {"notice_published": True}, "公示已经发布。"),
        ("object", "publicity", PUBLIC, {"notice_published": False}, NOT_OUT),
        ("object", "publicity", PUBLIC, {"notice_closes_at": NOW}, "公示期已经届满。"),
        ("object", "objection_hold", PUBLIC, {"notice_published": False}, NOT_OUT),
        ("end_publicity", "publicity", SYSTEM, {"notice_closes_at": NOW + DAY}, "公示期尚未届满。"),
        ("vote", "joint_review", PANEL_MEMBER, {"has_voted": True}, "您已对本项目表决。"),
        ("approve", "joint_review", APPROVER, {"votes_for": 2}, "会审表决不少于 3 人，现有 2 人。"),
        ("approve", "joint_review", APPROVER, {"votes_against": 2, "votes_abstained": 1}, "会审同意票未过半数。"),
        (
            "approve",
            "joint_review",
            APPROVER,
            {"asked": {"amount": 30_000_001}},
            "批准金额须大于零且不超过 300000.00 元。",
        ),
        ("approve", "joint_review", APPROVER, {"reserved": 100}, "批准金额须大于零且不超过 1.00 元。"),
        ("approve", "joint_review", APPROVER, {"suggested": 100}, "批准金额须大于零且不超过 1.00 元。"),
        ("approve", "joint_review", APPROVER, {"requested": 100}, "批准金额须大于零且不超过 1.00 元。"),
        ("approve", "joint_review", APPROVER, {"planned_total": 1000}, "批准金额须大于零且不超过 3.00 元。"),
        (
            "decide_objection",
            "objection_hold",
            SUPERVISOR,
            {"asked": {"outcome": "perhaps"}},
            "所选结论不适用于该去向。",
        ),
        ("sign_agreement", "agreement", FUND_OFFICE, {"agreement_hash": None}, "协议文本正在生成，请稍候。"),
        ("sign_agreement", "agreement", FUND_OFFICE, {}, "资助方已经签署。"),
        (
            "sign_agreement",
            "agreement",
            FUND_OFFICE,
            {"signed_by_fund_office": False, "asked": {"document_hash": "zz"}},
            "所签协议文本与当前文本不一致，请重新阅读后签署。",
        ),
        ("lapse", "agreement", SYSTEM, {"signed_by_applicant": True}, "协议已由双方签署。"),
        ("start", "agreement", APPLICANT_MEMBER, {"signed_by_applicant": False}, "协议尚未由双方签署。"),
        (
            "finish",
            "implementation",
            APPLICANT_OWNER,
            {"final_report_confirmed": False},
            "总结报告尚未由前方工作机构确认。",
        ),
        ("finish", "implementation", APPLICANT_OWNER, {"open_reports": 1}, "还有 1 份报告、0 项变更未办结。"),
        ("finish", "implementation", APPLICANT_OWNER, {"open_changes": 1}, "还有 0 份报告、1 项变更未办结。"),
        ("accept_audit", "audit", FUND_OFFICE, {"audit_submitted": False}, "审计机构尚未提交审计报告。"),
        (
            "accept_audit",
            "audit",
            FUND_OFFICE,
            {"audit_opinion": "adverse"},
            "审计意见为否定意见或无法表示意见，不得拨付。",
        ),
        ("refuse_audit", "audit", FUND_OFFICE, {"audit_submitted": False}, "审计机构尚未提交审计报告。"),
        ("prepare_settlement", "settlement", FINANCE_MAKER, {"settlement_hash": "bb"}, "核定结果已提交复核。"),
        ("query_settlement", "settlement", FINANCE_CHECKER, {"settlement_hash": None}, "财务经办尚未提交核定结果。"),
        (
            "confirm_settlement",
            "settlement",
            FINANCE_CHECKER,
            {"asked": {"content_hash": "zz"}},
            "所复核的核定结果与当前结果不一致，请重新核对。",
        ),
        (
            "close",
            "disbursement",
            FUND_OFFICE,
            {"paid": 19_999_999},
            "已拨付 199999.99 元，应拨付 200000.00 元，尚未付清。",
        ),
        (
            "close",
            "disbursement",
            FUND_OFFICE,
            {"live_orders": 1},
            "已拨付 200000.00 元，应拨付 200000.00 元，尚未付清。",
        ),
        (
            "reverse_settlement",
            "disbursement",
            FINANCE_CHECKER,
            {"inflight": 1},
            "拨付单已送银行，登记银行结果之前不能撤销核定结果。",
        ),
        ("reverse_settlement", "disbursement", FINANCE_CHECKER, {"paid": 1}, "已有资金拨付到账，不能撤销核定结果。"),
        (
            "reverse_settlement",
            "disbursement",
            FINANCE_CHECKER,
            {"available": 3_999_999},
            "核定时已释放 40000.00 元，年度预算余额只有 39999.99 元，不足以重新锁定。",
        ),
        ("open_clawback", "disbursement", SUPERVISOR, {"paid": 0}, "尚未拨付，无可追回的资金。"),
        ("end_clawback", "clawback", FINANCE_CHECKER, {"receivable": 1}, "尚有 0.01 元未追回。"),
    ],
)
def test_a_step_that_may_not_be_taken_yet_says_why(action, stage, by, change, words):
    assert refusal(AID_PROJECT, action, in_stage=stage, by=by, facts=fit_for(action, **change)) == words


@pytest.mark.parametrize(
    ("action", "stage", "by", "change"),
    [
        ("submit", "draft", APPLICANT_OWNER, {"requested": 36_000_000}),  # exactly 30 %
        ("submit", "draft", APPLICANT_OWNER, {"planned_total": 10**12, "requested": 50_000_000}),  # exactly the cap
        ("submit", "draft", APPLICANT_OWNER, {"call_closes_at": NOW}),
        ("submit", "draft", APPLICANT_OWNER, {"credit_blocked_until": date(2026, 3, 1)}),
        # One in the morning in Shanghai, while it is still the day before in UTC.
        ("submit", "draft", APPLICANT_OWNER, {"now": NOW - 9 * HOUR, "credit_blocked_until": date(2026, 3, 1)}),
        ("close_panel", "expert_review", SECRETARY, {"sheet_totals": (0, 60, 60, 60, 100)}),  # exactly the pass mark
        ("close_panel", "expert_review", SECRETARY, {"available": 30_000_000}),
        ("approve", "joint_review", APPROVER, {"asked": {"amount": 30_000_000}}),
        ("approve", "joint_review", APPROVER, {"votes_against": 2}),
        ("end_publicity", "publicity", SYSTEM, {"notice_closes_at": NOW}),
    ],
)
def test_the_very_edge_is_still_allowed(action, stage, by, change):
    assert asking(AID_PROJECT, action, in_stage=stage, by=by, facts=fit_for(action, **change)).source == stage
