"""Many try to sign in at the same moment, on real threads: no more of them are looked at than the limit allows."""

import threading
from collections import Counter
from typing import Any

from flask import Flask

from app.people.models import RateLimit
from tests import browse

AT_ONCE = 20


def together(app: Flask, email: str, password: str) -> Counter[int]:
    """The statuses of as many sign-ins begun at the same moment, each from a browser of its own."""
    browsers = [browse.browser(app.test_client()) for _ in range(AT_ONCE)]
    tokens = [each.csrf_token() for each in browsers]
    start, statuses = threading.Barrier(AT_ONCE), []

    def attempt(browser: browse.Browser, token: str) -> None:
        start.wait()
        sent = {"csrf_token": token, "email": email, "password": password}
        statuses.append(browser.client.post("/sign-in", data=sent).status_code)

    threads = [threading.Thread(target=attempt, args=pair) for pair in zip(browsers, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(statuses)


def test_of_twenty_wrong_passwords_at_once_ten_are_looked_at(app: Flask) -> None:
    someone = browse.person()

    assert together(app, someone.email, "wrong password") == {200: 10, 429: 10}
    assert browse.browser(app.test_client()).sign_in(someone.email).status_code == 429


def test_a_right_sign_in_gives_its_attempt_back_and_no_more(app: Flask, rows: Any) -> None:
    someone = browse.person()
    browse.browser(app.test_client()).sign_in(someone.email, "wrong password")

    came = together(app, someone.email, browse.PASSWORD)

    assert set(came) <= {302, 429}
    assert came[302] >= 9
    assert sorted(each.amount for each in rows(RateLimit)) == [1, 1 + came[429]]
    assert browse.browser(app.test_client()).sign_in("nobody@aidflow.example").status_code == 200
