"""The audit of a project: the firm, its report line by line, and what becomes of it."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.audits.commands import SubmitAudit
from app.audits.models import AuditDraft, AuditLine
from app.audits.queries import audit_firms, audit_of
from app.audits.service import keep_draft
from app.casework.models import Case, CaseParty
from app.casework.permissions import visible
from app.casework.service import Stale, seen_of, take_action
from app.casework.subjects import command_of
from app.database import Missing, db
from app.documents.models import Paper
from app.ledger.queries import project_balances
from app.notifications.jobs.handing_out import recipients
from app.outbox.models import Message
from app.people.service import add_unit
from app.refusals import FieldRefused
from tests.later import AUDIT, LINES, only, project_in, refused, root, submit_audit
from tests.make import act, case_of, paper, person, pid_of, town
from tests.snapshots import recalled
from workflows.engine import GuardRefused

LINE = ("item", "budget", "claimed", "disallowed", "audited", "reason")


@pytest.fixture
def finished(app):
    return recalled(finish)


def finish():
    around = town()
    number, now = project_in(around, "audit")
    return around, number, now


def assign(around, number, now):
    act(only(number, "audit"), "assign_auditor", around.fund, now=now, firm="CPA1")
    return only(number, "audit")


def seen_by(actor) -> list[str]:
    return sorted(db.session.scalars(select(Case.life).where(visible(actor))))


def test_the_fund_office_chooses_the_firm_which_then_sees_the_project(finished, rows):
    around, number, now = finished
    before = seen_by(around.firm)

    audit = assign(around, number, now)

    assert audit_firms(db.session()) == (("CPA1", "上海申审会计师事务所"),)
    assert (before, seen_by(around.firm)) == ([], ["agreement", "aid_project", "audit", "progress_report"])
    assert [(party.role, party.unit_id) for party in rows(CaseParty) if party.unit_id] == [
        ("audit_firm", case_of(audit).assigned_unit_id)
    ]
    page = audit_of(db.session(), root(number))
    assert (page.stage, page.firm_code, page.round, page.report) == ("at_work", "CPA1", 0, None)
    assert (case_of(audit).holder_role, case_of(audit).holder_unit_id) == (
        "audit_firm", case_of(audit).assigned_unit_id,
    )  # fmt: skip


@pytest.mark.parametrize("code", ["QZ6326", "CPA9"])
def test_only_an_audit_firm_can_be_assigned(finished, table_state, code):
    around, number, now = finished
    before = table_state()

    with pytest.raises(FieldRefused, match=f"firm: 没有代码为“{code}”的审计机构"):
        act(only(number, "audit"), "assign_auditor", around.fund, now=now, firm=code)

    assert table_state() == before


def test_a_firm_that_cannot_go_on_is_replaced_and_leaves_nothing_to_the_next_one(finished, rows, table_state):
    around, number, now = finished
    audit = assign(around, number, now)
    keep_draft(audit, {"number": "审字1号"}, version=0, actor=around.firm, now=now)
    paper(number, "audit_report", around.firm, pid=audit, now=now)
    add_unit(code="CPA2", name="另一家事务所", kind="audit_firm")
    other, later = person("audit_firm", unit="CPA2"), now + timedelta(days=60)
    before = table_state()
    with pytest.raises(GuardRefused, match="请另选一家"):
        act(audit, "assign_auditor", around.fund, now=later, firm="CPA1")
    assert table_state() == before
    due = case_of(audit).due_at

    act(audit, "assign_auditor", around.fund, now=later, firm="CPA2")

    case = case_of(audit)
    assert (case.stage, case.holder_unit_id, case.assigned_unit_id) == ("at_work", *[other.grants[0].unit_id] * 2)
    assert case.due_at > due
    assert (seen_by(around.firm), seen_by(other)) == ([], ["agreement", "aid_project", "audit", "progress_report"])
    assert rows(AuditDraft) == []
    assert [row.state for row in rows(Paper) if row.kind == "audit_report"] == ["withdrawn"]
    assert recipients(db.session(), case, "audit_firm") == [other.user_id]
    assert [m.template for m in rows(Message)].count("audit_assigned") == 2
    with pytest.raises(Missing):
        keep_draft(audit, {}, version=0, actor=around.firm, now=later)
    with pytest.raises(GuardRefused, match="尚未上传审计报告"):
        act(audit, "submit_audit", other, now=later, **AUDIT)


def test_a_firm_that_was_not_assigned_sees_nothing(finished):
    around, number, now = finished
    add_unit(code="CPA2", name="另一家事务所", kind="audit_firm")
    other = person("audit_firm", unit="CPA2")
    audit = assign(around, number, now)

    with pytest.raises(Missing):
        act(audit, "submit_audit", other, now=now, **AUDIT)


def test_the_report_is_kept_line_by_line_with_its_paper_sealed(finished):
    around, number, now = finished
    submit_audit(around, number, now=now)

    page = audit_of(db.session(), root(number))
    assert page.stage == case_of(only(number, "audit")).stage == "submitted"
    assert asdict(page.report) == {
        "number": "申审〔2026〕018号", "licence": "31000099", "accountants": ("赵示例", "钱示例"),
        "independence": "本所与项目主体没有任何利害关系。", "period_from": date(2026, 4, 1),
        "period_until": date(2026, 9, 30), "received": (("自有资金", 84_000_000),), "opinion": "unqualified",
        "findings": "无", "claimed": 120_000_000, "disallowed": 20_000_000, "audited": 100_000_000, "other_fiscal": 0,
        "submitted_at": now,
        "lines": (
            dict(zip(LINE, ("净水设备", 84_000_000, 84_000_000, 0, 84_000_000, ""), strict=True)),
            dict(zip(LINE, ("滤芯", 36_000_000, 36_000_000, 20_000_000, 16_000_000, "未到货"), strict=True)),
        ),
    }  # fmt: skip
    assert db.session.scalars(select(Paper.sealed_event_id.is_not(None)).where(Paper.kind == "audit_report")).all() == [
        True
    ]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"lines": [LINES[0] | {"audited": "839999.99"}, LINES[1]]}, "“净水设备”的申报金额减核减金额不等于审定金额"),
        ({"audited": "1000000.01"}, "各项审定金额合计为 1000000.00 元"),
        ({"claimed": "1.00"}, "各项申报金额合计为 1200000.00 元"),
        ({"lines": [LINES[0], LINES[1] | {"reason": " "}]}, "核减须说明理由：滤芯"),
        ({"second_cpa": "赵示例"}, "须由两名不同的注册会计师签字"),
    ],
)
def test_a_report_that_does_not_add_up_leaves_every_table_as_it_was(finished, table_state, changed, why):
    around, number, now = finished
    audit = assign(around, number, now)
    paper(number, "audit_report", around.firm, pid=audit)
    before = table_state()

    with pytest.raises(GuardRefused, match=why):
        act(audit, "submit_audit", around.firm, now=now, **AUDIT | changed)

    assert table_state() == before


def test_a_report_needs_its_paper_in_every_round(finished, rows):
    around, number, now = finished
    audit = assign(around, number, now)
    with pytest.raises(GuardRefused, match="尚未上传审计报告"):
        act(audit, "submit_audit", around.firm, now=now, **AUDIT)
    paper(number, "audit_report", around.firm, pid=audit)
    act(audit, "submit_audit", around.firm, now=now, **AUDIT)
    act(audit, "return_audit", around.fund, now=now, reason="滤芯已到货")
    hidden = audit_of(db.session(), root(number)).report
    with pytest.raises(GuardRefused, match="尚未上传审计报告"):
        act(audit, "submit_audit", around.firm, now=now, **AUDIT)
    paper(number, "audit_report", around.firm, pid=audit)
    lines = [LINES[0], LINES[1] | {"disallowed": "0.00", "audited": "360000.00"}]
    totals = {"disallowed": "0.00", "audited": "1200000.00"}
    act(audit, "submit_audit", around.firm, now=now, **AUDIT | totals | {"lines": lines})

    assert hidden is None
    assert [(line.round, line.position, line.audited) for line in rows(AuditLine)] == [
        (1, 1, 84_000_000), (1, 2, 16_000_000), (2, 1, 84_000_000), (2, 2, 36_000_000),
    ]  # fmt: skip
    page = audit_of(db.session(), root(number))
    assert (page.round, page.report.audited, [line.audited for line in page.report.lines]) == (
        2, 120_000_000, [84_000_000, 36_000_000],
    )  # fmt: skip


@pytest.mark.parametrize(("action", "said"), [("accept_audit", {}), ("refuse_audit", {"reason": "不实"})])
def test_a_report_is_decided_about_only_as_it_was_read(finished, table_state, action, said):
    around, number, now = finished
    submit_audit(around, number, now=now)
    audit = only(number, "audit")
    read = seen_of(case_of(pid_of(number)))
    act(audit, "return_audit", person("fund_office"), now=now, reason="滤芯已到货")
    paper(number, "audit_report", around.firm, pid=audit)
    lines = [LINES[0], LINES[1] | {"disallowed": "0.00", "audited": "360000.00"}]
    act(
        audit,
        "submit_audit",
        around.firm,
        now=now,
        **AUDIT | {"disallowed": "0.00", "audited": "1200000.00", "lines": lines},
    )
    command = command_of("aid_project", action).model_validate(said)
    before = table_state()

    with pytest.raises(Stale):
        take_action(pid_of(number), action, actor=around.fund, seen=read, command=command, now=now)
    assert table_state() == before


def test_an_adverse_opinion_ends_the_project_without_a_payment(finished):
    around, number, now = finished
    submit_audit(around, number, now=now, opinion="adverse")
    with pytest.raises(GuardRefused, match="不得拨付"):
        act(pid_of(number), "accept_audit", around.fund, now=now)

    act(pid_of(number), "refuse_audit", around.fund, now=now, reason="否定意见")

    assert (case_of(pid_of(number)).stage, audit_of(db.session(), root(number)).stage) == ("terminated", "refused")
    assert set(project_balances(db.session(), root(number)).values()) == {0}


@pytest.mark.parametrize(
    "changed",
    [{"opinion": "good"}, {"lines": []}, {"received": []}, {"period_until": "2026-03-31"}, {"audited": "-1.00"},
     {"lines": [{"item": "x"}]}, {"firm": "CPA1"}],
)  # fmt: skip
def test_fields_of_a_report_that_cannot_be_are_refused(changed):
    with pytest.raises(ValidationError):
        SubmitAudit.model_validate(AUDIT | changed)


def test_sql_of_the_web_role_cannot_forge_an_audit(finished, settings, table_state):
    around, number, now = finished
    submit_audit(around, number, now=now)
    web = settings.database_url
    line = "INSERT INTO audit_line (audit_id, round, position, item, budget, claimed, disallowed, audited)"
    before = table_state()

    attacks = [
        refused(web, "UPDATE audit SET state = 'accepted'"),
        refused(web, "UPDATE audit SET audited = audited + 1, claimed = claimed + 1"),
        refused(web, "UPDATE audit SET opinion = 'qualified'"),
        refused(web, "UPDATE audit SET firm_id = NULL"),
        refused(web, f"{line} SELECT case_id, 1, 3, 'x', 1, 1, 0, 1 FROM audit"),
        refused(web, f"{line} SELECT case_id, 2, 1, 'x', 1, 1, 0, 1 FROM audit"),
        refused(web, f"{line} SELECT case_id, 1, 3, 'x', 1, 2, 0, 1 FROM audit"),
        refused(web, f"{line} SELECT case_id, 1, 3, 'x', 1, 2, 1, 1 FROM audit"),
        refused(web, "UPDATE audit_line SET audited = 0, claimed = disallowed"),
        refused(web, "DELETE FROM audit_line"),
    ]

    assert attacks == [
        "state_is_the_stage",
        "audit_report_stands",
        "audit_report_stands",
        "audit_report_stands",
        "audit_lines_add_up",
        "audit_lines_add_up",
        "ck_audit_line_adds_up",
        "ck_audit_line_a_disallowance_has_a_reason",
        "InsufficientPrivilege",
        "InsufficientPrivilege",
    ]
    assert table_state() == before


def test_sql_cannot_hand_in_a_report_that_does_not_add_up(finished, settings, table_state):
    around, number, now = finished
    assign(around, number, now)
    web = settings.database_url
    report = (
        "UPDATE audit SET round = 1, number = 'x', licence = 'x', cpa_one = 'a', cpa_two = 'b', independence = 'x',"
        " period_from = '2026-01-01', period_until = '2026-02-01', received = '[]', opinion = 'unqualified',"
        " findings = 'x', claimed = 10, disallowed = 0, audited = 10, other_fiscal = 0, submitted_by_id = 1,"
        " submitted_at = now()"
    )
    before = table_state()

    attacks = [
        refused(web, report),
        refused(web, report + ", firm_id = 1"),
        refused(web, "UPDATE audit SET opinion = 'unqualified'"),
        refused(web, "UPDATE audit SET state = 'submitted'"),
    ]

    assert attacks == [
        "audit_lines_add_up", "audit_firm_is_one", "ck_audit_report_is_whole", "ck_audit_state_is_what_was_done",
    ]  # fmt: skip
    assert table_state() == before
