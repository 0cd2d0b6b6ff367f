"""The whole road of a project in a real browser: what each role's hands do, and how long they wait for pages.

A hand's touch is a field typed into, a link or button pressed, or an address opened; signing in is the first
of them. Seconds are those between a press and its page, over loopback, through the web server of an
installation.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from app import create_app
from app.barrier import for_the_system
from app.database import db
from app.people.permissions import Actor
from app.worker import work_off
from tests.benchmarks._place import Place, installed, served
from tests.browser import road
from tests.browser.serving import browser
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.make import Town, case_of, pid_of, town_today
from tests.settled import readers

NAME = "journeys"
#: Language and whether scripts run. Whoever has no scripts holds a telephone.
WAYS = (("en", True), ("zh-CN", True), ("zh-CN", False), ("en", False))


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """Both languages, with scripts and without, in full form; English with scripts in short form."""
    with installed("demo") as place, place.app.app_context(), _worker(place) as worker:
        around = town_today(place.app.extensions["aidflow"].clock.now(), budget="50000000.00")
        people = dict(readers(around))
        with served(place) as server, browser() as chromium:
            address = f"http://127.0.0.1:{server.port}"
            journeys = {
                f"{language}, {'with' if scripts else 'without'} scripts": _told(
                    place, around, people, Windows(chromium, address, language, scripts=scripts), worker
                )
                for language, scripts in (WAYS if full else WAYS[:1])
            }
    waits = [role["seconds_a_page"] for way in journeys.values() for role in way["roles"].values()]
    return {
        "name": NAME,
        "seed": None,
        "ok": all(way["stage"] == "closed" for way in journeys.values()),
        "journeys": journeys,
        "median_seconds_a_page": median(waits),
        "most_seconds_a_page": max(waits),
    }


class Windows:
    """Everybody at a window of his or her own, the same one every time."""

    def __init__(self, chromium: Browser, address: str, language: str, *, scripts: bool) -> None:
        self.chromium, self.address = chromium, address
        self.properties = {"locale": language, "java_script_enabled": scripts, "viewport": WIDE if scripts else NARROW}
        self.sitters: dict[int | None, Sitter] = {}

    def __call__(self, actor: Actor | None) -> Sitter:
        """This person's window, or that of somebody without an account."""
        who = actor.user_id if actor else None
        if who not in self.sitters:
            self.sitters[who] = Sitter(self.chromium.new_context(**self.properties), self.address)
            if actor:
                self.sitters[who].sign_in(actor)
        return self.sitters[who]

    def close(self) -> None:
        """Everybody gets up."""
        for sitter in self.sitters.values():
            sitter.page.context.close()


def _told(
    place: Place, around: Town, people: dict[str, Actor | None], at: Windows, worker: Callable[[], None]
) -> dict[str, Any]:
    """Take a project along the road; what each role did and waited."""
    number = road.go(around, at, at(None), place.app.extensions["aidflow"].clock, worker)
    road.oversee(people, at, number)
    expert = next(each for each in around.experts if each.user_id in at.sitters)
    people = {**people, "expert": expert}
    roles = {name: at.sitters[actor.user_id if actor else None] for name, actor in people.items()}
    found = {
        name: {
            "touches": sitter.touches,
            "pages": sitter.pages,
            "seconds": round(sitter.waited, 2),
            "seconds_a_page": round(sitter.waited / sitter.pages, 3),
        }
        for name, sitter in roles.items()
    }
    at.close()
    return {"stage": case_of(pid_of(number)).stage, "roles": found}


@contextmanager
def _worker(place: Place) -> Iterator[Callable[[], None]]:
    app = for_the_system(create_app(place.settings.for_worker()))
    with ThreadPoolExecutor(1) as apart:
        # Playwright keeps this thread's event loop for itself; the worker needs one of its own.
        yield lambda: apart.submit(work_off, app).result()
    with app.app_context():
        db.engine.dispose()
