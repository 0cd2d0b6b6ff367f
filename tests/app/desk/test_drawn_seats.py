"""What a draw means where panels are opened: the drawn are ticked and marked, anybody else wants a reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.clock import Clock
from app.people.permissions import Actor
from app.reviews.models import AssignmentCheck, Panel
from app.reviews.service.draws import draw_next, draw_panel
from tests.make import Town, act, children, person, pid_of
from tests.pages.browsing import Browser, form, parsed, words
from tests.reviewing import in_expert_review
from workflows.calendar import shanghai_date

Desk = Callable[[Actor], Browser]


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A project that waits for its panel, with more experts than a panel has seats."""
    for _ in range(3):
        person("expert")
    return in_expert_review(around, now=clock.now())


@pytest.fixture
def path(around: Town, at_desk: Desk, clock: Clock, number: str) -> str:
    """The page of a session for it."""
    day = shanghai_date(clock.now() + timedelta(days=10)).isoformat()
    page = at_desk(around.secretary).fill(
        "/panels/sessions/new", projects=[number], starts_at=f"{day}T09:00", ends_at=f"{day}T12:00", place="世博村路",
        sheets_due_on=day,
    )  # fmt: skip
    return str(page.request.path)


def test_the_drawn_are_ticked_and_marked_and_so_is_whoever_gave_up_a_seat(
    around: Town, at_desk: Desk, clock: Clock, number: str, path: str
) -> None:
    draw = draw_panel(number, actor=around.secretary, now=clock.now())
    after = draw_next(number, draw.seated[0].id, "unavailable", actor=around.secretary, now=clock.now())

    page = at_desk(around.secretary).get(path)

    assert sorted(form(page).getlist(f"experts-{number}")) == sorted(each.email for each in after.seated)
    assert words(page).count("抽中") - words(page).count("抽中之") == len(after.seated)
    assert words(page).count("递补离席") == 1
    assert "已选 5 人" in words(page)


def test_whoever_was_not_drawn_opens_no_panel_without_a_reason_that_is_kept(
    around: Town, at_desk: Desk, clock: Clock, number: str, path: str, rows: Any
) -> None:
    draw = draw_panel(number, actor=around.secretary, now=clock.now())
    secretary = at_desk(around.secretary)
    page = secretary.get(path)
    everybody = _offered(page, number)
    beside = next(each for each in everybody if each not in {one.email for one in draw.seated})
    fields = form(page)
    fields.setlist(f"experts-{number}", [*(each.email for each in draw.seated[:4]), beside])

    refused = secretary.send(path, fields, 409)
    assert f"本项目已抽签，以下专家不在抽中之列，须说明另行选定的理由：{beside}。" in words(refused)
    assert rows(Panel) == []
    assert beside in form(refused).getlist(f"experts-{number}")
    again = form(refused)
    again[f"reason-{number}"] = "抽中者出差，另选一人"
    secretary.send(path, again)

    kept = sorted((row.draw_id is not None, row.reason) for row in rows(AssignmentCheck))
    assert kept == [(False, "抽中者出差，另选一人"), *[(True, "")] * 4]


def test_more_experts_are_of_the_draw_or_explained(around: Town, at_desk: Desk, clock: Clock, number: str) -> None:
    draw = draw_panel(number, actor=around.secretary, now=clock.now())
    after = draw_next(number, draw.seated[0].id, "unavailable", actor=around.secretary, now=clock.now())
    act(
        pid_of(number), "open_panel", around.secretary, now=clock.now(), session_on="2027-01-10",
        experts=[each.email for each in after.seated],
    )  # fmt: skip
    secretary = at_desk(around.secretary)
    ask = f"/cases/{pid_of(number).hex}/actions/add_experts"

    page = secretary.get(ask)
    refused = secretary.fill(ask, 422, experts=[draw.seated[0].email])

    assert "递补离席，选定须说明理由" in words(page)
    assert "须说明另行选定的理由" in words(refused)
    assert len(children(number, "score_sheet")) == 5


def _offered(page: Any, number: str) -> list[str]:
    return [box.get("value") for box in parsed(page).iter("input") if box.get("name") == f"experts-{number}"]
