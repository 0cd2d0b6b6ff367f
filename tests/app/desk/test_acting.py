"""Acting on a page: once, on what one saw, with what is wrong beside its field."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from app.clock import Clock
from app.people.permissions import Actor
from tests.make import Town, act, case_of, draft, organisation, person, pid_of
from tests.pages.browsing import Browser, form, parsed, words

Desk = Callable[[Actor], Browser]


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A complete draft, ready to be submitted."""
    return draft(around, now=clock.now())


def test_a_button_pressed_twice_acts_once_and_answers_alike(
    around: Town, at_desk: Desk, number: str, rows: Any
) -> None:
    from app.evidence.models import Event

    owner = at_desk(around.owner)
    path = f"/cases/{pid_of(number).hex}/actions/submit"
    fields = form(owner.get(path))

    first = owner.send(path, fields)
    second = owner.send(path, fields)

    receipts = [words(page).split("回执号 ")[1].split("，")[0] for page in (first, second)]
    assert receipts[0] == receipts[1]
    assert [each.action for each in rows(Event) if each.root_id == case_of(pid_of(number)).id] == ["open", "submit"]


def test_whoever_looked_at_an_older_state_sees_why_and_keeps_what_was_typed(
    around: Town, at_desk: Desk, number: str, clock: Clock, table_state: Any
) -> None:
    owner = at_desk(around.owner)
    path = f"/cases/{pid_of(number).hex}/actions/withdraw"
    fields = form(owner.get(path))
    fields["reason"] = "情况有变"
    act(pid_of(number), "submit", around.owner, now=clock.now())
    before = table_state()

    page = owner.send(path, fields, 409)

    assert "您查看之后该事项已有变动，请重新读取后再办理。" in words(page)
    assert form(page)["reason"] == "情况有变"
    assert form(page)["seen"] != fields["seen"]
    assert table_state() == before
    assert "已办理：撤回申报。" in words(owner.send(path, form(page)))


def test_what_is_wrong_stands_beside_its_field_and_in_the_summary(
    around: Town, at_desk: Desk, number: str, table_state: Any
) -> None:
    owner = at_desk(around.owner)
    before = table_state()

    page = owner.act(pid_of(number), "withdraw", 422, reason="x")

    summary = next(each for each in parsed(page).iter("div") if each.get("id") == "errors")
    assert [(a.get("href"), a.text) for a in summary.iter("a")] == [("#reason", "理由")]
    assert "至少 2 个字。" in words(page)
    box = next(each for each in parsed(page).iter("textarea") if each.get("id") == "reason")
    assert (box.get("aria-invalid"), box.get("aria-describedby")) == ("true", "reason-hint reason-error")
    assert box.text is not None
    assert box.text.strip() == "x"
    assert table_state() == before


def test_a_field_that_the_form_never_asked_for_is_refused(
    around: Town, at_desk: Desk, number: str, table_state: Any
) -> None:
    owner = at_desk(around.owner)
    path = f"/cases/{pid_of(number).hex}/actions/submit"
    fields = form(owner.get(path))
    fields["approved"] = "9.00"
    before = table_state()

    owner.send(path, fields, 422)

    assert table_state() == before


def test_without_the_token_of_the_page_nothing_is_done(
    around: Town, at_desk: Desk, number: str, table_state: Any
) -> None:
    owner = at_desk(around.owner)
    path = f"/cases/{pid_of(number).hex}/actions/submit"
    fields = form(owner.get(path))
    del fields["csrf_token"]
    before = table_state()

    owner.send(path, fields, 400)

    assert table_state() == before


def test_an_act_that_is_not_open_says_why_and_one_of_another_duty_is_absent(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = draft(around, papers=False, now=clock.now())
    owner = at_desk(around.owner)
    pid = pid_of(number).hex

    page = owner.get(f"/cases/{pid}/actions/submit")

    assert "现在还不能办理 ： 尚缺材料：法人登记证书" in words(page).replace("办理：", "办理 ： ")
    owner.get(f"/cases/{pid}/actions/approve", 404)
    owner.get(f"/cases/{pid}/actions/nothing", 404)


def test_an_act_that_is_over_shows_no_form_but_where_the_case_stands(
    around: Town, at_desk: Desk, number: str, clock: Clock, table_state: Any
) -> None:
    owner = at_desk(around.owner)
    path = f"/cases/{pid_of(number).hex}/actions/submit"
    fields = form(owner.get(path))
    act(pid_of(number), "submit", around.owner, now=clock.now())
    before = table_state()

    pressed, reloaded = owner.send(path, fields, 409), owner.get(path, 409)

    for page in (pressed, reloaded):
        assert "该事项已办理，不必再次提交。 现在的环节：真实性初审" in words(page)
        assert not any(each.get("action") == path for each in parsed(page).iter("form"))
        assert f"/projects/{number}" in [each.get("href") for each in parsed(page).iter("a")]
    assert table_state() == before


def test_absent_and_forbidden_pages_are_the_same_byte_for_byte(around: Town, at_desk: Desk, number: str) -> None:
    organisation("513100005000000159", "上海微光社会服务中心")
    stranger = at_desk(person("applicant_owner", uscc="513100005000000159"))
    pid = pid_of(number).hex

    for theirs, absent in (
        (f"/projects/{number}", "/projects/AF2026-999999"),
        (f"/projects/{number}/declare", "/projects/AF2026-999999/declare"),
        (f"/projects/{number}/declare/budget", "/projects/AF2026-999999/declare/budget"),
        (f"/projects/{number}/money", "/projects/AF2026-999999/money"),
        (f"/cases/{pid}", f"/cases/{uuid4().hex}"),
        (f"/cases/{pid}/actions/submit", f"/cases/{uuid4().hex}/actions/submit"),
        ("/organisations/53310000500000031Q", "/organisations/91310000MA1FL0AA20"),
    ):
        one, other = stranger.get(theirs, 404), stranger.get(absent, 404)
        assert _without_addresses(one.text, theirs) == _without_addresses(other.text, absent)


def _without_addresses(page: str, path: str) -> str:
    """The page without its own address, which the links to other languages repeat."""
    return page.replace(path, "PATH")


def test_the_fund_office_opens_a_call_and_registers_an_organisation(around: Town, at_desk: Desk) -> None:
    fund = at_desk(around.fund)

    page = fund.fill(
        "/calls/new", code="TZ-NEXT", title="下一期申报通知", programme="DKZY", opens_at="2026-12-01T09:00",
        closes_at="2026-12-31T17:00", budget="100000.00", areas=["6531", "6326"],
    )  # fmt: skip
    refused = fund.fill("/organisations/new", 422, uscc="53310000500000031X", name="甲", district="310106")
    taken = fund.fill("/organisations/new", 422, uscc="53310000500000031Q", name="甲", district="310106")
    added = fund.fill(
        "/organisations/new", uscc="513100005000000159", name="上海微光社会服务中心", district="310106",
        bank_account__bank_name="工商银行", bank_account__bank_branch="静安支行",
        bank_account__account_number="62220000",
    )  # fmt: skip

    assert "下一期申报通知" in words(page)
    assert "2026年12月1日 09:00" in words(page)
    assert "喀什、果洛" in words(page)
    assert "统一社会信用代码的校验位不符，请核对。" in words(refused)
    assert "该统一社会信用代码已登记。" in words(taken)
    assert "上海微光社会服务中心" in words(added)


def test_the_inbox_shows_the_most_urgent_first_and_goes_on(around: Town, at_desk: Desk, clock: Clock) -> None:
    for _ in range(27):
        draft(around, papers=False, now=clock.now())
    owner = at_desk(around.owner)

    first = owner.get("/inbox")
    onward = next(a.get("href") for a in parsed(first).iter("a") if a.get("rel") == "next")
    second = owner.get(onward)

    assert words(first).count("AF2026-") + words(second).count("AF2026-") == 27
    assert words(second).count("AF2026-") == 2
