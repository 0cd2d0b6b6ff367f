"""The API knows a person by token, and by nothing else."""

from datetime import timedelta

from app.people.models import ApiToken
from app.people.service import revoke_token
from tests import browse
from tests.browse import NOW


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
