"""What people keep at hand: theirs alone, cheap to keep, and never part of a decision."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.clock import Clock
from app.people.permissions import Actor
from app.workbench.models import Look, Note, Pin
from app.workbench.queries import pinned_of, recent_of
from tests.make import Town, act, draft, organisation, person, pid_of
from tests.pages.browsing import Browser, parsed, words

Desk = Callable[[Actor], Browser]


def submitted(around: Town, clock: Clock) -> str:
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    return number


def send(browser: Browser, path: str, status: int = 303, **fields: Any) -> Any:
    page = parsed(browser.get("/account"))
    token = next(each.get("value") for each in page.iter("input") if each.get("name") == "csrf_token")
    return browser.send(path, {"csrf_token": token, **fields}, status)


def marked(page: Any) -> list[str]:
    """The events that are marked as new."""
    return [str(each.get("id")) for each in parsed(page).iter("li") if each.get("class") == "new"]


def test_what_came_since_the_last_visit_is_marked_during_the_whole_next_visit_but_not_ones_own_acts(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = submitted(around, clock)
    desk, address = at_desk(around.accepting), f"/projects/{number}"
    first = desk.get(address)
    clock.move(clock.now() + timedelta(hours=2))
    act(pid_of(number), "give_opinion", around.front, now=clock.now(), supports=True, opinion="支持")

    second = desk.get(address)
    act(pid_of(number), "pass_authenticity", around.accepting, now=clock.now(), opinion="属实")
    again = desk.get(address)
    clock.move(clock.now() + timedelta(hours=2))
    later = desk.get(address)

    assert (marked(first), marked(second), marked(again), marked(later)) == ([], ["event-3"], ["event-3"], [])
    assert "您上次查看之后" in words(second)
    assert "您上次查看之后" not in words(first)


def test_a_look_is_the_readers_own_row_and_written_at_most_once_a_minute(
    around: Town, at_desk: Desk, clock: Clock, rows: Any, table_state: Any
) -> None:
    number = submitted(around, clock)
    desk = at_desk(around.accepting)
    before = table_state(without=("look",))

    for _ in range(3):
        desk.get(f"/projects/{number}")
    (look,) = rows(Look)

    assert (look.user_id, look.seq, look.since_at) == (around.accepting.user_id, 2, None)
    assert table_state(without=("look",)) == before
    at = look.at
    clock.move(clock.now() + timedelta(minutes=2))
    desk.get(f"/projects/{number}")
    assert rows(Look)[0].at > at


def test_pinned_and_recent_projects_are_those_one_still_sees(
    around: Town, at_desk: Desk, clock: Clock, session: Any, rows: Any
) -> None:
    one, two = submitted(around, clock), submitted(around, clock)
    desk = at_desk(around.accepting)
    for number in (one, two):
        desk.get(f"/projects/{number}")
    send(desk, f"/projects/{one}/pin", on="1")
    send(desk, f"/projects/{one}/pin", on="1")

    elsewhere = Actor(around.accepting.user_id, "调走的人")
    assert [kept.number for kept in pinned_of(session, around.accepting)] == [one]
    assert [kept.number for kept in recent_of(session, around.accepting)] == [two, one]
    assert [pinned_of(session, elsewhere), recent_of(session, elsewhere)] == [[], []]
    assert pinned_of(session, around.fund) == []
    send(desk, f"/projects/{one}/pin", on="0")
    assert rows(Pin) == []
    organisation("513100005000000159", "上海微光社会服务中心")
    stranger = at_desk(person("applicant_owner", uscc="513100005000000159"))
    send(stranger, f"/projects/{one}/pin", 404, on="1")


def test_a_note_is_read_by_the_offices_and_the_supervisor_and_never_by_the_applicant(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    number = submitted(around, clock)
    said = "与去年的项目地点相同，请留意"

    page = send(at_desk(around.accepting), f"/projects/{number}/notes", text=said)

    assert said in words(page)
    assert [(row.author_id, row.role, row.text) for row in rows(Note)] == [
        (around.accepting.user_id, "accepting_unit", said)
    ]
    seen = {
        name: said in at_desk(getattr(around, name)).get(f"/projects/{number}").text
        for name in ("accepting", "fund", "secretary", "supervisor", "owner", "front", "maker", "approver")
    }
    assert {name for name, there in seen.items() if there} == {"accepting", "fund", "secretary", "supervisor"}


def test_whoever_belongs_to_the_organisation_reads_no_note_whatever_else_he_or_she_is(
    around: Town, at_desk: Desk, clock: Clock, session: Any
) -> None:
    from app.people.service import grant_role

    number = submitted(around, clock)
    send(at_desk(around.accepting), f"/projects/{number}/notes", text="只给经办人看")
    grant_role(around.owner.user_id, "secretary", now=clock.now())

    assert "只给经办人看" not in at_desk(around.owner).get(f"/projects/{number}").text
    send(at_desk(around.owner), f"/projects/{number}/notes", 403, text="我也写一条")
    at_desk(around.owner).get(f"/projects/{number}/review", 404)


def test_only_the_offices_write_notes_and_nobody_changes_one(
    around: Town, at_desk: Desk, clock: Clock, table_state: Any, superuser: psycopg.Connection
) -> None:
    number = submitted(around, clock)
    *readers, officer = map(at_desk, (around.supervisor, around.owner, around.front, around.accepting))
    before = table_state()

    for reader in readers:
        send(reader, f"/projects/{number}/notes", 403, text="话")
    send(officer, f"/projects/{number}/notes", 422, text="  ")

    assert table_state() == before
    send(officer, f"/projects/{number}/notes", text="话")
    for attack in ("UPDATE note SET text = 'x'", "DELETE FROM note", "TRUNCATE note"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            superuser.execute(attack)


def test_a_reminder_from_the_page_of_a_project_goes_once_a_day(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = submitted(around, clock)
    fund = at_desk(around.fund)

    first, second = (send(fund, f"/projects/{number}/remind") for _ in range(2))

    assert "已催办。" in words(first)
    assert "今天已催办过，或者该项目现在无须催办。" in words(second)
    send(at_desk(around.owner), f"/projects/{number}/remind", 403)
