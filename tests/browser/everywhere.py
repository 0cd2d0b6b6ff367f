"""A whole town with all its pages: made once for the tests of a file, which only look."""

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from tests.browser.walking import FEW, Visit, Walker
from tests.pages.browsing import signed_in
from tests.settled import readers, settle

#: Who sees whole projects opens every page of every one; the others open a few of each kind.
THOROUGH = {"applicant", "fund"}
MOST = 40


@dataclass(frozen=True, slots=True)
class Everywhere:
    """Everything there is to see: a browser for everybody who looks, and what they found."""

    app: Flask
    browsers: Mapping[str, FlaskClient]
    visits: tuple[Visit, ...]


@contextmanager
def everywhere(app: Flask, *, only: Container[str] | None = None) -> Iterator[Everywhere]:
    """Settle the town, or some of its projects, in this application's database and send everybody everywhere."""
    with app.app_context():
        around, numbers = settle(app.extensions["aidflow"].clock.now(), only=only)
        browsers, visits = {}, []
        for name, actor in readers(around).items():
            browsers[name] = app.test_client()
            if actor is not None:
                signed_in(browsers[name], actor)
            walker = Walker(app, browsers[name], name, actor, MOST if name in THOROUGH else FEW)
            visits += walker.walk()
            if only is None:
                visits += [walker.visit(path.format(**numbers), NOWHERE) for path in REFUSED.get(name, ())]
        yield Everywhere(app, browsers, tuple(visits))


#: Pages to which no link leads: what is absent, what is another's duty, what is over, what is no address.
NOWHERE = "by hand"
REFUSED = {
    "applicant": ("/projects/AF2026-999999", "/calls/new", "/projects/{closed}/edit", "/nowhere"),
    "public": ("/notices/AF2026-999999", "/projects/{closed}", "/nowhere"),
}
