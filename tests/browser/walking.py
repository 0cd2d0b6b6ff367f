"""Going wherever a person can go: every link of every page, each page read strictly and its statements counted."""

import hashlib
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from html5lib.html5parser import ParseError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from app.people.permissions import PUBLIC_ACTOR, Actor
from app.security.access import rule_of
from tests.pages.browsing import parsed
from tests.statements import statements

#: How many of alike pages show how they are; whatever comes after them is built of the same templates.
FEW = 3
#: Statements that a page may cost at most, finding out who asks included.
MOST_STATEMENTS = 12
#: Pages that look otherwise with every stage of a case.
STATES = {"desk.project", "desk.case", "desk.delivery", "desk.money", "desk.reviews"}
#: Endpoints that no person reads, but programs and machines.
NOT_PAGES = re.compile(r"^(api|health|metrics|static)\b")
#: What differs between pages of one build: words, numbers, and the values of attributes that name something.
WORDS = re.compile(rb'>[^<]*<|"[^"]*"')
SKELETONS: dict[bytes, tuple[str | None, frozenset[str]]] = {}


@dataclass(frozen=True, slots=True)
class Visit:
    """One page as one reader found it. `features` are the elements that occur, each with the one around it."""

    reader: str
    path: str
    came_from: str
    endpoint: str
    status: int
    statements: int = 0
    size: int = 0
    unsound: str | None = None
    features: frozenset[str] = frozenset()


class Walker:
    """One reader at a browser. Of alike addresses (the same page, the same act) `most` are visited."""

    def __init__(self, app: Flask, client: FlaskClient, name: str, actor: Actor | None, most: int) -> None:
        self.app, self.client, self.name, self.most = app, client, name, most
        self.actor = actor or PUBLIC_ACTOR
        self.urls = app.url_map.bind("localhost")
        self.alike: Counter[tuple[Any, ...]] = Counter()
        self.known: set[str] = set()
        self.waiting: deque[tuple[str, str]] = deque()

    def walk(self, more: Iterable[str] = ()) -> Iterator[Visit]:
        """Every page from the addresses that need no argument (and `more`) on, in the order in which links are met."""
        self._note(more, "")
        for rule in self.app.url_map.iter_rules():
            access = rule_of(self.app, rule.endpoint, "GET")
            admitted = access and (access.everybody or (self.actor.user_id and access.admits(self.actor)))
            if admitted and not rule.arguments and "GET" in (rule.methods or ()):
                self._note([rule.rule], "")
        while self.waiting:
            yield self.visit(*self.waiting.popleft())

    def _note(self, links: Iterable[str], page: str) -> None:
        for link in links:
            there = urlsplit(urljoin(f"http://localhost{page}", link))
            path = there._replace(scheme="", netloc="", fragment="").geturl()
            if there.netloc != "localhost" or path in self.known or "lang=" in there.query:
                continue
            self.known.add(path)
            endpoint, values = self._endpoint(there.path)
            if NOT_PAGES.match(endpoint):
                continue
            # Filters and sorts of a list can be combined without end; a few of them show how it answers.
            kind = (endpoint, values.get("action"), bool(there.query))
            self.alike[kind] += 1
            if self.alike[kind] <= (self.most if endpoint in STATES and not there.query else FEW):
                self.waiting.append((path, page))

    def _endpoint(self, path: str) -> tuple[str, dict[str, Any]]:
        try:
            endpoint, values = self.urls.match(path, method="GET")
        except (HTTPException, RequestRedirect):
            return "", {}
        return endpoint, dict(values)

    def visit(self, path: str, came_from: str = "") -> Visit:
        """Open one page and take note of its links."""
        # The first time may read what is read once in the life of the process.
        for _ in range(2):
            with statements() as seen:
                answer = self.client.get(path)
                content = answer.get_data()
                # A download keeps its file open until then.
                answer.close()
            if len(seen) <= MOST_STATEMENTS:
                break
        endpoint, values = self._endpoint(urlsplit(path).path)
        unsound, features = None, frozenset[str]()
        if answer.location:
            self._note([answer.location], path)
        elif answer.mimetype == "text/html":
            unsound, features = _read(answer, content)
            features |= {f"{endpoint} {values.get('action', '')} {answer.status_code}"}
            if answer.status_code < 400:
                self._note(_links(content), path)
        return Visit(
            self.name, path, came_from, endpoint, answer.status_code, len(seen), len(content), unsound, features
        )


def _links(content: bytes) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'<(?:a|link)\b[^>]*?\shref="([^"]*)"', content.decode())]


def _read(answer: TestResponse, content: bytes) -> tuple[str | None, frozenset[str]]:
    """Whether the page is sound HTML, and what elements it has; pages built alike are read once."""
    skeleton = hashlib.sha256(WORDS.sub(lambda found: found[0][:1], content)).digest()
    if skeleton not in SKELETONS:
        try:
            SKELETONS[skeleton] = None, frozenset(_features(parsed(answer)))
        except ParseError as fault:
            SKELETONS[skeleton] = str(fault), frozenset()
    return SKELETONS[skeleton]


def _features(tree: Any) -> Iterator[str]:
    for around in tree.iter():
        for each in around:
            if isinstance(each.tag, str):
                yield f"{_sign(around)} > {_sign(each)}"


def _sign(element: Any) -> str:
    marks = [element.get(name, "") for name in ("class", "type", "role", "scope")]
    return ".".join(filter(None, [str(element.tag), *marks]))


def different(visits: Iterable[Visit]) -> list[Visit]:
    """Enough of these pages that every element, in every other that it stands in, is on one of them."""
    seen: set[str] = set()
    chosen = []
    for visit in sorted(visits, key=lambda visit: -len(visit.features)):
        if not visit.features <= seen:
            seen |= visit.features
            chosen.append(visit)
    return chosen
