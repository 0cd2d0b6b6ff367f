"""The road of a project at real windows: every step by whoever takes it, wherever the page offers it."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.casework.clock import tick
from app.clock import Clock
from app.people.permissions import Actor
from tests.browser.sitting import Sitter
from tests.declaring import TYPED, as_spreadsheet, typed
from tests.make import Town, act, case_of, children, declaration, email_of, paper, pid_of
from workflows.calendar import shanghai_date

#: `at(actor)`: this person's window, the same one every time.
At = Callable[[Actor], Sitter]
#: Where those look who act on no project: the first page of each part of their work.
OVERSIGHT = {
    "supervisor": ("/projects", "/ledger", "/administration/changes"),
    "system_admin": ("/administration/people", "/administration/units", "/administration/notices"),
    "security_admin": ("/administration/people", "/administration/roles"),
    "audit_admin": ("/administration/changes", "/administration/roles"),
    "public": ("/notices", "/results", "/statistics"),
}


def go(around: Town, at: At, anybody: Sitter, clock: Clock, worker: Callable[[], None]) -> str:
    """The whole road, from an empty draft to the archive; the number of the project."""
    number = declare(around, at)
    examine(around, at, number)
    review(around, at, number, clock.now())
    publish(around, at, number, anybody)
    due = case_of(pid_of(number)).due_at
    assert due is not None
    clock.move(due)
    tick(clock.now())
    approve(around, at, number)
    worker()
    deliver(around, at, number)
    audit(around, at, number)
    pay(around, at, number, shanghai_date(clock.now()).isoformat())
    return number


def declare(around: Town, at: At) -> str:
    """Begin a draft, fill it in, attach its papers; its number."""
    owner = at(around.owner)
    owner.open("/projects")
    owner.follow('a[href="/projects/new"]')
    owner.fill(call=around.call, title="校园安全饮水")
    owner.press()
    found = re.fullmatch(r"/projects/(AF\d{4}-\d{6})/declare", owner.path)
    assert found
    number = found[1]
    for step in TYPED:
        owner.open(f"/projects/{number}/declare/{step}")
        for table in ("budget", "targets"):
            if step == table:
                owner.page.locator(f"#paste-{table}").fill(as_spreadsheet(declaration(), table))
                with owner.page.expect_navigation():
                    owner.main.locator(f'button[value="{table}:paste"]').click()
        owner.fill(**{name: text for name, text in typed(declaration(), step).items() if "-" not in name})
        owner.press_named("next")
    (first, _label), *others = around.policy.required_papers
    owner.attach(pid_of(number), first, "甲.pdf", "乙.pdf")
    for kind, _label in others:
        paper(number, kind, around.owner)
    return number


def examine(around: Town, at: At, number: str) -> None:
    """Hand it in; the place is asked, and it is examined by the district and by the fund."""
    pid = pid_of(number)
    at(around.owner).act(pid, "submit")
    at(around.front).act(pid, "give_opinion", supports="true", opinion="需求属实")
    at(around.accepting).act(pid, "pass_authenticity", opinion="情况属实")
    at(around.fund).act(pid, "pass_compliance", opinion="符合规定")


def review(around: Town, at: At, number: str, now: datetime) -> None:
    """Have a panel of experts give points, the first of them at a window, and sum them up."""
    pid = pid_of(number)
    # The boxes stand in the order of names, and so are the sheets opened.
    seated = sorted(around.experts, key=lambda expert: expert.name)
    experts = [email_of(expert) for expert in seated]
    at(around.secretary).act(pid, "open_panel", experts=experts, session_on="2026-12-01")
    points = {key: most * 85 // 100 for key, _label, most in around.policy.score_items}
    said = {"recommendation": "recommend", "suggested_amount": "340000.00", "comment": "可行"}
    (first, sheet), *others = zip(seated, children(number, "score_sheet"), strict=True)
    at(first).act(sheet, "declare_conflict", conflict="false")
    at(first).act(sheet, "submit_sheet", **said, **{f"scores-{key}": most for key, most in points.items()})
    for expert, their_sheet in others:
        act(their_sheet, "declare_conflict", expert, now=now, conflict=False)
        act(their_sheet, "submit_sheet", expert, now=now, **said, scores=points)
    at(around.secretary).act(pid, "close_panel", outcome="recommend", suggested_amount="340000.00", opinion="推荐资助")


def publish(around: Town, at: At, number: str, anybody: Sitter) -> None:
    """Show it to the public; somebody without an account objects, and the objection is decided."""
    pid = pid_of(number)
    at(around.fund).act(pid, "publish_notice", contact="021-00000000")
    anybody.open("/")
    anybody.follow(f'a[href="/notices/{number}"]')
    anybody.fill(objector="张三", contact="13800000000", statement="预算偏高")
    anybody.press()
    (objection,) = children(number, "objection")
    at(around.fund).act(pid, "decide_objection", objection=str(objection), outcome="refuted", reason="经核实，预算合理")


def approve(around: Town, at: At, number: str) -> None:
    """Vote, approve, announce."""
    pid = pid_of(number)
    for member in around.panel:
        at(member).act(pid, "vote", vote="for")
    at(around.approver).act(pid, "approve", amount="330000.00", minutes="同意资助")
    at(around.fund).act(pid, "announce")


def deliver(around: Town, at: At, number: str) -> None:
    """Sign both, start, report and change the place, have both looked at, finish."""
    pid = pid_of(number)
    at(around.fund).act(pid, "sign_agreement")
    at(around.owner).act(pid, "sign_agreement")
    at(around.owner).act(pid, "start", started_on="2026-12-10")
    at(around.owner).attach(pid, "final_report", "final_report.pdf")
    at(around.owner).act(
        pid, "file_report", final="true", period_from="2026-12-10", period_until="2027-03-31", summary="全部完成",
        spent="1200000.00", beneficiaries="6000",
    )  # fmt: skip
    at(around.front).act(children(number, "progress_report")[0], "confirm_report", remark="现场核实")
    at(around.owner).act(pid, "request_change", what="place", new="青海省果洛州玛沁县拉加镇", reason="地址更正")
    at(around.fund).act(children(number, "change_request")[0], "accept_change")
    at(around.owner).act(pid, "finish", summary="完成")


def audit(around: Town, at: At, number: str) -> None:
    """Assign a firm, have it report, accept the report."""
    (work,) = children(number, "audit")
    at(around.fund).act(work, "assign_auditor", firm="CPA1")
    at(around.firm).attach(work, "audit_report", "audit_report.pdf")
    at(around.firm).act(
        work, "submit_audit", number="审字1号", licence="31000001", first_cpa="甲", second_cpa="乙",
        independence="独立",
        period_from="2026-12-10", period_until="2027-03-31", received__0__source="自有资金",
        received__0__amount="840000.00",
        lines__0__claimed="840000.00", lines__0__disallowed="0.00", lines__0__audited="840000.00",
        lines__1__claimed="360000.00", lines__1__disallowed="0.00", lines__1__audited="360000.00",
        claimed="1200000.00", disallowed="0.00", audited="1200000.00", other_fiscal="0.00",
        opinion="unqualified", findings="无",
    )  # fmt: skip
    at(around.fund).act(pid_of(number), "accept_audit")


def pay(around: Town, at: At, number: str, paid_on: str) -> None:
    """Settle, pay and close, made by one and checked by another."""
    pid = pid_of(number)
    at(around.maker).act(pid, "prepare_settlement")
    at(around.checker).act(pid, "confirm_settlement")
    (order,) = children(number, "payment_order")
    at(around.maker).act(order, "prepare")
    at(around.checker).act(order, "approve_payment")
    at(around.maker).act(order, "record_sent")
    at(around.maker).act(order, "record_paid", bank_reference="ICBC-0001", paid_on=paid_on)
    at(around.fund).act(pid, "close", performance_score="92", remark="同意结项")


def oversee(people: Mapping[str, Actor | None], at: Callable[[Any], Sitter], number: str) -> None:
    """Whoever watches, keeps the registers or reads in the newspaper opens what is there for him or her."""
    for name, paths in OVERSIGHT.items():
        for path in paths:
            at(people[name]).open(path)
    at(people["supervisor"]).open(f"/projects/{number}")
    at(people["public"]).open(f"/results/{number}")
