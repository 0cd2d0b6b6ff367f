"""The clock: what ends by itself, what is only marked, and what it leaves alone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from app.casework.clock import tick
from app.casework.models import Case
from app.casework.queries import HISTORY, inbox, recent_history
from app.database import db
from app.outbox.models import Message
from tests import make

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_publicity_ends_by_itself_after_five_working_days_the_first_one_counted(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "publicity")
    pid = make.pid_of(number)
    wednesday = datetime(2026, 3, 4, 10, 0, tzinfo=SHANGHAI)
    make.act(pid, "publish_notice", around.fund, now=wednesday, contact="021-00000000")
    tuesday_night = datetime(2026, 3, 10, 23, 59, tzinfo=SHANGHAI)
    midnight = datetime(2026, 3, 11, 0, 0, tzinfo=SHANGHAI)

    assert tick(tuesday_night).ended == []
    assert make.case_of(pid).stage == "publicity"
    assert tick(midnight).ended == [pid]
    assert make.case_of(pid).stage == "joint_review"


def test_an_overdue_step_is_marked_and_reminded_of_once(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "authenticity_review")
    pid = make.pid_of(number)
    late = make.case_of(pid).due_at + timedelta(minutes=1)

    rounds = [tick(late).reminded, tick(late + timedelta(days=1)).reminded]

    assert rounds == [[pid], []]
    overdue = select(Message.to_role).where(Message.template == "overdue")
    assert list(db.session.scalars(overdue)) == ["accepting_unit"]
    assert make.case_of(pid).stage == "authenticity_review"


def test_the_clock_leaves_closed_cases_alone(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "authenticity_review")
    make.act(make.pid_of(number), "reject", around.accepting, reason="需求不实")

    done = tick(make.NOW + timedelta(days=365))

    assert (done.ended, done.reminded, done.refused) == ([], [], [])


def test_the_inbox_shows_the_most_urgent_first_and_goes_on_where_it_stopped(app: Flask) -> None:
    around = make.town()
    numbers = [make.draft(around) for _ in range(3)]
    for day, number in zip((2, 0, 1), numbers, strict=True):
        make.act(make.pid_of(number), "submit", around.owner, now=make.NOW + timedelta(days=day))

    first = inbox(db.session(), around.accepting, limit=2)
    rest = inbox(db.session(), around.accepting, after=(first[1].urgent_at, first[1].id), limit=2)

    wanted = [make.pid_of(numbers[index]) for index in (1, 2, 0)]
    assert [row.pid for row in first] == wanted
    assert [row.pid for row in rest] == wanted[2:]
    assert inbox(db.session(), around.fund) == []
    assert db.session.scalars(select(Case.holder_role).where(Case.stage == "authenticity_review").distinct()).all() == [
        "accepting_unit"
    ]


def test_a_long_history_shows_its_newest_events_and_every_step_of_the_project(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "joint_review")
    root = make.case_of(make.pid_of(number)).id
    events = make.case_of(make.pid_of(number)).chain_seq
    for turn in range(HISTORY + 5):
        make.act(make.pid_of(number), "defer", around.approver, reason=f"第 {turn} 次暂缓")

    shown = recent_history(db.session(), around.fund, root)

    steps = [event.seq for event in shown if event.seq <= events]
    assert [event.seq for event in shown[len(steps) :]] == list(range(events + 6, events + HISTORY + 6))
    assert [event.to_stage for event in shown[: len(steps)]] == [
        "authenticity_review", "compliance_review", "expert_review", "publicity", "joint_review"
    ]  # fmt: skip
