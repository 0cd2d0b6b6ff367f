"""What the public reads: notices and results, newest first, always in one statement."""

from datetime import UTC, date, datetime

import pytest

from app.casework.service import seen_of
from app.database import Missing
from app.publicity.queries import notice, notices, notices_of, results
from tests import make, reviewing
from tests.statements import statements
from workflows.calendar import end_of

LATER = datetime(2026, 3, 20, 2, tzinfo=UTC)


@pytest.fixture
def around(app):
    return make.town()


def states(session, now=make.NOW):
    return [(row.number, row.kind, row.state) for row in notices(session, now=now).rows]


def test_a_running_notice_names_what_an_objection_needs(around, session):
    number = reviewing.on_show(around)

    (row,) = notices(session, now=make.NOW).rows

    case = make.case_of(make.pid_of(number))
    assert (row.number, row.state, row.case, row.seen) == (number, "running", case.pid, seen_of(case))
    assert (row.first_day, row.last_day, row.amount) == (date(2026, 3, 4), date(2026, 3, 10), 30_000_000)
    assert notice(session, row.id, now=make.NOW) == row
    with pytest.raises(Missing):
        notice(session, row.id + 1, now=make.NOW)


def test_the_state_of_a_notice_follows_its_project(around, session):
    number = reviewing.on_show(around)
    over = end_of(date(2026, 3, 10))
    assert states(session) == [(number, "publicity", "running")]
    assert states(session, over) == [(number, "publicity", "ended")]

    objection = reviewing.object_to(number)
    assert states(session) == [(number, "publicity", "suspended")]

    reviewing.decide(around, number, objection, "upheld")
    assert states(session) == [(number, "publicity", "cancelled")]
    (row,) = notices(session, now=make.NOW).rows
    assert (row.case, row.seen) == (None, None)


def test_a_notice_withdrawn_while_it_ran_stays_cancelled(around, session):
    number = reviewing.on_show(around)

    make.act(make.pid_of(number), "withdraw", around.owner, reason="不再实施")

    assert states(session) == states(session, LATER) == [(number, "publicity", "cancelled")]


def test_notices_come_newest_first_page_by_page_in_one_statement_each(around, session):
    numbers = [reviewing.on_show(around, amount="100000.00") for _ in range(3)]
    session.rollback()

    with statements() as asked:
        first = notices(session, now=make.NOW, limit=2)
        second = notices(session, now=make.NOW, limit=2, before=first.next)
    assert len(asked) == 2
    assert [row.number for row in (*first.rows, *second.rows)] == numbers[::-1]
    assert (first.next, second.next) == (first.rows[-1].id, None)


def test_the_announcement_is_published_with_the_approved_amount(around, session):
    number = reviewing.approved(around, amount="280000.00")

    make.act(make.pid_of(number), "announce", around.fund, now=LATER)

    root = make.case_of(make.pid_of(number)).id
    shown = notices_of(session, root, now=LATER)
    assert [(row.kind, row.amount, row.state, row.contact) for row in shown] == [
        ("publicity", 30_000_000, "ended", "021-12345678"),
        ("announcement", 28_000_000, None, "021-12345678"),
    ]
    assert results(session, now=LATER).rows == ()
