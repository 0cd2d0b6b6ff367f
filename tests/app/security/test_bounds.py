"""What comes in under a wrong name, in too great a size or with a line break goes nowhere."""

import json

import pytest

from app.security.pages import HOME, safe_next
from tests import browse


@pytest.mark.parametrize("host", ["evil.example", "aid.example.evil.example", "aid.example@evil.example", "127.0.0.1"])
def test_a_request_for_another_host_is_refused_and_nothing_is_made_of_its_name(application_with, host):
    production = {"environment": "production", "public_url": "https://aid.example"}
    client = application_with(**production).test_client()

    answer = client.get("/sign-in", base_url="https://aid.example", headers={"Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert client.get("/sign-in", base_url="https://aid.example").status_code == 200
    assert client.get("/sign-in", base_url="https://aid.example:8443").status_code == 200


def test_more_names_can_be_allowed_and_health_is_asked_by_number(application_with):
    client = application_with(allowed_hosts="aid.example, .gov.example").test_client()

    def asked(path, host):
        return client.get(path, headers={"Host": host}).status_code

    assert [asked("/sign-in", host) for host in ("aid.example", "aid.gov.example", "localhost")] == [200, 200, 400]
    assert asked("/health/live", "10.0.0.7:8000") == 200


def test_a_letter_names_the_public_address_whatever_host_was_asked(application_with):
    strange = application_with(public_url="http://aid.example").test_client()
    browser = browse.Browser(strange)
    administrator, someone = browse.person("system_admin"), browse.person()
    browser.sign_in(administrator.email)
    token, evil = browser.csrf_token(), "evil.example"
    strange.set_cookie("aidflow", strange.get_cookie("aidflow").value, domain=evil)

    path = f"/administration/people/{someone.user_id}/password"
    told = strange.post(path, data={"csrf_token": token}, base_url=f"http://{evil}")

    assert told.status_code == 201
    assert "http://aid.example/choose-password?link=" in told.text
    assert "evil.example" not in told.text


def test_cookies_travel_over_https_only_wherever_the_public_address_is_one(application_with):
    secure, plain = application_with(public_url="https://aid.example"), application_with(environment="development")

    assert (secure.config["SESSION_COOKIE_SECURE"], secure.config["SESSION_COOKIE_NAME"]) == (True, "__Host-aidflow")
    assert secure.test_client().get("/sign-in").headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert plain.config["SESSION_COOKIE_SECURE"] is False
    cookie = secure.test_client().get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/", "//evil.example", "///evil.example", "\\\\evil.example", "/\\evil.example",
        "/\t/evil.example", "\t//evil.example", "javascript:alert(1)", "/inbox\r\nSet-Cookie: a=b", "evil", "", None,
        "http:evil.example", " //evil.example", "\x00/inbox",
    ],
)  # fmt: skip
def test_whoever_asks_to_be_sent_elsewhere_is_sent_home(elsewhere):
    assert safe_next(elsewhere) == HOME


@pytest.mark.parametrize("ours", ["/", "/inbox", "/projects?as=csv&page=2", "/account?x=https://evil.example"])
def test_an_address_of_ours_is_kept(ours):
    assert safe_next(ours) == ours


def test_no_answer_takes_a_header_from_what_was_asked(client):
    someone = browse.person()
    browser = browse.browser(client)
    split = "/inbox%0d%0aX-Evil:%201"

    answers = [
        client.get(f"/sign-in?next={split}"),
        browser.post(f"/sign-in?next={split}", {"email": someone.email, "password": browse.PASSWORD}),
        client.get("/account?lang=en%0d%0aX-Evil:%201"),
    ]

    assert [answer.status_code for answer in answers] == [200, 302, 200]
    assert [answer.headers.get("X-Evil") for answer in answers] == [None] * 3
    assert [line for answer in answers for _name, line in answer.headers if "\n" in line or "\r" in line] == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/sign-in", "application/x-www-form-urlencoded"), ("/api/v1/organisations", "application/json")],
)
def test_a_body_without_files_is_two_megabytes_at_most(client, path, kind):
    headers = browse.bearer(browse.person("fund_office").user_id) if "api" in path else {}
    browser = browse.Browser(client)
    token = browser.csrf_token()

    def sent(size):
        filler = "x" * size
        body = json.dumps({"name": filler}) if "json" in kind else f"csrf_token={token}&email={filler}"
        return client.post(path, data=body, content_type=kind, headers=headers).status_code

    assert sent(2 * 1024 * 1024) == 413
    assert sent(1000) in {200, 422}
