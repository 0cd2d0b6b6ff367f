"""What comes by the clock and not by an act: the digest of a day, and reminders before a term ends."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import Select, exists, select, update
from sqlalchemy.exc import IntegrityError

from app.casework.models import Case
from app.database import transaction
from app.notifications.models import DAILY, DIGEST, Letter, Notification
from app.notifications.service import begin_letter
from app.outbox import service as outbox
from app.outbox.models import Message
from app.outbox.service import task
from app.programmes.models import Call
from app.programmes.queries import policy_in_force, policy_of
from app.projects.models import Project
from app.registers.queries import calendar_in_force
from workflows.calendar import end_of, shanghai_date, working_day_after

log = structlog.get_logger()
#: The hour in Shanghai from which on the digest of a day goes out.
DIGEST_HOUR = 8
#: Terms that end well when nobody does anything.
ENDS_WELL = frozenset({"end_publicity"})
#: Cases or people read at a time.
ROUND = 200


@task("notifications.digest", every="*/10 * * * *", queueing_lock="notifications.digest")
def run_digest(timestamp: int) -> None:
    """Look every ten minutes whether the hour has come, so that a worker that was down then catches up."""
    del timestamp
    tools = current_app.extensions["aidflow"]
    if tools.settings.smtp_host and (people := digest(tools.clock.now())):
        log.info("digests_begun", people=people)


def digest(now: datetime) -> int:
    """Begin one letter for each person with unread messages from before the hour; how many there are.

    A second run on the same day begins none: a person has one digest a day.
    """
    today = shanghai_date(now)
    hour = end_of(today) - timedelta(hours=24 - DIGEST_HOUR)
    if now < hour:
        return 0
    waiting = (
        Notification.way == DIGEST,
        Notification.letter_id.is_(None),
        Notification.read_at.is_(None),
        Notification.created_at < hour,
    )
    has_one = exists().where(Letter.user_id == Notification.user_id, Letter.day == today)
    begun = 0
    while True:
        with transaction() as session:
            wanted = select(Notification.user_id).where(*waiting, ~has_one).distinct().limit(ROUND)
            people = session.scalars(wanted).all()
        for user in people:
            with transaction() as session:
                letter = begin_letter(session, Letter(user_id=user, template=DAILY, day=today), now)
                session.execute(
                    update(Notification).where(Notification.user_id == user, *waiting).values(letter_id=letter)
                )
            begun += 1
        if not people:
            return begun


@task("notifications.remind", every="5 * * * *", queueing_lock="notifications.remind")
def run_reminders(timestamp: int) -> None:
    """Tell people of terms that are about to end."""
    del timestamp
    if told := remind(current_app.extensions["aidflow"].clock.now()):
        log.info("reminded_before_the_term", cases=told)


def remind(now: datetime) -> int:
    """Tell whoever holds a case that its term is about to end, once for each term; of how many cases.

    How many working days before is a rule of the policy in force today. The term of a draft is the window
    of its call. Nobody is told on the day on which the case came: then the term was just said.
    """
    today = shanghai_date(now)
    with transaction() as session:
        version = policy_in_force(session, today)
        if version is None:
            return 0
        days = policy_of(session, version).reminder_days
        last = end_of(working_day_after(today, days, calendar_in_force(session).overrides))
    held = (
        select(Case.id, Case.holder_role, Case.due_at.label("until"))
        .where(Case.due_at > now, Case.due_at <= last)
        .where(Case.due_action.is_(None) | Case.due_action.not_in(ENDS_WELL))
    )
    drafted = (
        select(Case.id, Case.holder_role, Call.closes_at.label("until"))
        .join(Project, Project.case_id == Case.id)
        .join(Call, Call.id == Project.call_id)
        .where(Case.stage == "draft", Call.closes_at > now, Call.closes_at <= last)
    )
    came_before = Case.entered_at < end_of(today) - timedelta(days=1)
    open_then = (Case.closed_at.is_(None), Case.holder_role.is_not(None), came_before)
    return sum(
        _tell(wanted.where(*open_then), until, now)
        for wanted, until in ((held, Case.due_at), (drafted, Call.closes_at))
    )


def _tell(wanted: Select[Any], until: Any, now: datetime) -> int:
    """Write the messages about these terms, each in a transaction of its own."""
    told = exists().where(Message.case_id == Case.id, Message.template == "due_soon", Message.due_at == until)
    next_ones = wanted.where(~told).order_by(until, Case.id).limit(ROUND)
    done = 0
    while True:
        with transaction() as session:
            found = session.execute(next_ones).all()
        for case in found:
            notices = [("due_soon", case.holder_role)]
            try:
                with transaction() as session:
                    outbox.enqueue(session, event_id=None, case_id=case.id, notices=notices, now=now, due_at=case.until)
            except IntegrityError:
                log.info("reminded_by_another_worker", case=case.id)
            else:
                done += 1
        if not found:
            return done
