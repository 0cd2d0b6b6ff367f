"""The meeting of the joint panel and the sheets side by side, as pages."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from flask import Flask

from app.clock import Clock
from app.people.permissions import Actor
from app.people.service import grant_role
from app.reviews.commands import RecuseOfficer
from app.reviews.models import JointMeeting
from app.reviews.service.recusals import recuse_officer
from tests import reviewing
from tests.make import WATER, Town, act, children, person, pid_of, run_publicity, town_today
from tests.pages.browsing import Browser, form, links, words
from tests.statements import statements
from workflows.calendar import shanghai_date

Desk = Callable[[Actor], Browser]
MOST = 12


@pytest.fixture
def around(app: Flask, clock: Clock) -> Town:
    """A town founded some time ago, so that a publicity can be over by now."""
    return town_today(clock.now() - timedelta(days=60))


def waiting(around: Town, clock: Clock, **changed: Any) -> str:
    """A project in joint review, its publicity over in the past; its number."""
    earlier = clock.now() - timedelta(days=30)
    number = reviewing.in_publicity(around, now=earlier, **changed)
    run_publicity(around, number, now=earlier)
    return number


def convened(browser: Browser, clock: Clock, **changed: str) -> Any:
    return browser.fill(
        "/meetings/new?year=DKZY/2026",
        year="DKZY/2026",
        held_at=shanghai_date(clock.now()).isoformat() + "T14:00",
        place="五号会议室",
        **changed,
    )


def decided(around: Town, number: str, clock: Clock, amount: str = "280000.00") -> None:
    for member in around.panel:
        act(pid_of(number), "vote", member, now=clock.now(), vote="for", comment="可行")
    act(pid_of(number), "approve", around.approver, now=clock.now(), amount=amount, minutes="同意资助")


def test_a_meeting_goes_from_its_list_to_one_pdf_that_stays_the_same(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    number = waiting(around, clock)
    secretary = at_desk(around.secretary)
    page = convened(secretary, clock)
    path = page.request.path
    fields = form(page)
    fields["minutes"] = "一、听取汇报。\n二、逐项审议。"
    for name in list(fields):
        if name.startswith("presence-"):
            fields[name] = "room"
    early = secretary.send(path, {**fields, "then": "close"}, 409)
    decided(around, number, clock)
    again = form(secretary.get(path))

    ask = secretary.send(path, {**again, "then": "close"})
    closed = secretary.send(f"{path}/close", form(ask))
    papers = [at_desk(each).get(f"{path}/result.pdf").get_data() for each in (around.secretary, around.panel[0])]

    assert f"还有项目没有结论：{number}。" in words(early)
    assert "贰拾捌万元整" in words(ask)
    assert "会议结果已形成，不能再改。" in words(closed)
    assert papers[0] == papers[1]
    # The reader of the text puts blanks between Chinese and Latin characters.
    text = "".join("".join(each.extract_text() for each in pypdf.PdfReader(BytesIO(papers[0])).pages).split())
    said = (number, "280,000.00", "贰拾捌万元整", around.panel[0].name, "逐项审议", "同意资助")
    assert [each for each in said if each not in text] == []
    assert [row.closed_at is not None for row in rows(JointMeeting)] == [True]
    secretary.send(f"{path}/close", form(ask), 409)


def test_members_vote_from_the_list_and_only_keepers_write(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = waiting(around, clock)
    path = convened(at_desk(around.secretary), clock).request.path
    vote = f"/cases/{pid_of(number).hex}/actions/vote"

    member, approver = at_desk(around.panel[0]).get(path), at_desk(around.approver).get(path)

    assert vote in links(member)
    assert vote not in links(approver)
    assert "会议记录 尚未填写。" in words(member)
    answer = at_desk(around.panel[0]).client.post(
        path, data={"csrf_token": token(at_desk(around.panel[0])), "version": "1"}
    )
    assert answer.status_code == 403
    for stranger in (around.owner, around.accepting, around.experts[0], around.maker):
        at_desk(stranger).get(path, 403)
        at_desk(stranger).get(f"{path}/result.pdf", 403)


def token(browser: Browser) -> str:
    return form(browser.get("/account/password"))["csrf_token"]


def test_the_line_where_the_money_ends_is_drawn(around: Town, at_desk: Desk, clock: Clock) -> None:
    first, second = waiting(around, clock), waiting(around, clock)

    page = words(convened(at_desk(around.secretary), clock, envelope="350000.00"))

    assert f"按名次累计，金额到 {second} 不敷安排，共 1 个项目在界线以下。" in page
    assert page.index(first) < page.index("可安排金额到此为止：350,000.00 元")


def recused(number: str, role: str, clock: Clock) -> Actor:
    """Somebody of this role who declared a conflict on the project."""
    somebody = person(role)
    recuse_officer(number, RecuseOfficer(statement="配偶在该项目主体任职"), actor=somebody, now=clock.now())
    return somebody


@pytest.mark.parametrize("then", ["save", "close"])
def test_the_result_is_one_paper_and_whoever_is_recused_from_a_project_of_the_list_gets_none_of_it(
    around: Town, at_desk: Desk, clock: Clock, then: str
) -> None:
    theirs, number = waiting(around, clock), waiting(around, clock)
    secretary = at_desk(around.secretary)
    path = convened(secretary, clock).request.path
    member, other = at_desk(recused(number, "panel_member", clock)), at_desk(around.panel[0])
    for each in (theirs, number):
        decided(around, each, clock, "123400.00")
    fields = {**form(secretary.get(path)), "minutes": f"逐项审议 {number}。"}
    here = {name: "room" for name in fields if name.startswith("presence-")}
    kept = secretary.send(path, {**fields, **here, "then": then})
    if then == "close":
        secretary.send(f"{path}/close", form(kept))

    page, whole = member.get(path), other.get(path)
    refused = member.get(f"{path}/result.pdf", 404)

    assert theirs in page.text
    assert [each for each in (number, "246,800.00", "逐项审议") if each in page.text + refused.text] == []
    assert "名单上有不向您显示的项目，因此您不能查看会议结果。" in words(page)
    assert [f"{path}/result.pdf" in links(each) for each in (page, whole)] == [False, True]
    assert "逐项审议" in words(whole)
    other.get(f"{path}/result.pdf")


def test_the_list_of_meetings_counts_the_projects_that_its_reader_sees(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    _theirs, number = waiting(around, clock), waiting(around, clock)
    convened(at_desk(around.secretary), clock)
    member = recused(number, "panel_member", clock)

    pages = [words(at_desk(each).get("/meetings")) for each in (member, around.panel[0])]

    assert ["五号会议室 1 进行中" in page for page in pages] == [True, False]
    assert ["五号会议室 2 进行中" in page for page in pages] == [False, True]


def test_whoever_belongs_to_an_organisation_reads_no_votes_on_its_project_and_closes_no_meeting_on_it(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    number = waiting(around, clock)
    path = convened(at_desk(around.secretary), clock).request.path
    decided(around, number, clock, "123400.00")
    insider = person("secretary")
    grant_role(insider.user_id, "applicant_member", now=clock.now(), uscc=WATER)
    desk = at_desk(insider)

    fields = {**form(desk.get(path)), "minutes": "记录"}
    here = {name: "room" for name in fields if name.startswith("presence-")}
    refused = desk.send(path, {**fields, **here, "then": "close"}, 409)
    desk.get(f"{path}/result.pdf", 404)
    member = desk.get(path)

    assert "名单上有不向您显示的项目，会议须由其他人员结束。" in words(refused)
    assert [each for each in ("可行", "123,400.00", f"{path}/result.pdf") if each in member.text] == []
    assert "五号会议室 0 进行中" in words(desk.get("/meetings"))
    assert [row.closed_at for row in rows(JointMeeting)] == [None]
    assert "可行" in at_desk(around.secretary).get(path).text


def test_minutes_are_kept_while_one_types(around: Town, at_desk: Desk, clock: Clock, rows: Any) -> None:
    waiting(around, clock)
    secretary = at_desk(around.secretary)
    page = convened(secretary, clock)
    fields = {**form(page), "minutes": "第一稿"}
    path = f"{page.request.path}/minutes"

    kept = secretary.client.post(path, data=fields, headers={"Accept": "application/json"})
    behind = secretary.client.post(path, data=fields, headers={"Accept": "application/json"})

    assert (kept.status_code, kept.json["version"], behind.status_code) == (200, 2, 409)
    assert [row.minutes for row in rows(JointMeeting)] == ["第一稿"]


def test_whoever_saves_second_sees_the_other_text_beside_the_own_one(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    waiting(around, clock)
    first, second = at_desk(around.secretary), at_desk(around.fund)
    page = convened(first, clock)
    path = page.request.path
    mine, theirs = form(page), form(second.get(path))
    mine["minutes"], theirs["minutes"] = "秘书的记录", "资金办的记录"
    theirs[f"presence-{around.panel[0].user_id}"] = "online"
    first.send(path, {**mine, "then": "save"})

    late = second.send(path, {**theirs, "then": "save"}, 409)
    first.send(path, {**form(first.get(path)), "minutes": "秘书的第二稿", "then": "save"})
    later = second.send(path, {**form(late), "then": "save"}, 409)
    second.send(path, {**form(later), "minutes": "两处合并", "then": "save"})

    for answer, said in ((late, "秘书的记录"), (later, "秘书的第二稿")):
        assert f"{around.secretary.name} 于 " in words(answer)
        assert said in words(answer)
        assert form(answer)["minutes"] == "资金办的记录"
        assert form(answer)[f"presence-{around.panel[0].user_id}"] == "online"
        assert "minutes.js" not in answer.text
    assert [row.minutes for row in rows(JointMeeting)] == ["两处合并"]


def test_a_meeting_to_come_is_neither_attended_nor_closed(around: Town, at_desk: Desk, clock: Clock, rows: Any) -> None:
    waiting(around, clock)
    secretary = at_desk(around.secretary)
    day = shanghai_date(clock.now() + timedelta(days=9))
    page = secretary.fill("/meetings/new", year="DKZY/2026", held_at=f"{day}T14:00", place="五号会议室")
    path, name = page.request.path, f"presence-{around.panel[0].user_id}"
    fields = {**form(page), "minutes": "议程"}

    early = secretary.send(path, {**fields, name: "room", "then": "save"}, 409)
    kept = secretary.send(path, {**fields, "then": "save"})
    ended = secretary.send(path, {**form(kept), "then": "close"}, 409)
    clock.move(clock.now() + timedelta(days=9))

    assert "尚未召开" in words(page)
    assert name not in form(page)
    assert "当天起登记出席" in words(early)
    assert f"会议定于 {day.isoformat()} 召开，当天以前不能结束。" in words(ended)
    assert name in form(at_desk(around.secretary).get(path))
    assert [row.closed_at for row in rows(JointMeeting)] == [None]


def test_the_sheets_are_side_by_side_only_when_all_are_in(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = reviewing.with_panel(around, now=clock.now())
    sheets = children(number, "score_sheet")
    path = f"/projects/{number}/moderation"
    for pid, expert in list(zip(sheets, around.experts, strict=True))[:4]:
        reviewing.fill(pid, expert, now=clock.now(), comment="独有的评语")
    secretary = at_desk(around.secretary)

    before = secretary.get(path)
    low = reviewing.sheet(8)["scores"] | {"need": 2, "design": 15}
    reviewing.fill(sheets[4], around.experts[4], now=clock.now(), scores=low, suggested_amount="100000.00")
    after = words(secretary.get(path))

    assert "评分表共 5 份，已提交 4 份。" in words(before)
    assert "独有的评语" not in before.text
    assert "平均分 80.00（去掉一个最高分和一个最低分）" in after
    assert "2 偏离" in after
    assert "61 偏离 最低，不计入" in after
    assert "结论金额上限 360,000.00 元" in after
    for stranger in (around.experts[0], around.owner, around.maker):
        at_desk(stranger).get(path, 403)


def test_the_pages_cost_few_statements(around: Town, at_desk: Desk, clock: Clock) -> None:
    first = waiting(around, clock)
    path = convened(at_desk(around.secretary), clock).request.path
    decided(around, first, clock)
    for reader in map(at_desk, (around.secretary, around.panel[0], around.approver)):
        for each in ("/meetings", path, f"/projects/{first}/moderation", f"/projects/{first}/reviews"):
            with statements() as seen:
                reader.get(each)
            assert len(seen) <= MOST, (each, seen)
