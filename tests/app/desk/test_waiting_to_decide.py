"""A project in joint review waits for those who have not voted, and then for whoever approves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.clock import Clock
from app.outbox.models import Message
from app.people.permissions import Actor
from tests.make import Town, act, pid_of, run_publicity, town_today
from tests.pages.browsing import Browser, parsed, words
from tests.reviewing import in_publicity

Desk = Callable[[Actor], Browser]


@pytest.fixture
def around(app: Flask, clock: Clock) -> Town:
    """A town founded some time ago, so that a publicity can be over by now."""
    return town_today(clock.now() - timedelta(days=60))


def test_voted_projects_leave_the_inbox_of_the_member_and_come_to_the_approver(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    earlier = clock.now() - timedelta(days=30)
    number = in_publicity(around, now=earlier)
    run_publicity(around, number, now=earlier)
    member, approver = at_desk(around.panel[0]), at_desk(around.approver)

    assert number in words(member.get("/inbox"))
    vote(around.panel[0], number, clock)
    assert number not in words(member.get("/inbox"))
    assert number in words(at_desk(around.panel[1]).get("/inbox"))
    vote(around.panel[1], number, clock)
    assert number not in words(approver.get("/inbox"))
    assert "由 会审成员 办理" in words(approver.get(f"/projects/{number}"))
    assert [m for m in rows(Message) if m.template == "awaiting_approval"] == []
    vote(around.panel[2], number, clock)

    assert number in words(approver.get("/inbox"))
    assert counted(approver.get("/inbox")) == 1
    assert "由 会审审批人 办理" in words(approver.get(f"/projects/{number}"))
    assert [m.to_role for m in rows(Message) if m.template == "awaiting_approval"] == ["approver"]
    act(pid_of(number), "defer", around.approver, now=clock.now(), reason="补充论证")
    assert number not in words(approver.get("/inbox"))
    assert number in words(member.get("/inbox"))


def vote(member: Actor, number: str, clock: Clock) -> None:
    act(pid_of(number), "vote", member, now=clock.now(), vote="for")


def counted(page: Any) -> int:
    nav = next(each for each in parsed(page).iter("nav") if each.get("aria-label") == "按期限")
    return sum(int("".join(a.itertext()).split()[0]) for a in nav.iter("a"))
