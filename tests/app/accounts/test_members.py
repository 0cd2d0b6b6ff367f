"""The people of an organisation: invited by its owner, in when they accept, out at once, and nobody else's affair."""

import pytest
from sqlalchemy import select

from app.database import db
from app.people.models import RoleGrant, User
from app.people.service import end_grant
from app.people.service.links import join
from tests import browse
from tests.app.accounts.test_links import NEW, choose, linked
from tests.browse import SCHOOL
from workflows.engine import Refused

OTHER = "53310000500000031Q"


@pytest.fixture
def owner(app):
    """The owner of an organisation."""
    browse.organisation()
    return browse.person("applicant_owner", uscc=SCHOOL, name="周敏")


def at(site, someone):
    """A browser in which this person signed in."""
    browser = browse.Browser(site.test_client())
    assert browser.sign_in(someone.email).status_code == 302
    return browser


def invite(browser, email, **fields):
    """Send an invitation."""
    usual = {"organisation": SCHOOL, "name": "李想", "email": email, "role": "applicant_member"}
    return browser.post("/members", usual | fields)


def held(email):
    """The roles that this person holds now."""
    db.session.rollback()
    roles = select(RoleGrant.role).join(User, User.id == RoleGrant.user_id)
    return list(db.session.scalars(roles.where(User.email == email, RoleGrant.ended_at.is_(None))))


def test_an_owner_invites_and_nothing_is_granted_before_it_is_accepted(site, owner, work, post):
    browser = at(site, owner)

    answer = invite(browser, "lixiang@example.org")
    work()

    [letter] = post.letters
    said = letter.get_body(("plain",)).get_content()
    assert (answer.status_code, str(letter["Subject"])) == (303, "邀请您加入项目主体")
    assert "长宁乐学社会服务中心（周敏）" in said
    assert held("lixiang@example.org") == []
    assert "lixiang@example.org" in browser.get("/members").text

    assert choose(site.test_client(), linked(letter)).status_code == 303

    assert held("lixiang@example.org") == ["applicant_member"]
    assert browse.Browser(site.test_client()).sign_in("lixiang@example.org", NEW).status_code == 302


def test_who_has_an_account_joins_only_when_signed_in_with_it(site, owner, work, post):
    someone, other = browse.person(), browse.person()
    invite(at(site, owner), someone.email)
    work()
    word = linked(post.letters[0])

    refused = [choose(site.test_client(), word), at(site, other).post("/choose-password", {"link": word})]
    assert [answer.status_code for answer in refused] == [409, 409]
    # The password of an account that has one cannot be chosen by the link of an invitation.
    assert browse.Browser(site.test_client()).sign_in(someone.email).status_code == 302
    assert held(someone.email) == []

    assert at(site, someone).post("/choose-password", {"link": word}).status_code == 303
    assert held(someone.email) == ["applicant_member"]


def test_whoever_invites_cannot_tell_who_has_an_account(site, owner):
    known, browser = browse.person(), at(site, owner)

    def answer(email):
        told = invite(browser, email)
        return told.status_code, browser.get("/members").text.count(email)

    assert answer(known.email) == answer("nobody@example.org")


def test_somebody_with_another_duty_cannot_be_drawn_into_an_organisation(site, owner, work, post, table_state):
    officer = browse.person("fund_office")
    invite(at(site, owner), officer.email)
    work()
    browser = at(site, officer)
    browser.csrf_token()
    before = table_state()

    answer = browser.post("/choose-password", {"link": linked(post.letters[0])})

    assert (answer.status_code, "您在本系统担任其他职责" in answer.text) == (409, True)
    assert table_state() == before


def test_an_invitation_ends_with_the_duty_of_whoever_sent_it(site, app, owner, work, post, rows, clock):
    invite(at(site, owner), "lixiang@example.org")
    work()
    end_grant(rows(RoleGrant)[0].id, now=clock.now())

    with pytest.raises(Refused):
        join(linked(post.letters[0]), signed_in=None, password=NEW, now=clock.now())
    assert held("lixiang@example.org") == []


def test_an_invitation_can_be_taken_back(site, owner, work, post, superuser):
    browser = at(site, owner)
    invite(browser, "lixiang@example.org")
    work()
    ident = superuser.execute("SELECT id FROM account_link").fetchone()[0]

    assert browser.post(f"/members/invitations/{ident}/cancel").status_code == 303

    assert choose(site.test_client(), linked(post.letters[0])).status_code == 404
    assert browser.post(f"/members/invitations/{ident}/cancel").status_code == 404


def test_an_owner_removes_a_member_from_the_next_request_on_and_never_himself(site, owner, rows):
    member = browse.person("applicant_member", uscc=SCHOOL)
    browser, theirs = at(site, owner), at(site, member)
    own, other = (grant.id for grant in rows(RoleGrant))
    assert "长宁乐学社会服务中心" in theirs.get("/account").text

    assert browser.post(f"/members/{other}/end").status_code == 303
    browser.post(f"/members/{own}/end")

    assert "长宁乐学社会服务中心" not in theirs.get("/account").text
    assert [grant.ended_at is None for grant in rows(RoleGrant)] == [True, False]


def test_the_people_of_another_organisation_are_not_there(site, owner, rows, superuser, table_state):
    browse.organisation(OTHER, name="上海清泉公益基金会")
    stranger = browse.person("applicant_owner", uscc=OTHER)
    invite(at(site, stranger), "theirs@example.org", organisation=OTHER)
    link = superuser.execute("SELECT id FROM account_link").fetchone()[0]
    grant = rows(RoleGrant)[-1].id
    browser = at(site, owner)
    page = browser.get("/members").text
    before = table_state()

    paths = (f"/members/{grant}/end", "/members/999999/end", f"/members/invitations/{link}/cancel",
             "/members/invitations/999999/cancel")  # fmt: skip
    answers = [browser.post(path) for path in paths]

    assert (stranger.email in page, "theirs@example.org" in page) == (False, False)
    assert {(answer.status_code, answer.data) for answer in answers} == {(404, answers[0].data)}
    assert table_state() == before


@pytest.mark.parametrize(
    ("field", "value"), [("organisation", OTHER), ("role", "fund_office"), ("email", "no address"), ("who", "x")]
)
def test_an_invitation_to_what_is_not_ones_own_is_refused(site, owner, table_state, field, value):
    browse.organisation(OTHER, name="上海清泉公益基金会")
    browser = at(site, owner)
    browser.csrf_token()
    before = table_state(without=["rate_limit"])

    assert invite(browser, **{"email": "lixiang@example.org"} | {field: value}).status_code == 422
    assert table_state(without=["rate_limit"]) == before


def test_a_member_who_is_no_owner_invites_nobody(site, owner, table_state):
    browser = at(site, browse.person("applicant_member", uscc=SCHOOL))
    browser.csrf_token()
    before = table_state()

    assert [browser.get("/members").status_code, invite(browser, "x@example.org").status_code] == [403, 403]
    assert table_state() == before
