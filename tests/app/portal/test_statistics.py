"""The public statistics: what counts, to the fen, and in how many statements."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask

from app.clock import Clock
from app.database import db
from app.portal.queries.statistics import Cell, Figures, statistics
from app.text import SHANGHAI
from tests.later import project_in
from tests.make import Town, act, advance, case_of, draft, pid_of
from tests.pages.browsing import Browser, parsed, words
from tests.statements import statements

#: Fen: approved, the organisation's own 840,000.00 yuan, and 84 % of the spending audited at the approved ratio.
GRANTED, SOCIAL, PAID = 33_000_000, 84_000_000, 27_500_000


@pytest.fixture
def around(around: Town) -> Town:
    """The town whose projects declare under its earlier call, in March, while another one is open now."""
    around.call = "TZ2026-1"
    return around


@pytest.fixture
def funded(around: Town, clock: Clock) -> dict[str, str]:
    """One project that is closed, one announced, one terminated and one under publicity; their numbers."""
    closed, _ = project_in(around, "closed")
    announced, _ = project_in(around, "agreement")
    terminated, now = project_in(around, "agreement")
    act(pid_of(terminated), "terminate", around.fund, now=now, reason="项目主体无力实施")
    shown = draft(around)
    now = advance(around, shown, "publicity")
    act(pid_of(shown), "publish_notice", around.fund, now=now, contact="021-00000000")
    assert case_of(pid_of(terminated)).stage == "terminated"
    return {"closed": closed, "announced": announced, "terminated": terminated, "shown": shown}


def test_what_was_announced_counts_until_the_project_ends_without_the_money(
    funded: dict[str, str], superuser: Any
) -> None:
    found = statistics(db.session())

    assert found.cells == (Cell(2026, "education_health", "6326", Figures(2, 2 * GRANTED, 2 * SOCIAL, PAID)),)
    assert found.years == (2026,)
    assert superuser.execute(
        "SELECT kind, count(*), sum(amount)::bigint FROM notice GROUP BY 1 ORDER BY 1"
    ).fetchall() == [("announcement", 3, 3 * GRANTED), ("publicity", 4, 136_000_000), ("result", 1, PAID)]
    assert statistics(db.session(), until=2025).cells == ()
    assert statistics(db.session(), since=2026).total == found.total


def test_an_announced_project_that_ended_says_so_wherever_it_was_announced(
    app: Flask, funded: dict[str, str], clock: Clock
) -> None:
    anybody, number = Browser(app.test_client()), funded["terminated"]
    ended = case_of(pid_of(number)).closed_at
    assert ended is not None
    day = ended.astimezone(SHANGHAI)
    said = f"已终止 {day.year}年{day.month}月{day.day}日"

    page = words(anybody.get(f"/results/{number}"))

    assert said in page
    assert [wrong for wrong in ("已公告资助", "审计后公开", "结项后公开") if wrong in page] == []
    assert said in words(anybody.get(f"/notices/{number}"))
    assert words(anybody.get("/notices")).count(said) == 1
    assert "已终止" not in words(anybody.get(f"/results/{funded['announced']}"))


def test_the_page_its_pictures_and_its_files_say_the_same(app: Flask, funded: dict[str, str]) -> None:
    anybody = Browser(app.test_client())

    page = anybody.get("/statistics")
    table = list(csv.DictReader(StringIO(_file(anybody, "csv").decode("utf-8-sig"))))
    book = ZipFile(BytesIO(_file(anybody, "xlsx")))

    assert "660,000.00 1,680,000.00 275,000.00" in words(page)
    drawn = {each.get("id"): json.loads(each.text) for each in parsed(page).iter("script") if each.get("id")}
    assert {name: (data["labels"], [line["fen"] for line in data["series"]]) for name, data in drawn.items()} == {
        "year-data": (["2026"], [[2 * GRANTED], [2 * SOCIAL]]),
        "field-data": (["教育卫生"], [[2 * GRANTED], [2 * SOCIAL]]),
        "area-data": (["果洛"], [[2 * GRANTED], [2 * SOCIAL]]),
    }
    assert table == [
        {"年度": "2026", "领域": "教育卫生", "受援地区": "果洛", "项目数": "2", "资助金额（元）": "660000.00",
         "社会投入（元）": "1680000.00", "拨付金额（元）": "275000.00"}
    ]  # fmt: skip
    assert b"660000" in book.read("xl/worksheets/sheet1.xml")


def _file(anybody: Browser, kind: str) -> bytes:
    with anybody.get(f"/statistics?as={kind}") as answer:
        return bytes(answer.get_data())


def test_every_public_page_costs_few_statements(app: Flask, funded: dict[str, str]) -> None:
    number, anybody = funded["closed"], app.test_client()
    asked: dict[str, int] = {}
    for path in ("/", "/open-calls", "/open-calls/TZ-NOW", "/notices", f"/notices/{number}", "/results",
                 f"/results/{number}", "/statistics", "/receipts", "/feeds/notices.atom", "/sitemap.xml"):  # fmt: skip
        anybody.get(path)
        with statements() as seen:
            assert anybody.get(path).status_code == 200
        asked[path] = len(seen)

    assert {path: count for path, count in asked.items() if count > 12} == {}


def test_an_empty_installation_says_so(app: Flask, around: Town) -> None:
    page = Browser(app.test_client()).get("/statistics")

    assert "有项目公告后，统计会出现在这里。" in words(page)


def test_years_the_wrong_way_round_are_refused_with_the_reason(app: Flask, around: Town) -> None:
    page = Browser(app.test_client()).get("/statistics?since=2030&until=2019", 422)

    assert "起始年度不能晚于截止年度。" in words(page)


def test_years_that_are_no_years_are_left_out(app: Flask, funded: dict[str, Any]) -> None:
    page = Browser(app.test_client()).get("/statistics?since=twenty&until=-1")

    assert "660,000.00" in words(page)
