"""What an attacker makes of single sign-on: old codes, other states, tokens that are forged or meant for others."""

import re
import time

import pytest

from app.people.models import Challenge, OutsideAccount
from tests.provider import (
    BACK,
    CLIENT,
    SUBJECT,
    come,
    is_in,
    leave,
    signed_by_another,
    signed_with_the_secret,
    unsigned,
)


def test_a_way_back_is_good_once_and_in_the_browser_that_left(at, provider, known, rows):
    browser, other = at(), at()
    back = provider.sign_in(leave(browser), SUBJECT)
    cookie = browser.client.get_cookie("aidflow")
    leave(other)
    assert other.get(back).status_code == 400

    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400
    # Whoever kept the cookie of before has the right state, and it has come back already.
    other.client.set_cookie("aidflow", cookie.value)
    assert other.get(back).status_code == 400
    assert [row.purpose for row in rows(Challenge)] == ["provider"]


def test_a_code_is_taken_once(at, provider, known):
    first, second = at(), at()
    code = re.search(r"code=([^&]+)", provider.sign_in(leave(first), SUBJECT))[1]
    leave(second)
    state = re.search(r"state=([^&]+)", leave(second))[1]

    # The code of another sign-in fits neither its verifier nor, were it taken, its nonce.
    assert second.get(f"{BACK}?code={code}&state={state}").status_code == 403
    assert not is_in(second)


@pytest.mark.parametrize("state", ["", "wrong", "é"])
def test_a_wrong_state_is_refused(at, provider, known, state):
    browser = at()
    code = re.search(r"code=([^&]+)", provider.sign_in(leave(browser), SUBJECT))[1]

    assert browser.get(BACK, query_string={"code": code, "state": state}).status_code == 400
    assert browser.get(BACK, query_string={"code": code}).status_code == 400


def test_a_state_that_is_too_old_is_refused(at, provider, known):
    browser = at()
    back = provider.sign_in(leave(browser), SUBJECT)
    with browser.client.session_transaction() as session:
        session["provider"] = session["provider"] | {"at": int(time.time()) - 301}

    assert browser.get(back).status_code == 400


@pytest.mark.parametrize("change", [signed_by_another, unsigned, signed_with_the_secret, lambda _token: "x.y.z"])
def test_a_token_that_the_provider_did_not_sign_is_refused(at, provider, known, change, rows):
    browser = at()
    provider.change = change

    assert come(browser, provider).status_code == 403
    assert (is_in(browser), rows(OutsideAccount)) == (False, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"aud": "another client"},
        {"aud": "another client", "azp": CLIENT},
        {"aud": [CLIENT, "another client"]},
        {"azp": "another client"},
        {"iss": "http://localhost:1"},
        {"exp": 1},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"at_hash": "another"},
        {"auth_time": "yesterday"},
    ],
    ids=lambda wrong: "-".join(f"{name}" for name in wrong),
)
def test_a_token_that_is_not_about_this_sign_in_is_refused(at, provider, known, wrong, rows):
    provider.knows(SUBJECT, email=known.email, email_verified=True, **wrong)
    browser = at()

    assert come(browser, provider).status_code == 403
    assert (is_in(browser), rows(OutsideAccount)) == (False, [])


def test_a_subject_that_is_longer_than_it_may_be_is_refused(at, provider, known, rows):
    provider.knows("x" * 256, email=known.email, email_verified=True)

    assert come(at(), provider, subject="x" * 256).status_code == 403
    assert rows(OutsideAccount) == []


def test_an_answer_of_another_issuer_is_refused(at, provider, known):
    browser = at()
    back = provider.sign_in(leave(browser), SUBJECT)
    assert browser.get(f"{back}&iss=http://localhost:1").status_code == 403

    right = provider.sign_in(leave(browser), SUBJECT)
    assert browser.get(f"{right}&iss={provider.issuer}").status_code == 303


def test_a_provider_that_says_it_names_itself_has_to(at, provider, known):
    provider.said = {"authorization_response_iss_parameter_supported": True}

    assert come(at(), provider).status_code == 403


@pytest.mark.parametrize(
    "said",
    [{"issuer": "http://localhost:1"}, {"authorization_endpoint": "javascript:alert(1)"}, {"jwks_uri": 1}],
    ids=str,
)
def test_what_does_not_answer_as_the_provider_counts_as_away(at, provider, said):
    provider.said = said

    answer = at().get("/sign-in/provider")

    assert answer.status_code == 503
    assert "单位统一登录暂时无法使用。" in answer.text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_nobody_is_sent_to_another_site(at, provider, known, elsewhere):
    browser = at()

    assert come(browser, provider, elsewhere).location == "/inbox"
    # Signed in already, one is led on at once.
    assert browser.get("/sign-in/provider", query_string={"next": elsewhere}).location == "/inbox"


def test_fifty_wrong_ways_back_from_one_address_are_enough(at, provider, known):
    browser = at()

    assert [browser.get(f"{BACK}?state=x").status_code for _ in range(50)] == [400] * 50
    assert come(browser, provider).status_code == 429
