"""What was typed while a session ended comes back to its page after sign-in, and nothing of it is carried out."""

import pytest
from sqlalchemy import select

from app.casework.models import Case
from app.database import db
from app.evidence.models import Event
from app.people.models import User
from app.programmes.models import ProgrammeYear
from tests.pages.browsing import PASSWORD, form, signed_in, words
from tests.pages.conftest import around, at_desk

__all__ = ["around", "at_desk"]
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
END = "UPDATE sign_in SET ended_at = now()"


@pytest.fixture
def year(around):
    """The address at which money is appropriated."""
    pid = db.session.scalar(select(Case.pid).join(ProgrammeYear, ProgrammeYear.case_id == Case.id))
    db.session.rollback()
    return f"/cases/{pid.hex}/actions/appropriate"


def typed(browser, year):
    fields = form(browser.get(year))
    fields["amount"], fields["document"] = "120000.00", "沪财〔2026〕9号 <补充>"
    return fields


def sign_in(browser, asked, around):
    """The sign-in page that was answered, filled in and sent."""
    fields = form(asked, "/sign-in")
    fields["email"], fields["password"] = db.session.get_one(User, around.fund.user_id).email, PASSWORD
    db.session.rollback()
    answer = browser.client.post("/sign-in", data=fields)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("cookies", ["kept", "gone"])
def test_what_was_typed_comes_back_after_sign_in_and_nothing_is_carried_out(
    app, around, year, superuser, rows, cookies
):
    browser = signed_in(app.test_client(), around.fund)
    fields = typed(browser, year)
    events = len(rows(Event))
    if cookies == "gone":
        browser.client.delete_cookie("aidflow")
    superuser.execute(END)

    asked = browser.client.post(year, data=fields, headers=HTML)
    assert asked.status_code == 401
    assert "登录已过期。您填写的内容都已保留" in words(asked)
    onward = form(sign_in(browser, asked, around), year)
    assert PASSWORD not in onward.values()
    back = browser.send(year, onward, 200)

    shown = form(back)
    assert (shown["amount"], shown["document"], len(rows(Event))) == ("120000.00", "沪财〔2026〕9号 <补充>", events)
    assert "您在登录过期前填写的内容已找回，尚未办理。" in words(back)
    browser.send(year, shown)
    assert len(rows(Event)) == events + 1


def test_it_comes_through_a_wrong_password_and_through_the_second_factor(app, around, year, superuser):
    browser = signed_in(app.test_client(), around.fund)
    fields = typed(browser, year)
    superuser.execute(END)
    asked = browser.client.post(year, data=fields, headers=HTML)

    wrong = browser.client.post("/sign-in", data={**form(asked, "/sign-in"), "email": "x@y.example", "password": "no"})
    assert form(wrong, "/sign-in")["kept"] == form(asked, "/sign-in")["kept"]
    superuser.execute(
        "INSERT INTO second_factor (user_id, secret, confirmed_at) VALUES (%s, 'unreadable', now())",
        (around.fund.user_id,),
    )
    code = form(sign_in(browser, wrong, around), "/sign-in/code")

    assert (code["kept"], code["next"]) == (form(asked, "/sign-in")["kept"], year)
    again = browser.client.post("/sign-in/code", data={**code, "code": "000000"})
    assert form(again, "/sign-in/code")["kept"] == code["kept"]


def test_whoever_signed_in_again_in_another_window_sees_the_form_again_at_once(app, around, year, rows):
    old = typed(signed_in(app.test_client(), around.fund), year)
    browser = signed_in(app.test_client(), around.fund)
    events = len(rows(Event))

    shown = browser.client.post(year, data=old, headers=HTML)

    assert (shown.status_code, form(shown)["amount"], len(rows(Event))) == (200, "120000.00", events)
    assert browser.client.post(year, data={**old, "csrf_token": "made up"}, headers=HTML).status_code == 400


def test_a_carried_form_goes_to_no_address_that_would_carry_it_out(app, around):
    browser = signed_in(app.test_client(), around.fund)
    browser.client.post("/sign-out", data={"csrf_token": form(browser.get("/account/password"))["csrf_token"]})
    fields = form(browser.get("/sign-in"), "/sign-in")
    fields["email"], fields["password"] = db.session.get_one(User, around.fund.user_id).email, PASSWORD
    fields["kept"], fields["next"] = '[["to", "en"]]', "/account/language"

    answer = browser.client.post("/sign-in", data=fields)

    assert (answer.status_code, answer.location) == (302, "/account/language")


def test_any_other_form_is_told_that_it_came_too_late_and_led_back(app, around, superuser):
    browser = signed_in(app.test_client(), around.fund)
    token = form(browser.get("/account/password"))["csrf_token"]
    superuser.execute(END)

    asked = browser.client.post(
        "/account/password",
        data={"csrf_token": token},
        headers={**HTML, "Referer": "http://localhost/account/password"},
    )

    assert (asked.status_code, asked.location) == (303, "/sign-in?next=/account/password")
    assert "登录已过期，刚才提交的内容没有保存。" in words(browser.get(asked.location))
