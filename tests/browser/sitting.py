"""Somebody who sits at a real browser: opens pages, types into forms and presses what can be seen there."""

import re
from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import UUID

from playwright.sync_api import BrowserContext, Error, Locator, Page, Response, expect

from app.people.permissions import Actor
from app.people.service import change_password
from tests.browser.serving import PATIENCE
from tests.make import PDF, email_of
from tests.pages.browsing import PASSWORD

#: The narrowest telephone that must do, and an ordinary screen; CSS pixels.
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


class Sitter:
    """One person at one browser window. `look` is called with every page that is arrived at.

    `touches` counts what the hands did: fields typed into, links and buttons pressed, addresses opened.
    `pages` were arrived at, and `waited` are the seconds between a press and the page that it led to.
    """

    def __init__(self, context: BrowserContext, address: str, look: Callable[[Page], None] | None = None) -> None:
        self.address = address
        self.look = look
        self.touches, self.pages, self.waited = 0, 0, 0.0
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)

    def open(self, path: str, status: int = 200) -> Page:
        """Go to a page by its address."""
        return self._arrive(lambda: self.page.goto(self.address + path), status)

    def sign_in(self, actor: Actor) -> "Sitter":
        """Fill in the page of sign-in as this person."""
        assert actor.user_id is not None
        change_password(actor.user_id, PASSWORD)
        self.open("/sign-in")
        self.page.locator("input[type=email]").fill(email_of(actor))
        self.page.locator("input[type=password]").fill(PASSWORD)
        self.press()
        assert self.path == "/inbox"
        return self

    @property
    def path(self) -> str:
        """Where this person is."""
        return re.sub(r"^https?://[^/]+|[?#].*$", "", self.page.url)

    @property
    def main(self) -> Locator:
        """The main part of the page."""
        return self.page.locator("main")

    def follow(self, selector: str) -> Page:
        """Press a link of the main part and arrive."""
        link = self.main.locator(selector).first
        return self._arrive(lambda: self._press(link), 200)

    def fill(self, **typed: Any) -> None:
        """Type into the fields of the page: `budget__0__item` is the field budget-0-item."""
        kinds = dict(self.page.evaluate("[...document.querySelectorAll('main [name]')].map(it => [it.name, it.type])"))
        for word, value in typed.items():
            name = word.replace("__", "-")
            control = self.page.locator(f'main [name="{name}"]')
            self.touches += len(value) if isinstance(value, list) else 1
            if isinstance(value, list):
                for each in value:
                    self.page.locator(f'main [name="{name}"][value="{each}"]').check()
                continue
            match kinds[name]:
                case "checkbox":
                    control.check()
                case "select-one":
                    control.select_option(str(value))
                case _:
                    control.fill(str(value))

    def press(self, status: int = 200) -> Page:
        """Press the button that sends the form of the page, and arrive where it leads."""
        button = self.main.locator("form button[type=submit]:not([name=more])").last
        return self._arrive(lambda: self._press(button), status)

    def press_named(self, value: str) -> Page:
        """Press the button of this value that one sees, and arrive where it leads."""
        button = self.main.locator(f'button[value="{value}"]:not(.unseen)')
        return self._arrive(lambda: self._press(button), 200)

    def act(self, pid: UUID, action: str, status: int = 200, **typed: Any) -> Page:
        """Press the button of an act on the page of its case, say what it asks, and press the act."""
        self.open(f"/cases/{pid.hex}")
        self.follow(f'a[href="/cases/{pid.hex}/actions/{action}"]')
        self.fill(**typed)
        return self.press(status)

    def attach(self, pid: UUID, kind: str, *names: str) -> None:
        """Upload papers of one kind."""
        self.open(f"/cases/{pid.hex}/papers")
        self.fill(kind=kind)
        self.page.locator("main input[type=file]").set_input_files(
            [{"name": name, "mimeType": "application/pdf", "buffer": PDF} for name in names]
        )
        self.press()
        for name in names:
            expect(self.main.get_by_role("link", name=name)).to_be_visible()

    def _press(self, control: Locator) -> Response | None:
        with self.page.expect_navigation() as arriving:
            control.click()
        return arriving.value

    def _arrive(self, go: Callable[[], Response | None], status: int) -> Page:
        started = perf_counter()
        response = go()
        self.waited += perf_counter() - started
        self.touches += 1
        self.pages += 1
        assert response is not None
        assert response.status == status, f"{self.page.url} {response.status} {self.main.inner_text()[:2000]}"
        self.fits()
        if self.look:
            self.look(self.page)
        return self.page

    def fits(self) -> None:
        """Nothing sticks out to the right of the window."""
        measured = "[document.documentElement.scrollWidth, window.innerWidth]"
        try:
            wide, window = self.page.evaluate(measured)
        except Error:
            # A page may ask for itself anew, or lead on, as soon as it is there; the next one stays.
            self.page.wait_for_load_state()
            wide, window = self.page.evaluate(measured)
        assert wide <= window, f"{self.page.url} is {wide} wide in a window of {window}"
