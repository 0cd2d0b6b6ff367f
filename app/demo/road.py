"""The road of every story: the acts from the submission on, in order, with their days and words."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from app.demo.story import SEAT, Step, Story
from workflows.money import yuan
from workflows.policy import DEFAULT_POLICY

#: The quality that each of five experts sees, in percent of the points.
QUALITIES = (86, 91, 79, 88, 83)
#: Turns that a story may take: an expert steps back, an objection is refuted, a sitting ends undecided,
#: a correction is asked for, the bank sends the money back, the end is put off, the experts are drawn by lot.
RECUSAL, OBJECTION, DEFERRAL, CORRECTION, BOUNCE, CHANGE, DRAW = (
    "recusal",
    "objection",
    "deferral",
    "correction",
    "bounce",
    "change",
    "draw",
)


#: What the five experts say of a project that they would fund, and of one that they would not.
GOOD = (
    "需求真实迫切，当地配合有保障，建议资助。",
    "方案成熟，团队有同类经验，可复制推广。",
    "总体可行，个别子项单价偏高，建议压减后资助。",
    "受益面广，绩效目标可衡量，后续维护责任明确。",
    "与当地规划衔接较好，建议加强过程记录与满意度调查。",
)
POOR = (
    "需求论证不足，缺少受益对象的调查。",
    "设备占比过高，使用率难以保证。",
    "预算依据不充分，软件服务费用偏高。",
    "团队没有同类项目经验，风险应对笼统。",
    "有一定需求，但可持续性不足，建议完善后再报。",
)


class NoSuchMark(LookupError):
    """A story ends at a step that its road does not have."""


def steps(story: Story, place: int) -> list[Step]:
    """Every act of a story that is the `place`-th of all; the experts take turns by it."""
    told: list[Step] = []
    for step in chain(
        _declared(story),
        _judged(story, place),
        _published(story),
        _agreed(),
        _delivered(story),
        _audited(),
        _paid(story),
    ):
        told.append(step)
        if step.mark == story.until:
            return [*told, *story.then]
    raise NoSuchMark(story.until)


def _declared(story: Story) -> Iterator[Step]:
    yield Step(0, "owner", "submit", mark="submit")
    if CORRECTION in story.turns:
        yield Step(3, "accepting", "return_for_correction", {"items": ["配套资金证明未加盖公章", "受援方意见缺少日期"]})
        yield Step(
            4,
            "owner",
            "resubmit",
            {"reply": "两份材料已补正并重新上传。"},
            papers=("matching_money_proof", "recipient_opinion"),
        )
    yield Step(
        3,
        "front",
        "give_opinion",
        {"supports": True, "opinion": f"已到{story.place}核实，需求属实，当地配合有保障。"},
        mark="opinion",
    )
    yield Step(
        3,
        "accepting",
        "pass_authenticity",
        {"opinion": "登记信息、需求、合作方与配套资金经核对属实，未发现重复申报。"},
        mark="authentic",
    )
    yield Step(
        6, "fund", "pass_compliance", {"opinion": "地区、领域、资助比例、单项限额与科目均符合规定。"}, mark="compliant"
    )


def _judged(story: Story, place: int) -> Iterator[Step]:
    count = 7
    by_lot = DRAW in story.turns
    drawn = [f"{SEAT}{turn}" if by_lot else f"expert{(3 * place + turn) % count + 1}" for turn in range(5)]
    named = tuple(drawn)
    yield Step(
        4, "secretary", "open_panel", lambda told: {"experts": told.emails(named), "session_on": told.day}, mark="panel"
    )
    if RECUSAL in story.turns:
        left, drawn[1] = drawn[1], f"expert{(3 * place + 5) % count + 1}"
        yield Step(
            1,
            left,
            "declare_conflict",
            {"conflict": True, "statement": "曾为该单位提供咨询，主动回避。"},
            life="score_sheet",
        )
        yield Step(0, "secretary", "add_experts", lambda told: {"experts": told.emails((drawn[1],))})
    for number, expert in enumerate(drawn):
        yield Step(1, expert, "declare_conflict", {"conflict": False}, life="score_sheet")
        yield Step(0, expert, "submit_sheet", sheet(story, number), life="score_sheet", mark=f"sheet{number + 1}")
    yield Step(
        3,
        "secretary",
        "close_panel",
        {
            "outcome": "recommend",
            "suggested_amount": yuan(story.suggestion),
            "opinion": "目标明确，方案可行，建议按上述金额资助。",
        },
        mark="recommended",
    )


def sheet(story: Story, number: int) -> dict[str, Any]:
    """The sheet of the panel's `number`-th expert, from 0."""
    quality = QUALITIES[number] + story.quality
    scores = {
        key: min(most, (most * (quality + (place * 7 + number * 5) % 9 - 4) + 50) // 100)
        for place, (key, _label, most) in enumerate(DEFAULT_POLICY.score_items)
    }
    low = [key for key, _label, most in DEFAULT_POLICY.score_items if scores[key] * 10 < most * 6]
    good = sum(scores.values()) >= DEFAULT_POLICY.pass_mark
    return {
        "scores": scores,
        "comments": dict.fromkeys(low, "依据不足，测算和论证不够细。"),
        "recommendation": "recommend" if good else "not_recommend",
        "suggested_amount": yuan(story.requested if number < 3 else story.suggestion),
        "comment": (GOOD if good else POOR)[number],
    }


def _published(story: Story) -> Iterator[Step]:
    yield Step(
        2, "fund", "publish_notice", {"contact": "上海市人民政府合作交流办公室 021-00000000（演示）"}, mark="notice"
    )
    if OBJECTION in story.turns:
        yield Step(1, "public", "object", OBJECTED)
        yield Step(
            4,
            "fund",
            "decide_objection",
            lambda told: {
                "objection": told.child("objection"),
                "outcome": "refuted",
                "reason": "经核对台账与现场，所述重复资助不属实。",
            },
        )
    yield Step(12, "system", "end_publicity", mark="shown")
    if DEFERRAL in story.turns:
        yield from _votes(("for", "against", "abstain"), "")
        yield Step(1, "approver", "defer", {"reason": "请项目主体补充说明后续维护安排，下次会议再议。"})
    yield from _votes(story.votes, "vote")
    yield Step(
        2,
        "approver",
        "approve",
        {"amount": yuan(story.approval), "minutes": "经会审表决，同意按上述金额资助。"},
        papers=("minutes",),
        mark="approved",
    )
    yield Step(3, "fund", "announce", mark="announced")


OBJECTED = {
    "objector": "王某（演示）",
    "contact": "021-00000001（演示）",
    "statement": "听说该点位去年已由其他渠道资助，请核实是否重复。",
}


def _votes(votes: tuple[str, ...], mark: str) -> Iterator[Step]:
    for number, vote in enumerate(votes, 1):
        yield Step(2 if number == 1 else 0, f"panel{number}", "vote", {"vote": vote}, mark=f"{mark}{number}")


def _agreed() -> Iterator[Step]:
    yield Step(2, "fund", "sign_agreement", lambda told: {"document_hash": told.agreement_hash}, mark="fund_signed")
    yield Step(4, "owner", "sign_agreement", lambda told: {"document_hash": told.agreement_hash}, mark="signed")
    yield Step(6, "owner", "start", lambda told: {"started_on": told.day}, mark="started")


def _delivered(story: Story) -> Iterator[Step]:
    def report(share: int, *, final: bool) -> Any:
        return lambda told: {
            "final": final,
            "period_from": told.day_before(50),
            "period_until": told.day,
            "summary": f"已完成：{story.activities}"
            if final
            else f"按计划推进：{story.activities}累计完成约 {share}% 。",
            "spent": yuan(story.planned * (share if share < 100 else 60) // 100),
            "beneficiaries": story.direct * share // 100,
        }

    yield Step(40, "owner", "file_report", report(40, final=False), papers=("photos", "vouchers"), mark="reported")
    yield Step(
        4,
        "front",
        "confirm_report",
        {"remark": "已到现场查看，数量与报告一致。"},
        life="progress_report",
        mark="report_confirmed",
    )
    if CHANGE in story.turns:
        yield Step(
            5,
            "owner",
            "request_change",
            lambda told: {
                "what": "ends_on",
                "new": told.later_end,
                "reason": "雨季道路多次中断，设备运输推迟，申请顺延一个月。",
            },
            papers=("change_evidence",),
            mark="change_asked",
        )
        yield Step(4, "fund", "accept_change", {"remark": "理由充分，不涉及资金调整，同意。"}, life="change_request")
    yield Step(
        40,
        "owner",
        "file_report",
        report(100, final=True),
        papers=("final_report", "vouchers", "photos"),
        mark="final_reported",
    )
    yield Step(
        4, "front", "confirm_report", {"remark": "现场验收合格。"}, life="progress_report", mark="final_confirmed"
    )
    yield Step(3, "owner", "finish", {"summary": f"{story.goals}各项指标已完成，申请结项审计。"}, mark="finished")


def _audited() -> Iterator[Step]:
    yield Step(3, "fund", "assign_auditor", {"firm": "CPA-1"}, life="audit", mark="firm_at_work")
    yield Step(
        18, "auditor", "submit_audit", lambda told: told.audit(), life="audit", papers=("audit_report",), mark="audited"
    )
    yield Step(4, "fund", "accept_audit", mark="audit_accepted")


def _paid(story: Story) -> Iterator[Step]:
    yield Step(3, "maker", "prepare_settlement", mark="settlement_prepared")
    yield Step(2, "checker", "confirm_settlement", lambda told: {"content_hash": told.settlement_hash}, mark="settled")
    for again in (True, False) if BOUNCE in story.turns else (False,):
        mark = "" if again else "order_"
        yield Step(1, "maker", "prepare", life="payment_order", mark=f"{mark}prepared")
        yield Step(
            1,
            "checker",
            "approve_payment",
            lambda told: {"content_hash": told.order_hash},
            life="payment_order",
            mark=f"{mark}approved",
        )
        yield Step(1, "maker", "record_sent", life="payment_order", mark=f"{mark}sent")
        if again:
            yield Step(
                1,
                "checker",
                "record_failed",
                {"reason": "收款行系统升级，银行退票。"},
                life="payment_order",
                papers=("bank_receipt",),
                filer="maker",
            )
    yield Step(
        1,
        "maker",
        "record_paid",
        lambda told: {"bank_reference": told.bank_reference, "paid_on": told.day},
        life="payment_order",
        papers=("bank_receipt",),
        mark="paid",
    )
    yield Step(
        4,
        "fund",
        "close",
        {"performance_score": 93 + story.quality, "remark": "绩效目标全部完成，资料齐全，予以结项。"},
        mark="closed",
    )
