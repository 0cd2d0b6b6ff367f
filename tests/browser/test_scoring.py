"""The pages of reviews at a real browser: keys, drafts that survive, no scripts, no barriers, narrow windows."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.clock import Clock
from app.database import db
from app.reviews.models import SheetDraft
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.make import Town, act, case_of, children, email_of
from tests.reviewing import fill, in_expert_review, with_panel
from workflows.calendar import shanghai_date

Sit = Callable[..., Sitter]


@pytest.fixture
def sheet(around: Town, clock: Clock) -> Any:
    """The sheet of the first expert, open for scoring."""
    number = with_panel(around, now=clock.now())
    pid = children(number, "score_sheet")[0]
    act(pid, "declare_conflict", around.experts[0], now=clock.now(), conflict=False)
    return pid


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.name"))


def test_a_sheet_is_scored_by_keys_alone_and_says_what_it_wants(around: Town, sit: Sit, sheet: Any) -> None:
    page = sit(around.experts[0], viewport=WIDE, locale="zh-CN").open(f"/reviews/{sheet}")

    page.locator("h1").click()
    page.keyboard.press("2")
    second = focused(page)
    page.keyboard.press("ArrowUp")
    for points in ("11", "20", "18", "12", "9", "8"):
        page.keyboard.type(points)
        page.keyboard.press("Enter")
    last = focused(page)

    assert (second, last) == ("scores-design", "recommendation-recommend")
    expect(page.locator("#total")).to_have_text("78")
    wants = page.get_by_role("group", name="需求契合")
    expect(wants).to_contain_text("须说明理由")
    page.locator("#scores-need").press("Control+ArrowDown")
    assert focused(page) == "comments-need"
    page.keyboard.type("依据不足")
    expect(wants).not_to_contain_text("须说明理由")
    page.locator("#scores-team").fill("16")
    expect(page.get_by_role("group", name="团队能力")).to_contain_text("评分须为 0 至 15 的整数")
    page.locator("#suggested_amount").fill("360,000.01")
    expect(page.locator("form.score-sheet")).to_contain_text("不得超过申请金额")


def test_what_is_typed_is_kept_and_survives_the_end_of_the_session(
    around: Town, sit: Sit, sheet: Any, rows: Any
) -> None:
    expert = sit(around.experts[0], viewport=WIDE, locale="zh-CN")
    page = expert.open(f"/reviews/{sheet}")
    kept = page.locator("#kept")

    page.locator("#scores-need").fill("15")
    expect(kept).to_contain_text("已保存")
    assert [draft.typed for draft in rows(SheetDraft)] == [{"scores-need": "15"}]
    page.context.clear_cookies()
    page.locator("#comment").fill("方案可行")
    expect(kept).to_contain_text("登录已过期")
    expert.sign_in(around.experts[0])
    expert.open(f"/reviews/{sheet}")

    expect(page.locator("#comment")).to_have_value("方案可行")
    expect(page.locator("#scores-need")).to_have_value("15")
    expect(kept).to_contain_text("已保存")
    assert [draft.typed for draft in rows(SheetDraft)] == [{"scores-need": "15", "comment": "方案可行"}]


def test_two_windows_do_not_overwrite_each_other(around: Town, sit: Sit, sheet: Any, rows: Any) -> None:
    one = sit(around.experts[0], viewport=WIDE, locale="zh-CN").open(f"/reviews/{sheet}")
    other = one.context.new_page()
    other.goto(one.url)
    one.locator("#scores-need").fill("15")
    expect(one.locator("#kept")).to_contain_text("已保存")

    other.locator("#scores-need").fill("9")

    expect(other.locator("#kept")).to_contain_text("已在另一个窗口中修改")
    assert [draft.typed for draft in rows(SheetDraft)] == [{"scores-need": "15"}]


def test_without_scripts_an_expert_declares_scores_checks_and_submits_on_a_telephone(
    around: Town, sit: Sit, clock: Clock
) -> None:
    number = with_panel(around, now=clock.now())
    pid = children(number, "score_sheet")[0]
    expert = sit(around.experts[0], viewport=NARROW, locale="zh-CN", java_script_enabled=False)
    expert.open("/reviews")
    page = expert.follow(f'a[href="/reviews/{pid.hex}"]')

    page.get_by_label("没有利益冲突，可以评审").check()
    expert.press()
    for key, _label, most in around.policy.score_items:
        page.locator(f"#scores-{key}").fill(str(most * 9 // 10))
    page.get_by_label("推荐", exact=True).check()
    page.locator("#suggested_amount").fill("300000")
    page.locator("#comment").fill("可行")
    expert.press()
    expect(page.get_by_role("heading", name="核对评分表")).to_be_visible()
    expert.press()

    expect(page.get_by_role("status").filter(has_text="评分表已提交并锁定")).to_be_visible()
    assert case_of(pid).stage == "submitted"


def test_a_panel_counts_its_experts_while_one_ticks(around: Town, sit: Sit, clock: Clock) -> None:
    number = in_expert_review(around, now=clock.now())
    secretary = sit(around.secretary, viewport=WIDE, locale="zh-CN")
    page = secretary.open(f"/panels/sessions/new?project={number}")
    day = shanghai_date(clock.now()).isoformat()
    secretary.fill(starts_at=f"{day}T09:00", ends_at=f"{day}T10:00", place="三号楼", sheets_due_on=day)
    secretary.press()
    said = page.locator(f"#count-{number}")

    expect(said).to_have_text("已选 0 人，须为不少于 5 人的单数")
    for expert in around.experts:
        page.locator(f'input[value="{email_of(expert)}"]').check()
    expect(said).to_have_text("已选 5 人，符合人数要求")
    secretary.press()

    expect(page.get_by_role("status").filter(has_text=f"已启动专家评审：{number}")).to_be_visible()
    assert len(children(number, "score_sheet")) == 5


def test_the_pages_of_reviews_are_without_barriers_and_fit_in_both_languages(
    around: Town, sit: Sit, sheet: Any, clock: Clock
) -> None:
    waiting = in_expert_review(around, now=clock.now())
    whole = with_panel(around, now=clock.now())
    for pid, expert in zip(children(whole, "score_sheet"), around.experts, strict=True):
        fill(pid, expert, now=clock.now())
    undeclared = children(with_panel(around, now=clock.now()), "score_sheet")[0]
    secretary = sit(around.secretary, viewport=WIDE, locale="zh-CN")
    secretary.open(f"/panels/sessions/new?project={waiting}")
    day = shanghai_date(clock.now()).isoformat()
    secretary.fill(starts_at=f"{day}T09:00", ends_at=f"{day}T10:00", place="三号楼", sheets_due_on=day)
    secretary.press()
    session = secretary.path
    expert = sit(around.experts[0], viewport=WIDE, locale="zh-CN")
    submitted = children(whole, "score_sheet")[0]
    places = [
        *((secretary, path) for path in ("/panels", session, f"{session}/change", "/panels/experts", "/meetings")),
        (secretary, f"/panels/experts/{around.experts[0].user_id}"),
        (secretary, f"/projects/{whole}/moderation"),
        (secretary, f"/projects/{waiting}/moderation"),
        *((expert, f"/reviews/{pid}") for pid in (sheet, undeclared, submitted)),
        (expert, "/reviews"),
    ]

    # Looking takes longer than a transaction of this test may lie idle.
    db.session.rollback()
    found = {path: faults for sitter, path in places if (faults := list(looked_over(sitter, path)))}

    assert found == {}


def looked_over(sitter: Sitter, path: str) -> Any:
    page = sitter.page
    page.set_viewport_size(WIDE)
    sitter.open(f"{path}?lang=zh-CN")
    yield from barriers(page)
    page.set_viewport_size(NARROW)
    yield from too_wide(page)
    yield from barriers(page)
    sitter.open(f"{path}?lang=en")
    yield from too_wide(page)
    said = page.locator("main").inner_text()
    yield from (f"{word} is not in English" for word in ("评分", "评审", "会审", "提交", "选定") if word in said)


def barriers(page: Page) -> list[str]:
    answer: dict[str, Any] = Axe().run(page).response
    return [f"{each['id']}: {node['html'][:200]}" for each in answer["violations"] for node in each["nodes"]]


def too_wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{wide} pixels too wide"] if wide > 0 else []
