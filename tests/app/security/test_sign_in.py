"""Nobody gets in who did not sign in, and no answer tells who could."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from flask_security import forms

from app.people.models import RateLimit
from app.people.service import set_active
from tests import browse

SAME_ANSWER = "登录失败：电子邮箱或密码不正确。"


def shown(page):
    """The page without what differs between any two answers: tokens and what was typed."""
    return re.sub(r'value="[^"]*"', "", page.text)


def test_a_right_password_signs_in_and_leads_to_the_inbox(client):
    someone = browse.person()

    answer = browse.browser(client).sign_in(someone.email)

    assert (answer.status_code, answer.location) == (302, "/inbox")
    assert someone.name in client.get("/account").text


def test_the_name_is_taken_in_any_case(client):
    someone = browse.person()

    assert browse.browser(client).sign_in(someone.email.upper()).status_code == 302


def test_a_wrong_password_an_unknown_name_and_a_person_switched_off_get_the_same_answer(client, app):
    known, off = browse.person(), browse.person()
    set_active(off.user_id, active=False)
    answers = [
        browse.browser(app.test_client()).sign_in(email, password)
        for email, password in [
            (known.email, "wrong password"),
            ("nobody@aidflow.example", "wrong password"),
            (off.email, browse.PASSWORD),
        ]
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({shown(answer) for answer in answers}) == 1
    assert SAME_ANSWER in answers[0].text


def test_a_password_is_hashed_for_an_unknown_name_as_for_a_known_one(client, monkeypatch):
    hashed = []
    real = forms.hash_password
    monkeypatch.setattr(forms, "hash_password", lambda password: hashed.append(password) or real(password))

    browse.browser(client).sign_in("nobody@aidflow.example", "some password")

    assert hashed == ["some password"]


def test_after_ten_wrong_passwords_even_the_right_one_waits(client):
    someone = browse.person()
    browser = browse.browser(client)

    answers = [browser.sign_in(someone.email, "wrong password").status_code for _ in range(10)]
    locked = browser.sign_in(someone.email)

    assert answers == [200] * 10
    assert locked.status_code == 429
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    assert "尝试次数过多" in locked.text


def test_an_unknown_name_is_locked_out_like_a_known_one(client, app):
    someone = browse.person()

    def attempts(email):
        browser = browse.browser(app.test_client())
        return [browser.sign_in(email, "wrong password").status_code for _ in range(11)]

    assert attempts("nobody@aidflow.example") == attempts(someone.email) == [200] * 10 + [429]


def test_a_lock_ends_when_its_window_has_passed(client, superuser):
    someone = browse.person()
    browser = browse.browser(client)
    for _ in range(10):
        browser.sign_in(someone.email, "wrong password")
    superuser.execute("UPDATE rate_limit SET expires_at = now() - interval '1 second'")

    assert browser.sign_in(someone.email).status_code == 302


def test_one_address_may_not_try_name_after_name(client):
    browser = browse.browser(client)
    token = browser.csrf_token()

    answers = [
        client.post("/sign-in", data={"csrf_token": token, "email": f"n{i}@aidflow.example", "password": "x" * 12})
        for i in range(51)
    ]

    assert [answer.status_code for answer in answers] == [200] * 50 + [429]


def test_right_sign_ins_are_not_counted_and_counts_hold_no_names(client, app, rows):
    someone = browse.person()
    browse.browser(client, someone)
    assert rows(RateLimit) == []

    browse.browser(app.test_client()).sign_in(someone.email, "wrong password")

    assert [(count.amount, len(count.key)) for count in rows(RateLimit)] == [(1, 64), (1, 64)]


def test_counts_whose_window_has_passed_go_as_others_begin(client, superuser, rows):
    superuser.execute(
        "INSERT INTO rate_limit (key, amount, expires_at)"
        " SELECT n, 1, now() - n * interval '1 second' FROM generate_series(1, 4) n"
    )

    browse.browser(client).sign_in("nobody@aidflow.example", "wrong password")

    assert [(count.amount, len(count.key)) for count in rows(RateLimit)] == [(1, 64), (1, 64)]


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "\\\\evil.example", "/\\evil.example", "javascript:alert(1)"],
)
def test_nobody_is_sent_to_another_site_after_sign_in(client, elsewhere):
    someone = browse.person()
    browser = browse.browser(client)

    answer = browser.post(
        "/sign-in",
        {"email": someone.email, "password": browse.PASSWORD, "next": elsewhere},
        query_string={"next": elsewhere},
    )

    # A browser reads backslashes as slashes.
    led_to = urljoin("http://localhost/sign-in", (answer.location or "").replace("\\", "/"))
    assert urlsplit(led_to).netloc == "localhost"


def test_a_stranger_is_led_to_sign_in_and_from_there_back(client):
    someone = browse.person()

    asked = client.get("/account?x=1")
    assert (asked.status_code, asked.location) == (303, "/sign-in?next=/account?x%3D1")

    browser = browse.browser(client)
    answer = browser.post(asked.location, {"email": someone.email, "password": browse.PASSWORD})
    assert answer.location == "/account?x=1"


def test_sign_in_itself_needs_its_token(client):
    someone = browse.person()

    answer = client.post("/sign-in", data={"email": someone.email, "password": browse.PASSWORD})

    assert answer.status_code == 400
    assert client.get("/account").status_code == 303
