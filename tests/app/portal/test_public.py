"""What everybody may read and do without an account."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.clock import Clock
from app.people.permissions import Actor
from tests.make import Town, act, advance, case_of, children, draft, pid_of
from tests.pages.browsing import Browser, form, links, parsed, words

Desk = Callable[[Actor], Browser]


@pytest.fixture
def shown(around: Town, clock: Clock) -> str:
    """A project that is shown to the public at this moment."""
    number = draft(around, now=clock.now())
    now = advance(around, number, "publicity", now=clock.now())
    act(pid_of(number), "publish_notice", around.fund, now=now, contact="021-00000000")
    return number


def test_a_notice_says_who_gets_how_much_for_what_and_anybody_can_object_once(
    app: Flask, shown: str, table_state: Any
) -> None:
    anybody = Browser(app.test_client())
    page = anybody.get(f"/notices/{shown}")
    assert "上海清泉公益基金会 实施地点 青海省果洛州玛沁县 金额 340,000.00 元" in words(page)
    fields = form(page)
    fields = fields.to_dict() | {"objector": "张三", "contact": "13800000000", "statement": "预算偏高"}

    first = anybody.send(f"/notices/{shown}", fields)
    # The second press is counted, and does nothing else.
    before = table_state(without=["rate_limit"])
    second = anybody.send(f"/notices/{shown}", fields)

    assert "异议已收到。回执号 " in words(first)
    assert "异议的处理" in words(first)
    assert "异议处理中" in words(anybody.get(f"/notices/{shown}"))
    assert "张三" not in words(second).replace("您的姓名", "")
    assert len(children(shown, "objection")) == 1
    assert table_state(without=["rate_limit"]) == before


@pytest.mark.parametrize(("outcome", "said"), [("refuted", "异议不成立"), ("upheld", "异议成立")])
def test_whoever_objected_learns_by_the_receipt_what_came_of_it(
    app: Flask, around: Town, shown: str, clock: Clock, outcome: str, said: str
) -> None:
    anybody = Browser(app.test_client())
    fields = {"objector": "张三", "contact": "邮箱 a@example.org", "statement": "预算偏高"}
    first = anybody.fill(f"/notices/{shown}", **fields)
    other = anybody.fill(f"/notices/{shown}", **(fields | {"objector": "李四"}))
    address = first.request.full_path
    assert address in links(first)
    assert "处理情况 已收到，正在处理" in words(first)
    objection = children(shown, "objection")[0]

    decided = {"objection": str(objection), "outcome": outcome, "reason": "经核实已处理"}
    act(pid_of(shown), "decide_objection", around.fund, now=clock.now(), **decided)

    page = words(anybody.get(address))
    assert f"处理情况 {said}" in page
    assert "处理理由 经核实已处理" in page
    assert [name for name in ("张三", "a@example.org", "预算偏高", "测试") if name in page] == []
    assert f"收到：{said}" in words(anybody.get(f"/notices/{shown}"))
    assert "经核实已处理" not in words(anybody.get(other.request.full_path))


@pytest.mark.parametrize("contact", ["见面谈", "12345", "a@b", "@"])
def test_an_objection_says_how_its_author_is_reached(app: Flask, shown: str, contact: str) -> None:
    page = Browser(app.test_client()).fill(
        f"/notices/{shown}", 422, objector="张三", contact=contact, statement="预算偏高"
    )

    assert "请填写可以联系到您的电话（至少 7 位数字）或者邮箱" in words(page)


def test_a_key_that_another_stranger_used_stands_in_nobodys_way(app: Flask, shown: str) -> None:
    typed = {"objector": "张三", "contact": "13800000000", "statement": "预算偏高", "key": "a" * 32}
    one, other = Browser(app.test_client()), Browser(app.test_client())

    one.fill(f"/notices/{shown}", **typed)
    answer = other.fill(f"/notices/{shown}", **(typed | {"objector": "李四"}))

    assert "异议已收到。回执号 " in words(answer)
    assert len(children(shown, "objection")) == 2


def test_an_address_that_objects_too_often_has_to_wait_and_keeps_what_it_typed(
    app: Flask, shown: str, table_state: Any, superuser: Any
) -> None:
    typed = {"objector": "张三", "contact": "13800000000", "statement": "预算偏高"}
    superuser.execute("DELETE FROM rate_limit")
    anybody = Browser(app.test_client())
    for _ in range(10):
        anybody.fill(f"/notices/{shown}", **typed)
    before = table_state(without=["rate_limit"])

    page = anybody.fill(f"/notices/{shown}", 429, **typed)
    english = Browser(app.test_client()).fill(f"/notices/{shown}?lang=en", 429, **typed)
    program = app.test_client().post(
        f"/api/v1/cases/{pid_of(shown).hex}/actions/object", json={"seen": "public", **typed}
    )

    assert "来自您所用网络地址的异议过于频繁，请稍后再提交。" in words(page)
    assert form(page)["statement"] == "预算偏高"
    assert "Too many objections from your network address" in words(english)
    assert (program.status_code, program.content_type) == (429, "application/problem+json")
    assert program.json["detail"] == "来自您所用网络地址的异议过于频繁，请稍后再提交。"
    assert all(0 < int(answer.headers["Retry-After"]) <= 3600 for answer in (page, english, program))
    assert table_state(without=["rate_limit"]) == before


def test_an_objection_without_words_is_refused_beside_its_field(app: Flask, shown: str, table_state: Any) -> None:
    before = table_state()

    page = Browser(app.test_client()).fill(f"/notices/{shown}", 422, objector="张三", contact="13800000000")

    assert [a.get("href") for a in parsed(page).iter("a") if a.get("href") == "#statement"] == ["#statement"]
    assert form(page)["objector"] == "张三"
    assert table_state() == before


def test_after_the_days_of_publicity_there_is_no_form_and_no_way_around_it(
    app: Flask, shown: str, clock: Clock, table_state: Any
) -> None:
    anybody = Browser(app.test_client())
    fields = form(anybody.get(f"/notices/{shown}"))
    fields = fields.to_dict() | {"objector": "张三", "contact": "13800000000", "statement": "预算偏高"}
    due = case_of(pid_of(shown)).due_at
    assert due is not None
    clock.move(due)
    before = table_state(without=["demo_clock"])

    page = anybody.send(f"/notices/{shown}", fields, 409)

    assert "公示期已经届满。" in words(page)
    assert list(parsed(anybody.get(f"/notices/{shown}")).iter("textarea")) == []
    assert table_state(without=["demo_clock"]) == before


def test_a_project_that_was_never_shown_is_as_absent_as_none(app: Flask, around: Town, clock: Clock) -> None:
    hidden = draft(around, papers=False, now=clock.now())
    anybody = Browser(app.test_client())

    one, other = anybody.get(f"/notices/{hidden}", 404), anybody.get("/notices/AF2026-999999", 404)

    assert one.text.replace(hidden, "N") == other.text.replace("AF2026-999999", "N")


def test_public_pages_are_open_in_both_languages_and_run_no_script(app: Flask, shown: str) -> None:
    for path in ("/", "/notices", f"/notices/{shown}", "/results", "/workflow"):
        for language, tag in (("zh-CN", "zh-CN"), ("en", "en")):
            page = Browser(app.test_client()).get(f"{path}?lang={language}")
            assert parsed(page).get("lang") == tag
            assert [each.get("src") for each in parsed(page).iter("script")] == []


def test_whoever_signed_in_begins_at_the_inbox(around: Town, at_desk: Desk) -> None:
    answer = at_desk(around.fund).get("/", 302)

    assert answer.location == "/inbox"
