"""Where somebody is signed in: seen, ended, renewed; a copy of a cookie is good for nothing once it is over."""

import pytest
from sqlalchemy import event

from app.database import db
from app.people.models import SignIn
from app.people.service import end_grant, grant_role
from tests import browse

COOKIE = "aidflow"


def copy_of(client):
    """A thief's browser, with a copy of the cookie."""
    thief = client.application.test_client()
    thief.set_cookie(COOKIE, client.get_cookie(COOKIE).value)
    return thief


def test_a_copy_of_the_cookie_is_good_for_nothing_after_sign_out(client):
    browser = browse.browser(client, browse.person())
    thief = copy_of(client)
    assert thief.get("/account").status_code == 200

    browser.post("/sign-out")

    assert thief.get("/account").status_code == 303


def test_a_word_that_was_laid_into_a_browser_before_sign_in_is_not_the_word_after(client, app):
    attacker, victim = browse.person(), browse.person()
    browse.browser(client, attacker)
    planted = client.get_cookie(COOKIE).value
    other = app.test_client()
    other.set_cookie(COOKIE, planted)
    browse.Browser(other).post("/sign-out")

    browse.browser(other, victim)

    assert other.get_cookie(COOKIE).value != planted
    assert victim.name in other.get("/account").text
    assert client.get("/account").status_code == 303


def test_signing_in_again_ends_the_session_before(client, rows):
    someone = browse.person()
    browse.browser(client, someone)
    with client.session_transaction() as cookie:
        first = cookie["_user_id"]
    browse.Browser(client).post("/account/password", {
        "password": browse.PASSWORD, "new_password": "another long word", "new_password_confirm": "another long word",
    })  # fmt: skip

    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first
    assert [row.ended_at is None for row in rows(SignIn)] == [False, True]


def test_no_word_of_a_cookie_is_kept(client, superuser):
    browse.browser(client, browse.person())
    with client.session_transaction() as cookie:
        word = cookie["_user_id"]

    assert len(word) == 43
    assert word not in str(superuser.execute("SELECT * FROM sign_in").fetchall())


@pytest.mark.parametrize("silence", ["seen_at = now() - interval '121 minutes'", "began_at = now() - interval '12:01'"])
def test_a_session_ends_after_silence_and_after_a_day_of_work(client, superuser, silence):
    browse.browser(client, browse.person())
    superuser.execute(f"UPDATE sign_in SET {silence}")

    assert client.get("/account").status_code == 303


def test_a_session_that_is_used_goes_on_and_writes_only_now_and_then(client, superuser, table_state):
    browse.browser(client, browse.person())
    before = table_state()
    client.get("/account")
    assert table_state() == before

    superuser.execute("UPDATE sign_in SET seen_at = now() - interval '119 minutes'")
    assert client.get("/account").status_code == 200

    assert superuser.execute("SELECT now() - seen_at < interval '1 minute' FROM sign_in").fetchone() == (True,)


def test_the_sign_in_costs_no_statement_beside_the_person_and_the_grants(client):
    browse.browser(client, browse.person())
    client.get("/account/sign-ins")
    seen = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))

    client.get("/account/sign-ins")

    assert sum("fs_uniquifier" in statement and "role_grant" in statement for statement in seen) == 1
    assert all(statement.startswith(("SELECT", "WITH")) for statement in seen)


def test_one_sees_where_one_is_signed_in_and_ends_one_of_them(client, app, rows):
    someone = browse.person()
    phone = app.test_client()
    browse.Browser(phone).sign_in(someone.email, headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/605"})
    browser = browse.browser(client, someone)

    page = browser.get("/account/sign-ins").text
    assert [word in page for word in ("Safari · iPhone", "127.0.0.1", "当前登录")] == [True] * 3

    answer = browser.post(f"/account/sign-ins/{rows(SignIn)[0].id}/end")

    assert answer.status_code == 303
    assert [phone.get("/account").status_code, client.get("/account").status_code] == [303, 200]
    assert "Safari · iPhone" not in browser.get("/account/sign-ins").text


def test_one_ends_all_others_at_once(client, app):
    someone = browse.person()
    others = [app.test_client() for _ in range(2)]
    for other in others:
        browse.browser(other, someone)
    browser = browse.browser(client, someone)

    browser.post("/account/sign-ins/end-others")

    assert [other.get("/account").status_code for other in (*others, client)] == [303, 303, 200]


def test_the_sign_in_of_somebody_else_is_not_there(client, app, rows, table_state):
    browse.browser(app.test_client(), browse.person())
    browser = browse.browser(client, browse.person())
    browser.csrf_token()
    before = table_state()

    answers = [browser.post(f"/account/sign-ins/{ident}/end") for ident in (rows(SignIn)[0].id, 999999)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert table_state() == before


def test_a_role_given_or_ended_renews_the_cookie_at_the_next_page(client, superuser):
    someone = browse.person("supervisor")
    browse.browser(client, someone)
    thief = copy_of(client)
    grant = grant_role(someone.user_id, "secretary", now=browse.NOW)

    def word():
        with client.session_transaction() as cookie:
            return cookie["_user_id"]

    before = word()
    client.get("/account")
    renewed = word()
    assert renewed != before
    # Pages that were asked for together still find the old word, for half a minute and no longer.
    assert thief.get("/account").status_code == 200
    superuser.execute("UPDATE sign_in SET renewed_at = now() - interval '31 seconds'")
    assert thief.get("/account").status_code == 303
    assert (client.get("/account").status_code, word()) == (200, renewed)

    end_grant(grant, now=browse.NOW)
    client.get("/account")
    assert word() != renewed


def test_an_invented_word_opens_nothing(client):
    for invented in ("x" * 43, 7, None, {"a": 1}):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = invented
        assert client.get("/account").status_code == 303
