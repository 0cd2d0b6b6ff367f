"""What an attacker tries with words of another session, names of files and words that override a method."""

from io import BytesIO

import pytest

from app.people.models import SignIn
from tests import browse
from tests.app.security.test_second_factor import code_of, set_up
from tests.make import PDF

COOKIE = "aidflow"


def test_the_token_of_another_session_is_no_token(client, app, table_state):
    mine, theirs = browse.browser(client, browse.person()), browse.browser(app.test_client(), browse.person())
    stranger = browse.browser(app.test_client())
    foreign = {"another person": theirs.csrf_token(), "nobody yet": stranger.csrf_token()}
    before = table_state()

    answers = {
        whose: mine.client.post("/account/language", data={"csrf_token": token, "locale": "en"}).status_code
        for whose, token in foreign.items()
    }

    assert answers == dict.fromkeys(foreign, 400)
    assert table_state() == before


def test_the_token_from_before_sign_in_is_worth_nothing_after_it(client, table_state):
    someone, browser = browse.person(), browse.browser(client)
    early = browser.csrf_token()
    browser.sign_in(someone.email)
    before = table_state()

    answer = client.post("/account/language", data={"csrf_token": early, "locale": "en"})

    assert answer.status_code == 400
    assert table_state() == before


def test_a_request_recorded_before_sign_out_is_not_taken_after_it(client, app, rows, table_state):
    browser = browse.browser(client, browse.person())
    recorded = {"csrf_token": browser.csrf_token(), "locale": "en"}
    cookie = client.get_cookie(COOKIE).value
    browser.post("/sign-out")
    before = table_state()

    thief = app.test_client()
    thief.set_cookie(COOKIE, cookie)
    answer = thief.post("/account/language", data=recorded)

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert table_state() == before
    assert [row.ended_at is None for row in rows(SignIn)] == [False]


def test_a_code_that_signed_in_proves_nothing_later(client, app, superuser):
    someone = browse.person("expert")
    secret, _codes = set_up(browse.browser(client, someone))
    other = browse.Browser(app.test_client())
    other.sign_in(someone.email)
    code = code_of(secret)
    assert other.post("/sign-in/code", {"code": code}).status_code == 303
    superuser.execute("UPDATE sign_in SET proven_at = now() - interval '1 hour'")

    assert other.post("/account/prove", {"proof": code}).status_code == 422


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_word_turns_one_method_into_another(client, table_state, header):
    browser = browse.browser(client, browse.person())
    before = table_state()

    read = client.get("/account/language?_method=POST&locale=en", headers={header: "POST"})
    written = browser.post("/sign-in?_method=GET", {"_method": "DELETE"}, headers={header: "DELETE"})

    assert (read.status_code, written.status_code) == (405, 422)
    assert table_state() == before


EVIL = 'a"\r\nX-Evil: 1\r\n\r\n<script>.pdf'


@pytest.mark.parametrize("name", [EVIL, "a\nSet-Cookie: b=c.pdf", "a\x00.pdf", "\u2028x\u202efdp.pdf"])
def test_a_name_of_a_file_makes_no_header(app, clock, name):
    from tests.make import bearer, draft, town_today

    around = town_today(clock.now())
    number = draft(around, now=clock.now())
    headers = bearer(around.owner, clock.now())
    client = app.test_client()

    sent = client.post(
        f"/api/v1/projects/{number}/papers", data={"kind": "other", "file": (BytesIO(PDF), name)}, headers=headers
    )
    answers = [sent]
    if sent.status_code == 201:
        answers.append(client.get(f"/api/v1/papers/{sent.json['id']}", headers=headers))

    assert sent.status_code in {201, 415, 422}
    for answer in answers:
        assert [name for name in ("X-Evil", "Set-Cookie") if name in answer.headers] == []
        assert [line for _name, line in answer.headers if any(c in line for c in "\r\n\0")] == []
        answer.close()
