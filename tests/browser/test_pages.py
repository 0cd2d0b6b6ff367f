"""Every page in a real browser: for people who see little, who use a keyboard, who hold a telephone."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from app.clock import Clock
from tests.browser.neighbourhood import Place, places
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.make import town_today

Sit = Callable[..., Sitter]


def test_every_page_is_without_barriers_and_fits_its_window_in_both_languages(
    app: Flask, sit: Sit, clock: Clock
) -> None:
    now = clock.now()
    earlier = now - timedelta(days=90)
    everywhere = places(town_today(earlier), now, earlier)
    found: dict[str, list[str]] = {}
    for reader in dict.fromkeys(place.reader for place in everywhere):
        sitter = sit(reader, viewport=WIDE, locale="zh-CN")
        for place in (place for place in everywhere if place.reader == reader):
            found |= {f"{place.path} {where}": faults for where, faults in _looked_over(sitter, place) if faults}

    assert found == {}


def _looked_over(sitter: Sitter, place: Place) -> Iterator[tuple[str, list[str]]]:
    page = sitter.page
    page.set_viewport_size(WIDE)
    sitter.open(_in(place.path, "zh-CN"), place.status)
    yield "zh wide", [*_language(page, "zh-CN"), *_barriers(page)]
    page.set_viewport_size(NARROW)
    yield "zh narrow", [*_too_wide(page), *_barriers(page)]
    sitter.open(_in(place.path, "en"), place.status)
    yield "en narrow", [*_language(page, "en"), *_too_wide(page)]


def _in(path: str, tag: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={tag}"


def _barriers(page: Page) -> list[str]:
    answer: dict[str, Any] = Axe().run(page).response
    return [f"{each['id']}: {node['html'][:200]}" for each in answer["violations"] for node in each["nodes"]]


def _too_wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{wide} pixels too wide"] if wide > 0 else []


def _language(page: Page, tag: str) -> list[str]:
    said = page.locator("html").get_attribute("lang")
    return [] if said == tag else [f"says it is {said}"]
