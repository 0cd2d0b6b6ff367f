"""The desk of an expert: own sheets only, the conflict first, a draft that nobody else sees, handed in once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from app.clock import Clock
from app.people.permissions import Actor
from app.reviews.models import ScoreSheet, SheetDraft
from tests.make import Town, act, case_of, children, pid_of
from tests.pages.browsing import Browser, form, links, words
from tests.reviewing import with_panel
from tests.statements import statements

Desk = Callable[[Actor], Browser]
MOST = 12


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A project whose panel is open, no sheet touched yet."""
    return with_panel(around, now=clock.now())


def sheets(number: str) -> list[Any]:
    return children(number, "score_sheet")


def declared(around: Town, number: str, clock: Clock, place: int = 0) -> Any:
    pid = sheets(number)[place]
    act(pid, "declare_conflict", around.experts[place], now=clock.now(), conflict=False)
    return pid


def typed(around: Town, **changed: str) -> dict[str, str]:
    scores = {f"scores-{key}": str(most * 8 // 10) for key, _label, most in around.policy.score_items}
    return {
        **scores, "recommendation": "recommend", "suggested_amount": "300,000.00", "comment": "方案可行。", **changed,
    }  # fmt: skip


def put(browser: Browser, pid: Any, status: int = 303, **fields: str) -> Any:
    """Type into the sheet and press a button of it."""
    page = browser.get(f"/reviews/{pid}")
    sent = form(page)
    for name, value in fields.items():
        sent[name] = value
    return browser.send(f"/reviews/{pid}", sent, status)


def test_the_desk_lists_the_own_sheets_with_state_and_progress(
    around: Town, at_desk: Desk, number: str, clock: Clock
) -> None:
    expert = at_desk(around.experts[0])

    first = words(expert.get("/reviews"))
    pid = declared(around, number, clock)
    second = words(expert.get("/reviews"))
    put(expert, pid, then="save", **{"scores-need": "15"})
    third = words(expert.get("/reviews"))
    put(expert, pid, then="check", **typed(around))
    checked = expert.get(f"/reviews/{pid}/check")
    expert.send(f"/reviews/{pid}/submission", form(checked))
    fourth = words(expert.get("/reviews"))

    assert f"{number} 校园安全饮水 上海清泉公益基金会 待声明 先声明有无利益冲突" in first
    assert "可评审 已评 0 项，共 6 项" in second
    assert "草稿 已评 1 项，共 6 项" in third
    assert "没有待评审的项目。" in fourth
    assert "已提交 总分 80" in fourth


def test_the_file_stays_shut_until_the_expert_declared(around: Town, at_desk: Desk, number: str) -> None:
    expert = at_desk(around.experts[0])
    pid = sheets(number)[0]

    before = words(expert.get(f"/reviews/{pid}"))
    fields = form(expert.get(f"/reviews/{pid}"))
    unexplained = expert.send(f"/reviews/{pid}/declaration", {**fields, "conflict": "true"}, 422)
    after = words(expert.send(f"/reviews/{pid}/declaration", {**fields, "conflict": "false"}))

    assert "有下列情形之一的，应当回避" in before
    assert "净水设备" not in before
    assert "存在利益冲突时须说明情况。" in words(unexplained)
    assert "净水设备" in after
    assert "评分表" in after


def test_a_recused_expert_finds_no_trace(around: Town, at_desk: Desk, number: str, rows: Any) -> None:
    expert = at_desk(around.experts[0])
    pid = sheets(number)[0]
    fields = form(expert.get(f"/reviews/{pid}"))

    page = expert.send(
        f"/reviews/{pid}/declaration", {**fields, "conflict": "true", "statement": "曾任该机构顾问"}
    )  # fmt: skip

    assert "已登记您的回避" in words(page)
    assert number not in page.text
    assert case_of(pid).stage == "recused"
    nobody = uuid4()
    for theirs, absent in (
        (f"/reviews/{pid}", f"/reviews/{nobody}"),
        (f"/reviews/{pid}/check", f"/reviews/{nobody}/check"),
        (f"/cases/{pid.hex}", f"/cases/{nobody.hex}"),
        (f"/projects/{number}", "/projects/AF2026-999999"),
    ):
        one, other = expert.get(theirs, 404), expert.get(absent, 404)
        assert one.text.replace(theirs, "PATH") == other.text.replace(absent, "PATH")
    kept = {"csrf_token": fields["csrf_token"], "version": "0", "comment": "可行"}
    assert expert.client.post(f"/reviews/{pid}/draft", data=kept).status_code == 404
    assert rows(SheetDraft) == []


def test_a_draft_is_kept_for_its_expert_alone(
    around: Town, at_desk: Desk, number: str, clock: Clock, rows: Any
) -> None:
    pid = declared(around, number, clock)
    mine, other = at_desk(around.experts[0]), at_desk(around.experts[1])
    declared(around, number, clock, 1)

    put(mine, pid, then="save", **{"scores-need": "7", "comments-need": "受益面不清楚"})

    assert [(d.expert_id, d.typed, d.version) for d in rows(SheetDraft)] == [
        (around.experts[0].user_id, {"scores-need": "7", "comments-need": "受益面不清楚"}, 1)
    ]
    assert form(mine.get(f"/reviews/{pid}"))["comments-need"].strip() == "受益面不清楚"
    other.get(f"/reviews/{pid}", 404)
    fields = {**form(other.get(f"/reviews/{sheets(number)[1]}")), "version": "1"}
    assert other.client.post(f"/reviews/{pid}/draft", data=fields).status_code == 404
    at_desk(around.secretary).get(f"/reviews/{pid}", 403)
    for path in (f"/projects/{number}/reviews", f"/projects/{number}/moderation", f"/cases/{pid.hex}"):
        assert "受益面不清楚" not in at_desk(around.secretary).get(path).text


def test_a_window_that_is_behind_overwrites_nothing_and_keeps_its_words(
    around: Town, at_desk: Desk, number: str, clock: Clock, rows: Any
) -> None:
    pid = declared(around, number, clock)
    expert = at_desk(around.experts[0])
    behind = form(expert.get(f"/reviews/{pid}"))
    put(expert, pid, then="save", **{"scores-need": "15"})
    behind["scores-need"] = "9"

    page = expert.send(f"/reviews/{pid}", behind, 409)

    assert "已在另一个窗口中修改" in words(page)
    assert [draft.typed for draft in rows(SheetDraft)] == [{"scores-need": "15"}]
    assert form(page)["scores-need"] == "9"
    expert.send(f"/reviews/{pid}", form(page))
    assert [(draft.typed, draft.version) for draft in rows(SheetDraft)] == [({"scores-need": "9"}, 2)]


def test_what_is_still_wanted_is_said_at_once_and_nothing_is_handed_in(
    around: Town, at_desk: Desk, number: str, clock: Clock, rows: Any
) -> None:
    pid = declared(around, number, clock)
    expert = at_desk(around.experts[0])
    low = typed(around, **{"scores-need": "5", "suggested_amount": "360000.01"})

    page = put(expert, pid, 422, then="check", **low)
    blank = put(expert, pid, 422, then="check", **typed(around, **{"scores-team": "", "suggested_amount": "x"}))

    said = words(page)
    assert "得分低于满分 60% 的评分项须说明理由：需求契合。" in said
    assert "建议资助金额不得超过申请金额 360000.00 元。" in said
    assert "#comments-need" in links(page)
    assert "#suggested_amount" in links(page)
    assert "#suggested_amount" in links(blank)
    assert case_of(pid).stage == "open"
    assert [sheet.submitted_at for sheet in rows(ScoreSheet)] == [None] * 5


def test_the_sheet_that_was_checked_is_handed_in_once_and_its_draft_is_gone(
    around: Town, at_desk: Desk, number: str, clock: Clock, rows: Any
) -> None:
    pid = declared(around, number, clock)
    expert = at_desk(around.experts[0])
    put(expert, pid, then="check", **typed(around, **{"scores-need": "5", "comments-need": "依据不足"}))
    checked = expert.get(f"/reviews/{pid}/check")
    fields = form(checked)

    first = expert.send(f"/reviews/{pid}/submission", fields)
    again = expert.send(f"/reviews/{pid}/submission", fields)

    assert "人民币" not in words(checked)
    assert "叁拾万元整" in words(checked)
    assert "评分表已提交并锁定。回执号" in words(first)
    assert "任何人看不到其他专家的评分" in words(again)
    sheet = rows(ScoreSheet)[0]
    assert (sheet.total, sheet.suggested_amount, sheet.comments) == (69, 30_000_000, {"need": "依据不足"})
    assert rows(SheetDraft) == []
    late = {"csrf_token": fields["csrf_token"], "version": "0", "comment": "再改"}
    assert expert.client.post(f"/reviews/{pid}", data=late).status_code == 409
    assert rows(SheetDraft) == []


def test_a_draft_changed_after_the_check_is_not_handed_in_unseen(
    around: Town, at_desk: Desk, number: str, clock: Clock
) -> None:
    pid = declared(around, number, clock)
    expert = at_desk(around.experts[0])
    put(expert, pid, then="check", **typed(around))
    fields = form(expert.get(f"/reviews/{pid}/check"))
    put(expert, pid, then="save", **typed(around, **{"scores-need": "20"}))

    page = expert.send(f"/reviews/{pid}/submission", fields, 409)

    assert "已在另一个窗口中修改" in words(page)
    assert case_of(pid).stage == "open"


def test_a_draft_is_kept_while_one_types_and_refusals_are_said_as_problems(
    around: Town, at_desk: Desk, number: str, clock: Clock, rows: Any
) -> None:
    pid = declared(around, number, clock)
    browser = at_desk(around.experts[0])
    fields = {**form(browser.get(f"/reviews/{pid}")), "scores-need": "12"}
    headers = {"Accept": "application/json"}

    kept = browser.client.post(f"/reviews/{pid}/draft", data=fields, headers=headers)
    behind = browser.client.post(f"/reviews/{pid}/draft", data=fields, headers=headers)
    strange = browser.client.post(f"/reviews/{pid}/draft", data={**fields, "total": "100"}, headers=headers)
    number_less = browser.client.post(f"/reviews/{pid}/draft", data={**fields, "version": "x"}, headers=headers)

    assert (kept.status_code, kept.json["version"]) == (200, 1)
    assert (behind.status_code, behind.json["detail"]) == (
        409, "评分草稿已在另一个窗口中修改。请先核对两处内容，再保存。",
    )  # fmt: skip
    assert (strange.status_code, number_less.status_code) == (422, 422)
    assert [draft.typed for draft in rows(SheetDraft)] == [{"scores-need": "12"}]


def test_a_project_sent_back_takes_its_drafts_with_it(
    around: Town, at_desk: Desk, number: str, clock: Clock, rows: Any
) -> None:
    pid = declared(around, number, clock)
    put(at_desk(around.experts[0]), pid, then="save", **{"scores-need": "12"})

    act(pid_of(number), "return_for_correction", around.secretary, now=clock.now(), items=["补充方案"])

    assert rows(SheetDraft) == []
    at_desk(around.experts[0]).get(f"/reviews/{pid}", 404)


def test_the_pages_cost_few_statements(around: Town, at_desk: Desk, number: str, clock: Clock) -> None:
    pid = declared(around, number, clock)
    expert = at_desk(around.experts[0])
    put(expert, pid, then="check", **typed(around))

    for path in ("/reviews", f"/reviews/{pid}", f"/reviews/{pid}/check"):
        with statements() as seen:
            expert.get(path)
        assert len(seen) <= MOST, path
