"""A panel that lost an expert says so and what to do; an expert who does not answer can be reminded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.clock import Clock
from app.outbox.models import Message
from app.people.permissions import Actor
from app.reviews.service.draws import draw_panel
from app.workbench.models import Reminder
from tests.make import Town, act, case_of, children, person, pid_of
from tests.pages.browsing import Browser, form, links, words
from tests.reviewing import fill, in_expert_review, with_panel
from workflows.calendar import shanghai_date

Desk = Callable[[Actor], Browser]


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A project whose panel is open."""
    return with_panel(around, now=clock.now())


def test_a_panel_that_lost_an_expert_says_so_and_offers_another(
    around: Town, at_desk: Desk, clock: Clock, number: str
) -> None:
    secretary = at_desk(around.secretary)
    day = shanghai_date(clock.now() + timedelta(days=10)).isoformat()
    sheets = children(number, "score_sheet")
    for pid, expert in list(zip(sheets, around.experts, strict=True))[:4]:
        fill(pid, expert, now=clock.now())
    secretary.fill(
        "/panels/sessions/new", projects=[number], starts_at=f"{day}T09:00", ends_at=f"{day}T12:00", place="世博村路",
        sheets_due_on=day,
    )  # fmt: skip
    whole = words(secretary.get("/panels"))
    act(sheets[4], "declare_conflict", around.experts[4], now=clock.now(), conflict=True, statement="亲属任职")

    session = next(each for each in links(secretary.get("/panels")) if each.startswith("/panels/sessions/"))
    pages = [secretary.get(each) for each in ("/panels", session, f"/projects/{number}/moderation")]

    assert "缺专家" not in whole
    add = f"/cases/{pid_of(number).hex}/actions/add_experts"
    for page in pages:
        assert add in links(page)
        assert "评分表已齐" not in words(page)
    assert all("缺专家 已提交 4 份，评分中 0 份；有效评分表须为不少于 5 份的单数" in words(page) for page in pages[:2])
    assert "专家不足。请增补专家" in words(pages[2])
    assert "全部有效评分表提交后" not in words(pages[2])


def test_whoever_has_not_handed_in_is_reminded_once_a_day(
    around: Town, at_desk: Desk, clock: Clock, number: str, rows: Any
) -> None:
    sheets = children(number, "score_sheet")
    fill(sheets[0], around.experts[0], now=clock.now())
    act(sheets[1], "declare_conflict", around.experts[1], now=clock.now(), conflict=True, statement="亲属任职")
    secretary, path = at_desk(around.secretary), f"/projects/{number}/remind/experts"
    page = secretary.get(f"/projects/{number}/reviews")

    done = secretary.send(path, form(page, path))
    again = secretary.send(path, form(done, path))

    assert "催办未交表的专家（3 人）" in words(page)
    assert "已催办 3 位专家。" in words(done)
    assert "今天已催办过" in words(again)
    waiting = [case_of(pid).id for pid in sheets[2:]]
    assert sorted(row.case_id for row in rows(Reminder)) == waiting
    told = [(m.case_id, m.to_role) for m in rows(Message) if m.template == "reminded"]
    assert sorted(told) == [(ident, "expert") for ident in waiting]


def test_the_page_of_a_draw_offers_what_can_be_done(around: Town, at_desk: Desk, clock: Clock) -> None:
    for _ in range(3):
        person("expert")
    number = in_expert_review(around, now=clock.now())
    secretary, path = at_desk(around.secretary), f"/panels/draws/{number}"
    draw = draw_panel(number, actor=around.secretary, now=clock.now())
    acts = [f"/cases/{pid_of(number).hex}/actions/{each}" for each in ("open_panel", "add_experts")]

    before = secretary.get(path)
    act(
        pid_of(number), "open_panel", around.secretary, now=clock.now(), session_on="2027-01-10",
        experts=[each.email for each in draw.seated],
    )  # fmt: skip
    after = secretary.get(path)

    assert [each in links(before) for each in acts] == [True, False]
    assert [each in links(after) for each in acts] == [False, True]
    assert "轮次 首次抽签" in words(before)
    assert "系统没有解除其指派的办法，不能递补" in words(after)
    assert "按原排列递补下一位" in words(before)
    assert "按原排列递补下一位" not in words(after)
    assert "催办未交表的专家（5 人）" in words(after)


def test_whoever_knows_the_panel_reads_whose_sheet_each_is(around: Town, at_desk: Desk, number: str) -> None:
    page, own = (at_desk(each).get(f"/projects/{number}") for each in (around.secretary, around.experts[0]))

    for expert in around.experts:
        assert f"专家评分表：{expert.name}" in words(page)
    assert f"专家评分表：{around.experts[1].name}" not in words(own)


def test_a_session_without_a_free_project_is_explained(around: Town, at_desk: Desk, clock: Clock, number: str) -> None:
    secretary = at_desk(around.secretary)
    day = shanghai_date(clock.now() + timedelta(days=10)).isoformat()
    before = words(secretary.get("/panels"))
    secretary.fill(
        "/panels/sessions/new", projects=[number], starts_at=f"{day}T09:00", ends_at=f"{day}T12:00", place="世博村路",
        sheets_due_on=day,
    )  # fmt: skip

    page = secretary.get("/panels/sessions/new")

    assert "为所选项目安排评审会" in before
    assert "列出的项目都已安排评审会" in words(secretary.get("/panels"))
    assert "现在没有可以安排的项目" in words(page)
    assert "<textarea" not in page.text
