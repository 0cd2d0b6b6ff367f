"""The page of an act in a real browser: capitals as one types, phrases, sums, the receipt; an administrator's day."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route, expect

from app.audits.models import AuditDraft
from app.clock import Clock
from tests.browser.looking import barriers, too_wide
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.later import advance_further
from tests.make import Town, act, advance, children, draft, paper, person, pid_of
from workflows.money import in_capitals

Sit = Callable[..., Sitter]
#: Fen whose capitals are easy to get wrong: zeros within, between and at the end, jiao and fen alone.
AMOUNTS = (
    0, 1, 10, 11, 100, 101, 110, 1000, 10_005, 100_000, 1_000_100, 1_000_000, 10_000_000, 10_010_000, 100_000_001,
    100_500_000, 123_456_789, 10_000_000_000, 10_000_000_100, 1_000_010_000_000, 20_304_050_607_080, 24_000_000,
)  # fmt: skip


def test_capitals_on_the_page_are_those_of_the_contracts(around: Town, sit: Sit, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    page = sit(around.owner, viewport=WIDE, locale="zh-CN").open(f"/cases/{pid_of(number).hex}/actions/submit")

    said = page.evaluate(
        """async typed => {
            const { capitals } = await import(document.querySelector('script[src*="act.js"]').src)
            return typed.map(capitals)
        }""",
        [f"{fen // 100}.{fen % 100:02}" for fen in AMOUNTS],
    )

    assert dict(zip(AMOUNTS, said, strict=True)) == {fen: in_capitals(fen) for fen in AMOUNTS}


def test_a_phrase_goes_into_its_field_with_and_without_scripts_and_the_receipt_says_what_is_next(
    around: Town, sit: Sit, clock: Clock
) -> None:
    for scripts, window in ((True, WIDE), (False, NARROW)):
        number = draft(around, now=clock.now())
        act(pid_of(number), "submit", around.owner, now=clock.now())
        unit = sit(around.accepting, viewport=window, locale="zh-CN", java_script_enabled=scripts)
        page = unit.open(f"/cases/{pid_of(number).hex}/actions/reject")
        unit.fill(reason="另见附件")

        unit.main.get_by_role("button", name="不在本期申报通知的受援地区或资助领域之内。").click()
        expect(unit.main.locator("textarea[name=reason]")).to_have_value(
            "另见附件\n不在本期申报通知的受援地区或资助领域之内。"
        )
        expect(unit.main).to_contain_text("这一步办理后不能撤销。")
        unit.press()

        expect(page.get_by_role("status").filter(has_text="已办理：不予通过。回执号")).to_be_visible()
        expect(unit.main).to_contain_text("该事项已经办结。")


def assigned_audit(around: Town, clock: Clock) -> Any:
    """An audit at work at the firm of the town."""
    number = draft(around, now=clock.now())
    advance_further(around, number, "audit", now=advance(around, number, "announcement", now=clock.now()))
    (audit,) = children(number, "audit")
    act(audit, "assign_auditor", around.fund, now=clock.now(), firm="CPA1")
    return audit


def test_a_report_is_kept_while_one_types_and_survives_the_end_of_the_session(
    around: Town, sit: Sit, clock: Clock, rows: Any
) -> None:
    path = f"/cases/{assigned_audit(around, clock).hex}/actions/submit_audit"
    firm = sit(around.firm, viewport=WIDE, locale="zh-CN")
    page = firm.open(path)
    kept = page.locator("#kept")

    expect(kept).to_have_text("尚未保存")
    page.locator("#number").fill("审字7号")
    expect(kept).to_contain_text("已保存")
    assert [each.typed["number"] for each in rows(AuditDraft)] == ["审字7号"]
    page.context.clear_cookies()
    page.locator("#findings").fill("凭证齐全")
    page.locator("[name=lines-6-item]").fill("运费")
    expect(kept).to_contain_text("登录已过期")
    firm.sign_in(around.firm)
    firm.open(path)

    expect(page.locator("#findings")).to_have_value("凭证齐全")
    expect(page.locator("#number")).to_have_value("审字7号")
    expect(kept).to_contain_text("已保存")
    assert [(each.typed["findings"], each.typed["lines"][-1]) for each in rows(AuditDraft)] == [
        ("凭证齐全", {"item": "运费"})
    ]


def test_a_row_added_and_typed_during_an_outage_has_its_place_when_the_page_is_opened_again(
    around: Town, sit: Sit, clock: Clock, rows: Any
) -> None:
    path = f"/cases/{assigned_audit(around, clock).hex}/actions/submit_audit"
    firm = sit(around.firm, viewport=NARROW, locale="zh-CN")
    page = firm.open(path)
    before = page.locator("#lines tbody tr").count()
    page.locator("#lines").get_by_role("button", name="增加几行").click()
    added = page.locator(f"[name=lines-{before + 2}-item]")
    expect(added).to_be_visible()
    # The answer to this save brings the cookie back, were it to come after the cookies are gone.
    expect(page.locator("#kept")).to_contain_text("已保存")
    page.context.clear_cookies()

    added.fill("装卸费")
    expect(page.locator("#kept")).to_contain_text("登录已过期")
    firm.sign_in(around.firm)
    firm.open(path)

    # The row does not fit the page as it is opened: it is kept, and the page asked for anew, which shows it.
    expect(page.locator("#lines textarea", has_text="装卸费")).to_be_visible()
    assert [each.typed["lines"][-1] for each in rows(AuditDraft)] == [{"item": "装卸费"}]


def test_a_refused_report_is_kept_without_another_word(around: Town, sit: Sit, clock: Clock, rows: Any) -> None:
    audit = assigned_audit(around, clock)
    paper("", "audit_report", around.firm, pid=audit, now=clock.now())
    firm = sit(around.firm, viewport=NARROW, locale="zh-CN")
    firm.open(f"/cases/{audit.hex}/actions/submit_audit")
    firm.fill(number="审字8号")

    firm.press(status=422)

    expect(firm.main.get_by_role("alert")).to_contain_text("请更正以下内容")
    expect(firm.page.locator("#kept")).to_contain_text("已保存")
    assert [(each.typed["number"], each.version > 0) for each in rows(AuditDraft)] == [("审字8号", True)]


def test_the_sums_of_a_report_follow_what_one_types(around: Town, sit: Sit, clock: Clock) -> None:
    audit = assigned_audit(around, clock)
    firm = sit(around.firm, viewport=WIDE, locale="zh-CN")
    page = firm.open(f"/cases/{audit.hex}/actions/submit_audit")

    firm.fill(lines__0__claimed="1,000.10", lines__0__disallowed="0.10", lines__0__audited="999.00")

    expect(page.locator("output[data-column=claimed]")).to_have_text("1,000.10")
    expect(page.locator("output[data-column=difference]")).to_have_text("1.00")
    assert [*barriers(page), *too_wide(page)] == []
    firm.main.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("status").filter(has_text="草稿已保存")).to_be_visible()
    expect(page.locator("[name=lines-0-claimed]")).to_have_value("1,000.10")


def test_a_draft_that_is_kept_at_the_press_of_a_button_does_not_clash_with_the_save_under_way(
    around: Town, sit: Sit, clock: Clock, rows: Any
) -> None:
    audit = assigned_audit(around, clock)
    firm = sit(around.firm, viewport=WIDE, locale="zh-CN")
    page = firm.open(f"/cases/{audit.hex}/actions/submit_audit")
    held: list[Route] = []
    page.route("**/typed", lambda route: held.append(route))  # noqa: PLW0108 -- a builtin cannot be marked as a handler
    with page.expect_request("**/typed"):
        firm.fill(number="审字9号")
    page.locator("#findings").fill("凭证齐全")
    # The server has kept it, and the window does not know yet.
    answer = held[0].fetch()

    firm.main.get_by_role("button", name="保存草稿").dblclick()
    held[0].fulfill(response=answer)

    expect(page.get_by_role("status").filter(has_text="草稿已保存")).to_be_visible()
    assert [(each.typed["number"], each.typed["findings"], each.version) for each in rows(AuditDraft)] == [
        ("审字9号", "凭证齐全", 2)
    ]


def test_every_column_of_a_report_has_room_and_no_heading_lies_over_another(
    around: Town, sit: Sit, clock: Clock
) -> None:
    audit = assigned_audit(around, clock)
    firm = sit(around.firm, viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = firm.open(f"/cases/{audit.hex}/actions/submit_audit")

    firm.fill(
        lines__0__item="白内障复明手术（含术前检查和术后复查）",
        lines__0__reason="其中三例没有术后复查的记录，不予认可。",
    )

    cut = page.evaluate(
        """() => [...document.querySelectorAll('table.rows :is(input, textarea)')]
            .filter(box => box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1)
            .map(box => box.name)"""
    )
    hidden = page.evaluate(
        """() => [...document.querySelectorAll('.scroll:has(table.rows)')]
            .map(box => box.scrollWidth - box.clientWidth)"""
    )
    pinned = page.evaluate(
        """() => [...document.querySelectorAll('table.rows thead th')]
            .filter(th => getComputedStyle(th).right === '0px')
            .map(th => th.textContent)"""
    )
    assert (cut, hidden, pinned) == ([], [0, 0], [])


def test_an_administrator_publishes_a_year_and_draws_a_policy_on_a_telephone_in_english(
    around: Town, sit: Sit, rows: Any
) -> None:
    admin = sit(person("system_admin"), viewport=NARROW, locale="en-GB")
    admin.open("/administration/calendar")
    admin.follow('a[href="/administration/calendar/publish"]')
    admin.fill(year="2060", source="国办发明电〔2059〕9号", days_off="2060-06-08 至 2060-06-11", workdays="2060-06-12")
    page = admin.press()
    expect(page.get_by_role("status").filter(has_text="The calendar of 2060 is published.")).to_be_visible()
    assert [*barriers(page), *too_wide(page)] == []

    admin.open("/administration/policies/1/draw")
    admin.fill(new_key="2099/1", effective_on="2099-01-01", document="沪合组办〔2098〕1号", ratio_ppm="25")
    page = admin.press()
    expect(admin.main).to_contain_text("Highest ratio of a grant (%)")
    expect(admin.main).to_contain_text("25 %")
    assert [*barriers(page), *too_wide(page)] == []
