"""A town whose call is open now, and its people at their browsers."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.clock import Clock
from app.people.permissions import Actor
from tests.make import Town, town_today
from tests.pages.browsing import Browser, signed_in


@pytest.fixture
def around(app: Flask, clock: Clock) -> Town:
    """Everybody and everything a project needs, with a call that is open at this moment."""
    return town_today(clock.now())


@pytest.fixture
def at_desk(app: Flask) -> Callable[[Actor], Browser]:
    """`at_desk(actor)`: this person signed in at a browser of his or her own, the same one every time."""
    browsers: dict[Any, Browser] = {}

    def browser(actor: Actor) -> Browser:
        if actor.user_id not in browsers:
            browsers[actor.user_id] = signed_in(app.test_client(), actor)
        return browsers[actor.user_id]

    return browser
