"""Every page says who acts next, why something came back, and leads to the place where the act is."""

from collections.abc import Callable

from app.clock import Clock
from app.people.permissions import Actor
from tests.later import brought_to, draw_up, pay
from tests.make import Town, act, children, paper, pid_of
from tests.pages.browsing import Browser, form, links, words

Desk = Callable[[Actor], Browser]


def test_the_maker_reads_the_amount_before_preparing_and_who_gave_it_back_why(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "settlement", now=clock.now())
    pid, maker = pid_of(number), at_desk(around.maker)
    before = words(maker.get(f"/cases/{pid.hex}/actions/prepare_settlement"))
    act(pid, "prepare_settlement", around.maker, now=clock.now())
    act(pid, "query_settlement", around.checker, now=clock.now(), reason="请核对基数")

    again = words(maker.get(f"/cases/{pid.hex}/actions/prepare_settlement"))
    project = words(maker.get(f"/projects/{number}"))
    act(pid, "prepare_settlement", around.maker, now=clock.now())
    after = words(maker.get(f"/projects/{number}"))

    assert "本次应付 275,000.00 元 贰拾柒万伍仟元整" in before
    assert "资助比例 11 / 40（约 27.50%）" in before
    assert "被退回" not in before
    for page in (again, project):
        assert "被退回： 请核对基数" in page
    assert "被退回： 请核对基数" not in after


def test_an_order_that_was_given_back_says_so_to_its_maker(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = brought_to(around, "disbursement", now=clock.now())
    (order,) = children(number, "payment_order")
    act(order, "prepare", around.maker, now=clock.now())
    act(order, "refuse_payment", around.checker, now=clock.now(), reason="账户不符")

    maker = at_desk(around.maker)

    assert "被退回： 账户不符" in words(maker.get(f"/cases/{order.hex}"))
    assert "被退回： 账户不符" in words(maker.get(f"/cases/{order.hex}/actions/prepare"))


def test_the_checker_reads_what_lacks_before_a_payment_is_recorded_as_failed(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "disbursement", now=clock.now())
    order = pay(around, number, now=clock.now(), until="sent")
    checker, maker = at_desk(around.checker), at_desk(around.maker)

    lacking = words(checker.get(f"/cases/{order.hex}"))
    paper(number, "bank_receipt", around.maker, pid=order, now=clock.now())

    assert "须先由财务经办上传送银行之后的银行回单或退票通知。" in lacking
    assert f"/cases/{order.hex}/actions/record_failed" in links(checker.get(f"/cases/{order.hex}"))
    assert f"/cases/{order.hex}/actions/record_failed" not in links(maker.get(f"/cases/{order.hex}"))


def test_a_project_that_is_being_paid_is_with_whoever_holds_the_order(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "settlement", now=clock.now())
    act(pid_of(number), "prepare_settlement", around.maker, now=clock.now())
    checker = at_desk(around.checker)

    asked = checker.get(f"/cases/{pid_of(number).hex}/actions/confirm_settlement")
    done = checker.send(f"/cases/{pid_of(number).hex}/actions/confirm_settlement", form(asked))

    assert "办理后进入：资金拨付，由财务经办办理" in words(asked).replace(" ", "")
    assert "由 财务经办 办理" in words(done)
    assert "由 财务经办 办理" in words(at_desk(around.fund).get(f"/projects/{number}"))


def test_the_page_of_an_agreement_leads_to_its_signature_which_is_on_the_project(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "agreement", now=clock.now())
    draw_up(number, now=clock.now())
    (agreement,) = children(number, "agreement")
    sign = f"/cases/{pid_of(number).hex}/actions/sign_agreement"

    fund = links(at_desk(around.fund).get(f"/cases/{agreement.hex}"))
    nobody = links(at_desk(around.maker).get(f"/cases/{agreement.hex}"))

    assert sign in fund
    assert sign not in nobody
    assert not [each for each in fund if each.endswith("terminate")]


def test_a_report_that_lacks_its_paper_leads_to_the_upload_of_that_kind(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "audit", now=clock.now())
    (audit,) = children(number, "audit")
    act(audit, "assign_auditor", around.fund, now=clock.now(), firm="CPA1")
    firm = at_desk(around.firm)
    upload = f"/cases/{audit.hex}/papers?kind=audit_report"

    for path in (f"/cases/{audit.hex}", f"/cases/{audit.hex}/actions/submit_audit"):
        assert upload in links(firm.get(path)), path
    assert form(firm.get(upload))["kind"] == "audit_report"


def test_blank_totals_of_a_kept_report_are_the_sums_of_its_lines(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = brought_to(around, "audit", now=clock.now())
    (audit,) = children(number, "audit")
    act(audit, "assign_auditor", around.fund, now=clock.now(), firm="CPA1")
    firm = at_desk(around.firm)
    fields = form(firm.get(f"/cases/{audit.hex}/actions/submit_audit"))
    fields["lines-0-claimed"], fields["lines-1-claimed"], fields["audited"] = "1000.00", "200.50", "7.00"

    kept = form(firm.send(f"/audits/{audit.hex}/draft", fields))

    assert (kept["claimed"], kept["audited"]) == ("1200.50", "7.00")
