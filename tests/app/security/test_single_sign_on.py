"""Single sign-on: whom the provider vouches for comes in where we know that person, and nobody else ever does."""

import re
import time
from urllib.parse import urlsplit

import pytest

from app.people.models import OutsideAccount, SignIn
from app.people.service import set_active
from app.people.service.outside import unlink
from app.refusals import FieldRefused
from app.registers.models import RegisterChange
from app.settings import Settings
from tests import browse
from tests.device import ORIGIN
from tests.make import NOW
from tests.provider import BACK, SUBJECT, come, is_in, leave

REFUSED = "您不能由单位统一登录进入本系统。"


def test_whom_the_provider_names_comes_in_and_is_linked_once(at, provider, known, rows):
    first = at()
    answer = come(first, provider, "/account?x=1")
    assert (answer.status_code, answer.location) == (303, "/account?x=1")
    assert known.email in first.get("/account").text
    assert [(row.issuer, row.subject, row.user_id) for row in rows(OutsideAccount)] == [
        (provider.issuer, SUBJECT, known.user_id)
    ]
    assert [row.after for row in rows(RegisterChange) if row.by_id == known.user_id] == [{"outside_account": "linked"}]
    assert rows(SignIn)[-1].way == "provider"

    # From then on the address does not matter.
    provider.knows(SUBJECT, email="changed@elsewhere.example", email_verified=False)
    again = at()
    assert come(again, provider).location == "/inbox"
    assert len(rows(OutsideAccount)) == 1


def test_the_button_is_there_where_a_provider_is_set(at, client):
    said = "单位统一登录"

    assert [said in at().get("/sign-in").text, said in client.get("/sign-in").text] == [True, False]
    assert [client.get(path).location for path in ("/sign-in/provider", BACK)] == ["/sign-in", "/sign-in"]


def test_an_unknown_an_unverified_and_a_switched_off_person_read_the_same(at, provider, known, rows):
    off = browse.person()
    set_active(off.user_id, active=False)
    provider.knows("unknown", email="nobody@elsewhere.example", email_verified=True)
    provider.knows("unverified", email=known.email, email_verified=False)
    provider.knows("silent", email=known.email)
    provider.knows("worded", email=known.email, email_verified="true")
    provider.knows("nameless")
    provider.knows("off", email=off.email, email_verified=True)
    browser = at()

    answers = [
        come(browser, provider, subject=subject)
        for subject in ("unknown", "unverified", "silent", "worded", "nameless", "off")
    ]

    assert [answer.status_code for answer in answers] == [403] * 6
    assert len({re.sub(r"(code|state)=[^&\"]*", "", answer.text) for answer in answers}) == 1
    assert REFUSED in answers[0].text
    assert (is_in(browser), rows(OutsideAccount)) == (False, [])


def test_a_linked_person_who_is_switched_off_is_refused(at, provider, known):
    assert come(at(), provider).status_code == 303
    set_active(known.user_id, active=False)

    assert come(at(), provider).status_code == 403


def test_an_address_that_was_given_to_somebody_else_opens_nothing(at, provider, known, rows):
    come(at(), provider)
    provider.knows("u-18", email=known.email, email_verified=True)

    assert come(at(), provider, subject="u-18").status_code == 403
    assert [row.subject for row in rows(OutsideAccount)] == [SUBJECT]


def test_after_the_link_was_ended_another_subject_of_the_address_is_linked_and_the_old_one_is_nobody(
    at, provider, known, rows
):
    first = at()
    come(first, provider)
    provider.knows("u-18", email=known.email, email_verified=True)
    with pytest.raises(FieldRefused, match="不得解除自己的"):
        unlink(known.user_id, by=known.user_id, now=NOW)

    unlink(known.user_id, by=None, now=NOW)

    assert not is_in(first)
    provider.knows(SUBJECT, email="left@elsewhere.example", email_verified=True)
    answers = [come(at(), provider, subject=subject).status_code for subject in ("u-18", SUBJECT)]
    assert answers == [303, 403]
    assert [row.subject for row in rows(OutsideAccount)] == ["u-18"]
    assert {"outside_account": "unlinked"} in [row.after for row in rows(RegisterChange)]


def test_a_provider_that_is_away_is_said_to_be(at, provider):
    answer = at(oidc_issuer="http://localhost:9").get("/sign-in/provider")

    assert answer.status_code == 503
    assert "返回登录" in answer.text


def test_whoever_changes_his_mind_at_the_provider_is_told(at, provider):
    browser = at()
    state = re.search(r"state=([^&]+)", leave(browser))[1]

    assert browser.get(f"{BACK}?error=access_denied&state={state}").status_code == 400


def test_what_leaves_us_says_no_more_than_it_must(at, provider, known):
    come(at(), provider)
    asked = provider.sent[-1]

    assert set(asked) == {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method"),
    }
    assert asked["redirect_uri"] == ORIGIN + BACK
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


def test_staff_whose_provider_asked_for_two_factors_need_none_here_where_the_settings_say_so(at, provider, known):
    provider.knows(SUBJECT, email=known.email, email_verified=True, amr=["pwd", "otp"])
    believing, doubting = ({"second_factor": "required", "oidc_multi_factor": words} for words in ("mfa, otp", ""))
    yes, no = at(**believing), at(**doubting)

    assert [come(yes, provider).location, come(no, provider).location] == ["/inbox", "/inbox"]
    assert (yes.get("/inbox").status_code, no.get("/inbox").location) == (200, "/account/second-factor")
    provider.knows(SUBJECT, amr="otp, mfa")
    assert come(at(**believing), provider).status_code == 403


def test_whoever_has_a_second_factor_here_gives_it(at, provider, known, superuser):
    superuser.execute(
        "INSERT INTO second_factor (user_id, secret, confirmed_at) VALUES (%s, 'x', now())", (known.user_id,)
    )
    browser = at()

    assert come(browser, provider, "/account").location == "/sign-in/code?next=/account"
    assert not is_in(browser)
    assert "请再打开验证器应用" in browser.get("/sign-in/code").text


def test_whoever_came_by_the_provider_proves_there_anew_who_it_is(at, provider, known, superuser):
    browser, long_ago = at(reauthentication_minutes=5), int(time.time()) - 400
    provider.knows(SUBJECT, email=known.email, email_verified=True, auth_time=long_ago)
    come(browser, provider)
    page = "/account/second-factor/begin"
    assert "请再次核对身份" in browser.post(page).text
    proving = {"again": "1", "next": "/account"}

    stale = browser.get(provider.sign_in(browser.get("/sign-in/provider", query_string=proving).location, SUBJECT))
    provider.knows("u-18", auth_time=int(time.time()))
    other = browser.get(provider.sign_in(browser.get("/sign-in/provider", query_string=proving).location, "u-18"))
    assert (stale.status_code, other.status_code, browser.post(page).status_code) == (403, 403, 403)

    provider.knows(SUBJECT, auth_time=int(time.time()))
    answer = browser.get(provider.sign_in(browser.get("/sign-in/provider", query_string=proving).location, SUBJECT))
    assert (answer.location, provider.sent[-1]["prompt"], provider.sent[-1]["max_age"]) == ("/account", "login", "0")
    assert browser.post(page).status_code == 303


@pytest.mark.parametrize(
    "wrong", [{"oidc_client_id": ""}, {"oidc_client_secret": ""}, {"oidc_issuer": "http://login.example.org"}], ids=str
)
def test_settings_that_are_half_there_are_refused(settings, wrong):
    whole = {"oidc_issuer": "https://login.example.org", "oidc_client_id": "x", "oidc_client_secret": "y"}
    kept = settings.model_dump() | {"environment": "production"}
    assert Settings(**kept | whole).oidc_issuer == whole["oidc_issuer"]

    with pytest.raises(ValueError, match="AIDFLOW_OIDC_"):
        Settings(**kept | whole | wrong)


def test_the_way_back_is_at_our_own_address(at, provider):
    asked = leave(at(public_url="https://aid.example.org/"))

    assert f"redirect_uri={'https%3A%2F%2Faid.example.org' + BACK.replace('/', '%2F')}" in urlsplit(asked).query
