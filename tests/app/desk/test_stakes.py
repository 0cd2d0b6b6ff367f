"""What is at stake stands on the page of an act, also of acts beside the signing of an agreement."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.clock import Clock
from app.people.permissions import Actor
from tests.later import draw_up
from tests.make import Town, advance, draft, pid_of, town_today
from tests.pages.browsing import Browser, words

Desk = Callable[[Actor], Browser]


@pytest.fixture
def around(app: Flask, clock: Clock) -> Town:
    """A town founded long enough ago for a publicity to be over."""
    return town_today(clock.now() - timedelta(days=60))


def test_an_agreement_is_announced_signed_or_ended_with_its_ceiling_in_sight(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = draft(around, now=clock.now() - timedelta(days=60))
    advance(around, number, "announcement", now=clock.now() - timedelta(days=60))
    fund, pid = at_desk(around.fund), pid_of(number)

    receipt = fund.act(pid, "announce")
    draw_up(number, now=clock.now())
    sign, end = (fund.get(f"/cases/{pid.hex}/actions/{action}") for action in ("sign_agreement", "terminate"))

    assert "批准金额 330,000.00 元" in words(receipt)
    assert "资助上限 330,000.00 元" in words(sign)
    assert "终止项目" in words(end)
