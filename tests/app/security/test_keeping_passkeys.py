"""Passkeys are added and taken away by their person, and count as the second factor."""

import json
import re

from app.people.models import Passkey, RecoveryCode
from app.people.service.factors import remove_factor
from tests import browse
from tests.device import Browser, Device


def test_a_credential_belongs_to_one_person(site, device, rows):
    other, browser = browse.person("expert"), Browser(site)
    browser.sign_in(other.email)

    answer = browser.keep(device)

    assert answer.status_code == 422
    assert "这个通行密钥已经登记过。" in answer.text
    assert len(rows(Passkey)) == 1


def test_registering_wants_a_verified_person_at_the_right_place_and_its_own_challenge(site, someone, rows):
    browser = Browser(site)
    browser.sign_in(someone.email)
    made = Device()
    wrong = [
        made.make(browser.wishes(), verified=False),
        made.make(browser.wishes(), origin="http://evil.example"),
        made.make(
            json.dumps(json.loads(browser.wishes()) | {"challenge": json.loads(browser.question())["challenge"]})
        ),
        "{}",
    ]

    answers = [browser.post("/account/passkeys", {"name": "x", "credential": each}).status_code for each in wrong]
    right = made.make(browser.wishes())
    twice = [browser.post("/account/passkeys", {"name": "x", "credential": right}).status_code for _ in range(2)]

    assert (answers, twice, len(rows(Passkey))) == ([422] * 4, [201, 422], 1)


def test_staff_with_a_passkey_need_no_authenticator_and_their_recovery_codes_open(site, someone, rows):
    browser = Browser(site)
    browser.sign_in(someone.email)
    assert browser.get("/inbox").location == "/account/second-factor"
    made = browser.keep(Device())
    codes = re.findall(r'<code class="secret">([a-z2-7-]{19})</code>', made.text)
    assert (len(codes), len(rows(RecoveryCode)), browser.get("/inbox").status_code) == (10, 10, 200)

    other = Browser(site)
    other.sign_in(someone.email)
    assert other.post("/sign-in/code", {"code": codes[0]}).status_code == 303
    assert other.is_signed_in


def test_staff_keep_their_last_factor_and_may_take_another_away(site, device, someone, rows, table_state):
    browser = Browser(site)
    browser.enter(device.answer(browser.question()))
    first = rows(Passkey)[0].id
    before = table_state()["passkey"]
    assert browser.post(f"/account/passkeys/{first}/remove").status_code == 409
    assert table_state()["passkey"] == before

    browser.keep(Device(), "安全钥匙")
    assert browser.post(f"/account/passkeys/{first}/remove").status_code == 303
    assert [row.name for row in rows(Passkey)] == ["安全钥匙"]


def test_nobody_takes_away_the_passkey_of_somebody_else(site, device, rows):
    other, browser = browse.person("expert"), Browser(site)
    browser.sign_in(other.email)
    browser.keep(Device())
    first = rows(Passkey)[0].id

    theirs, absent = browser.post(f"/account/passkeys/{first}/remove"), browser.post("/account/passkeys/9999/remove")

    assert (theirs.status_code, absent.status_code, len(rows(Passkey))) == (404, 404, 2)


def test_whoever_lost_everything_loses_passkeys_with_the_second_factor(site, device, someone, rows):
    remove_factor(someone.user_id, by=None, now=browse.NOW)
    browser = Browser(site)

    assert (rows(Passkey), rows(RecoveryCode)) == ([], [])
    assert browser.enter(device.answer(browser.question())).status_code == 422
