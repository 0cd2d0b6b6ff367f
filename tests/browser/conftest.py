"""The application served over loopback, and a real browser in front of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from app.clock import Clock
from app.database import db
from app.people.permissions import Actor
from app.worker import work_off
from tests.browser.sitting import Sitter
from tests.make import Town, town_today

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of this machine, started once a file and gone before the next file begins."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    words = ["--no-proxy-server", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        # Chromium refuses to keep its sandbox for root.
        words.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=words)
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application of this test answers, in threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # Closing waits for what is still being answered, so that no connection is left open behind it.
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sit(chromium: Browser, address: str) -> Iterator[Callable[..., Sitter]]:
    """`sit(java_script_enabled=…, viewport=…, locale=…)`: somebody new at a window of these properties."""
    contexts = []

    def down(actor: Actor | None = None, **properties: Any) -> Sitter:
        context = chromium.new_context(**properties)
        contexts.append(context)
        sitter = Sitter(context, address)
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
