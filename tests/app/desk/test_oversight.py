"""The supervisor reads everything and acts on nothing; a front office sees what its areas ask of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg

from app.clock import Clock
from app.outbox.models import Message
from app.people.permissions import Actor
from app.text import day, last_date, last_day
from tests.later import advance_further
from tests.make import Town, act, advance, case_of, children, draft, pid_of
from tests.pages.browsing import Browser, words
from tests.reviewing import object_to

Desk = Callable[[Actor], Browser]


def test_terms_that_are_over_are_counted_by_desk_and_listed(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    supervisor = at_desk(around.supervisor)

    before = words(supervisor.get("/oversight"))
    clock.move(clock.now() + timedelta(days=60))
    after = words(supervisor.get("/oversight"))

    assert "现在没有逾期的事项。" in before
    assert "受理单位 1" in after
    assert number in words(supervisor.get("/oversight/overdue?holder_role=accepting_unit"))
    assert "没有符合筛选条件的记录。" in words(supervisor.get("/oversight/overdue?holder_role=expert"))


def test_every_act_is_found_by_what_and_by_its_hash(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    receipt = act(pid_of(number), "submit", around.owner, now=clock.now())
    supervisor = at_desk(around.supervisor)

    by_action = words(supervisor.get("/oversight/events?action=submit"))
    by_hash = words(supervisor.get(f"/oversight/events?hash={receipt.hash[:12]}"))
    by_another = words(supervisor.get(f"/oversight/events?hash={'0' * 12}"))

    for page in (by_action, by_hash):
        assert f"{number} 对口支援公益项目 提交申报 项目主体负责人" in page
    assert number not in by_another


def test_the_chain_is_checked_on_demand_and_a_missing_act_is_found(
    around: Town, at_desk: Desk, clock: Clock, superuser: psycopg.Connection
) -> None:
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    supervisor = at_desk(around.supervisor)

    sound = words(supervisor.get("/oversight?check=1"))
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("ALTER TABLE event DISABLE TRIGGER ALL")
    superuser.execute("DELETE FROM event WHERE action = 'open' AND root_id = case_id AND seq = 1")
    broken = words(supervisor.get("/oversight?check=1"))

    assert "没有改动，没有缺号。" in sound
    assert "记录不完整" in broken


def test_a_front_office_sees_opinions_and_deliveries_of_its_area(around: Town, at_desk: Desk, clock: Clock) -> None:
    asked, running = draft(around, now=clock.now()), draft(around, now=clock.now())
    act(pid_of(asked), "submit", around.owner, now=clock.now())
    now = advance(around, running, "announcement", now=clock.now())
    now = advance_further(around, running, "implementation", now=now) or now
    clock.move(max(now, clock.now()))
    act(
        pid_of(running), "file_report", around.owner, now=clock.now(), final=False, period_from="2026-12-10",
        period_until="2026-12-31", summary="进展", spent="1.00", beneficiaries=1,
    )  # fmt: skip
    front = at_desk(around.front)

    page = words(front.get("/front-office"))
    (report,) = children(running, "progress_report")
    act(report, "confirm_report", around.front, now=clock.now(), remark="属实")
    act(pid_of(asked), "give_opinion", around.front, now=clock.now(), supports=True, opinion="属实")
    after = words(front.get("/front-office"))

    assert asked in page
    assert running in page
    assert "现在没有等待出具的意见或等待确认的进展。" in after


def test_after_a_correction_the_front_office_is_told_and_shown_that_its_opinion_is_wanted_again(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    number, now = draft(around, now=clock.now()), clock.now()
    act(pid_of(number), "submit", around.owner, now=now)
    act(pid_of(number), "give_opinion", around.front, now=now, supports=False, opinion="实施地点不明")
    spoken = words(at_desk(around.front).get("/front-office"))
    act(pid_of(number), "return_for_correction", around.accepting, now=now, items=["请写明实施地点"])

    act(pid_of(number), "resubmit", around.owner, now=now, reply="已写明")
    asked = words(at_desk(around.front).get("/front-office"))
    act(pid_of(number), "give_opinion", around.front, now=now, supports=True, opinion="属实")
    again = words(at_desk(around.front).get("/front-office"))

    assert [number in page for page in (spoken, asked, again)] == [False, True, False]
    wanted = [each.to_role for each in rows(Message) if each.template == "opinion_wanted"]
    assert wanted == ["front_office", "front_office"]


def test_the_pages_of_oversight_are_the_supervisors_alone(around: Town, at_desk: Desk) -> None:
    for actor in (around.fund, around.owner, around.firm, around.maker):
        for path in ("/oversight", "/oversight/overdue", "/oversight/objections", "/oversight/events"):
            at_desk(actor).get(path, 403)
    at_desk(around.fund).get("/front-office", 403)


def test_a_term_is_said_by_its_last_day_and_every_act_by_its_name(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    advance(around, number, "publicity", now=clock.now())
    act(pid_of(number), "publish_notice", around.fund, now=clock.now(), contact="021-12345678")
    objection = object_to(number, now=clock.now())
    due_at = case_of(objection).due_at
    supervisor = at_desk(around.supervisor)

    listed = words(supervisor.get("/oversight/objections"))
    events = words(supervisor.get("/oversight/events"))
    file = supervisor.client.get("/oversight/objections?as=csv", buffered=True).get_data().decode("utf-8-sig")

    assert due_at is not None
    assert last_day(due_at) in listed
    assert day(due_at) not in listed
    assert last_date(due_at).isoformat() + "," in file
    assert "建立" in events
    assert " open " not in events
