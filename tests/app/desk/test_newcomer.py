"""What somebody meets who declares for the first time: faults where they arise, and no button that leads nowhere."""

from collections.abc import Callable
from typing import Any

import pytest

from app.clock import Clock
from app.database import db
from app.people.models import User
from app.people.permissions import Actor
from tests.make import WATER, Town, act, draft, person, pid_of
from tests.pages.browsing import Browser, form, links, parsed, words

Desk = Callable[[Actor], Browser]


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    return draft(around, now=clock.now())


def save(browser: Browser, number: str, step: str, **typed: str) -> Any:
    path = f"/projects/{number}/declare/{step}"
    return browser.send(path, {**form(browser.get(path), path), **typed, "do": "next"})


def marks(browser: Browser, number: str, step: str) -> list[str]:
    """What the bar of steps says of each: its class."""
    page = parsed(browser.get(f"/projects/{number}/declare/{step}"))
    bar = next(each for each in page.iter("nav") if each.get("class") == "steps")
    return [each.get("class") or "" for each in bar.iter("li")]


def test_whoever_only_fills_in_is_told_who_hands_in(around: Town, at_desk: Desk, number: str) -> None:
    owner, member = at_desk(around.owner), at_desk(person("applicant_member", uscc=WATER))
    name = db.session.get_one(User, around.owner.user_id).name
    db.session.rollback()

    his, hers = (browser.get(f"/projects/{number}/declare/check") for browser in (owner, member))

    submit = f"/cases/{pid_of(number).hex}/actions/submit"
    assert [submit in links(page) for page in (his, hers)] == [True, False]
    assert "提交须由项目主体负责人办理。" not in words(his)
    assert f"提交须由项目主体负责人办理。您填写的内容已保存，请告知负责人登录后提交。 负责人：{name}。" in words(hers)


def test_only_a_complete_step_is_ticked(around: Town, at_desk: Desk, number: str) -> None:
    owner = at_desk(around.owner)

    whole = marks(owner, number, "undertakings")
    save(owner, number, "plan", need="")
    lacking = marks(owner, number, "undertakings")

    assert whole == ["done"] * 6 + ["now"]
    assert lacking == ["done", "done", "lacks", "done", "done", "done", "now"]


def test_an_area_that_is_not_funded_and_an_end_that_is_over_are_faults_where_they_are_typed(
    around: Town, at_desk: Desk, number: str
) -> None:
    owner = at_desk(around.owner)

    page = save(owner, number, "project", area_code="440300", starts_on="2020-01-01", ends_on="2025-12-31")

    assert page.request.path == f"/projects/{number}/declare/project"
    assert "实施地区代码 ：该代码不在资助范围内，请从列出的受援地区中选择。" in words(page)
    assert "结束日期 ：结束日期早于 2026 预算年度。" in words(page)
    kept = form(page, page.request.path)
    assert (kept["area_code"], kept["ends_on"]) == ("440300", "2025-12-31")
    offered = {each.get("value"): each.text for each in parsed(page).iter("option")}
    assert (offered["632600"], offered["500101"]) == ("果洛", "万州")
    blocked = words(owner.get(f"/cases/{pid_of(number).hex}/actions/submit"))
    assert "结束日期（2025-12-31 早于 2026 预算年度）" in blocked


def test_a_project_that_ends_within_the_budget_year_can_be_handed_in(around: Town, at_desk: Desk, number: str) -> None:
    owner = at_desk(around.owner)
    save(owner, number, "project", starts_on="2020-01-01", ends_on="2026-01-01")

    assert "已办理：提交申报。" in words(owner.act(pid_of(number), "submit"))


def test_an_item_about_a_paper_stands_where_papers_are_added_and_its_tick_says_what_it_means(
    around: Town, at_desk: Desk, number: str, clock: Clock
) -> None:
    act(pid_of(number), "submit", around.owner, now=clock.now())
    asked = ["项目主体与银行账户证明上的户名不一致", "项目主体信息请核对"]
    act(pid_of(number), "return_for_correction", around.accepting, now=clock.now(), items=asked)
    owner = at_desk(around.owner)

    tasks = owner.get(f"/projects/{number}/declare")
    papers = parsed(owner.get(f"/projects/{number}/declare/papers"))

    assert f"/projects/{number}/declare/papers#bank_proof" in links(tasks)
    assert f"/projects/{number}/declare/organisation#correction" in links(tasks)
    labels = {each.get("for"): "".join(each.itertext()) for each in papers.iter("label")}
    assert labels["answered-0"] == "已补正"
    row = next(each for each in parsed(tasks).iter("li") if any(a.text == "所需材料" for a in each.iter("a")))
    assert "需更正" in "".join(row.itertext())


def test_a_declaration_that_was_handed_in_leads_to_its_project(
    around: Town, at_desk: Desk, number: str, clock: Clock
) -> None:
    act(pid_of(number), "submit", around.owner, now=clock.now())

    page = at_desk(around.owner).get(f"/projects/{number}/declare", 409)

    assert links(page)[0] == f"/projects/{number}"


def test_for_one_organisation_nobody_asks_which(around: Town, at_desk: Desk) -> None:
    owner = at_desk(around.owner)

    assert "organisation" not in form(owner.get("/projects/new"), "/projects/new")
    assert "已建立草稿" in words(owner.fill("/projects/new", call=around.call, title="校园安全饮水"))


def test_papers_say_what_is_taken_and_which_are_the_same(around: Town, at_desk: Desk, clock: Clock) -> None:
    from tests.app.documents.files import PICTURE, stream

    number = draft(around, papers=False, now=clock.now())
    owner, path = at_desk(around.owner), f"/projects/{number}/declare/papers"
    before = owner.get(path)
    token = form(before, path)["csrf_token"]
    for name in ("一.png", "二.png"):
        sent = {"csrf_token": token, "kind": "undertaking", "next": path, "file": (stream(PICTURE), name)}
        owner.client.post(f"/cases/{pid_of(number).hex}/papers", data=sent)

    assert "PDF、OFD、DOCX、XLSX、XML 文件和 JPG、PNG 图片；每次合计不超过 50 MB。" in words(before)
    assert "由法定代表人签字并加盖公章的书面承诺扫描件" in words(before)
    assert words(owner.get(path)).count("与上面的一份内容完全相同") == 1


def test_a_word_that_is_not_offered_is_answered_with_the_labels_of_those_that_are(
    around: Town, at_desk: Desk, number: str
) -> None:
    page = save(at_desk(around.owner), number, "budget", **{"budget-1-paid_from": "gift"})

    assert "应为下列之一：专项资助、自有资金、社会捐赠、其他财政资金、其他。" in words(page)


def test_a_password_is_never_optional(around: Town, at_desk: Desk) -> None:
    assert "选填" not in words(at_desk(around.owner).get("/account/password"))
