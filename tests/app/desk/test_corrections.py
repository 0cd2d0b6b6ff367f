"""What is typed and brought for a correction is its organisation's alone until it is handed in."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from app.clock import Clock
from app.database import db
from app.documents.queries import papers_of
from app.people.permissions import Actor
from app.projects.queries import project_head
from app.projects.service import save_declaration
from app.provision import WEB
from tests.make import Town, act, bearer, case_of, declaration, draft, paper, pid_of
from tests.pages.browsing import Browser, words

Desk = Callable[[Actor], Browser]
BEFORE = ("包虫病多发", "360000.00", "校园安全饮水")
AFTER = ("还没有提交的话", "350000.00", "改了名字")


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A project that was sent back, and what its organisation has changed since without handing it in."""
    number, now = draft(around, now=clock.now()), clock.now()
    act(pid_of(number), "submit", around.owner, now=now)
    paper(number, "other", around.accepting, name="核查记录")
    act(pid_of(number), "return_for_correction", around.accepting, now=now, items=["补充需求说明"])
    changed = declaration(title="改了名字", need="还没有提交的话", requested="350000.00", own="850000.00")
    version = project_head(db.session(), around.owner, number).version
    db.session.rollback()
    save_declaration(pid_of(number), changed, version=version, actor=around.owner, now=now)
    paper(number, "other", around.owner, name="还没有提交的材料")
    return number


def read(at_desk: Desk, number: str, actor: Actor, clock: Clock) -> dict[str, set[str]]:
    """Which of the words somebody reads of the project, by where they are read."""
    browser, header = at_desk(actor), bearer(actor, clock.now())
    answer = browser.client.get(f"/api/v1/projects/{number}", headers=header).json
    said = {
        "page": words(browser.get(f"/projects/{number}")),
        "declaration": words(browser.get(f"/projects/{number}/declaration")),
        "program": f"{answer['title']} {answer['declaration']['need']} {answer['amounts']['requested']}",
    }
    wanted = (*BEFORE, *AFTER)
    return {where: {each for each in wanted if each in text.replace(",", "")} for where, text in said.items()}


def names(actor: Actor, number: str) -> list[str]:
    found = [each.name for each in papers_of(db.session(), case_of(pid_of(number)).id, actor=actor)]
    db.session.rollback()
    return [each for each in found if each in {"核查记录.pdf", "还没有提交的材料.pdf"}]


def test_during_a_correction_others_read_what_was_handed_in_and_afterwards_the_new(
    around: Town, at_desk: Desk, number: str, clock: Clock
) -> None:
    readers = (around.fund, around.accepting, around.supervisor)

    mine = read(at_desk, number, around.owner, clock)
    theirs = [read(at_desk, number, reader, clock) for reader in readers]
    act(pid_of(number), "resubmit", around.owner, now=clock.now(), reply="已补充")
    later = [read(at_desk, number, reader, clock) for reader in readers]

    assert [set(each) for each in mine.values()] == [set(AFTER)] * 3
    assert [list(each.values()) for each in theirs] == [[set(BEFORE)] * 3] * 3
    assert later == [mine] * 3


@pytest.mark.parametrize("stage", ["correction", "withdrawn"])
def test_a_paper_brought_for_a_correction_is_its_organisations_until_it_is_handed_in(
    around: Town, number: str, clock: Clock, services: Any, database: str, stage: str
) -> None:
    if stage == "withdrawn":
        act(pid_of(number), "withdraw", around.owner, now=clock.now(), reason="不申报了")
    readers = (around.owner, around.fund, around.accepting)

    found = [names(reader, number) for reader in readers]
    with psycopg.connect(services.url(WEB, database)) as web:
        beneath = [_count(web, reader) for reader in readers]

    assert found == [["核查记录.pdf", "还没有提交的材料.pdf"], ["核查记录.pdf"], ["核查记录.pdf"]]
    assert beneath == [1, 0, 0]


def _count(web: psycopg.Connection, actor: Actor) -> int:
    with web.transaction(force_rollback=True):
        web.execute("SELECT asks(%s)", (actor.user_id,))
        return web.execute("SELECT FROM paper WHERE name = '还没有提交的材料.pdf'").rowcount


def test_what_was_withdrawn_during_a_correction_stays_as_it_was_handed_in(
    around: Town, at_desk: Desk, number: str, clock: Clock
) -> None:
    act(pid_of(number), "withdraw", around.owner, now=clock.now(), reason="不申报了")

    theirs = read(at_desk, number, around.fund, clock)

    assert list(theirs.values()) == [set(BEFORE)] * 3
