"""The second factor: who needs it, how it is set up, and that no code opens twice."""

import re
import time
from base64 import b32decode
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from app.database import db
from app.people.models import RecoveryCode, SecondFactor
from app.people.service.factors import take_code
from app.vault import SECOND_FACTORS, Vault, WrongKey
from tests import browse

STEP = 30


def code_of(secret, *, steps=1):
    """What an authenticator shows half a minute from now, which a clock that is a little late still takes; or later."""
    totp = TOTP(b32decode(secret), 6, SHA1(), STEP, enforce_key_length=False)
    return totp.generate(int(time.time()) + steps * STEP).decode()


def set_up(browser):
    """Set up a second factor as a person would: (secret, recovery codes)."""
    browser.post("/account/second-factor/begin")
    page = browser.get("/account/second-factor").text
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")
    done = browser.post("/account/second-factor/confirm", {"code": code_of(secret, steps=0)})
    assert done.status_code == 201, done.text
    return secret, re.findall(r'<code class="secret">([a-z2-7-]{19})</code>', done.text)


@pytest.fixture
def strict(application_with):
    """The application as it is outside demonstrations and tests: staff must have a second factor."""
    return application_with(second_factor="required")


def test_whoever_has_a_second_factor_gets_in_with_a_code_only(client, app):
    someone = browse.person("expert")
    secret, _codes = set_up(browse.browser(client, someone))
    other = browse.Browser(app.test_client())

    answer = other.sign_in(someone.email)

    assert (answer.status_code, answer.location) == (302, "/sign-in/code")
    assert other.get("/account").status_code == 303
    assert other.post("/sign-in/code", {"code": "000000"}).status_code == 422
    right = other.post("/sign-in/code", {"code": code_of(secret), "next": "/account?x=1"})
    assert (right.status_code, right.location) == (303, "/account?x=1")
    assert other.get("/account").status_code == 200


def test_no_code_is_taken_twice(client, app):
    someone = browse.person("expert")
    secret, _codes = set_up(browse.browser(client, someone))
    code = code_of(secret)

    def enter():
        other = browse.Browser(app.test_client())
        other.sign_in(someone.email)
        return other.post("/sign-in/code", {"code": code}).status_code

    assert [enter(), enter()] == [303, 422]


def test_of_many_who_give_one_code_at_once_one_gets_in(client, app):
    someone = browse.person("expert")
    secret, codes = set_up(browse.browser(client, someone))
    vault = app.extensions["aidflow"].vault

    def give(code):
        with app.app_context():
            try:
                return take_code(someone.user_id, code, vault=vault)
            finally:
                db.session.remove()

    for code in (code_of(secret), codes[0]):
        with ThreadPoolExecutor(8) as many:
            assert sorted(many.map(give, [code] * 8)) == [False] * 7 + [True]


def test_a_code_from_before_the_last_one_is_refused(client, app, superuser):
    someone = browse.person("expert")
    secret, _codes = set_up(browse.browser(client, someone))
    superuser.execute("UPDATE second_factor SET last_step = 1")
    vault = app.extensions["aidflow"].vault

    assert take_code(someone.user_id, code_of(secret), vault=vault)
    assert not take_code(someone.user_id, code_of(secret, steps=0), vault=vault)
    assert not take_code(someone.user_id, code_of(secret, steps=3), vault=vault)


def test_a_recovery_code_opens_once(client, app, rows):
    someone = browse.person("expert")
    _secret, codes = set_up(browse.browser(client, someone))

    def enter(code):
        other = browse.Browser(app.test_client())
        other.sign_in(someone.email)
        return other.post("/sign-in/code", {"code": code}).status_code

    assert len(set(codes)) == 10
    assert [enter(codes[0]), enter(codes[0]), enter(codes[1].upper())] == [303, 422, 303]
    assert sum(row.used_at is not None for row in rows(RecoveryCode)) == 2


def test_neither_the_secret_nor_a_recovery_code_is_readable_in_the_database(client, superuser, app):
    secret, codes = set_up(browse.browser(client, browse.person("expert")))
    kept = str(superuser.execute("SELECT * FROM second_factor, recovery_code").fetchall())

    user_id, sealed = superuser.execute("SELECT user_id, secret FROM second_factor").fetchone()
    place = SECOND_FACTORS.place(user_id)

    assert [
        word for word in (secret, b32decode(secret).hex(), codes[0], codes[0].replace("-", "")) if word in kept
    ] == []
    assert app.extensions["aidflow"].vault.opened(sealed, place) == b32decode(secret)
    with pytest.raises(WrongKey):
        Vault(("another key of thirty-two characters",)).opened(sealed, place)
    with pytest.raises(WrongKey):
        app.extensions["aidflow"].vault.opened(sealed, SECOND_FACTORS.place(user_id + 1))


def test_an_older_key_still_reads_and_the_first_one_writes():
    old, new = "an old key of thirty-two characters", "a new key of thirty-two characters"
    sealed = Vault((old,)).sealed(b"secret", "here")

    assert Vault((new, old)).opened(sealed, "here") == b"secret"
    with pytest.raises(WrongKey):
        Vault((old,)).opened(Vault((new, old)).sealed(b"secret", "here"), "here")


def test_after_ten_codes_even_the_right_one_waits(client, app):
    someone = browse.person("expert")
    secret, _codes = set_up(browse.browser(client, someone))
    other = browse.Browser(app.test_client())
    other.sign_in(someone.email)
    # Setting it up took one.
    wrong = [other.post("/sign-in/code", {"code": "not a code"}).status_code for _ in range(9)]

    assert wrong == [422] * 9
    assert other.post("/sign-in/code", {"code": code_of(secret)}).status_code == 429


def test_a_right_password_waits_ten_minutes_for_its_code(client, app, superuser):
    someone = browse.person("expert")
    secret, _codes = set_up(browse.browser(client, someone))
    other = browse.Browser(app.test_client())
    other.sign_in(someone.email)
    superuser.execute("UPDATE sign_in SET began_at = began_at - interval '11 minutes' WHERE waits_for_code")

    answer = other.post("/sign-in/code", {"code": code_of(secret)})

    assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_staff_get_nowhere_before_they_have_a_second_factor(strict):
    client = strict.test_client()
    browser = browse.browser(client, browse.person("expert"))

    led = {path: client.get(path).location for path in ("/inbox", "/projects", "/account")}
    assert set(led.values()) == {"/account/second-factor"}
    assert client.get("/open-calls").status_code == 200

    set_up(browser)
    assert client.get("/inbox").status_code == 200


def test_applicants_may_do_without(strict):
    browse.organisation()
    client = strict.test_client()
    browse.browser(client, browse.person("applicant_owner", uscc=browse.SCHOOL))

    assert client.get("/inbox").status_code == 200


def test_a_new_authenticator_needs_a_code_of_the_old_one(client, rows):
    browser = browse.browser(client, browse.person("expert"))
    secret, codes = set_up(browser)

    assert browser.post("/account/second-factor/replace", {"code": "000000"}).status_code == 422
    assert rows(SecondFactor)[0].confirmed_at is not None
    assert browser.post("/account/second-factor/begin").status_code == 409
    assert browser.post("/account/second-factor/replace", {"code": codes[0]}).status_code == 303

    assert (rows(SecondFactor)[0].confirmed_at, rows(RecoveryCode)) == (None, [])
    again, _codes = set_up(browser)
    assert again != secret


def test_other_recovery_codes_make_the_earlier_ones_void(client, app):
    someone = browse.person("expert")
    browser = browse.browser(client, someone)
    secret, codes = set_up(browser)

    answer = browser.post("/account/second-factor/recovery-codes", {"code": code_of(secret)})

    assert answer.status_code == 201
    assert not take_code(someone.user_id, codes[0], vault=app.extensions["aidflow"].vault)


def test_the_demonstration_says_that_it_asks_for_no_second_factor(client, strict):
    said = "这是演示环境：登录不要求两步验证。"

    assert [said in page.text for page in (client.get("/sign-in"), strict.test_client().get("/sign-in"))] == [
        True,
        False,
    ]
