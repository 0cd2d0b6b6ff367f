"""Progress reports, confirmed on the spot, and changes of a running project."""

from dataclasses import asdict
from datetime import date

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.casework.commands import Command
from app.database import db
from app.delivery.commands import FileReport, RequestChange
from app.delivery.queries import changes_of, reports_of
from app.documents.models import Paper
from app.projects.models import Project
from app.refusals import FieldRefused
from tests.later import REPORT, only, project_in, refused, root
from tests.make import act, case_of, children, paper, pid_of, town
from tests.snapshots import recalled
from workflows.engine import GuardRefused, NotYourRole

PROGRESS = {
    "final": False, "period_from": "2026-04-01", "period_until": "2026-06-30", "summary": "已安装一半。",
    "spent": "500000.00", "beneficiaries": 3000,
}  # fmt: skip


@pytest.fixture
def running(app):
    return recalled(run)


def run():
    around = town()
    number, now = project_in(around, "implementation")
    return around, number, now


def seals(number: str) -> dict[str, bool]:
    """Kind → sealed, of the papers of the delivery."""
    wanted = select(Paper.kind, Paper.sealed_event_id.is_not(None)).where(
        Paper.root_id == root(number), Paper.kind.in_(("progress_report", "vouchers", "photos", "change_evidence"))
    )
    return dict(db.session.execute(wanted).all())


def test_a_report_goes_back_with_a_reason_and_is_confirmed_once_corrected(running):
    around, number, now = running
    pid = pid_of(number)
    paper(number, "progress_report", around.owner, now=now)
    paper(number, "change_evidence", around.owner, now=now)
    act(pid, "file_report", around.owner, now=now, **PROGRESS)
    sealed = seals(number)
    report = only(number, "progress_report")
    first = case_of(report).content_hash
    act(report, "return_report", around.front, now=now, reason="支出与凭证不符")
    paper(number, "vouchers", around.owner, pid=report, now=now)
    corrected = {name: value for name, value in PROGRESS.items() if name != "final"} | {"spent": "480000.00"}
    act(report, "resubmit_report", around.owner, now=now, **corrected)
    act(report, "confirm_report", around.front, now=now, remark="现场核实")

    assert sealed == {"progress_report": True, "change_evidence": False}
    assert seals(number) == {"progress_report": True, "change_evidence": False, "vouchers": True}
    assert [asdict(row) for row in reports_of(db.session(), root(number))] == [
        {
            "pid": report, "stage": "confirmed", "round": 2, "final": False, "period_from": date(2026, 4, 1),
            "period_until": date(2026, 6, 30), "summary": "已安装一半。", "spent": 48_000_000, "beneficiaries": 3000,
            "filed_by": around.owner.name, "filed_at": now, "decided_by": around.front.name, "decided_at": now,
            "remark": "现场核实",
        }
    ]  # fmt: skip
    assert (case_of(report).stage, case_of(report).content_hash == first) == ("confirmed", False)


def test_audit_waits_for_the_final_report_and_for_everything_open(running, table_state):
    around, number, now = running
    pid = pid_of(number)
    finish = {"now": now, "summary": "已完成"}
    before = table_state()
    with pytest.raises(GuardRefused, match="总结报告尚未由前方工作机构确认"):
        act(pid, "finish", around.owner, **finish)
    assert table_state() == before

    act(pid, "file_report", around.owner, now=now, **PROGRESS)
    act(pid, "file_report", around.owner, now=now, **REPORT)
    first, final = children(number, "progress_report")
    with pytest.raises(GuardRefused, match="总结报告尚未由前方工作机构确认"):
        act(pid, "finish", around.owner, **finish)
    act(final, "confirm_report", around.front, now=now)
    with pytest.raises(GuardRefused, match="还有 1 份报告、0 项变更未办结"):
        act(pid, "finish", around.owner, **finish)
    act(first, "confirm_report", around.front, now=now)
    act(pid, "finish", around.owner, **finish)

    assert case_of(pid).stage == "audit"


def test_there_is_one_final_report(running, table_state):
    around, number, now = running
    act(pid_of(number), "file_report", around.owner, now=now, **REPORT)
    before = table_state()

    with pytest.raises(FieldRefused, match="final: 总结报告已经提交"):
        act(pid_of(number), "file_report", around.owner, now=now, **REPORT)

    assert table_state() == before


def test_only_the_front_office_of_the_area_confirms(running, table_state):
    around, number, now = running
    act(pid_of(number), "file_report", around.owner, now=now, **REPORT)
    before = table_state()

    with pytest.raises(NotYourRole):
        act(only(number, "progress_report"), "confirm_report", around.fund, now=now)

    assert table_state() == before


def ask(around, number, now, what, new):
    act(pid_of(number), "request_change", around.owner, now=now, what=what, new=new, reason="疫情影响")
    return children(number, "change_request")[-1]


def test_an_accepted_change_alters_that_and_nothing_else(running, superuser):
    around, number, now = running
    # What is searched in follows the title and the place by itself.
    read = "SELECT to_jsonb(p) - 'grams' FROM project p"
    (before,) = superuser.execute(read).fetchone()
    for what, new in (
        ("ends_on", "2026-12-31"),
        ("place", "青海省果洛州甘德县"),
        ("title", "校园饮水二期"),
        ("budget_note", "滤芯改为两批采购"),
    ):
        act(ask(around, number, now, what, new), "accept_change", around.fund, now=now)
    (after,) = superuser.execute(read).fetchone()

    changed = {name: value for name, value in after.items() if before[name] != value}
    assert changed == {"ends_on": "2026-12-31", "place": "青海省果洛州甘德县", "title": "校园饮水二期"}
    asked = changes_of(db.session(), root(number))
    assert [(row.what, row.old, row.new, row.stage, row.decided_by) for row in asked] == [
        ("ends_on", "2026-09-30", "2026-12-31", "accepted", around.fund.name),
        ("place", "青海省果洛州玛沁县", "青海省果洛州甘德县", "accepted", around.fund.name),
        ("title", "校园安全饮水", "校园饮水二期", "accepted", around.fund.name),
        ("budget_note", None, "滤芯改为两批采购", "accepted", around.fund.name),
    ]


def test_a_refused_or_withdrawn_change_leaves_the_project_as_it_was(running, rows):
    around, number, now = running
    act(ask(around, number, now, "title", "校园饮水二期"), "refuse_change", around.fund, now=now, reason="不影响实施")
    act(ask(around, number, now, "title", "校园饮水三期"), "withdraw_change", around.owner, now=now)

    assert [(row.stage, row.remark) for row in changes_of(db.session(), root(number))] == [
        ("refused", "不影响实施"),
        ("withdrawn", None),
    ]
    assert [project.title for project in rows(Project)] == ["校园安全饮水"]


@pytest.mark.parametrize(
    ("what", "new", "field"),
    [("title", "校园安全饮水", "new"), ("ends_on", "2026-03-31", "new"), ("place", "青海省果洛州班玛县", "what")],
)
def test_a_change_that_cannot_be_is_refused_and_writes_nothing(running, table_state, what, new, field):
    around, number, now = running
    ask(around, number, now, "place", "青海省果洛州甘德县")
    before = table_state()

    with pytest.raises(FieldRefused) as refusal:
        ask(around, number, now, what, new)

    assert refusal.value.field == field
    assert table_state() == before


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (RequestChange, {"what": "approved", "new": "360000.00", "reason": "增加"}),
        (RequestChange, {"what": "ends_on", "new": "明年", "reason": "顺延"}),
        (RequestChange, {"what": "ends_on", "new": "20261231", "reason": "顺延"}),
        (FileReport, PROGRESS | {"period_until": "2026-03-31"}),
        (FileReport, PROGRESS | {"spent": "-1.00"}),
        (FileReport, PROGRESS | {"beneficiaries": -1}),
    ],
)
def test_fields_that_cannot_be_are_refused(command: type[Command], fields):
    with pytest.raises(ValidationError) as refusal:
        command.model_validate(fields)
    assert refusal.value.error_count() == 1


def test_sql_of_the_web_role_cannot_forge_a_delivery(running, settings, table_state):
    around, number, now = running
    act(pid_of(number), "file_report", around.owner, now=now, **REPORT)
    ask(around, number, now, "title", "校园饮水二期")
    web = settings.database_url
    before = table_state()

    attacks = [
        refused(web, "UPDATE progress_report SET state = 'confirmed', decided_by_id = 1, decided_at = now()"),
        refused(web, "UPDATE progress_report SET state = 'confirmed'"),
        refused(web, "UPDATE progress_report SET period_until = '2020-01-01'"),
        refused(web, "UPDATE progress_report SET spent = -1"),
        refused(web, "UPDATE progress_report SET final = false"),
        refused(web, "UPDATE change_request SET state = 'accepted', decided_by_id = 1, decided_at = now()"),
        refused(web, "UPDATE change_request SET state = 'refused', decided_by_id = 1, decided_at = now()"),
        refused(web, "UPDATE change_request SET new = 'x'"),
        refused(web, "DELETE FROM change_request"),
        refused(
            web,
            "INSERT INTO change_request (case_id, project_id, state, what, new, reason, requested_by_id, requested_at)"
            " SELECT case_id, project_id, 'submitted', 'approved', '1', 'x', 1, now() FROM progress_report",
        ),
        refused(
            web,
            "INSERT INTO change_request (case_id, project_id, state, what, new, reason, requested_by_id, requested_at)"
            " SELECT case_id, project_id, 'submitted', 'place', '1', 'x', 1, now() FROM progress_report",
        ),
    ]

    assert attacks == [
        "state_is_the_stage",
        "ck_progress_report_state_is_what_was_decided",
        "ck_progress_report_period_begins_before_it_ends",
        "ck_progress_report_spent_is_not_negative",
        "InsufficientPrivilege",
        "state_is_the_stage",
        "ck_change_request_state_is_what_was_decided",
        "InsufficientPrivilege",
        "InsufficientPrivilege",
        "ck_change_request_what_may_change",
        "row_is_of_its_life",
    ]
    assert table_state() == before
