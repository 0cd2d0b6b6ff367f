"""Passkeys: one answer to one challenge, by the right device, for the right person, at the right place."""

import re

import pytest

from app import create_app
from app.database import db
from app.people.models import Challenge, Passkey, SignIn
from app.people.service import set_active
from app.registers.models import RegisterChange
from tests import browse
from tests.conftest import Visitor
from tests.device import QUESTION, Browser, Device


def test_a_passkey_alone_signs_in_and_leads_where_one_wanted_to_go(site, someone, device, rows):
    browser = Browser(site)

    answer = browser.enter(device.answer(browser.question()), next="/account?x=1")

    assert (answer.status_code, answer.location) == (303, "/account?x=1")
    assert someone.email in browser.get("/account").text
    newest = max(rows(SignIn), key=lambda row: row.id)
    assert (newest.user_id, newest.way, newest.waits_for_code) == (someone.user_id, "passkey", False)
    assert "通行密钥" in browser.get("/account/sign-ins").text


def test_a_challenge_is_answered_once(site, device, rows):
    browser = Browser(site)
    answer = device.answer(browser.question())
    assert browser.enter(answer).status_code == 303
    browser.post("/sign-out")

    assert browser.enter(answer).status_code == 422
    assert [row.purpose for row in rows(Challenge)] == []
    assert not browser.is_signed_in


def test_a_wrong_answer_uses_the_challenge_up(site, device):
    browser = Browser(site)
    question = browser.question()
    assert browser.enter(device.answer(question, verified=False)).status_code == 422

    assert browser.enter(device.answer(question)).status_code == 422


def test_a_challenge_is_answered_in_the_browser_that_it_was_put_to(site, device):
    here, there = Browser(site), Browser(site)
    there.question()

    assert there.enter(device.answer(here.question())).status_code == 422


def test_a_challenge_waits_five_minutes(site, device, superuser):
    browser = Browser(site)
    question = browser.question()
    superuser.execute("UPDATE challenge SET made_at = made_at - interval '301 seconds'")

    assert browser.enter(device.answer(question)).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost"},
        {"origin": "http://evil.example"},
        {"verified": False},
        {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"},
        {"userHandle": b"somebody else"},
        {"userHandle": None},
    ],
    ids=str,
)
def test_an_answer_that_is_not_wholly_right_is_refused(site, device, wrong):
    browser = Browser(site)

    assert browser.enter(device.answer(browser.question(), **wrong)).status_code == 422
    assert not browser.is_signed_in


def test_an_answer_for_another_host_is_refused(site, device):
    browser = Browser(site)
    device.host = "localhost.evil.example"

    assert browser.enter(device.answer(browser.question())).status_code == 422


@pytest.mark.parametrize("said", ["", "{", "{}", "[" * 5000, '{"id":1}', "\x00", '"x"', '{"id":"a","rawId":"a"}'])
def test_what_is_no_answer_is_refused_like_a_wrong_one(site, said):
    browser = Browser(site)
    browser.question()

    assert browser.enter(said).status_code == 422


def test_a_copied_passkey_is_found_out_by_its_counter_and_opens_nothing_any_more(site, device, someone, rows):
    browser = Browser(site)
    device.counter = 7
    assert browser.enter(device.answer(browser.question())).status_code == 303
    copy = Browser(site)
    device.counter = 3

    assert copy.enter(device.answer(copy.question())).status_code == 422
    assert [(row.counter, row.doubted_at is None) for row in rows(Passkey)] == [(8, False)]
    noted = [row.after for row in rows(RegisterChange) if row.key == someone.email and row.by_id is None]
    assert noted[-1] == {"passkey": "doubted"}
    device.counter = 20
    assert copy.enter(device.answer(copy.question())).status_code == 422
    assert "疑似被复制" in browser.get("/account/passkeys").text


def test_a_counter_counts_only_where_the_signature_is_right(site, device, rows):
    browser = Browser(site)
    device.counter = 7
    browser.enter(device.answer(browser.question()))
    device.counter, stranger = 1, Browser(site)

    stranger.enter(device.answer(stranger.question(), signature=b"\x30\x06\x02\x01\x01\x02\x01\x01"))

    assert [row.doubted_at for row in rows(Passkey)] == [None]


def test_a_device_without_a_counter_may_always_say_nought(site, device):
    for _ in range(2):
        browser = Browser(site)
        device.counter = -1
        assert browser.enter(device.answer(browser.question())).status_code == 303


def test_after_a_password_the_passkey_must_be_of_the_same_person(site, device, someone, app):
    other, browser = browse.person("expert"), Browser(site)
    browser.sign_in(other.email)
    theirs = Device()
    assert browser.keep(theirs).status_code == 201

    waiting = Browser(site)
    asked = waiting.sign_in(someone.email)
    assert (asked.location, waiting.is_signed_in) == ("/sign-in/code", False)
    assert waiting.enter(theirs.answer(waiting.question())).status_code == 422
    assert not waiting.is_signed_in

    assert waiting.enter(device.answer(waiting.question())).status_code == 303
    assert someone.email in waiting.get("/account").text


def test_somebody_switched_off_gets_the_answer_of_anybody_else(site, device, someone):
    unknown = Browser(site)
    nobody = unknown.enter(Device().answer(unknown.question()))
    set_active(someone.user_id, active=False)
    browser = Browser(site)

    off = browser.enter(device.answer(browser.question()))

    assert (off.status_code, nobody.status_code) == (422, 422)
    assert re.sub(r'value="[^"]*"|nonce-?="?[^"]*"', "", off.text) == re.sub(
        r'value="[^"]*"|nonce-?="?[^"]*"', "", nobody.text
    )


def test_fifty_wrong_answers_from_one_address_are_enough(site, device):
    browser = Browser(site)

    statuses = [browser.enter("{}").status_code for _ in range(50)]

    assert statuses == [422] * 50
    assert browser.enter(device.answer(browser.question())).status_code == 429


def test_ten_passkeys_after_a_right_password_are_enough(site, device, someone):
    browser = Browser(site)
    browser.sign_in(someone.email)

    assert [browser.enter("{}").status_code for _ in range(10)] == [422] * 10
    assert browser.enter(device.answer(browser.question())).status_code == 429


def test_where_the_address_is_a_number_no_passkey_is_offered_nor_taken(app, settings, device):
    elsewhere = create_app(settings.model_copy(update={"public_url": "http://10.0.0.7"}))
    elsewhere.test_client_class = Visitor
    browser = Browser(elsewhere)

    assert "用通行密钥登录" not in browser.get("/sign-in").text
    assert browser.post(QUESTION).status_code == 404
    assert browser.enter("{}").status_code == 422
    with elsewhere.app_context():
        db.engine.dispose()
