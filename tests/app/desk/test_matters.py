"""What an act is about stands on its page: the project, the text, the figures, and where it leads."""

from collections.abc import Callable

from app.clock import Clock
from app.people.permissions import Actor
from tests.later import REPORT, brought_to, document_hash, draw_up
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
    assert "（约 27.50%）" in words(asked)
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


def test_whoever_confirms_a_report_sees_the_photos_that_came_with_it(around: Town, at_desk: Desk, clock: Clock) -> None:
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


def test_once_both_have_signed_nobody_is_told_to_sign(around: Town, at_desk: Desk, clock: Clock) -> None:
    number, now = draft(around, now=clock.now()), clock.now()
    now = advance(around, number, "announcement", now=now)
    act(pid_of(number), "announce", around.fund, now=now)
    draw_up(number, now=now)
    owner = at_desk(around.owner)
    before = words(owner.get("/our-projects"))
    for signer in (around.fund, around.owner):
        last = act(pid_of(number), "sign_agreement", signer, now=now, document_hash=document_hash(number))

    said = "双方已签署协议；项目主体办理“开始实施”后，按协议实施。"
    receipt = f"/cases/{pid_of(number).hex}/receipts/{last.seq}"
    project = owner.get(f"/projects/{number}")
    assert "接下来：双方签署协议" in before
    assert f"接下来：{said}" in words(owner.get("/our-projects"))
    assert said in words(owner.get(receipt))
    awaited = words(at_desk(around.accepting).get(f"/projects/{number}")).partition("正在等待")[2]
    assert awaited.startswith(" 开始实施")
    assert links(project).count(receipt) == 1
    assert receipt not in links(at_desk(around.fund).get(f"/projects/{number}"))
