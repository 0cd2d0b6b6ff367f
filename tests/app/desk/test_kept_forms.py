"""What is sent after a session ended is kept for its own person, shown to nobody else, and saved by nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from app.clock import Clock
from app.database import db
from app.people.permissions import Actor
from app.projects.models import KeptForm
from app.projects.queries import declaration_of
from tests.make import WATER, Town, act, case_of, draft, person, pid_of
from tests.pages.browsing import Browser, form, signed_in, words

Desk = Callable[[Actor], Browser]


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    return draft(around, now=clock.now())


@pytest.fixture
def path(number: str) -> str:
    return f"/projects/{number}/declare/plan"


def filled_in(browser: Browser, path: str) -> MultiDict[str, str]:
    return MultiDict({**form(browser.get(path), path), "goals": "过期后送出的目标"})


def goals(number: str) -> str:
    found = declaration_of(db.session(), case_of(pid_of(number)).id)
    db.session.rollback()
    return found.goals


def test_it_is_shown_again_to_its_person_alone_and_is_saved_by_that_person(
    around: Town, at_desk: Desk, number: str, path: str, rows: Callable[..., Any]
) -> None:
    fields = filled_in(at_desk(around.owner), path)
    stranger = Browser(at_desk(around.owner).client.application.test_client())

    sent = stranger.client.post(path, data=fields)
    colleague = at_desk(person("applicant_member", uscc=WATER)).get(path)
    mine = signed_in(stranger.client, around.owner).get(path)

    assert sent.status_code == 303
    assert sent.location == f"/sign-in?next={path}"
    assert form(colleague, path)["goals"] == "安全饮水" == goals(number)
    assert "登录过期前填写的内容已找回，尚未保存。" in words(mine)
    assert form(mine, path)["goals"] == "过期后送出的目标"
    stranger.send(path, form(mine, path))
    assert (goals(number), rows(KeptForm)) == ("过期后送出的目标", [])


def test_whoever_signed_in_again_in_another_window_goes_straight_back_to_it(
    around: Town, at_desk: Desk, number: str, path: str
) -> None:
    fields = filled_in(at_desk(around.owner), path)
    fields["csrf_token"] = "of the session before"

    page = at_desk(around.owner).send(path, fields)

    assert page.request.path == path
    assert "尚未保存" in words(page)
    assert goals(number) == "安全饮水"


def test_it_can_be_thrown_away(around: Town, at_desk: Desk, path: str, rows: Callable[..., Any]) -> None:
    owner = at_desk(around.owner)
    fields = filled_in(owner, path)
    owner.send(path, MultiDict({**fields, "csrf_token": "old"}))

    page = owner.send(path, MultiDict({"csrf_token": fields["csrf_token"], "do": "forget"}))

    assert form(page, path)["goals"] == "安全饮水"
    assert rows(KeptForm) == []


def test_somebody_elses_change_meanwhile_still_clashes(around: Town, at_desk: Desk, number: str, path: str) -> None:
    owner, colleague = at_desk(around.owner), at_desk(person("applicant_member", uscc=WATER))
    fields = filled_in(owner, path)
    colleague.send(path, MultiDict({**form(colleague.get(path), path), "goals": "同事的目标"}))
    page = owner.send(path, MultiDict({**fields, "csrf_token": "old"}))

    answer = owner.send(path, form(page, path), 409)

    assert "有人同时修改了以下内容" in words(answer)
    assert goals(number) == "同事的目标"


@pytest.mark.parametrize("forged", ["", "x", "tampered", "other secret"])
def test_without_a_ticket_of_ours_nothing_is_kept(
    around: Town, at_desk: Desk, number: str, path: str, table_state: Callable[..., Any], forged: str
) -> None:
    fields = filled_in(at_desk(around.owner), path)
    ticket = fields["ticket"]
    payload, _dot, signature = ticket.partition(".")
    fields["ticket"] = {"tampered": f"{payload[::-1]}.{signature}", "other secret": f"{payload}.{signature[::-1]}"}.get(
        forged, forged
    )
    stranger = at_desk(around.owner).client.application.test_client()
    before = table_state()

    answer = stranger.post(path, data=fields)

    assert answer.status_code == 400
    assert table_state() == before


def test_a_form_of_a_submitted_declaration_is_not_kept(
    around: Town, at_desk: Desk, number: str, path: str, clock: Clock, table_state: Callable[..., Any]
) -> None:
    fields = filled_in(at_desk(around.owner), path)
    act(pid_of(number), "submit", around.owner, now=clock.now())
    before = table_state()

    answer = at_desk(around.owner).client.application.test_client().post(path, data=fields)

    assert answer.status_code == 400
    assert table_state() == before
