"""Working at a page without a mouse: from control to control by the tabulator, seeing each time where one is."""

import pytest
from playwright.sync_api import Page

#: Presses of the tabulator after which a page must have led to what one looks for.
PATIENCE = 120
#: How the control that has the focus is marked, and what it is called.
FOCUS = """() => {
    const it = document.activeElement, seen = getComputedStyle(it)
    const words = (it.getAttribute('aria-label') ?? (it.labels?.[0] ?? it).innerText).trim()
    return [seen.outlineStyle, parseFloat(seen.outlineWidth), words, it.outerHTML]
}"""


def to_content(page: Page) -> None:
    """Skip what stands on every page."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def tab_to(page: Page, name: str) -> None:
    """Go on until the control of this name has the focus, which must be seen at each stop."""
    for _ in range(PATIENCE):
        page.keyboard.press("Tab")
        style, width, words, markup = page.evaluate(FOCUS)
        assert (style, width) == ("solid", 3), markup
        if words in {name, f"{name}（选填）"}:
            return
    pytest.fail(f"no {name} after {PATIENCE} stops: {page.locator('main').inner_text()}")


def enter(page: Page) -> None:
    """Press what has the focus, and arrive."""
    with page.expect_navigation() as arriving:
        page.keyboard.press("Enter")
    assert arriving.value.status == 200, page.locator("main").inner_text()
