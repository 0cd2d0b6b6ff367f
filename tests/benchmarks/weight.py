"""What each page weighs: bytes sent to an empty browser, SQL statements, and when the first words are painted.

Everybody walks the links of a whole town. Of the pages that somebody finds, the heaviest of each kind is
opened in Chromium over loopback, nothing kept from before. Fonts and the chart library do not count.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page

from tests.benchmarks._place import installed
from tests.benchmarks._place import served as served_by_gunicorn
from tests.browser.everywhere import Everywhere, everywhere
from tests.browser.serving import browser
from tests.browser.sitting import WIDE
from tests.browser.walking import Visit
from tests.conftest import Visitor

NAME = "weight"
AIMS = {"kilobytes": 150, "statements": 12, "first_paint_ms": 300}
#: Projects of the short form.
SOME = {"ready", "panel", "implementation", "closed"}
NOT_COUNTED = ("font", "echarts")
TIMES = 5
OK = 200
#: Milliseconds from the start of the navigation to the first words on the screen, once they are there.
PAINTED = """new Promise(done => new PerformanceObserver((list, observer) => {
    const words = list.getEntriesByName('first-contentful-paint')[0]
    if (words) { observer.disconnect(); done(words.startTime) }
}).observe({type: 'paint', buffered: true}))"""


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """Every kind of page for every role in full form; for one reader each, in a smaller town, in short form."""
    with installed() as place:
        place.app.test_client_class = Visitor
        with everywhere(place.app, only=None if full else SOME) as found, served_by_gunicorn(place) as server:
            chosen = list(heaviest(found.visits, each_reader=full))
            with browser() as chromium, _windows(chromium, found, f"http://127.0.0.1:{server.port}") as windows:
                pages = [weighed(*windows[visit.reader], visit, TIMES if full else 1) for visit in chosen]
    worst = {aim: max(pages, key=lambda page: page[aim]) for aim in AIMS}
    return {
        "name": NAME,
        "seed": None,
        "ok": all(
            page["statements"] <= AIMS["statements"] and page["kilobytes"] <= AIMS["kilobytes"] for page in pages
        ),
        "walked": len(found.visits),
        "pages": pages,
        "worst": worst,
        "over": [page for page in pages if any(page[aim] > most for aim, most in AIMS.items())],
        "aims": AIMS,
        "of_aim": {aim: round(page[aim] / AIMS[aim], 2) for aim, page in worst.items()},
    }


def heaviest(visits: Iterable[Visit], *, each_reader: bool) -> Iterable[Visit]:
    """Of each kind of page the one with most HTML, for each reader or for all together."""
    kept: dict[tuple[str, str], Visit] = {}
    for visit in visits:
        kind = visit.endpoint, visit.reader if each_reader else ""
        if visit.features and visit.status == OK and visit.size > (kept[kind].size if kind in kept else 0):
            kept[kind] = visit
    return kept.values()


@contextmanager
def _windows(chromium: Any, found: Everywhere, address: str) -> Iterator[dict[str, tuple[Page, CDPSession]]]:
    """Reader → a window in which he or she is signed in and nothing is kept, and the ear at its network."""
    contexts: dict[str, BrowserContext] = {}
    for name, client in found.browsers.items():
        contexts[name] = chromium.new_context(viewport=WIDE, locale="zh-CN", base_url=address)
        kept = client.get_cookie(session := found.app.config["SESSION_COOKIE_NAME"])
        if kept is not None:
            contexts[name].add_cookies([{"name": session, "value": kept.value, "url": address}])
    windows = {}
    for name, context in contexts.items():
        page = context.new_page()
        windows[name] = page, forgetful(page)
    yield windows
    for context in contexts.values():
        context.close()


def forgetful(page: Page) -> CDPSession:
    """An ear at the network of this window, which from now on keeps nothing of what it fetched."""
    ear = page.context.new_cdp_session(page)
    ear.send("Network.enable")
    ear.send("Network.setCacheDisabled", {"cacheDisabled": True})
    return ear


def weighed(page: Page, ear: CDPSession, visit: Visit, times: int) -> dict[str, Any]:
    """Open the page so many times: its bytes, and how long until its first words are painted."""
    paths: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def asked(told: Any) -> None:
        paths[told["requestId"]] = told["request"]["url"]

    def came(told: Any) -> None:
        sizes[paths.get(told["requestId"], "")] = int(told["encodedDataLength"])

    ear.on("Network.requestWillBeSent", asked)
    ear.on("Network.loadingFinished", came)
    paints = []
    for _ in range(times):
        page.goto(visit.path, wait_until="load")
        paints.append(page.evaluate(PAINTED))
    ear.remove_listener("Network.requestWillBeSent", asked)
    ear.remove_listener("Network.loadingFinished", came)
    counted = {path: size for path, size in sizes.items() if not any(word in path for word in NOT_COUNTED)}
    return {
        "page": visit.endpoint,
        "reader": visit.reader,
        "path": visit.path,
        "kilobytes": round(sum(counted.values()) / 1000, 1),
        "requests": len(counted),
        "statements": visit.statements,
        "first_paint_ms": round(sorted(paints)[len(paints) // 2], 1),
    }
