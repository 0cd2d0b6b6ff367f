"""Rows, pasted lines and sums at a real window, and how many steps of a hand a whole declaration takes."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.clock import Clock
from app.database import db
from app.projects.commands.texts import texts_of
from app.projects.queries import declaration_of
from app.text import money
from tests.browser.sitting import Sitter
from tests.declaring import as_spreadsheet, typed
from tests.make import PDF, Town, case_of, declaration, draft, pid_of
from workflows.money import fen_of, max_grant

Sit = Callable[..., Sitter]
ZH = "zh-CN"
#: Fields typed, files chosen, buttons and links pressed, until a declaration is handed in.
MOST_STEPS = 40


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    return draft(around, now=clock.now(), papers=False)


def saved(number: str) -> Any:
    found = declaration_of(db.session(), case_of(pid_of(number)).id)
    db.session.rollback()
    return found


def settled(page: Page) -> None:
    expect(page.locator("#save-state")).to_contain_text("已保存")


def test_rows_are_added_copied_moved_deleted_and_taken_back_by_the_keyboard(
    around: Town, sit: Sit, number: str
) -> None:
    page = sit(around.owner, locale=ZH).open(f"/projects/{number}/declare/budget")
    items = page.locator('#budget .scroll [name$="-item"]')

    page.locator('button[value="budget:copy:1"]').press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("另一台净水设备")
    page.keyboard.press("Alt+ArrowUp")
    settled(page)
    moved = [row.item for row in saved(number).budget]
    page.get_by_role("button", name="删除 第 1 行").press("Enter")
    expect(items).to_have_count(2)
    page.get_by_role("button", name="撤销删除").press("Enter")
    expect(items).to_have_count(3)
    page.get_by_role("button", name="删除 第 3 行").click()
    page.locator('button[value="budget:add"]').click()
    expect(page.locator("#budget .scroll tr:last-child select").first).to_be_focused()
    page.wait_for_load_state("networkidle")
    settled(page)

    assert moved == ["另一台净水设备", "净水设备", "滤芯"]
    assert [row.item for row in saved(number).budget] == ["另一台净水设备", "净水设备"]


def test_the_sums_of_the_page_are_those_of_the_server_to_the_fen(around: Town, sit: Sit, number: str) -> None:
    page = sit(around.owner, locale=ZH).open(f"/projects/{number}/declare/budget")
    chance = Random(20261122)
    amounts = [chance.randrange(10 ** chance.randint(1, 14)) for _ in range(200)]
    texts = ["0", "1,234.5", "12.345", "１２", "-1", "1e3", "", "01", "1,23", "999999999999.99", *map(money, amounts)]

    script = page.evaluate(
        """async ([texts, planned, cap, ratio]) => {
            const sums = await import("/static/js/sums.js");
            return [
                texts.map((text) => String(sums.fen(text))),
                planned.map((each) => sums.yuan(BigInt(each))),
                planned.map((each) => String(sums.limit(BigInt(each), BigInt(cap), BigInt(ratio)))),
            ];
        }""",
        [texts, list(map(str, amounts)), str(around.policy.cap), str(around.policy.ratio_ppm)],
    )
    page.locator('[name="own_funds"]').fill("1,000,000.01")
    page.locator('[name="budget-1-quantity"]').fill("1.25")

    assert script == [
        [_fen(text) for text in texts],
        [money(each) for each in amounts],
        [str(max_grant(around.policy, each)) for each in amounts],
    ]
    expect(page.locator("[data-planned]")).to_have_text("1,360,000.01")
    expect(page.locator("[data-limit]")).to_have_text("408,000.00")
    expect(page.locator("[data-total]")).to_have_text("1,410,000.00")
    expect(page.locator("[data-gap]")).to_have_text("49,999.99")


def _fen(text: str) -> str:
    plain = text.replace(",", "")
    try:
        return str(fen_of(plain)) if text == plain or money(fen_of(plain)).startswith(text) else "null"
    except ValueError:
        return "null"


def test_a_whole_declaration_takes_few_steps_of_a_hand(around: Town, sit: Sit) -> None:
    """Everything from the list of projects to the receipt, counted."""
    hand = Hand(sit(around.owner, locale=ZH))
    whole = declaration()
    hand.sitter.open("/our-projects")

    hand.press('a[href="/projects/new"]')
    hand.fill({"title": whole.title, "call": around.call})
    hand.press("main form button[type=submit] >> nth=-1")
    number = hand.sitter.path.split("/")[2]
    hand.press(f'a[href="/projects/{number}/declare/organisation"] >> nth=0')
    hand.onward()
    for step in ("project", "plan"):
        there = texts_of(whole) if step == "plan" else {k: v for k, v in typed(whole, step).items() if k != "title"}
        hand.fill({name: text for name, text in there.items() if name in typed(whole, step)})
        hand.onward()
    for table in ("budget", "targets"):
        hand.paste(table, as_spreadsheet(whole, table))
        hand.onward()
    for kind, _label in around.policy.required_papers:
        hand.upload(kind)
    hand.onward()
    hand.fill({"undertakings": "y"})
    hand.onward()
    hand.press(f'a[href="/cases/{pid_of(number).hex}/actions/submit"]')
    hand.press("main form button[type=submit] >> nth=-1")

    assert case_of(pid_of(number)).stage == "authenticity_review"
    assert saved(number) == whole
    assert hand.steps < MOST_STEPS


class Hand:
    """A person whose every typing, choosing and pressing counts."""

    def __init__(self, sitter: Sitter) -> None:
        self.sitter, self.page, self.steps = sitter, sitter.page, 0

    def fill(self, texts: dict[str, str]) -> None:
        self.steps += len(texts)
        self.sitter.fill(**{name.replace("-", "__"): text for name, text in texts.items()})

    def press(self, selector: str) -> None:
        self.steps += 1
        with self.page.expect_navigation():
            self.page.locator(selector).click()

    def onward(self) -> None:
        self.press('button[value="next"]:not(.unseen)')

    def paste(self, table: str, text: str) -> None:
        """Into the first cell, as one does."""
        self.steps += 1
        self.page.locator(f"#{table} .scroll [data-saves]").first.focus()
        with self.page.expect_navigation():
            self.page.evaluate(
                """(text) => {
                    const data = new DataTransfer();
                    data.setData("text/plain", text);
                    const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
                    document.activeElement.dispatchEvent(paste);
                }""",
                text,
            )

    def upload(self, kind: str) -> None:
        self.steps += 1
        file = {"name": f"{kind}.pdf", "mimeType": "application/pdf", "buffer": PDF}
        self.page.locator(f"#file-{kind}").set_input_files([file])
        expect(self.page.locator(f"#{kind} .papers")).to_contain_text(f"{kind}.pdf")
