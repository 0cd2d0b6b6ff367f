"""Nobody gets in who did not sign in, and no answer tells who could."""

import re
from datetime import timedelta
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask_security import forms
from sqlalchemy import event

from app import create_app
from app.database import db
from app.people.models import ApiToken, RateLimit, RoleGrant, User
from app.people.queries import actor_of
from app.people.service import choose_locale, end_grant, end_sessions, revoke_token, set_active
from app.security import AccessUndeclared, current_actor, declare, duty, public, require_declared, signed_in
from app.security.access import PUBLIC_ACCESS, SIGNED_IN_ACCESS, Access, access_of
from tests import browse
from tests.browse import NOW

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


def test_a_form_without_its_token_is_refused_and_changes_nothing(client, table_state):
    browse.browser(client, browse.person())
    before = table_state()

    answer = client.post("/account/language", data={"locale": "en"})

    assert answer.status_code == 400
    assert "页面已失效" in answer.text
    assert table_state() == before


def test_sign_in_itself_needs_its_token(client):
    someone = browse.person()

    answer = client.post("/sign-in", data={"email": someone.email, "password": browse.PASSWORD})

    assert answer.status_code == 400
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_sent_from_another_site_is_refused_even_with_a_token(client, table_state, site):
    browser = browse.browser(client, browse.person())
    before = table_state()

    answer = browser.post("/account/language", {"locale": "en"}, headers={"Sec-Fetch-Site": site})

    assert answer.status_code == 403
    assert table_state() == before


def test_signing_out_ends_the_session_and_is_never_a_link(client):
    browser = browse.browser(client, browse.person())

    assert client.get("/sign-out").status_code == 405
    assert client.get("/account").status_code == 200
    assert browser.post("/sign-out").location == "/"
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("end", [end_sessions, lambda user_id: set_active(user_id, active=False)])
def test_a_session_ends_at_once_when_it_is_revoked(client, end):
    someone = browse.person()
    browse.browser(client, someone)
    assert client.get("/account").status_code == 200

    end(someone.user_id)

    assert client.get("/account").status_code == 303


def test_signing_in_leaves_nothing_of_the_session_before(client):
    someone = browse.person()
    with client.session_transaction() as before:
        before["left_over"] = "by an attacker"

    browse.browser(client, someone)

    with client.session_transaction() as after:
        assert "left_over" not in after
        assert after.permanent is True


def test_changing_the_password_ends_the_other_sessions(client, app):
    someone = browse.person()
    other = app.test_client()
    browser = browse.browser(client, someone)
    browse.browser(other, someone)
    change = {
        "password": browse.PASSWORD,
        "new_password": "another long word",
        "new_password_confirm": "another long word",
    }

    answer = browser.post("/account/password", change)

    assert (answer.status_code, answer.location) == (302, "/account")
    assert [client.get("/account").status_code, other.get("/account").status_code] == [200, 303]
    assert browse.browser(app.test_client()).sign_in(someone.email).status_code == 200
    assert browse.browser(app.test_client()).sign_in(someone.email, "another long word").status_code == 302


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("too short", "too short", "密码至少 12 个字符。"),
        ("another long word", "yet another word", "两次输入的密码不一致。"),
    ],
)
def test_a_new_password_that_will_not_do_is_refused_in_chinese(client, table_state, new, again, said):
    browser = browse.browser(client, browse.person())
    before = table_state()

    answer = browser.post(
        "/account/password", {"password": browse.PASSWORD, "new_password": new, "new_password_confirm": again}
    )

    assert (answer.status_code, said in answer.text) == (200, True), answer.text
    assert table_state() == before


def test_a_session_costs_one_statement_for_the_person_with_all_grants(client, app):
    org = browse.organisation()
    someone = browse.person("applicant_owner", uscc=browse.SCHOOL)
    browse.browser(client, someone)
    seen = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))

    client.get("/no/such/page")
    assert seen == []
    with app.test_request_context("/", headers={"Cookie": f"aidflow={client.get_cookie('aidflow').value}"}):
        actor = current_actor()
        assert current_actor() is actor

    assert (actor.roles, actor.organisation_ids) == ({"applicant_owner"}, {org})
    assert [statement.split()[0] for statement in seen] == ["SELECT"]


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no/such/page", "/static/aidflow.css"])
def test_every_answer_carries_the_headers_that_hold_a_browser_back(client, path):
    with client.get(path) as answer:
        headers = answer.headers

    policy = headers["Content-Security-Policy"]
    assert re.search(r"script-src 'self' 'nonce-[\w-]{20,}'", policy)
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert {name: headers[name] for name in ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")} == {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
    }
    assert "Strict-Transport-Security" not in headers


def test_the_nonce_is_new_for_every_answer(client):
    assert (
        client.get("/sign-in").headers["Content-Security-Policy"]
        != client.get("/sign-in").headers["Content-Security-Policy"]
    )


def test_pages_made_for_a_person_stay_in_no_cache(client):
    browse.browser(client, browse.person())

    assert client.get("/account").headers["Cache-Control"] == "private, no-store"


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(client):
    answer = browse.browser(client).sign_in(browse.person().email)

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("aidflow="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_in_production_cookies_and_pages_travel_over_https_only(settings):
    app = create_app(settings.model_copy(update={"environment": "production"}))
    answer = app.test_client().get("/sign-in")

    assert (app.config["SESSION_COOKIE_SECURE"], app.config["SESSION_COOKIE_NAME"]) == (True, "__Host-aidflow")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_the_application_refuses_to_start_with_an_endpoint_that_says_nothing(app):
    silent = Flask("silent")
    silent.extensions["aidflow_access"] = {"static": PUBLIC_ACCESS}
    silent.add_url_rule("/open", "open", public(lambda: ""))
    require_declared(silent)

    silent.add_url_rule("/silent", "silent", lambda: "", methods=["POST"])

    with pytest.raises(AccessUndeclared, match=r"POST /silent \(silent\)"):
        require_declared(silent)


def test_an_endpoint_of_a_library_is_declared_by_name():
    app = Flask("declared")
    app.extensions["aidflow_access"] = {"static": PUBLIC_ACCESS}
    app.add_url_rule("/theirs", "theirs", lambda: "")

    declare(app, "theirs", SIGNED_IN_ACCESS)

    require_declared(app)
    assert access_of(app, "theirs", "GET") == SIGNED_IN_ACCESS


def test_declarations_say_who_is_admitted(app):
    actors = {role: browse.person(role).user_id for role in ("fund_office", "expert")}
    admitted = {
        name: {role for role, user_id in actors.items() if view.access.admits(actor_of(db.session(), user_id))}
        for name, view in {
            "public": public(lambda: ""),
            "signed_in": signed_in(lambda: ""),
            "duty": duty("fund_office", "secretary")(lambda: ""),
        }.items()
    }

    assert admitted == {"public": {*actors}, "signed_in": {*actors}, "duty": {"fund_office"}}
    assert duty("expert")(lambda: "").access == Access(roles=frozenset({"expert"}))


def every_request(app):
    """Every address with every method, ids filled in with things that do not exist."""
    for rule in app.url_map.iter_rules():
        filled = {name: _nothing(rule, name) for name in rule.arguments}
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, filled, force_external=False)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def _nothing(rule, name):
    kind = type(rule._converters[name]).__name__
    return {"IntegerConverter": 2050, "UUIDConverter": UUID(int=0), "PublicId": UUID(int=0)}.get(kind, "absent")


def test_every_endpoint_that_is_not_public_answers_a_stranger_with_sign_in(app):
    answers = {}
    for endpoint, method, path in every_request(app):
        if access_of(app, endpoint, method) == PUBLIC_ACCESS:
            continue
        client = app.test_client()
        token = browse.browser(client).csrf_token()
        answer = client.open(path, method=method, headers={"X-CSRFToken": token})
        led_away = answer.status_code == 303 and answer.location.startswith("/sign-in")
        refused = answer.status_code == 401 and answer.headers.get("WWW-Authenticate", "").startswith("Bearer")
        answers[endpoint, method] = "kept out" if led_away or refused else (answer.status_code, answer.location)

    assert set(answers.values()) == {"kept out"}, {key for key, value in answers.items() if value != "kept out"}
    assert ("people.account", "GET") in answers


def test_a_language_is_taken_from_the_address_the_cookie_the_person_and_the_browser_in_this_order(client, app):
    def language(answer):
        return re.search(r'<html lang="([^"]+)"', answer.text)[1]

    someone = browse.person()
    assert language(client.get("/sign-in")) == "zh-CN"
    assert language(client.get("/sign-in", headers={"Accept-Language": "fr, en;q=0.8"})) == "en"
    assert language(client.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})) == "zh-CN"
    browse.browser(client, someone)
    choose_locale(someone.user_id, "en")
    assert language(client.get("/account", headers={"Accept-Language": "zh-CN"})) == "en"
    assert language(client.get("/account?lang=zh-CN")) == "zh-CN"
    assert client.get_cookie("lang").value == "zh-CN"
    assert language(client.get("/account")) == "zh-CN"


def test_a_person_chooses_a_language_for_good(client, rows):
    someone = browse.person()
    browser = browse.browser(client, someone)

    answer = browser.post("/account/language", {"locale": "en"})

    assert (answer.status_code, [user.locale for user in rows(User)]) == (303, ["en"])
    assert "My account" in client.get("/account").text


def test_a_grant_that_ended_counts_no_more_from_the_next_request_on(client, rows, clock):
    someone = browse.person("supervisor")
    browse.browser(client, someone)
    assert "监督员" in client.get("/account").text

    end_grant(rows(RoleGrant)[0].id, now=clock.now())

    assert "监督员" not in client.get("/account").text


def test_the_api_knows_a_person_by_token_and_never_by_cookie(client, app, rows):
    someone = browse.person("expert")
    browse.browser(client, someone)
    token = browse.bearer(someone.user_id)
    answers = {
        "cookie": client.get("/api/v1/me"),
        "token": app.test_client().get("/api/v1/me", headers=token),
        "unknown": app.test_client().get("/api/v1/me", headers={"Authorization": "Bearer aidflow_nonsense"}),
        "basic": app.test_client().get("/api/v1/me", headers={"Authorization": "Basic eDp5"}),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "cookie": 401,
        "token": 200,
        "unknown": 401,
        "basic": 401,
    }
    assert answers["unknown"].headers["WWW-Authenticate"] == "Bearer"
    assert answers["unknown"].json["detail"] == "访问令牌无效、已过期或已撤销。"

    revoke_token(rows(ApiToken)[0].id, user_id=someone.user_id, now=NOW)
    assert app.test_client().get("/api/v1/me", headers=token).status_code == 401


def test_a_token_that_expired_opens_nothing(client, clock):
    someone = browse.person("expert")
    headers = browse.bearer(someone.user_id, now=clock.now() - timedelta(days=90))

    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_the_api_needs_no_form_token_since_it_takes_no_cookie(client):
    someone = browse.person("expert")

    answer = client.post("/api/v1/programmes", json={}, headers=browse.bearer(someone.user_id))

    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
