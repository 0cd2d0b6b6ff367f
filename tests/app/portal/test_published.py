"""Funded projects, calls, feeds, receipts, and what a cache may keep."""

from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from app.clock import Clock
from tests.later import confirm, pay, project_in
from tests.make import Town, act, advance, case_of, draft, pid_of
from tests.pages.browsing import Browser, words

ATOM = "{http://www.w3.org/2005/Atom}"
#: What the final report says, of which nothing is public before the result is.
SUMMARY = "全部设备已安装。"


@pytest.fixture
def around(around: Town) -> Town:
    """The town whose projects declare under its earlier call, in March, while another one is open now."""
    around.call = "TZ2026-1"
    return around


@pytest.fixture
def finished(around: Town, clock: Clock) -> tuple[str, Any]:
    """A project whose audit is accepted, and the moment: nothing of that is public yet."""
    return project_in(around, "settlement")


def test_audit_report_and_payment_are_public_with_the_result_and_not_before(
    app: Flask, around: Town, finished: tuple[str, Any]
) -> None:
    number, now = finished
    anybody = Browser(app.test_client())
    before = words(anybody.get(f"/results/{number}"))
    confirm(around, number, now)
    pay(around, number, now=now)
    act(pid_of(number), "close", around.fund, now=now, performance_score=92, remark="目标完成")

    after = words(Browser(app.test_client()).get(f"/results/{number}"))

    assert "批准资助 330,000.00 元" in before
    assert "审计后公开" in before
    assert [said for said in (SUMMARY, "1,000,000.00", "275,000.00", "6,000") if said in before] == []
    assert [said for said in (SUMMARY, "1,000,000.00 元", "275,000.00 元", "6,000") if said not in after] == []


def test_a_project_that_was_not_announced_has_no_page_of_its_own(app: Flask, around: Town, clock: Clock) -> None:
    number = draft(around)
    now = advance(around, number, "publicity")
    act(pid_of(number), "publish_notice", around.fund, now=now, contact="021-00000000")
    anybody = Browser(app.test_client())

    anybody.get(f"/results/{number}", 404)
    anybody.get("/results/AF2026-999999", 404)

    assert number not in words(anybody.get("/results"))
    assert "校园安全饮水" in words(anybody.get("/notices"))


def test_results_are_found_by_year_field_area_and_organisation(app: Flask, finished: tuple[str, Any]) -> None:
    anybody = Browser(app.test_client())
    shown = {
        query: "校园安全饮水" in words(anybody.get(f"/results?{query}"))
        for query in ("year=2026", "field=education_health", "area=6326", "organisation=清泉", "field=community",
                      "organisation=不存在", "title=饮水")
    }  # fmt: skip

    assert shown == {
        "year=2026": True, "field=education_health": True, "area=6326": True, "organisation=清泉": True,
        "field=community": False, "organisation=不存在": False, "title=饮水": True,
    }  # fmt: skip


def test_a_call_says_its_rules_and_is_open_to_read_when_it_is_over(app: Flask, around: Town) -> None:
    anybody = Browser(app.test_client())

    page = words(anybody.get("/open-calls/TZ-NOW"))
    over = words(anybody.get("/open-calls/TZ2026-1"))

    assert "最多资助项目总投入的 30%，每个项目不超过 50.00 万元。" in page
    assert "法人登记证书" in page
    assert "政策版本 2020/1" in page
    assert "已截止" in over
    assert "当期申报通知" in words(anybody.get("/open-calls"))
    anybody.get("/open-calls/NOWHERE", 404)


@pytest.mark.parametrize("name", ["calls", "notices", "results"])
def test_a_feed_is_well_formed_and_its_entries_keep_their_ids(app: Flask, finished: tuple[str, Any], name: str) -> None:
    asked = [app.test_client().get(f"/feeds/{name}.atom?lang={tag}") for tag in ("zh-CN", "en", "zh-CN")]
    feeds = [ET.fromstring(answer.get_data()) for answer in asked]
    ids = [[entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")] for feed in feeds]

    assert asked[0].content_type == "application/atom+xml; charset=utf-8"
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids[0])) == len(ids[0]) == {"calls": 2, "notices": 2, "results": 0}[name]
    assert [feed.get("{http://www.w3.org/XML/1998/namespace}lang") for feed in feeds] == ["zh-CN", "en", "zh-CN"]
    assert all(entry.findtext(f"{ATOM}updated") for feed in feeds for entry in feed.iter(f"{ATOM}entry"))


def test_the_front_page_names_the_feeds_and_the_map_names_the_projects(app: Flask, finished: tuple[str, Any]) -> None:
    front, sitemap = app.test_client().get("/"), app.test_client().get("/sitemap.xml")

    assert front.text.count('type="application/atom+xml"') == 3
    assert f"/results/{finished[0]}</loc>" in sitemap.text
    assert "Sitemap: " in app.test_client().get("/robots.txt").text
    assert app.test_client().get("/feeds/other.atom").status_code == 404


def test_a_page_for_everybody_is_answered_by_its_tag_until_it_changes(app: Flask, around: Town, clock: Clock) -> None:
    client = app.test_client()
    first = client.get("/statistics")
    again = client.get("/statistics", headers={"If-None-Match": first.headers["ETag"]})
    project_in(around, "agreement")
    changed = app.test_client().get("/statistics", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.headers["Cache-Control"], again.status_code, again.get_data()) == ("public, max-age=60", 304, b"")
    assert changed.status_code == 200


def test_what_is_shown_to_one_person_is_kept_by_nobody(app: Flask, around: Town, at_desk: Any) -> None:
    answer = at_desk(around.fund).get("/statistics")

    assert "no-store" in answer.headers["Cache-Control"]
    assert "ETag" not in answer.headers


def test_a_receipt_is_genuine_only_when_every_part_is(app: Flask, around: Town, clock: Clock) -> None:
    number = draft(around)
    receipt = act(pid_of(number), "submit", around.owner).receipt
    root, seq, digest = receipt.split("-")
    anybody = Browser(app.test_client())

    page = words(anybody.get(f"/receipts?receipt={receipt}"))
    forged = [f"{'0' * 12}-{seq}-{digest}", f"{root}-{int(seq) + 7}-{digest}", f"{root}-{seq}-{'0' * 16}", "x", "%"]

    assert "回执属实 办理事项 提交申报" in page
    assert number not in page
    assert [bad for bad in forged if "没有这个回执" not in words(anybody.get(f"/receipts?receipt={quote(bad)}"))] == []
    assert case_of(pid_of(number)).stage == "authenticity_review"
