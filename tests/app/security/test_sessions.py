"""A session is one person at one browser: how it begins, what it may send, and when it ends."""

import pytest
from sqlalchemy import event

from app.database import db
from app.people.models import RoleGrant
from app.people.service import end_grant, end_sessions, set_active
from app.security import current_actor
from tests import browse


def test_a_form_without_its_token_is_refused_and_changes_nothing(client, table_state):
    browse.browser(client, browse.person())
    before = table_state()

    answer = client.post("/account/language", data={"locale": "en"})

    assert answer.status_code == 400
    assert "页面已失效" in answer.text
    assert table_state() == before


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


def test_a_grant_that_ended_counts_no_more_from_the_next_request_on(client, rows, clock):
    someone = browse.person("supervisor")
    browse.browser(client, someone)
    assert "监督员" in client.get("/account").text

    end_grant(rows(RoleGrant)[0].id, now=clock.now())

    assert "监督员" not in client.get("/account").text
