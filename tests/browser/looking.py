"""What an eye, a screen reader and a narrow window find wrong with a page."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: Every element of the page with the one around it, as `walking` names them; words and numbers left out.
BUILD = """() => [...new Set([...document.querySelectorAll('*')].map(it => {
    const sign = each => [each.localName, each.className.baseVal ?? each.className, each.type ?? ''].join('.')
    return it.parentElement ? sign(it.parentElement) + ' > ' + sign(it) : it.lang
}))]"""

#: Where scripts are switched off the browser runs no timers, and axe, which is let in all the same, waits for one of no
#: length. Whatever is to be done at once is done as soon as the present step is over; longer waits never end anyway.
AT_ONCE = """() => {
    if (!matchMedia('(scripting: none)').matches) return
    const soon = work => { Promise.resolve().then(work) }
    window.queueMicrotask = soon
    window.setTimeout = (work, wait = 0, ...rest) => { if (wait <= 1) soon(() => work(...rest)) }
}"""


#: Every rule; but the stylesheet, which is one and the same, is not read again for each page to see if it turns it.
ASK = "async () => (await axe.run({resultTypes: ['violations'], preload: false})).violations"


def barriers(page: Page) -> list[str]:
    """What axe finds that keeps somebody out."""
    page.evaluate(AT_ONCE)
    # A page that is looked at in a second window has axe already.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(ASK)
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def too_wide(page: Page) -> list[str]:
    """Whether one has to scroll sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{wide} pixels too wide"] if wide > 0 else []


class Looker:
    """Looks at each page that is built otherwise than those before; `faults` is page → what is wrong."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.faults: dict[str, list[str]] = {}

    def __call__(self, page: Page) -> None:
        """Look at this page, if there is anything new about it."""
        build = set(page.evaluate(BUILD))
        if build <= self.seen:
            return
        self.seen |= build
        if faults := [*barriers(page), *too_wide(page)]:
            self.faults[page.url] = faults
