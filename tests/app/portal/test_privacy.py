"""Everybody reads what personal data is kept; the forms that ask for it say why and for how long."""

from app.clock import Clock
from app.personal import HELD
from tests import reviewing
from tests.make import Town
from tests.pages.browsing import Browser, signed_in, words


def test_everybody_reads_what_is_kept_why_and_for_how_long(app):
    page = words(Browser(app.test_client()).get("/privacy"))

    assert [each.what for each in HELD if each.what not in page] == []
    assert "登录结束后 365 天" in page
    assert "个人信息保护法第十三条" in page
    assert "{days}" not in page


def test_forms_that_ask_for_personal_data_say_why_and_for_how_long(app, around: Town, clock: Clock):
    number = reviewing.on_show(around, now=clock.now())
    notices = Browser(app.test_client()).client.get(f"/notices/{number}")
    owner = signed_in(app.test_client(), around.owner)
    accepting = signed_in(app.test_client(), around.accepting)

    said = {
        "objection": notices.get_data(as_text=True),
        "member": words(owner.get("/members")),
        "organisation": words(accepting.get("/organisations/new")),
    }

    assert {name: "为什么需要这些个人信息" in text for name, text in said.items()} == dict.fromkeys(said, True)
    assert "办理异议并答复" in said["objection"]
    assert "异议办结后 1095 天" in said["objection"]
