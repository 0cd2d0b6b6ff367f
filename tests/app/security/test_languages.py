"""Which of the two languages a page is written in."""

import re

from app.people.models import User
from app.people.service import choose_locale
from tests import browse


def test_a_language_is_taken_from_the_address_the_cookie_the_person_and_the_browser_in_this_order(client, app):
    def language(answer):
        return re.search(r'<html lang="([^"]+)"', answer.text)[1]

    someone = browse.person()
    assert language(client.get("/sign-in")) == "zh-CN"
    assert language(client.get("/sign-in", headers={"Accept-Language": "fr, en;q=0.8"})) == "en"
    assert language(client.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})) == "zh-CN"
    browse.browser(client, someone)
    choose_locale(someone.user_id, "en")
    assert language(client.get("/account", headers={"Accept-Language": "zh-CN"})) == "en"
    assert language(client.get("/account?lang=zh-CN")) == "zh-CN"
    assert client.get_cookie("lang").value == "zh-CN"
    assert language(client.get("/account")) == "zh-CN"


def test_a_person_chooses_a_language_for_good(client, rows):
    someone = browse.person()
    browser = browse.browser(client, someone)

    answer = browser.post("/account/language", {"locale": "en"})

    assert (answer.status_code, [user.locale for user in rows(User)]) == (303, ["en"])
    assert "My account" in client.get("/account").text
