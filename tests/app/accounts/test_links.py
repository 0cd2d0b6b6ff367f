"""Forgotten passwords and invitations: a letter with a link that works once, for its person and nobody else."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import current_app

from app.database import db, transaction
from app.notifications.models import Letter
from app.notifications.service import address_of
from app.people.models import AccountLink, User
from app.people.service import change_password, set_active
from app.people.service.links import VOID, choose_password, make_link
from tests import browse
from workflows.engine import Refused

NEW = "another long password"


def linked(letter):
    """The word in the link of a letter."""
    return re.search(r"/choose-password\?link=([\w-]{43})\s", letter.get_body(("plain",)).get_content())[1]


def choose(client, word, password=NEW):
    """Follow the link and choose a password."""
    browser = browse.Browser(client)
    return browser.post("/choose-password", {"link": word, "password": password, "again": password})


@pytest.fixture
def forgot(site, work, post):
    """`forgot(email)`: ask for a new password; the words in the letters that came of it."""

    def ask(email):
        before = len(post.letters)
        answer = browse.Browser(site.test_client()).post("/forgotten-password", {"email": email})
        assert (answer.status_code, answer.location) == (303, "/sign-in")
        assert work() == []
        return [linked(letter) for letter in post.letters[before:]]

    return ask


def test_who_forgot_a_password_chooses_another_by_a_letter(site, forgot, post, client):
    someone = browse.person()
    browse.browser(client, someone)

    [word] = forgot(someone.email.upper())
    answer = choose(site.test_client(), word)

    assert post.envelopes[0][1] == [someone.email]
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    # Whoever was signed in before is not any more; the password from before is void.
    assert client.get("/account").status_code == 303
    assert browse.Browser(site.test_client()).sign_in(someone.email).status_code == 200
    assert browse.Browser(site.test_client()).sign_in(someone.email, NEW).status_code == 302


def test_nobody_can_tell_from_the_page_whether_a_name_has_an_account(site, superuser, forgot, rows):
    known, off = browse.person(), browse.person()
    set_active(off.user_id, active=False)

    def answer(email):
        client = site.test_client()
        told = browse.Browser(client).post("/forgotten-password", {"email": email})
        jobs = superuser.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'").fetchall()
        superuser.execute("DELETE FROM procrastinate_jobs")
        return told.status_code, told.location, client.get("/sign-in").text.count("几分钟内送达"), jobs

    # The same work is done for each; what comes of it is the worker's.
    assert len({str(answer(email)) for email in (known.email, "nobody@aidflow.example", off.email)}) == 1
    assert forgot("nobody@aidflow.example") == forgot(off.email) == []
    assert rows(Letter) == []


def test_asking_too_often_is_refused_alike_for_known_and_unknown_names(site):
    someone = browse.person()

    def attempts(email):
        browser = browse.Browser(site.test_client())
        return [browser.post("/forgotten-password", {"email": email}).status_code for _ in range(6)]

    assert attempts(someone.email) == attempts("nobody@aidflow.example") == [303] * 5 + [429]


def test_a_link_works_once(site, forgot):
    [word] = forgot(browse.person().email)

    assert [choose(site.test_client(), word).status_code for _ in range(2)] == [303, 404]


def test_of_many_who_follow_a_link_at_once_one_comes_through(app, clock, forgot):
    [word] = forgot(browse.person().email)

    def follow(number):
        with app.app_context():
            try:
                choose_password(word, f"password number {number}", now=clock.now())
            except Refused as refused:
                return refused.reason
            finally:
                db.session.remove()
            return "chosen"

    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(follow, range(8)))
    assert (answers.count("chosen"), answers.count(VOID)) == (1, 7)


def test_a_newer_letter_makes_the_older_link_void(site, forgot):
    someone = browse.person()
    [first], [second] = forgot(someone.email), forgot(someone.email)

    assert [choose(site.test_client(), word).status_code for word in (first, second)] == [404, 303]


@pytest.mark.parametrize("void", ["UPDATE account_link SET expires_at = now()", 'UPDATE "user" SET active = false'])
def test_a_link_that_expired_or_whose_person_was_switched_off_leads_nowhere(site, forgot, superuser, void, table_state):
    [word] = forgot(browse.person().email)
    superuser.execute(void)
    before = table_state()

    answer = choose(site.test_client(), word)

    assert (answer.status_code, "链接无效、已使用或已过期。" in answer.text) == (404, True)
    assert table_state() == before


def linked_by(purpose):
    """(somebody, the word of a living link of this purpose to his or her password)."""
    someone, tools = browse.person(), current_app.extensions["aidflow"]
    with transaction() as session:
        link = make_link(session, someone.user_id, purpose, vault=tools.vault)
        return someone, address_of(link, tools).partition("link=")[2]


def switch_off_and_on(user_id):
    for active in (False, True):
        set_active(user_id, active=active)


@pytest.mark.parametrize("purpose", ["invitation", "new_password"])
@pytest.mark.parametrize("change", [lambda user_id: change_password(user_id, NEW), switch_off_and_on])
def test_a_link_is_void_once_the_password_was_changed_or_the_person_switched_off(
    site, client, purpose, change, table_state
):
    someone, word = linked_by(purpose)
    _other, living = linked_by(purpose)
    change(someone.user_id)
    before = table_state()

    opened, chosen = client.get(f"/choose-password?link={word}"), choose(site.test_client(), word)

    assert (opened.status_code, chosen.status_code) == (404, 404)
    assert table_state() == before
    assert choose(site.test_client(), living).status_code == 303


def test_a_password_chosen_by_one_link_makes_the_other_void(site):
    someone, word = linked_by("invitation")
    tools = current_app.extensions["aidflow"]
    with transaction() as session:
        link = make_link(session, someone.user_id, "new_password", vault=tools.vault)
        other = address_of(link, tools).partition("link=")[2]

    assert [choose(site.test_client(), each).status_code for each in (word, other)] == [303, 404]


def test_opening_a_link_uses_nothing_up(site, forgot):
    [word] = forgot(browse.person().email)
    client = site.test_client()

    pages = [client.get(f"/choose-password?link={word}") for _ in range(2)]

    assert [page.status_code for page in pages] == [200, 200]
    assert [page.headers["Referrer-Policy"] for page in pages] == ["same-origin"] * 2
    assert choose(client, word).status_code == 303


def test_without_a_link_one_is_led_to_sign_in_and_by_a_wrong_one_nowhere(client):
    answers = [client.get(path) for path in ("/choose-password", "/choose-password?link=x")]

    assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/sign-in"), (404, None)]


def test_a_short_password_is_refused_and_the_link_stays_good(site, forgot, table_state):
    [word] = forgot(browse.person().email)
    before = table_state()

    short = choose(site.test_client(), word, "short")

    assert (short.status_code, "密码至少 12 个字符。" in short.text) == (422, True)
    assert table_state() == before
    assert choose(site.test_client(), word).status_code == 303


def test_the_database_alone_makes_no_link(forgot, superuser, rows):
    [word] = forgot(browse.person().email)
    kept = str(superuser.execute("SELECT * FROM account_link, letter").fetchall())

    assert word not in kept
    assert word not in str(superuser.execute("SELECT args FROM procrastinate_jobs").fetchall())
    assert rows(AccountLink)[0].used_at is None


def test_a_new_account_is_invited_and_its_letter_says_so_in_the_own_language(site, work, post, superuser, rows):
    administrator = browse.person("system_admin")
    browser = browse.Browser(site.test_client())
    browser.sign_in(administrator.email)

    answer = browser.post("/administration/people/new", {"name": "陈琳", "email": "chenlin@example.org"})
    superuser.execute("UPDATE \"user\" SET locale = 'en' WHERE email = 'chenlin@example.org'")
    assert work() == []

    [letter] = post.letters
    assert answer.status_code == 303
    assert (letter["To"], str(letter["Subject"])) == ("chenlin@example.org", "Your account is ready")
    assert rows(User)[-1].password is None
    assert choose(site.test_client(), linked(letter)).status_code == 303
    assert browse.Browser(site.test_client()).sign_in("chenlin@example.org", NEW).status_code == 302


def test_an_address_with_a_line_break_becomes_no_second_header(site, forgot, post):
    evil = "someone@aidflow.example\r\nBcc: thief@aidflow.example"

    assert forgot(evil) == []
    assert post.letters == []


def test_a_letter_whose_link_is_over_is_not_sent(site, work, post, superuser, rows):
    someone = browse.person()
    browse.Browser(site.test_client()).post("/forgotten-password", {"email": someone.email})
    post.answers = ["451 later"]
    work()
    superuser.execute("UPDATE account_link SET expires_at = now()")

    work()

    assert ([each.state for each in rows(Letter)], post.letters) == (["dropped"], [])
