"""The page of one's own account."""

import re

from app.people.models import ApiToken
from tests import browse


def test_the_account_shows_who_one_is_and_for_whom_one_acts(client):
    browse.organisation()
    someone = browse.person("applicant_owner", uscc=browse.SCHOOL, name="周敏")

    page = browse.browser(client, someone).get("/account").text

    assert all(
        word in page for word in ("周敏", someone.email, "项目主体负责人", "长宁乐学社会服务中心", "2026年3月2日")
    )


def test_a_token_is_shown_once_and_then_only_its_name(client, rows):
    browser = browse.browser(client, browse.person("expert"))

    answer = browser.post("/account/tokens", {"name": "对账脚本"})
    token = re.search(r"aidflow_[\w-]{43}", answer.text)[0]
    later = browser.get("/account").text

    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "private, no-store")
    assert (token in later, "对账脚本" in later) == (False, True)

    browser.post(f"/account/tokens/{rows(ApiToken)[0].id}/revoke")
    assert [row.revoked_at is None for row in rows(ApiToken)] == [False]
    assert "令牌已撤销。" in browser.get("/account").text
    assert "对账脚本" not in browser.get("/account").text


def test_a_token_needs_a_name(client, table_state):
    browser = browse.browser(client, browse.person("expert"))
    before = table_state()

    answer = browser.post("/account/tokens", {"name": ""})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'href="#name"' in answer.text
    assert table_state() == before


def test_the_token_of_somebody_else_is_not_there(client, table_state, rows):
    browse.bearer(browse.person().user_id)
    browser = browse.browser(client, browse.person())
    before = table_state()

    answers = [browser.post(f"/account/tokens/{ident}/revoke") for ident in (rows(ApiToken)[0].id, 999999)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert table_state() == before


def test_a_language_we_do_not_have_is_refused(client, table_state):
    browser = browse.browser(client, browse.person())
    before = table_state()

    assert browser.post("/account/language", {"locale": "fr"}).status_code == 422
    assert table_state() == before
