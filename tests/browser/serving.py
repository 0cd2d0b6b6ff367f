"""The application at an address of this machine, and a browser to look at it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from playwright.sync_api import Browser, expect, sync_playwright
from werkzeug.serving import make_server

#: What takes longer than this is broken, not slow; milliseconds.
PATIENCE = 30_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Answer over loopback in threads of this process; the address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # Closing waits for what is still being answered, so that no connection is left open behind it.
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser of this machine, without a window."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    words = ["--no-proxy-server", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        # Chromium refuses to keep its sandbox for root.
        words.append("--no-sandbox")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, headless=True, args=words)
        yield started
        started.close()
