"""On an open screen nobody chooses a password or finishes a second factor, and a new password alone proves nothing."""

import re
import time
from base64 import b32decode

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from app.people.models import SecondFactor
from tests import browse
from tests.pages.browsing import form
from tests.provider import come

LONG_AGO = "UPDATE sign_in SET proven_at = now() - interval '6 minutes'"
NEW = "another long password"
PAGE, FACTOR = "/account/password", "/account/second-factor"


@pytest.fixture
def asking(application_with):
    """The application as it is outside demonstrations and tests: it asks again after five minutes."""
    return application_with(reauthentication_minutes=5)


def change(browser, present=browse.PASSWORD, **more):
    """Send the form of a new password."""
    return browser.post(PAGE, {"password": present, "new_password": NEW, "new_password_confirm": NEW, **more})


def prove(browser, asked, to):
    """Answer the page that asks, as it leads on."""
    fields = form(asked, to)
    fields["proof"] = browse.PASSWORD
    return browser.client.post(to, data=fields)


def gets_in(app, email, password):
    return browse.Browser(app.test_client()).sign_in(email, password).status_code == 302


def test_who_has_no_password_chooses_one_only_after_proving_at_the_provider(at, provider, known, superuser):
    superuser.execute('UPDATE "user" SET password = NULL')
    screen = at(reauthentication_minutes=5)
    come(screen, provider)
    superuser.execute(LONG_AGO)

    answers = [screen.get(PAGE), change(screen, "")]

    assert [(each.status_code, "请再次核对身份" in each.text) for each in answers] == [(403, True)] * 2
    assert superuser.execute('SELECT password FROM "user"').fetchall() == [(None,)]


def test_a_new_password_does_not_prove_who_has_a_second_factor(asking, superuser):
    someone = browse.person("expert")
    browser = browse.browser(asking.test_client(), someone)
    superuser.execute(
        "INSERT INTO second_factor (user_id, secret, confirmed_at) VALUES (%s, 'unreadable', now())",
        (someone.user_id,),
    )
    superuser.execute(LONG_AGO)

    answer = change(browser)

    assert (answer.status_code, gets_in(asking, someone.email, NEW)) == (403, False)
    assert browser.post("/account/tokens", {"name": "x", "scope": "act", "days": "30"}).status_code == 403


def test_after_the_proof_the_form_is_shown_anew_and_what_was_typed_stands_nowhere(asking, superuser):
    someone = browse.person("expert")
    browser = browse.browser(asking.test_client(), someone)
    superuser.execute(LONG_AGO)

    asked = change(browser)
    shown = prove(browser, asked, PAGE)

    assert (asked.status_code, shown.status_code) == (403, 200)
    assert [word for word in (NEW, browse.PASSWORD) if word in asked.text + shown.text] == []
    assert not gets_in(asking, someone.email, NEW)
    assert (change(browser).status_code, gets_in(asking, someone.email, NEW)) == (302, True)


def test_ten_wrong_present_passwords_are_enough(client):
    browser = browse.browser(client, browse.person("expert"))

    wrong = [change(browser, "a wrong password").status_code for _ in range(10)]

    assert (wrong, change(browser).status_code) == ([200] * 10, 429)


def test_a_secret_that_waits_is_neither_shown_nor_confirmed_on_an_open_screen(asking, superuser, rows):
    browser = browse.browser(asking.test_client(), browse.person("expert"))
    browser.post(f"{FACTOR}/begin")
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', browser.get(FACTOR).text)[1].replace(" ", "")
    code = TOTP(b32decode(secret), 6, SHA1(), 30, enforce_key_length=False).generate(int(time.time())).decode()
    superuser.execute(LONG_AGO)

    seen, confirmed = browser.get(FACTOR), browser.post(f"{FACTOR}/confirm", {"code": code})

    assert (seen.status_code, confirmed.status_code) == (403, 403)
    assert secret not in seen.text.replace(" ", "")
    assert [row.confirmed_at for row in rows(SecondFactor)] == [None]


def test_staff_who_were_held_up_while_they_set_up_the_second_factor_go_on_after_the_proof(application_with, superuser):
    site = application_with(reauthentication_minutes=5, second_factor="required")
    browser = browse.browser(site.test_client(), browse.person("expert"))
    browser.post(f"{FACTOR}/begin")
    superuser.execute(LONG_AGO)
    to = f"/account/prove?next={FACTOR}"

    answer = prove(browser, browser.get(FACTOR), to)

    assert (answer.status_code, answer.location) == (303, FACTOR)
    assert browser.get(FACTOR).status_code == 200
