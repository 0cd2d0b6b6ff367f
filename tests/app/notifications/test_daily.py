"""Digests and reminders: once, at their hour, to whoever may still see the matter."""

import contextvars
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.casework.models import Case
from app.database import db, transaction
from app.notifications.jobs import daily
from app.notifications.models import Letter, Notification
from app.notifications.service import choose_ways, mark_all_read
from app.outbox.models import Message
from app.people.service import set_active
from app.programmes.models import Call
from app.programmes.service import add_policy
from tests.make import act, case_of, draft, email_of, pid_of
from workflows.calendar import SHANGHAI, end_of, is_working_day, shanghai_date, working_days_between
from workflows.policy import DEFAULT_POLICY

DIGEST = {"task": "digest", "progress": "digest", "deadline": "digest"}


@pytest.fixture
def told(around, clock, work):
    """Two declarations were submitted of which the officer wants to read once a day; their numbers."""
    for person in (around.accepting, around.front):
        choose_ways(DIGEST, actor=person)
    choose_ways(dict.fromkeys(DIGEST, "in_app"), actor=around.owner)
    numbers = [draft(around, now=clock.now()) for _ in range(2)]
    for number in numbers:
        act(pid_of(number), "submit", around.owner, now=clock.now())
    assert work() == []
    return numbers


@pytest.fixture
def by_worker(mailing):
    """`by_worker(function, moment)`: what a job of the clock answers in the worker's role."""

    def run(function, at):
        with mailing.app_context():
            return function(at)

    return lambda function, at: contextvars.Context().run(run, function, at)


@pytest.fixture
def digest(by_worker):
    """How many digests were begun at this moment."""
    return lambda at: by_worker(daily.digest, at)


@pytest.fixture
def remind(by_worker):
    """Of how many cases people were reminded at this moment."""
    return lambda at: by_worker(daily.remind, at)


def morning(clock, days=1):
    """Eight o'clock in Shanghai, so many days after today."""
    return end_of(shanghai_date(clock.now()) + timedelta(days=days - 1)) + timedelta(hours=8)


def test_a_digest_gathers_the_unread_and_goes_out_once_a_day_from_eight_on(
    around, told, clock, digest, work, post, rows
):
    first, second = draft(around, now=clock.now()), morning(clock)

    assert digest(second - timedelta(minutes=1)) == 0
    assert [digest(second), digest(second), digest(second + timedelta(hours=9))] == [2, 0, 0]
    act(pid_of(first), "submit", around.owner, now=clock.now())
    assert work() == []
    assert digest(second + timedelta(hours=10)) == 0

    assert sorted(letter["To"] for letter in post.letters) == sorted(map(email_of, (around.accepting, around.front)))
    letter = next(each for each in post.letters if each["To"] == email_of(around.accepting))
    said = letter.get_body(("plain",)).get_content()
    assert "消息摘要（2 条）" in letter["Subject"]
    assert [number in said for number in (*told, first)] == [True, True, False]
    assert "请办理真实性初审" in letter.get_body(("html",)).get_content()
    assert {each.state for each in rows(Letter)} == {"sent"}

    assert digest(morning(clock, days=2)) == 2
    assert work() == []
    assert len(post.letters) == 4


def test_what_was_read_in_the_application_is_not_in_the_digest(around, told, clock, digest, work, post, session):
    last = session.scalar(select(func.max(Notification.id)))
    session.rollback()
    mark_all_read(last, actor=around.accepting, now=clock.now())

    assert digest(morning(clock)) == 1
    assert work() == []
    assert [letter["To"] for letter in post.letters] == [email_of(around.front)]


def test_whoever_is_switched_off_meanwhile_gets_no_letter(around, told, clock, digest, work, post, rows):
    assert digest(morning(clock)) == 2
    set_active(around.accepting.user_id, active=False)

    assert work() == []

    assert [letter["To"] for letter in post.letters] == [email_of(around.front)]
    assert sorted(each.state for each in rows(Letter)) == ["dropped", "sent"]


def soon(clock, days):
    """The end of the day so many working days after the next working day, and that day's morning."""
    day = shanghai_date(clock.now()) + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    due = day
    while working_days_between(day, due) < days:
        due += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI), end_of(due)


@pytest.mark.parametrize(("days", "reminded"), [(0, 1), (3, 1), (4, 0)])
def test_the_holder_is_told_once_that_the_term_is_about_to_end(around, clock, remind, days, reminded):
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    at, due = soon(clock, days)
    with transaction() as session:
        session.execute(update(Case).where(Case.pid == pid_of(number)).values(due_at=due))

    assert [remind(at), remind(at + timedelta(hours=1))] == [reminded, 0]

    wanted = select(Message.to_role, Message.due_at).where(Message.template == "due_soon")
    assert db.session.execute(wanted).all() == [("accepting_unit", due)] * reminded


def test_how_many_days_before_is_a_rule_of_the_policy_in_force_today(around, clock, remind):
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    at, due = soon(clock, 4)
    earlier = replace(DEFAULT_POLICY, key="4-days", effective_on=shanghai_date(at), reminder_days=4)
    later = replace(earlier, key="9-days", effective_on=shanghai_date(at) + timedelta(days=1), reminder_days=9)
    with transaction() as session:
        session.execute(update(Case).where(Case.pid == pid_of(number)).values(due_at=due))
    assert remind(at) == 0

    with transaction() as session:
        for policy in (earlier, later):
            add_policy(session, policy, now=clock.now())

    assert [remind(at - timedelta(days=1)), remind(at)] == [0, 1]


def test_nobody_is_reminded_on_the_day_the_case_came_or_after_the_term(around, clock, remind):
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    due = case_of(pid_of(number)).due_at
    with transaction() as session:
        session.execute(update(Case).where(Case.pid == pid_of(number)).values(due_at=clock.now() + timedelta(hours=1)))

    assert remind(clock.now()) == 0
    assert remind(due) == 0


def test_a_changed_term_is_told_of_again(around, clock, remind):
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    at, due = soon(clock, 2)
    for term in (due, due - timedelta(hours=1)):
        with transaction() as session:
            session.execute(update(Case).where(Case.pid == pid_of(number)).values(due_at=term))
        assert remind(at) == 1


def test_whoever_left_a_draft_lying_is_told_that_the_call_is_about_to_close(around, clock, remind):
    number, other = draft(around, now=clock.now()), draft(around, now=clock.now())
    act(pid_of(other), "submit", around.owner, now=clock.now())
    at, closes = soon(clock, 3)
    with transaction() as session:
        session.execute(update(Call).where(Call.code == around.call).values(closes_at=closes - timedelta(hours=7)))

    assert [remind(at), remind(at + timedelta(hours=1))] == [1, 0]

    wanted = select(Message.case_id, Message.to_role, Message.due_at).where(Message.template == "due_soon")
    assert db.session.execute(wanted).all() == [
        (case_of(pid_of(number)).id, "applicant_owner", closes - timedelta(hours=7))
    ]
