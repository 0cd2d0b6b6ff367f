"""Publicity: what is shown, for how long, and how objections stop its clock."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.casework.service import seen_of, take_action
from app.database import db
from app.ledger.queries import project_balances
from app.people.permissions import PUBLIC_ACTOR, SYSTEM_ACTOR
from app.publicity.commands import Object
from app.publicity.models import Notice, Objection
from app.publicity.queries import objections_of
from app.publicity.service import unserved
from app.refusals import FieldRefused
from tests import make, reviewing
from workflows.calendar import end_of, is_working_day, working_day_after
from workflows.engine import GuardRefused


@pytest.fixture
def around(app):
    return make.town()


def at(day, hour=2):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def stage(number):
    return make.case_of(make.pid_of(number)).stage


def test_a_notice_shows_the_project_for_five_working_days_the_first_one_counted(around, rows):
    number = reviewing.on_show(around)

    (notice,) = rows(Notice)
    assert (notice.kind, notice.number, notice.title, notice.organisation) == (
        "publicity",
        number,
        "校园安全饮水",
        "上海清泉公益基金会",
    )
    assert (notice.place, notice.amount, notice.contact) == ("青海省果洛州玛沁县", 30_000_000, "021-12345678")
    assert notice.experts == [expert.name for expert in around.experts]
    assert (notice.first_day, notice.last_day) == (date(2026, 3, 4), date(2026, 3, 10))
    case = make.case_of(make.pid_of(number))
    assert notice.closes_at == case.due_at == end_of(date(2026, 3, 10))
    assert case.due_action == "end_publicity"


def test_a_notice_published_on_a_sunday_begins_on_monday(around, rows):
    number = reviewing.in_publicity(around)
    make.act(make.pid_of(number), "publish_notice", around.fund, now=at(8), contact="021-12345678")

    (notice,) = rows(Notice)
    assert (notice.first_day, notice.last_day) == (date(2026, 3, 9), date(2026, 3, 13))
    assert notice.closes_at == make.case_of(make.pid_of(number)).due_at


def test_a_notice_is_published_once(around, table_state):
    number = reviewing.on_show(around)
    before = table_state()

    with pytest.raises(GuardRefused, match="公示已经发布"):
        make.act(make.pid_of(number), "publish_notice", around.fund, contact="021-12345678")

    assert table_state() == before


def test_publicity_runs_to_the_end_of_its_last_day(around, table_state):
    number = reviewing.on_show(around)
    over = end_of(date(2026, 3, 10))
    before = table_state()

    with pytest.raises(GuardRefused, match="公示期尚未届满"):
        make.act(make.pid_of(number), "end_publicity", SYSTEM_ACTOR, now=over - timedelta(microseconds=1))
    with pytest.raises(GuardRefused, match="公示期已经届满"):
        reviewing.object_to(number, now=over)

    assert table_state() == before
    assert make.act(make.pid_of(number), "end_publicity", SYSTEM_ACTOR, now=over).stage == "joint_review"


@pytest.mark.parametrize(
    ("objected", "left", "last_day"),
    [
        (4, 5, 23),  # on the first day, which is then not served
        (6, 3, 19),
        (7, 2, 18),  # a Saturday: Wednesday, Thursday and Friday were served
        (10, 1, 17),
    ],
)
def test_a_refuted_objection_costs_no_day_of_publicity(around, rows, objected, left, last_day):
    number = reviewing.on_show(around)
    objection = reviewing.object_to(number, now=at(objected))
    (held,) = rows(Notice)
    assert (held.days_left, held.closes_at, held.last_day, held.suspended_at) == (left, None, None, at(objected))

    reviewing.decide(around, number, objection, "refuted", now=at(16))

    (notice,) = rows(Notice)
    case = make.case_of(make.pid_of(number))
    assert (notice.last_day, notice.suspended_at, stage(number)) == (date(2026, 3, last_day), None, "publicity")
    assert notice.closes_at == case.due_at == end_of(date(2026, 3, last_day))
    assert case.due_action == "end_publicity"


def test_an_objection_before_the_run_goes_on_keeps_every_day_that_was_left(around, rows):
    number = reviewing.on_show(around)
    reviewing.decide(around, number, reviewing.object_to(number, now=at(6)), "refuted", now=at(9))

    reviewing.object_to(number, now=at(9, 10))

    assert [notice.days_left for notice in rows(Notice)] == [3]


@given(st.integers(1, 15), st.integers(0, 40), st.dates(date(2026, 1, 5), date(2026, 11, 1)))
def test_served_and_unserved_days_add_up_whenever_a_run_is_stopped(days, offset, before_the_run):
    run = [working_day_after(before_the_run, count) for count in range(1, days + 1)]
    stopped_on = min(before_the_run + timedelta(days=offset), run[-1])

    assert unserved(days, run[-1], stopped_on) == sum(day >= stopped_on for day in run)
    assert all(is_working_day(day) for day in run)


def test_publicity_goes_on_only_after_the_last_objection(around, rows):
    number = reviewing.on_show(around)
    first = reviewing.object_to(number, now=at(6))
    second = reviewing.object_to(number, now=at(9), objector="李某")

    assert reviewing.decide(around, number, first, "refuted", now=at(12)).stage == "objection_hold"
    assert [notice.days_left for notice in rows(Notice)] == [3]
    assert reviewing.decide(around, number, second, "refuted", now=at(16)).stage == "publicity"

    assert [(o.objector, o.outcome, o.reason, o.decided_by_id, o.decided_at) for o in rows(Objection)] == [
        ("王某", "refuted", "经核实", around.fund.user_id, at(12)),
        ("李某", "refuted", "经核实", around.fund.user_id, at(16)),
    ]
    assert [make.case_of(pid).stage for pid in (first, second)] == ["refuted", "refuted"]


def test_an_upheld_objection_ends_the_project_and_frees_its_money(around, rows, session):
    number = reviewing.on_show(around)
    first, second = reviewing.object_to(number), reviewing.object_to(number, objector="李某")
    root = make.case_of(make.pid_of(number)).id
    assert project_balances(session, root)["reserved"] == 30_000_000
    session.rollback()

    assert reviewing.decide(around, number, second, "upheld").stage == "rejected"

    assert [make.case_of(pid).stage for pid in (first, second)] == ["dropped", "upheld"]
    assert [(o.outcome, o.reason) for o in rows(Objection)] == [("dropped", None), ("upheld", "经核实")]
    assert set(project_balances(session, root).values()) == {0}


def test_only_an_open_objection_of_the_project_can_be_decided(around, table_state):
    number = reviewing.on_show(around)
    first = reviewing.object_to(number)
    reviewing.object_to(number, objector="李某")
    reviewing.decide(around, number, first, "refuted")
    before = table_state()

    for choice in (first, make.pid_of(number)):
        for outcome in ("refuted", "upheld"):
            with pytest.raises(FieldRefused) as caught:
                reviewing.decide(around, number, choice, outcome)
            assert (caught.value.field, str(caught.value.reason)) == ("objection", "没有这项异议，或已经办结。")

    assert table_state() == before


def test_whoever_withdraws_during_an_objection_leaves_nothing_to_decide(around, rows):
    number = reviewing.on_show(around)
    objection = reviewing.object_to(number)

    make.act(make.pid_of(number), "withdraw", around.owner, now=at(5), reason="不再实施")

    assert (stage(number), make.case_of(objection).stage) == ("withdrawn", "dropped")
    assert [(o.outcome, o.decided_by_id, o.decided_at) for o in rows(Objection)] == [("dropped", None, at(5))]


def test_only_those_who_decide_learn_who_objected(around, session):
    number = reviewing.on_show(around)
    pid = reviewing.object_to(number)
    root = make.case_of(make.pid_of(number)).id

    def told(actor):
        return [(row.case, row.objector, row.contact, row.statement) for row in objections_of(session, root, actor)]

    assert told(around.fund) == told(around.supervisor) == [(pid, "王某", "13900000000", "重复申报")]
    insider = replace(around.fund, grants=(*around.fund.grants, *around.owner.grants))
    assert told(around.owner) == told(around.panel[0]) == told(insider) == [(pid, None, None, None)]
    assert told(make.person("audit_firm", unit="CPA1")) == told(PUBLIC_ACTOR) == []


def test_two_people_who_object_at_once_both_count(app, around, rows):
    number = reviewing.on_show(around)
    pid = make.pid_of(number)
    seen = seen_of(make.case_of(pid))
    db.session.rollback()
    start = Barrier(2)

    def object_at_once(name):
        with app.app_context():
            start.wait()
            command = Object(objector=name, contact="13900000000", statement="重复申报")
            return take_action(pid, "object", actor=PUBLIC_ACTOR, seen=seen, command=command, now=make.NOW).stage

    with ThreadPoolExecutor(2) as threads:
        stages = list(threads.map(object_at_once, ["王某", "李某"]))

    assert stages == ["objection_hold", "objection_hold"]
    assert {objection.objector for objection in rows(Objection)} == {"王某", "李某"}
    assert [notice.days_left for notice in rows(Notice)] == [5]
