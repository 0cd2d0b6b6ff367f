"""One project over plain HTML forms, from an empty draft to its archive, by everybody who has a part in it."""

from collections.abc import Callable
from io import BytesIO

from flask import Flask
from werkzeug.datastructures import FileStorage, MultiDict

from app.agreements.jobs import draw_up_text
from app.casework.clock import tick
from app.clock import Clock
from app.people.permissions import Actor
from tests.declaring import TYPED, typed
from tests.make import PDF, Town, case_of, children, declaration, email_of, pid_of
from tests.pages.browsing import Browser, form, words

Desk = Callable[[Actor], Browser]


def test_a_project_goes_from_an_empty_draft_to_its_archive_over_plain_forms(
    app: Flask, around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = _declared(around, at_desk)
    _reviewed(around, at_desk, number)
    _shown_to_the_public(around, at_desk, number, clock)
    _approved(around, at_desk, number)
    _signed(app, around, at_desk, number, clock)
    _delivered(around, at_desk, number)
    _audited(around, at_desk, number)
    _paid(around, at_desk, number, clock)

    page = at_desk(around.owner).get(f"/projects/{number}")
    assert case_of(pid_of(number)).stage == "closed"
    assert "资金拨付 已完成" in words(page)
    result = words(Browser(app.test_client()).get("/results"))
    assert "校园安全饮水 上海清泉公益基金会 青海省果洛州玛沁县拉加镇 330,000.00" in result


def _declared(around: Town, at_desk: Desk) -> str:
    owner = at_desk(around.owner)
    page = owner.fill("/projects/new", call=around.call, title="校园安全饮水")
    number = str(page.request.path).split("/")[2]
    for step in TYPED:
        path = f"/projects/{number}/declare/{step}"
        owner.send(path, MultiDict({**form(owner.get(path), path), **typed(declaration(), step)}))
    assert "已完成 6 步，共 7 步。" in words(owner.get(f"/projects/{number}/declare"))
    for kind, _label in around.policy.required_papers:
        attach(owner, pid_of(number), kind)
    page = owner.act(pid_of(number), "submit")
    assert "已办理：提交申报。" in words(page)
    assert "由 受理单位 办理" in words(page)
    return number


def attach(browser: Browser, pid: object, kind: str) -> None:
    path = f"/cases/{pid.hex}/papers"  # type: ignore[attr-defined]
    fields = form(browser.get(path), "")
    fields["kind"] = kind
    file = FileStorage(BytesIO(PDF), filename=f"{kind}.pdf", content_type="application/pdf")
    answer = browser.client.post(path, data={**fields.to_dict(), "file": file})
    assert answer.status_code == 303, answer.text


def _reviewed(around: Town, at_desk: Desk, number: str) -> None:
    pid = pid_of(number)
    at_desk(around.accepting).act(pid, "pass_authenticity", opinion="情况属实")
    at_desk(around.fund).act(pid, "pass_compliance", opinion="符合规定")
    experts = [email_of(expert) for expert in around.experts]
    at_desk(around.secretary).act(pid, "open_panel", experts=experts, session_on="2026-12-01")
    for expert, sheet in zip(around.experts, children(number, "score_sheet"), strict=True):
        browser = at_desk(expert)
        assert "专家评分表" in words(browser.get(f"/cases/{sheet.hex}"))
        browser.act(sheet, "declare_conflict", conflict="false")
        points = {f"scores-{key}": str(most * 85 // 100) for key, _label, most in around.policy.score_items}
        page = browser.act(
            sheet, "submit_sheet", recommendation="recommend", suggested_amount="340000.00", comment="可行", **points
        )
        assert "已提交" in words(page)
    page = at_desk(around.secretary).act(
        pid, "close_panel", outcome="recommend", suggested_amount="340000.00", opinion="推荐资助"
    )
    assert "公示" in words(page)
    assert "340,000.00" in words(at_desk(around.secretary).get(f"/projects/{number}/reviews"))


def _shown_to_the_public(around: Town, at_desk: Desk, number: str, clock: Clock) -> None:
    pid = pid_of(number)
    at_desk(around.fund).act(pid, "publish_notice", contact="021-00000000")
    anybody = Browser(at_desk(around.fund).client.application.test_client())
    assert "校园安全饮水" in words(anybody.get("/notices"))
    page = anybody.fill(f"/notices/{number}", objector="张三", contact="13800000000", statement="预算偏高")
    assert "异议已收到。" in words(page)
    (objection,) = children(number, "objection")
    assert "张三" in words(at_desk(around.fund).get(f"/projects/{number}/reviews"))
    assert "张三" not in words(at_desk(around.owner).get(f"/projects/{number}/reviews"))
    at_desk(around.fund).act(
        pid, "decide_objection", objection=str(objection), outcome="refuted", reason="经核实，预算合理"
    )
    due = case_of(pid).due_at
    assert due is not None
    clock.move(due)
    tick(clock.now())
    assert case_of(pid).stage == "joint_review"


def _approved(around: Town, at_desk: Desk, number: str) -> None:
    pid = pid_of(number)
    for member in around.panel:
        at_desk(member).act(pid, "vote", vote="for")
    at_desk(around.approver).act(pid, "approve", amount="330000.00", minutes="同意资助")
    at_desk(around.fund).act(pid, "announce")


def _signed(app: Flask, around: Town, at_desk: Desk, number: str, clock: Clock) -> None:
    pid = pid_of(number)
    ours = app.extensions["aidflow"]
    draw_up_text(case_of(pid).id, store=ours.store, limit=ours.settings.max_upload_bytes, now=clock.now())
    at_desk(around.fund).act(pid, "sign_agreement")
    at_desk(around.owner).act(pid, "sign_agreement")
    at_desk(around.owner).act(pid, "start", started_on="2026-12-10")
    assert "资助方签署" in words(at_desk(around.owner).get(f"/projects/{number}/delivery"))


def _delivered(around: Town, at_desk: Desk, number: str) -> None:
    pid = pid_of(number)
    attach(at_desk(around.owner), pid, "final_report")
    at_desk(around.owner).act(
        pid, "file_report", final="true", period_from="2026-12-10", period_until="2027-03-31", summary="全部完成",
        spent="1200000.00", beneficiaries="6000",
    )  # fmt: skip
    (report,) = children(number, "progress_report")
    at_desk(around.front).act(report, "confirm_report", remark="现场核实")
    at_desk(around.owner).act(pid, "request_change", what="place", new="青海省果洛州玛沁县拉加镇", reason="地址更正")
    (change,) = children(number, "change_request")
    at_desk(around.fund).act(change, "accept_change")
    at_desk(around.owner).act(pid, "finish", summary="完成")


def _audited(around: Town, at_desk: Desk, number: str) -> None:
    (audit,) = children(number, "audit")
    at_desk(around.fund).act(audit, "assign_auditor", firm="CPA1")
    firm = at_desk(around.firm)
    attach(firm, audit, "audit_report")
    firm.act(
        audit, "submit_audit", number="审字1号", licence="31000001", first_cpa="甲", second_cpa="乙",
        independence="独立",
        period_from="2026-12-10", period_until="2027-03-31", received__0__source="自有资金",
        received__0__amount="840000.00", lines__0__item="净水设备", lines__0__budget="1200000.00",
        lines__0__claimed="1200000.00", lines__0__disallowed="0.00", lines__0__audited="1200000.00",
        claimed="1200000.00", disallowed="0.00", audited="1200000.00", opinion="unqualified", findings="无",
    )  # fmt: skip
    at_desk(around.fund).act(pid_of(number), "accept_audit")


def _paid(around: Town, at_desk: Desk, number: str, clock: Clock) -> None:
    pid = pid_of(number)
    at_desk(around.maker).act(pid, "prepare_settlement")
    at_desk(around.checker).act(pid, "confirm_settlement")
    (order,) = children(number, "payment_order")
    at_desk(around.maker).act(order, "prepare")
    at_desk(around.checker).act(order, "approve_payment")
    at_desk(around.maker).act(order, "record_sent")
    paid_on = clock.now().date().isoformat()
    at_desk(around.maker).act(order, "record_paid", bank_reference="ICBC-0001", paid_on=paid_on)
    assert "330,000.00" in words(at_desk(around.maker).get(f"/projects/{number}/money"))
    at_desk(around.fund).act(pid, "close", performance_score="92", remark="同意结项")
