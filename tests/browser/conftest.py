"""The application served over loopback, and a real browser in front of it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.clock import Clock
from app.database import db
from app.people.permissions import Actor
from app.worker import work_off
from tests.browser.serving import browser, served
from tests.browser.sitting import Sitter
from tests.make import Town, town_today


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of this machine, started once a file and gone before the next file begins."""
    with browser() as started:
        yield started


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application of this test answers, in threads of this process."""
    with served(app) as where:
        yield where


@pytest.fixture
def sit(chromium: Browser, address: str) -> Iterator[Callable[..., Sitter]]:
    """`sit(java_script_enabled=…, viewport=…, locale=…)`: somebody new at a window of these properties."""
    contexts = []

    def down(actor: Actor | None = None, look: Callable[[Page], None] | None = None, **properties: Any) -> Sitter:
        context = chromium.new_context(**properties)
        contexts.append(context)
        sitter = Sitter(context, address, look)
        return sitter.sign_in(actor) if actor else sitter

    yield down
    for context in contexts:
        context.close()


@pytest.fixture
def worker(worker_application: Flask, app: Flask) -> Iterator[Callable[[], None]]:
    """`worker()`: draw up what waits to be drawn up. Mail is left lying: nobody here reads it."""
    with ThreadPoolExecutor(1) as apart:
        # Playwright keeps this thread's event loop for itself; the worker needs one of its own.
        yield lambda: apart.submit(work_off, worker_application).result()
    with worker_application.app_context():
        db.engine.dispose()


@pytest.fixture
def around(app: Flask, clock: Clock) -> Town:
    """Everybody and everything a project needs, with a call that is open at this moment."""
    return town_today(clock.now())
