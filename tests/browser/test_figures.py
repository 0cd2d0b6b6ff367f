"""The public statistics in a real browser: pictures under the content policy, each with its table beside it."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask

from app.clock import Clock
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.later import project_in
from tests.make import town_today

Sit = Callable[..., Sitter]
PICTURES = ("year", "field", "area")


@pytest.fixture
def announced(app: Flask, clock: Clock) -> None:
    """One project that was announced."""
    around = town_today(clock.now())
    around.call = "TZ2026-1"
    project_in(around, "agreement")


@pytest.mark.parametrize(("tag", "viewport"), [("zh-CN", WIDE), ("en", NARROW)])
def test_pictures_are_drawn_beside_their_tables_and_nothing_is_refused(
    sit: Sit, announced: None, tag: str, viewport: Any
) -> None:
    sitter = sit(viewport=viewport, locale=tag)
    said: list[str] = []
    sitter.page.on("console", lambda message: said.append(message.text) if message.type != "log" else None)

    sitter.open(f"/statistics?lang={tag}")
    sitter.page.wait_for_function("document.querySelectorAll('[data-chart] svg path').length > 6")

    drawn = {name: sitter.page.locator(f"[data-chart={name}] svg").count() for name in PICTURES}
    tables = {name: sitter.page.locator(f"figure[aria-labelledby={name}-title] table").count() for name in PICTURES}
    assert drawn == tables == dict.fromkeys(PICTURES, 1)
    assert said == []
    assert sitter.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert [each["id"] for each in Axe().run(sitter.page).response["violations"]] == []


def test_without_scripts_the_tables_stand_alone(sit: Sit, announced: None) -> None:
    sitter = sit(java_script_enabled=False, viewport=WIDE, locale="zh-CN")

    sitter.open("/statistics")

    assert sitter.page.locator("[data-chart]:visible").count() == 0
    assert sitter.page.locator("figure table").count() == len(PICTURES)
