"""The page on which an officer declares a conflict: from the project, and back to the inbox without it."""

from collections.abc import Callable
from typing import Any

from app.casework.models import Recusal
from app.clock import Clock
from app.people.permissions import Actor
from tests.make import Town, advance, draft, person
from tests.pages.browsing import Browser, links, words

Desk = Callable[[Actor], Browser]


def test_an_officer_declares_a_conflict_and_finds_no_trace_of_the_project(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    number = draft(around, now=clock.now())
    advance(around, number, "authenticity_review", now=clock.now())
    officer, colleague = at_desk(around.accepting), at_desk(person("accepting_unit", unit="SH310106"))
    path = f"/projects/{number}/recusal"
    assert path in links_of(officer, number)

    silent = officer.fill(path, 422, statement="")
    said = officer.fill(path, statement="配偶在该项目主体任职")

    assert "情况说明" in words(silent)
    assert "已登记您的回避，由同一单位的其他人员办理。该项目不再向您显示。" in words(said)
    assert number not in said.text
    assert [each.user_id for each in rows(Recusal)] == [around.accepting.user_id]
    officer.get(path, 404)
    officer.get(f"/projects/{number}", 404)
    kept = words(colleague.get(f"/projects/{number}"))
    assert "申请回避" in kept
    assert "配偶在该项目主体任职" in kept
    assert "配偶在该项目主体任职" not in at_desk(around.owner).get(f"/projects/{number}").text
    assert path not in links_of(at_desk(around.supervisor), number)


def links_of(desk: Browser, number: str) -> list[str]:
    return [each for each in links(desk.get(f"/projects/{number}")) if each]


def test_the_last_one_is_told_that_nobody_is_left(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    advance(around, number, "authenticity_review", now=clock.now())

    said = at_desk(around.accepting).fill(f"/projects/{number}/recusal", statement="配偶在该项目主体任职")

    assert "该职责目前没有足够的其他人员可以办理，已告知市政府合作交流办和监督员。" in words(said)
