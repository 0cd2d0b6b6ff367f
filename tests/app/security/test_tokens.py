"""The API knows a person by token, and by nothing else."""

import re
from datetime import UTC, datetime, timedelta

from app.people.models import ApiToken
from app.people.service import grant_role, issue_token, revoke_token
from tests import browse
from tests.browse import NOW

#: What the API can be asked to change.
WRITES = (("POST", "/api/v1/programmes"), ("POST", "/api/v1/organisations"))


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


def test_a_token_that_may_only_read_changes_nothing(client, app, table_state):
    officer = browse.person("fund_office")
    token = issue_token(officer.user_id, "reports", now=datetime.now(UTC), scope="read")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    before = table_state()

    answers = [client.open(path, method=method, json={}, headers=headers).status_code for method, path in WRITES]

    assert answers == [403] * len(WRITES)
    assert table_state() == before


def test_a_token_is_made_for_reading_and_for_as_long_as_was_chosen(client, rows):
    browser = browse.browser(client, browse.person("expert"))

    browser.post("/account/tokens", {"name": "报表", "scope": "read", "days": "30"})
    refused = browser.post("/account/tokens", {"name": "报表", "scope": "everything", "days": "9999"})

    assert [(row.scope, row.expires_at - row.created_at) for row in rows(ApiToken)] == [("read", timedelta(days=30))]
    assert refused.status_code == 422


def test_a_token_of_before_the_duty_is_no_way_around_the_second_factor(application_with, clock, table_state):
    site = application_with(second_factor="required")
    someone = browse.person()
    made = browse.browser(site.test_client(), someone).post(
        "/account/tokens", {"name": "x", "scope": "act", "days": "365"}
    )
    header = {"Authorization": f"Bearer {re.search('aidflow_[A-Za-z0-9_-]{43}', made.text)[0]}"}
    assert site.test_client().get("/api/v1/me", headers=header).status_code == 200
    grant_role(someone.user_id, "fund_office", now=clock.now())
    before = table_state()

    read = site.test_client().get("/api/v1/projects", headers=header)
    written = site.test_client().post("/api/v1/programmes", json={}, headers=header)

    assert [read.status_code, written.status_code] == [401, 401]
    assert table_state() == before
