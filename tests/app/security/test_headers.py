"""What every answer tells the browser to keep from doing."""

import re

import pytest

from app import create_app
from app.database import db
from tests import browse


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


def test_a_page_renews_the_cookie_and_a_file_does_not(client):
    browse.browser(client, browse.person())

    renewed = {}
    for path in ("/account", "/static/aidflow.css"):
        with client.get(path) as answer:
            renewed[path] = "Set-Cookie" in answer.headers

    assert renewed == {"/account": True, "/static/aidflow.css": False}


def test_in_production_cookies_and_pages_travel_over_https_only(settings):
    app = create_app(settings.model_copy(update={"environment": "production"}))
    answer = app.test_client().get("/sign-in")
    with app.app_context():
        db.engine.dispose()

    assert (app.config["SESSION_COOKIE_SECURE"], app.config["SESSION_COOKIE_NAME"]) == (True, "__Host-aidflow")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
