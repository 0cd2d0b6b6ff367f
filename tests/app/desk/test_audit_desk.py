"""The desk of an audit firm: only its own audits, a report that grows, papers beside."""

from collections.abc import Callable
from typing import Any

import pytest

from app.audits.models import AuditDraft
from app.clock import Clock
from app.people.permissions import Actor
from app.people.service import add_unit
from tests.later import advance_further
from tests.make import Town, act, advance, children, draft, person
from tests.pages.browsing import Browser, form, links, parsed, words

Desk = Callable[[Actor], Browser]


@pytest.fixture
def audit(around: Town, clock: Clock) -> Any:
    """An audit that was given to the firm of the town."""
    number = draft(around, now=clock.now())
    advance_further(around, number, "audit", now=advance(around, number, "announcement", now=clock.now()))
    (found,) = children(number, "audit")
    act(found, "assign_auditor", around.fund, now=clock.now(), firm="CPA1")
    return found


def test_a_firm_sees_its_own_audits_alone(around: Town, at_desk: Desk, audit: Any) -> None:
    add_unit(code="CPA2", name="另一家事务所", kind="audit_firm")
    other = person("audit_firm", unit="CPA2")

    mine, theirs = at_desk(around.firm).get("/audits"), at_desk(other).get("/audits")

    assert f"/cases/{audit}" in links(mine) or f"/cases/{audit.hex}" in links(mine)
    assert "校园安全饮水" not in words(theirs)
    at_desk(around.owner).get("/audits", 403)


def test_a_report_begins_with_the_budget_and_is_kept_as_it_grows_for_its_writer_alone(
    around: Town, at_desk: Desk, audit: Any, rows: Any
) -> None:
    firm, colleague = at_desk(around.firm), at_desk(person("audit_firm", unit="CPA1"))
    path = f"/cases/{audit.hex}/actions/submit_audit"
    fields = form(firm.get(path))
    begun = (fields["lines-0-item"], fields["lines-0-budget"])
    fields["number"], fields["lines-0-claimed"], fields["lines-0-disallowed"] = "审字7号", "1000.00", "不详"

    kept = firm.send(f"/audits/{audit.hex}/draft", fields)

    assert begun == ("净水设备", "840000.00")
    assert "草稿已保存" in words(kept)
    again = form(kept)
    assert (again["number"], again["lines-0-claimed"], again["lines-0-disallowed"]) == ("审字7号", "1000.00", "不详")
    outputs = {each.get("data-column"): each.text for each in parsed(kept).iter("output")}
    assert (outputs["budget"], outputs["claimed"], outputs["difference"]) == ("1,200,000.00", "1,000.00", "1,000.00")
    assert form(colleague.get(path))["number"] == ""
    assert len(rows(AuditDraft)) == 1


def test_a_window_that_is_behind_overwrites_nothing_and_keeps_its_own_words_on_the_page(
    around: Town, at_desk: Desk, audit: Any, rows: Any
) -> None:
    firm = at_desk(around.firm)
    path = f"/cases/{audit.hex}/actions/submit_audit"
    ahead, behind = form(firm.get(path)), form(firm.get(path))
    ahead["findings"], behind["findings"] = "先写的", "后写的"

    kept = firm.client.post(f"/audits/{audit.hex}/typed", data=ahead)
    refused = firm.client.post(f"/audits/{audit.hex}/typed", data=behind, headers={"Accept": "application/json"})
    page = firm.send(f"/audits/{audit.hex}/draft", behind, 409)

    assert kept.json is not None
    assert kept.json["version"] == 1
    assert refused.status_code == 409
    assert refused.json["detail"] == "审计草稿已在另一个窗口中修改。请先核对两处内容，再保存。"
    assert "审计草稿已在另一个窗口中修改。" in words(page)
    assert form(page)["findings"].strip() == "后写的"
    assert [(draft.typed["findings"], draft.version) for draft in rows(AuditDraft)] == [("先写的", 1)]
    firm.send(f"/audits/{audit.hex}/draft", form(page))
    assert [(draft.typed["findings"], draft.version) for draft in rows(AuditDraft)] == [("后写的", 2)]


def test_a_refused_report_comes_back_as_not_kept_from_the_version_of_its_window(
    around: Town, at_desk: Desk, audit: Any
) -> None:
    firm = at_desk(around.firm)
    path = f"/cases/{audit.hex}/actions/submit_audit"
    fields = form(firm.get(path))
    firm.client.post(f"/audits/{audit.hex}/typed", data=fields)

    refused = firm.send(path, fields, 422)

    assert form(refused)["version"] == "0"
    assert "data-unkept" in refused.text
    assert "data-unkept" not in firm.get(path).text
    fields["version"] = "1e9"
    firm.send(f"/audits/{audit.hex}/draft", fields, 422)


def test_nobody_else_keeps_a_draft_of_it(around: Town, at_desk: Desk, audit: Any, table_state: Any) -> None:
    add_unit(code="CPA2", name="另一家事务所", kind="audit_firm")
    stranger, firm = at_desk(person("audit_firm", unit="CPA2")), at_desk(around.firm)
    fields = form(firm.get(f"/cases/{audit.hex}/actions/submit_audit"))
    token = form(stranger.get("/account"), "/account/language")["csrf_token"]
    before = table_state()

    answer = stranger.client.post(f"/audits/{audit.hex}/draft", data={**fields.to_dict(), "csrf_token": token})

    assert answer.status_code == 404
    assert table_state() == before
