"""A visitor who reads pages strictly and sends their forms as a browser without JavaScript would."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import html5lib
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.database import db
from app.people.models import User
from app.people.permissions import Actor
from app.people.service import change_password

HTML = "{http://www.w3.org/1999/xhtml}"
PASSWORD = "a long enough password 42"


def parsed(response: TestResponse) -> Any:
    """The page, parsed without a single error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.get_data())


def words(response: TestResponse) -> str:
    """What a person reads on the page."""
    main = next(each for each in parsed(response).iter("main"))
    return re.sub(r"\s+", " ", " ".join(main.itertext())).strip()


def links(response: TestResponse) -> list[str]:
    """Where the links of the main part lead, in order."""
    main = next(each for each in parsed(response).iter("main"))
    return [a.get("href") for a in main.iter("a")]


def form(response: TestResponse, action: str | None = None) -> MultiDict[str, str]:
    """What the form of the page (or the one with this action) would send as it stands."""
    main = next(each for each in parsed(response).iter("main"))
    found = [
        each for each in main.iter("form") if each.get("method") == "post" and action in {None, each.get("action")}
    ]
    assert len(found) == 1, [each.get("action") for each in found]
    return MultiDict(list(_sent(found[0])))


def _sent(element: Any) -> Iterator[tuple[str, str]]:
    for each in element.iter():
        name = each.get("name")
        if not name:
            continue
        if each.tag == "input" and (each.get("type") not in {"checkbox", "radio"} or each.get("checked") is not None):
            yield name, each.get("value") or ""
        elif each.tag == "textarea":
            yield name, (each.text or "").removeprefix("\n").replace("\r\n", "\n")
        elif each.tag == "select":
            options = list(each.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            for option in chosen:
                yield name, option.get("value") or ""


class Browser:
    """Somebody at a browser: cookies kept, redirects followed by hand, every page parsed strictly."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, status: int = 200) -> TestResponse:
        """Open a page."""
        response = self.client.get(path)
        assert response.status_code == status, (path, response.status_code, response.text[-2000:])
        if response.mimetype == "text/html" and status < 300:
            parsed(response)
        return response

    def send(self, path: str, fields: Mapping[str, Any], status: int = 303) -> TestResponse:
        """Send a form and, where the answer leads on, open the page it leads to."""
        response = self.client.post(path, data=fields)
        assert response.status_code == status, (path, response.status_code, words(response) if response.data else "")
        if status == 303:
            return self.get(response.location)
        parsed(response)
        return response

    def fill(self, path: str, status: int = 303, **typed: Any) -> TestResponse:
        """Open a page with one form, type into it and send it."""
        fields = form(self.get(path))
        for word, value in typed.items():
            name = word.replace("__", "-")
            assert name in fields or isinstance(value, list), (name, sorted(fields))
            fields.setlist(name, value if isinstance(value, list) else [value])
        return self.send(path, fields, status)

    def act(self, pid: Any, action: str, status: int = 303, **typed: Any) -> TestResponse:
        """Open the page of an action, type into it and press its button."""
        return self.fill(f"/cases/{pid.hex}/actions/{action}", status, **typed)


def signed_in(client: FlaskClient, actor: Actor) -> Browser:
    """This person, signed in with a password."""
    assert actor.user_id is not None
    change_password(actor.user_id, PASSWORD)
    email = db.session.get_one(User, actor.user_id).email
    db.session.rollback()
    browser = Browser(client)
    page = client.get("/sign-in")
    assert page.status_code == 200
    fields = form(page)
    fields["email"], fields["password"] = email, PASSWORD
    answer = client.post("/sign-in", data=fields)
    assert answer.status_code == 302, answer.text
    return browser
