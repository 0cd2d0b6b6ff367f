"""Every page that anybody can reach: links lead somewhere, HTML is sound, statements are few, nobody is kept out.

New pages are covered as soon as a link leads to them, and a page to which no link leads is found out.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app import create_app
from app.barrier import for_the_system
from app.database import db
from app.embedded import Embedded
from tests.benchmarks.weight import AIMS, forgetful, heaviest, weighed
from tests.browser.everywhere import NOWHERE, Everywhere, everywhere
from tests.browser.looking import barriers, too_wide
from tests.browser.serving import served
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.browser.walking import MOST_STATEMENTS, NOT_PAGES, different
from tests.conftest import Visitor, fresh_database, read_anew, settings_of

#: Addresses that only a script, a form, a picture or a reader of feeds leads to, and the records of a draw, which no
#: panel of this town was found by; the tests of their feature look at them.
BY_FORMS = {
    "desk.draft_token", "desk.check_sheet", "desk.ask_to_close", "desk.meeting_result", "portal.feed",
    "documents.small", "desk.draw_file", "portal.draws",
}  # fmt: skip


#: So many kinds of pages are weighed, those of most HTML; the benchmark `weight` weighs all of them.
HEAVIEST = 25


@pytest.fixture(scope="module")
def there(services: Embedded, worker_name: str, s3: Any) -> Iterator[Everywhere]:
    """The town and everything that was found in it, in a database of its own."""
    name = f"test-{worker_name}-everywhere"
    s3.create_bucket(Bucket=name)
    app = for_the_system(create_app(settings_of(services, fresh_database(services, name.replace("-", "_")), name)))
    app.test_client_class = Visitor
    read_anew()
    with everywhere(app) as found:
        yield found
        db.session.remove()
        db.engine.dispose()
    read_anew()


@pytest.fixture(scope="module")
def sit(there: Everywhere, chromium: Browser) -> Iterator[Callable[[str], Sitter]]:
    """`sit(reader)`: the same person, at a window."""
    with served(there.app) as address:
        sitters = {name: Sitter(chromium.new_context(locale="zh-CN"), address) for name in there.browsers}
        for name, browser in there.browsers.items():
            kept = browser.get_cookie(session := there.app.config["SESSION_COOKIE_NAME"])
            if kept is not None:
                sitters[name].page.context.add_cookies([{"name": session, "value": kept.value, "url": address}])
        yield lambda name: sitters[name]
        for sitter in sitters.values():
            sitter.page.context.close()


def test_every_link_leads_to_a_page(there: Everywhere) -> None:
    lost = [visit for visit in there.visits if visit.status >= 400 and visit.came_from != NOWHERE]

    assert [f"{each.reader}: {each.came_from} → {each.path} {each.status}" for each in lost] == []


def test_every_page_is_sound_html(there: Everywhere) -> None:
    assert {visit.path: visit.unsound for visit in there.visits if visit.unsound} == {}


def test_every_page_costs_few_statements(there: Everywhere) -> None:
    dear = [visit for visit in there.visits if visit.statements > MOST_STATEMENTS]

    assert {f"{visit.reader}: {visit.path}": visit.statements for visit in dear} == {}


def test_every_page_of_the_application_is_reached_by_links(there: Everywhere) -> None:
    reached = {visit.endpoint for visit in there.visits if visit.status < 400}

    assert _endpoints(there.app) - reached - BY_FORMS == set()


def _endpoints(app: Flask) -> set[str]:
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not NOT_PAGES.match(rule.endpoint)
    }


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_is_without_barriers_and_fits_its_window(
    there: Everywhere, sit: Callable[[str], Sitter], language: str
) -> None:
    # Looking for barriers takes longest: both languages and both windows have their turn, not each pair of them, and
    # the second language the fullest page of each kind.
    chosen = different(there.visits)
    found = {}
    for visit in chosen if language == "zh-CN" else {each.endpoint: each for each in reversed(chosen)}.values():
        sitter = sit(visit.reader)
        page = sitter.page
        page.set_viewport_size(WIDE)
        answer = page.goto(sitter.address + _in(visit.path, language))
        assert answer is not None
        faults = [f"answers {answer.status}"] if answer.status != visit.status else []
        faults += [*_language(page, language), *too_wide(page), *(barriers(page) if language == "zh-CN" else ())]
        page.set_viewport_size(NARROW)
        faults += [*too_wide(page), *(barriers(page) if language == "en" else ())]
        if faults:
            found[f"{visit.reader}: {visit.path}"] = list(dict.fromkeys(faults))

    assert found == {}


def test_no_page_is_heavy(there: Everywhere, sit: Callable[[str], Sitter]) -> None:
    of_each_kind = sorted(heaviest(there.visits, each_reader=False), key=lambda visit: -visit.size)
    found = {}
    for visit in of_each_kind[:HEAVIEST]:
        sitter = sit(visit.reader)
        ear = forgetful(sitter.page)
        page = weighed(sitter.page, ear, replace(visit, path=sitter.address + visit.path), 1)
        ear.detach()
        found[visit.path] = page["kilobytes"]

    assert {path: kilobytes for path, kilobytes in found.items() if not 0 < kilobytes <= AIMS["kilobytes"]} == {}


def _in(path: str, tag: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={tag}"


def _language(page: Page, tag: str) -> list[str]:
    said = page.locator("html").get_attribute("lang")
    return [] if said == tag else [f"says it is {said}"]
