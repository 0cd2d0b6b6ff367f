"""The life of one aid project: declared first, funded afterwards.

Order of the stages: the founding documents. Outcomes and terms: design "The stages", where each
carries its source; the numbers themselves live in the policy version of the project.
"""

from workflows.definition import (
    PUBLIC,
    SYSTEM,
    Defer,
    Due,
    Effect,
    Move,
    Notify,
    Open,
    Post,
    Publish,
    Stage,
    Transition,
    Workflow,
    go,
)
from workflows.project_rules import (
    DECLARATION_STANDS,
    agreement_is_drawn_up,
    applicant_has_not_signed,
    approval_only_goes_down,
    area_and_field_are_in_scope,
    asked_amount,
    asks,
    audit_opinion_is_acceptable,
    audit_report_is_in,
    both_have_signed,
    budget_covers_the_suggestion,
    call_is_open,
    came_from,
    correction_term_has_run_out,
    every_sheet_is_in,
    final_report_is_confirmed,
    front_office_has_not_spoken,
    fund_office_has_not_signed,
    fund_office_has_signed,
    has_not_voted,
    it_is_the_last_open_objection,
    joint_panel_agrees,
    may_be_returned_again,
    no_panel_is_open,
    not_yet_signed_by_both,
    nothing_in_delivery_is_open,
    notice_is_not_out_yet,
    notice_is_out,
    organisation_is_in_good_standing,
    panel_has_enough_experts,
    panel_is_free_to_turn_down,
    panel_is_open,
    publicity_has_run_its_days,
    publicity_is_running,
    request_is_within_ratio_and_cap,
    score_reaches_the_pass_mark,
    signature_is_bound_to_the_text,
    suggestion_only_goes_down,
)
from workflows.roles import (
    ACCEPTING_UNIT,
    APPLICANT_MEMBER,
    APPLICANT_OWNER,
    APPROVER,
    EXPERT,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FRONT_OFFICE,
    FUND_OFFICE,
    PANEL_MEMBER,
    SECRETARY,
    SUPERVISOR,
)
from workflows.settlement import (
    BOOKED,
    COUNTERED,
    REVERSIBLE,
    SETTLEMENT_MADE,
    everything_entitled_is_paid,
    nothing_is_left_to_recover,
    nothing_is_payable,
    settlement_is_not_prepared,
    settlement_is_prepared,
    something_is_payable,
    something_was_paid,
)

UNRESERVE = Post("unreserve", lambda facts: facts.reserved)
RELEASE = Post("release", lambda facts: facts.encumbered)

STAGES = (
    Stage("draft", "事先申报", APPLICANT_OWNER),
    Stage("authenticity_review", "真实性初审", ACCEPTING_UNIT, Due(lambda f: f.policy.authenticity_days)),
    Stage("compliance_review", "合规性复审", FUND_OFFICE, Due(lambda f: f.policy.compliance_days)),
    Stage("expert_review", "专家评审", SECRETARY, Due(lambda f: f.policy.panel_days)),
    Stage("publicity", "公示", FUND_OFFICE, Due(lambda f: f.policy.notice_days)),
    Stage("joint_review", "会审报批", PANEL_MEMBER, Due(lambda f: f.policy.joint_review_days)),
    Stage("announcement", "公告", FUND_OFFICE, Due(lambda f: f.policy.announcement_days)),
    Stage("agreement", "签订协议", FUND_OFFICE, Due(lambda f: f.policy.signing_days, "days", then="lapse")),
    Stage("implementation", "项目实施", APPLICANT_OWNER),
    Stage("audit", "第三方审计", FUND_OFFICE, Due(lambda f: f.policy.audit_days)),
    Stage("settlement", "按实核定", FINANCE_MAKER, Due(lambda f: f.policy.settlement_days)),
    Stage("disbursement", "资金拨付", FUND_OFFICE, Due(lambda f: f.policy.payment_days)),
    Stage("closed", "结项归档", final=True),
    Stage("correction", "补正", APPLICANT_OWNER, Due(lambda f: f.policy.correction_days), side=True),
    Stage("objection_hold", "异议处理", FUND_OFFICE, Due(lambda f: f.policy.objection_days), side=True),
    Stage("suspended", "暂停实施", FUND_OFFICE, side=True),
    Stage("clawback", "资金追回", FINANCE_CHECKER, side=True),
    Stage("rejected", "不予资助", final=True, side=True),
    Stage("withdrawn", "已撤回", final=True, side=True),
    Stage("lapsed", "逾期未签约", final=True, side=True),
    Stage("terminated", "项目终止", final=True, side=True),
)


def _returns(
    source: str, by: str, *, then: tuple[Effect, ...] = (), again: tuple[Effect, ...] = ()
) -> tuple[Transition, ...]:
    """A reviewing stage may send the case back, and the correction comes back to that stage."""
    return (
        go("return_for_correction", "退回补正", source, "correction", by={by}, when=(may_be_returned_again,),
           then=(*then, Notify("returned_for_correction", APPLICANT_OWNER))),
        go("resubmit", "补正后提交", "correction", source, by={APPLICANT_OWNER},
           when=(came_from(source), *DECLARATION_STANDS), then=(Notify("resubmitted", by), *again)),
        go("reject", "逾期未补正不予受理", "correction", "rejected", by={by},
           when=(came_from(source), correction_term_has_run_out), then=(Notify("rejected", APPLICANT_OWNER),)),
    )  # fmt: skip


def _withdrawals() -> tuple[Transition, ...]:
    ends: dict[str, tuple[Effect, ...]] = {
        "expert_review": (Move("score_sheet", "void"),),
        "publicity": (UNRESERVE,),
        "objection_hold": (UNRESERVE, Move("objection", "drop")),
        "joint_review": (UNRESERVE,),
        "announcement": (UNRESERVE,),
    }
    sources = ("draft", "correction", "authenticity_review", "compliance_review", *ends)
    return tuple(
        go("withdraw", "撤回申报", source, "withdrawn", by={APPLICANT_OWNER}, then=ends.get(source, ()))
        for source in sources
    )


def _terminations() -> tuple[Transition, ...]:
    ends: dict[str, tuple[Effect, ...]] = {
        "agreement": (UNRESERVE, RELEASE),
        "implementation": (RELEASE, Move("progress_report", "cancel"), Move("change_request", "cancel")),
        "suspended": (RELEASE, Move("progress_report", "cancel"), Move("change_request", "cancel")),
        "audit": (RELEASE, Move("audit", "cancel")),
        "settlement": (RELEASE,),
    }
    return tuple(
        go("terminate", "终止项目", source, "terminated", by={FUND_OFFICE},
           then=(*effects, Move("agreement", "end"), Notify("terminated", APPLICANT_OWNER)))
        for source, effects in ends.items()
    )  # fmt: skip


AID_PROJECT = Workflow(
    key="aid_project/1",
    label="对口支援公益项目",
    start="draft",
    stages=STAGES,
    transitions=(
        go("submit", "提交申报", "draft", "authenticity_review", by={APPLICANT_OWNER},
           when=(call_is_open, *DECLARATION_STANDS),
           then=(Notify("submitted", ACCEPTING_UNIT), Notify("opinion_wanted", FRONT_OFFICE),
                 Notify("declaration_received", APPLICANT_OWNER))),

        go("give_opinion", "出具前方意见", "authenticity_review", "authenticity_review", by={FRONT_OFFICE},
           when=(front_office_has_not_spoken,)),
        go("pass_authenticity", "初审通过", "authenticity_review", "compliance_review", by={ACCEPTING_UNIT},
           then=(Notify("awaiting_compliance_review", FUND_OFFICE),)),
        go("reject", "不予通过", "authenticity_review", "rejected", by={ACCEPTING_UNIT},
           then=(Notify("rejected", APPLICANT_OWNER),)),
        *_returns("authenticity_review", ACCEPTING_UNIT, again=(Notify("opinion_wanted", FRONT_OFFICE),)),

        go("pass_compliance", "复审通过", "compliance_review", "expert_review", by={FUND_OFFICE},
           when=(area_and_field_are_in_scope, request_is_within_ratio_and_cap, organisation_is_in_good_standing),
           then=(Notify("awaiting_panel", SECRETARY),)),
        go("reject", "不予通过", "compliance_review", "rejected", by={FUND_OFFICE},
           then=(Notify("rejected", APPLICANT_OWNER),)),
        *_returns("compliance_review", FUND_OFFICE),

        go("open_panel", "启动专家评审", "expert_review", "expert_review", by={SECRETARY},
           when=(no_panel_is_open, panel_has_enough_experts),
           then=(Open("score_sheet"), Notify("panel_opened", EXPERT))),
        go("add_experts", "增补专家", "expert_review", "expert_review", by={SECRETARY}, when=(panel_is_open,),
           then=(Open("score_sheet"), Notify("panel_opened", EXPERT))),
        go("close_panel", "形成评审结论", "expert_review", "publicity", by={SECRETARY},
           when=(panel_is_open, every_sheet_is_in, asks("outcome", "recommend"), score_reaches_the_pass_mark,
                 suggestion_only_goes_down, budget_covers_the_suggestion),
           then=(Post("reserve", asked_amount("suggested_amount")), Notify("awaiting_notice", FUND_OFFICE))),
        go("close_panel", "形成评审结论", "expert_review", "rejected", by={SECRETARY},
           when=(panel_is_open, every_sheet_is_in, asks("outcome", "not_recommend"), panel_is_free_to_turn_down),
           then=(Notify("rejected", APPLICANT_OWNER),)),
        *_returns("expert_review", SECRETARY, then=(Move("score_sheet", "void"),)),

        go("publish_notice", "发布公示", "publicity", "publicity", by={FUND_OFFICE}, when=(notice_is_not_out_yet,),
           then=(Publish("notice"), Notify("notice_published", APPLICANT_OWNER)),
           due=Due(lambda f: f.policy.publicity_days, first_day_counts=True, then="end_publicity")),
        go("object", "提出异议", "publicity", "objection_hold", by={PUBLIC}, when=(publicity_is_running,),
           then=(Open("objection"), Notify("objection_received", FUND_OFFICE))),
        go("object", "提出异议", "objection_hold", "objection_hold", by={PUBLIC}, when=(notice_is_out,),
           then=(Open("objection"), Notify("objection_received", FUND_OFFICE))),
        go("decide_objection", "处理异议", "objection_hold", "rejected", by={FUND_OFFICE, SUPERVISOR},
           when=(asks("outcome", "upheld"),),
           then=(Move("objection", "uphold", chosen_by="objection"), Move("objection", "drop"), UNRESERVE,
                 Notify("rejected", APPLICANT_OWNER))),
        go("decide_objection", "处理异议", "objection_hold", "publicity", by={FUND_OFFICE, SUPERVISOR},
           when=(asks("outcome", "refuted"), it_is_the_last_open_objection),
           then=(Move("objection", "refute", chosen_by="objection"), Publish("resumed_notice")),
           due=Due(lambda f: f.notice_days_left, then="end_publicity")),
        go("decide_objection", "处理异议", "objection_hold", "objection_hold", by={FUND_OFFICE, SUPERVISOR},
           when=(asks("outcome", "refuted"),),
           then=(Move("objection", "refute", chosen_by="objection"),)),
        go("end_publicity", "公示期满", "publicity", "joint_review", by={SYSTEM},
           when=(publicity_has_run_its_days,), then=(Notify("awaiting_joint_review", PANEL_MEMBER),)),

        go("vote", "会审表决", "joint_review", "joint_review", by={PANEL_MEMBER}, when=(has_not_voted,)),
        go("approve", "批准资助", "joint_review", "announcement", by={APPROVER},
           when=(joint_panel_agrees, approval_only_goes_down, organisation_is_in_good_standing),
           then=(Post("unreserve", lambda f: f.reserved - f.asked["amount"]),
                 Notify("approved", APPLICANT_OWNER))),
        go("defer", "暂缓审议", "joint_review", "joint_review", by={APPROVER},
           due=Due(lambda f: f.policy.joint_review_days)),
        go("reject", "不予批准", "joint_review", "rejected", by={APPROVER},
           then=(UNRESERVE, Notify("rejected", APPLICANT_OWNER))),

        go("announce", "发布公告", "announcement", "agreement", by={FUND_OFFICE},
           then=(Publish("announcement"), Open("agreement"), Defer("agreements.draw_up"),
                 Notify("announced", APPLICANT_OWNER))),
        go("sign_agreement", "签署协议", "agreement", "agreement", by={FUND_OFFICE},
           when=(agreement_is_drawn_up, fund_office_has_not_signed, signature_is_bound_to_the_text),
           then=(Move("agreement", "sign_fund_office"), Notify("awaiting_signature", APPLICANT_OWNER)),
           holder=APPLICANT_OWNER),
        go("sign_agreement", "签署协议", "agreement", "agreement", by={APPLICANT_OWNER},
           when=(agreement_is_drawn_up, fund_office_has_signed, applicant_has_not_signed,
                 signature_is_bound_to_the_text, organisation_is_in_good_standing),
           then=(Post("encumber", lambda f: f.reserved), Move("agreement", "sign_applicant"),
                 Notify("agreement_signed", FUND_OFFICE)),
           holder=APPLICANT_OWNER, due=Due(lambda f: f.policy.notice_days)),
        go("lapse", "逾期未签约", "agreement", "lapsed", by={SYSTEM}, when=(not_yet_signed_by_both,),
           then=(UNRESERVE, Move("agreement", "lapse"), Notify("lapsed", APPLICANT_OWNER))),
        go("start", "开始实施", "agreement", "implementation", by={APPLICANT_OWNER, APPLICANT_MEMBER},
           when=(both_have_signed,)),

        go("file_report", "提交进展报告", "implementation", "implementation", by={APPLICANT_OWNER, APPLICANT_MEMBER},
           then=(Open("progress_report"), Notify("report_filed", FRONT_OFFICE))),
        go("request_change", "申请变更", "implementation", "implementation", by={APPLICANT_OWNER},
           then=(Open("change_request"), Notify("change_requested", FUND_OFFICE))),
        go("suspend", "暂停项目", "implementation", "suspended", by={FUND_OFFICE},
           then=(Notify("suspended", APPLICANT_OWNER),)),
        go("resume", "恢复实施", "suspended", "implementation", by={FUND_OFFICE},
           then=(Notify("resumed", APPLICANT_OWNER),)),
        go("finish", "申请结项审计", "implementation", "audit", by={APPLICANT_OWNER},
           when=(final_report_is_confirmed, nothing_in_delivery_is_open),
           then=(Open("audit"), Notify("awaiting_audit", FUND_OFFICE))),

        go("accept_audit", "采纳审计结果", "audit", "settlement", by={FUND_OFFICE},
           when=(audit_report_is_in, audit_opinion_is_acceptable),
           then=(Move("audit", "accept"), Notify("awaiting_settlement", FINANCE_MAKER))),
        go("refuse_audit", "审计不合格终止", "audit", "terminated", by={FUND_OFFICE}, when=(audit_report_is_in,),
           then=(Move("audit", "refuse"), RELEASE, Move("agreement", "end"), Notify("terminated", APPLICANT_OWNER))),

        go("prepare_settlement", "编制核定结果", "settlement", "settlement", by={FINANCE_MAKER},
           when=(settlement_is_not_prepared,), then=(Notify("awaiting_confirmation", FINANCE_CHECKER),),
           holder=FINANCE_CHECKER),
        go("query_settlement", "退回核定", "settlement", "settlement", by={FINANCE_CHECKER},
           when=(settlement_is_prepared,), then=(Notify("settlement_queried", FINANCE_MAKER),), holder=FINANCE_MAKER),
        go("confirm_settlement", "复核并确认", "settlement", "disbursement", by={FINANCE_CHECKER},
           when=(*SETTLEMENT_MADE, something_is_payable, organisation_is_in_good_standing),
           then=(*BOOKED, Open("payment_order"), Notify("settled", APPLICANT_OWNER))),
        go("confirm_settlement", "复核并确认", "settlement", "closed", by={FINANCE_CHECKER},
           when=(*SETTLEMENT_MADE, nothing_is_payable),
           then=(RELEASE, Publish("result"), Move("agreement", "fulfil"), Notify("settled", APPLICANT_OWNER))),

        go("reverse_settlement", "撤销核定结果", "disbursement", "settlement", by={FINANCE_CHECKER}, when=REVERSIBLE,
           then=(Move("payment_order", "cancel"), *COUNTERED,
                 Notify("settlement_reversed", FINANCE_MAKER), Notify("settlement_reversed", FUND_OFFICE))),
        go("close", "办结归档", "disbursement", "closed", by={FUND_OFFICE}, when=(everything_entitled_is_paid,),
           then=(Publish("result"), Move("agreement", "fulfil"), Notify("closed", APPLICANT_OWNER))),
        go("open_clawback", "启动追回", "disbursement", "clawback", by={SUPERVISOR}, when=(something_was_paid,),
           then=(Move("payment_order", "cancel"), Notify("clawback_opened", APPLICANT_OWNER))),
        go("end_clawback", "追回办结", "clawback", "closed", by={FINANCE_CHECKER}, when=(nothing_is_left_to_recover,),
           then=(Move("agreement", "fulfil"), Notify("closed", APPLICANT_OWNER))),
        *_withdrawals(),
        *_terminations(),
    ),
)  # fmt: skip
