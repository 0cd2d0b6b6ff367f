"""A whole town with all its pages: made once for the tests of a file, which only look."""

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.people.service.proposals import propose_grant
from tests.browser.walking import FEW, Visit, Walker
from tests.make import pid_of
from tests.pages.browsing import Browser, signed_in
from tests.settled import readers, settle
from workflows.calendar import shanghai_date

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
        now = app.extensions["aidflow"].clock.now()
        around, numbers = settle(now, only=only)
        browsers, visits = {}, []
        people = readers(around)
        for name, actor in people.items():
            browsers[name] = app.test_client()
            if actor is not None:
                signed_in(browsers[name], actor)
        refused = REFUSED if only is None else {}
        done = _done(browsers, numbers, now) if only is None else {}
        system, expert = people["system_admin"], people["expert"]
        if only is None and system is not None and expert is not None:
            propose_grant(expert.user_id or 0, "secretary", reason="评审需要", by=system.user_id or 0, now=now)
        # Nothing of this is read any more, and the database ends whoever sits in a transaction for long.
        db.session.remove()
        for name, actor in people.items():
            walker = Walker(app, browsers[name], name, actor, MOST if name in THOROUGH else FEW)
            visits += walker.walk(done.get(name, ()))
            visits += [walker.visit(path.format(**numbers), NOWHERE) for path in refused.get(name, ())]
        yield Everywhere(app, browsers, tuple(visits))


def _done(browsers: Mapping[str, FlaskClient], numbers: Mapping[str, str], now: datetime) -> dict[str, list[str]]:
    """What is there only once somebody sent a form: reader → where its answer led."""
    day = shanghai_date(now + timedelta(days=10)).isoformat()
    hours = {"starts_at": f"{day}T09:00", "ends_at": f"{day}T12:00", "sheets_due_on": day}
    secretary, applicant = Browser(browsers["secretary"]), Browser(browsers["applicant"])
    answers = [
        secretary.fill("/panels/sessions/new", projects=[numbers["expert_review"]], place="五号会议室", **hours),
        secretary.fill("/meetings/new", year="DKZY/2026", held_at=f"{day}T14:00", place="五号会议室"),
    ]
    receipt = applicant.act(pid_of(numbers["handed_in"]), "submit")
    return {"secretary": [answer.request.path for answer in answers], "applicant": [receipt.request.path]}


#: Pages to which no link leads: what is absent, what is another's duty, what is over, what is no address.
NOWHERE = "by hand"
REFUSED = {
    "applicant": ("/projects/AF2026-999999", "/calls/new", "/projects/{closed}/edit", "/nowhere"),
    "public": ("/notices/AF2026-999999", "/projects/{closed}", "/nowhere"),
}
