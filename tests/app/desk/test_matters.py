"""What an act is about stands on its page: the project, the text, the figures, and where it leads."""

from collections.abc import Callable

from app.clock import Clock
from app.people.permissions import Actor
from tests.later import REPORT, brought_to
from tests.make import Town, act, advance, children, draft, email_of, paper, pid_of
from tests.pages.browsing import Browser, form, links, parsed, words

Desk = Callable[[Actor], Browser]


def test_whoever_prepares_a_payment_sees_the_project_the_payee_and_the_amount(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "disbursement", now=clock.now())
    (order,) = children(number, "payment_order")
    maker = at_desk(around.maker)

    asked = maker.get(f"/cases/{order.hex}/actions/prepare")
    shown = maker.get(f"/cases/{order.hex}")
    project = maker.get(f"/projects/{number}")

    assert f"/projects/{number}" in links(asked)
    for page in (words(asked), words(shown)):
        wanted = ("申请金额", "批准金额", "收款单位", "开户支行", "收款账号", "金额（大写）")
        assert [label for label in wanted if label not in page] == []
    assert f"/cases/{order.hex}/actions/prepare" in links(project)
    assert "目前没有需要您办理的事项。" not in words(project)


def test_the_hash_one_approves_is_read_and_not_typed(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = brought_to(around, "disbursement", now=clock.now())
    (order,) = children(number, "payment_order")
    act(order, "prepare", around.maker, now=clock.now())
    checker = at_desk(around.checker)
    path = f"/cases/{order.hex}/actions/approve_payment"

    page = checker.get(path)

    (box,) = [each for each in parsed(page).iter("input") if each.get("name") == "content_hash"]
    assert (box.get("type"), len(box.get("value"))) == ("hidden", 64)
    assert box.get("value") in words(page)
    assert "已办理" in words(checker.send(path, form(page)))


def test_the_secretary_chooses_among_the_experts_who_are_fit(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    advance(around, number, "expert_review", now=clock.now())

    page = at_desk(around.secretary).get(f"/cases/{pid_of(number).hex}/actions/open_panel")

    boxes = [each for each in parsed(page).iter("input") if each.get("name") == "experts"]
    assert {each.get("type") for each in boxes} == {"checkbox"}
    assert {each.get("value") for each in boxes} == {email_of(expert) for expert in around.experts}


def test_a_correction_says_only_where_it_goes_back_to(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    advance(around, number, "compliance_review", now=clock.now())
    act(pid_of(number), "return_for_correction", around.fund, now=clock.now(), items=["预算"])

    page = words(at_desk(around.owner).get(f"/cases/{pid_of(number).hex}/actions/resubmit"))

    assert "办理后进入 ： 合规性复审" in page.replace("：", " ： ").replace("  ", " ")
    assert "专家评审" not in page


def test_an_applicant_goes_from_a_call_to_a_new_project_with_the_call_chosen(around: Town, at_desk: Desk) -> None:
    owner = at_desk(around.owner)
    path = f"/projects/new?call={around.call}"

    assert path in links(owner.get("/calls"))
    assert form(owner.get(path))["call"] == around.call


def test_whoever_confirms_a_report_sees_the_photos_that_came_with_it(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "implementation", now=clock.now())
    paper(number, "photos", around.owner, now=clock.now(), name="上期")
    pid, now = pid_of(number), clock.now()
    first = {**REPORT, "final": False, "period_until": "2026-05-31"}
    act(pid, "file_report", around.owner, now=now, **first)
    paper(number, "photos", around.owner, now=now, name="本期照片")
    paper(number, "vouchers", around.owner, now=now, name="本期凭证")
    act(pid, "file_report", around.owner, now=now, **REPORT)
    paper(number, "photos", around.owner, now=now, name="下期")
    report = children(number, "progress_report")[-1]
    front = at_desk(around.front)

    for path in (f"/cases/{report.hex}", f"/cases/{report.hex}/actions/confirm_report"):
        page = words(front.get(path))
        assert [name in page for name in ("上期", "本期照片", "本期凭证", "下期")] == [False, True, True, False], path
