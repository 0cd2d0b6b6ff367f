"""What a draft still lacks is said as soon as it is saved, in the language of the reader."""

from collections.abc import Callable
from typing import Any

import pytest

from app.clock import Clock
from app.people.permissions import Actor
from app.people.service import add_unit
from tests.make import Town, act, case_of, draft, pid_of
from tests.pages.browsing import Browser, words
from workflows.engine import Refused

Desk = Callable[[Actor], Browser]


def test_an_area_outside_the_policy_and_a_budget_that_does_not_add_up_are_said_at_once(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = draft(around, papers=False, now=clock.now(), area_code="440300", own_funds="1.00")
    owner = at_desk(around.owner)

    chinese = words(owner.get(f"/projects/{number}"))
    english = words(owner.get(f"/projects/{number}?lang=en"))

    total = "合计 1,200,000.00 元与投入总额 360,001.00 元须相等"
    assert f"申报表尚待填写或更正：实施地区代码（440300 不在资助范围内）、预算明细（{total}）。" in chinese
    assert (
        "Still to be completed or corrected in the declaration: Implementation area code (440300 is not eligible for "
        "funding), Budget lines (total of 1,200,000.00 yuan must equal the planned total of 360,001.00 yuan)."
    ) in english


def test_lines_are_paid_from_the_sources_that_the_declaration_names(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, now=clock.now(), own_funds="0.00", other_fiscal="840000.00")

    with pytest.raises(Refused, match="自有资金列支 "):
        act(pid_of(number), "submit", around.owner, now=clock.now())
    english = words(at_desk(around.owner).get(f"/projects/{number}?lang=en"))

    assert "(own funds: the lines, 840,000.00 yuan, must equal what is declared, 0.00 yuan)" in english.lower()


def test_in_an_area_without_a_front_office_nothing_is_submitted_until_there_is_one(
    around: Town, at_desk: Desk, clock: Clock, table_state: Any
) -> None:
    number = draft(around, now=clock.now(), area_code="650202", place="克拉玛依市")
    owner = at_desk(around.owner)

    chinese, english = (words(owner.get(f"/projects/{number}?lang={each}")) for each in ("zh_Hans_CN", "en"))
    before = table_state()
    with pytest.raises(Refused, match="该地区尚未设立前方工作机构"):
        act(pid_of(number), "submit", around.owner, now=clock.now())
    refused = table_state()
    office = add_unit(code="QZ6502", name="克拉玛依前方工作组", kind="front_office", area_code="6502")
    act(pid_of(number), "submit", around.owner, now=clock.now())

    assert "申报表尚待填写或更正：实施地区代码（该地区尚未设立前方工作机构）。" in chinese
    assert "Implementation area code (no front office has been set up for this area yet)." in english
    assert refused == before
    assert case_of(pid_of(number)).front_office_id == office


def test_nothing_is_said_of_an_area_that_is_not_named_yet(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, papers=False, now=clock.now(), area_code=None)

    page = words(at_desk(around.owner).get(f"/projects/{number}"))

    assert "申报表尚待填写或更正：实施地区代码。" in page
