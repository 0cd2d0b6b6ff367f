"""An audit: the firm is assigned, its report adds up, two accountants sign it."""

import pytest

from tests.workflows.asking import asking, effects, refusal
from workflows.audit import AUDIT, Facts
from workflows.definition import PARENT
from workflows.engine import NotFromHere, NotYourRole, open_actions
from workflows.roles import APPLICANT_OWNER, AUDIT_FIRM, FUND_OFFICE

GOODS = {"item": "物资", "claimed": 500, "disallowed": 100, "audited": 400, "reason": "无发票"}
TRAINING = {"item": "培训费", "claimed": 300, "disallowed": 0, "audited": 300, "reason": ""}
REPORT = {
    "lines": [GOODS, TRAINING],
    "claimed": 800,
    "disallowed": 100,
    "audited": 700,
    "opinion": "qualified",
    "first_cpa": "张三",
    "second_cpa": "李四",
}


def report(**change):
    return Facts(report_attached=True, asked=REPORT | change)


def refused(facts):
    return refusal(AUDIT, "submit_audit", in_stage="at_work", by=AUDIT_FIRM, facts=facts)


def test_an_audit_goes_from_assignment_to_acceptance():
    way = [
        asking(AUDIT, "assign_auditor", in_stage="awaiting_firm", by=FUND_OFFICE, facts=Facts()),
        asking(AUDIT, "submit_audit", in_stage="at_work", by=AUDIT_FIRM, facts=report()),
        asking(AUDIT, "return_audit", in_stage="submitted", by=FUND_OFFICE, facts=Facts()),
        asking(AUDIT, "accept", in_stage="submitted", by=PARENT, facts=Facts()),
    ]

    assert [step.to for step in way] == ["at_work", "submitted", "at_work", "accepted"]
    assert [effects(step) for step in way] == [
        ["Notify audit_assigned"],
        ["Notify audit_submitted"],
        ["Notify audit_returned"],
        [],
    ]


def test_the_grantee_never_chooses_its_auditor():
    with pytest.raises(NotYourRole):
        asking(AUDIT, "assign_auditor", in_stage="awaiting_firm", by=APPLICANT_OWNER, facts=Facts())


def test_a_firm_that_cannot_go_on_is_replaced_by_another_one_with_a_term_of_its_own():
    question = {"in_stage": "at_work", "by": FUND_OFFICE}
    another, same = (Facts(firm="CPA1", asked={"firm": code}) for code in ("CPA2", "CPA1"))

    step = asking(AUDIT, "assign_auditor", **question, facts=another)

    assert (step.to, effects(step), step.due.count(another)) == ("at_work", ["Notify audit_assigned"], 30)
    assert refusal(AUDIT, "assign_auditor", **question, facts=same) == "该审计机构正在审计本项目，请另选一家。"
    with pytest.raises(NotFromHere):
        asking(AUDIT, "assign_auditor", in_stage="submitted", by=FUND_OFFICE, facts=another)


def test_a_report_that_was_never_submitted_cannot_be_accepted():
    for stage in ("awaiting_firm", "at_work"):
        with pytest.raises(NotFromHere):
            asking(AUDIT, "accept", in_stage=stage, by=PARENT, facts=report())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lines": [GOODS | {"audited": 401}, TRAINING]}, "“物资”的申报金额减核减金额不等于审定金额。"),
        (
            {"lines": [GOODS | {"claimed": 500, "disallowed": 600, "audited": -100}, TRAINING]},
            "“物资”的金额不得为负数。",
        ),
        ({"lines": []}, "审计报告至少须有一项支出。"),
        ({"claimed": 801}, "各项申报金额合计为 8.00 元，与总额不一致。"),
        ({"disallowed": 99}, "各项核减金额合计为 1.00 元，与总额不一致。"),
        ({"audited": 701}, "各项审定金额合计为 7.00 元，与总额不一致。"),
        ({"audited": None}, "各项审定金额合计为 7.00 元，与总额不一致。"),
        ({"lines": [GOODS | {"reason": " "}, TRAINING]}, "核减须说明理由：物资。"),
        ({"lines": [GOODS | {"reason": None}, TRAINING]}, "核减须说明理由：物资。"),
        ({"opinion": "glowing"}, "审计意见须为无保留、保留、否定或无法表示意见之一。"),
        ({"second_cpa": "张三"}, "审计报告须由两名不同的注册会计师签字。"),
        ({"second_cpa": " 张三 "}, "审计报告须由两名不同的注册会计师签字。"),
        ({"first_cpa": ""}, "审计报告须由两名不同的注册会计师签字。"),
        ({"second_cpa": None}, "审计报告须由两名不同的注册会计师签字。"),
    ],
)
def test_a_report_that_does_not_hold_is_refused_in_its_own_words(change, words):
    assert refused(report(**change)) == words


def test_a_report_without_its_paper_is_refused():
    assert refused(Facts(asked=REPORT)) == "尚未上传审计报告。"


@pytest.mark.parametrize("opinion", ["unqualified", "qualified", "adverse", "disclaimer"])
def test_every_opinion_can_be_reported(opinion):
    facts = report(opinion=opinion)

    assert asking(AUDIT, "submit_audit", in_stage="at_work", by=AUDIT_FIRM, facts=facts).to == "submitted"


def test_the_button_shows_once_the_paper_is_there():
    firm = frozenset({AUDIT_FIRM})

    assert [t.action for t in open_actions(AUDIT, "at_work", firm, Facts(report_attached=True))] == ["submit_audit"]
    assert open_actions(AUDIT, "at_work", firm, Facts()) == []


def test_a_running_audit_can_be_cancelled_by_the_project_and_a_finished_one_cannot():
    cancellable = [s.name for s in AUDIT.stages if any(t.action == "cancel" for t in AUDIT.leaving(s.name))]

    assert cancellable == ["awaiting_firm", "at_work", "submitted"]
