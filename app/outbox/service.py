"""What happens after the commit: messages as rows, and jobs that join the caller's transaction.

A job is one row of procrastinate's queue, written by the same transaction as the act that causes
it, so it exists exactly when the act does. Jobs run at least once and are therefore idempotent.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import procrastinate
import structlog
from procrastinate.manager import JobManager
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.barrier import SYSTEM, asks
from app.outbox.models import Message

log = structlog.get_logger()
#: The queue. The worker opens it with the worker's database role; deferring needs no connection of
#: its own, since every job is written through the session of the act.
queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
#: Writes jobs through a connection that is handed to it. Inside the worker the queue's own connector
#: is asynchronous and could not use the connection of a session.
_writer = JobManager(procrastinate.SyncPsycopgConnector())
DELIVER = "outbox.deliver"
EVERY_MINUTE = "* * * * *"
#: Seconds of silence after which a worker counts as killed.
STALLED = 120

Task = TypeVar("Task", bound=Callable[..., None])
_flask: list[Any] = []


def serve_with(flask: Any) -> None:
    """Give the worker the application in whose context its tasks run."""
    _flask[:] = [flask]


def task(name: str, *, every: str | None = None, **options: Any) -> Callable[[Task], Task]:
    """Register a background task. It runs inside an application context, at least once.

    `every` is a cron line; such a task is also run by the clock and takes the `timestamp` it is for.
    The options are procrastinate's; without a `retry` of its own a task is tried ten times.
    """

    def remember(function: Task) -> Task:
        def in_context(**arguments: Any) -> None:
            with _flask[0].app_context():
                asks(SYSTEM)
                try:
                    function(**arguments)
                except Exception:
                    log.exception("job_failed", task=name, **arguments)
                    raise

        in_context.__name__ = function.__name__
        in_context.__doc__ = function.__doc__
        retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=2)
        known = queue.task(name=name, **{"retry": retry, **options})(in_context)
        if every is not None:
            queue.periodic(cron=every)(known)
        return function

    return remember


def defer(session: Session, task_name: str, **arguments: Any) -> None:
    """Write a job for this task in the transaction of `session`."""
    connection = session.connection().connection.driver_connection
    deferrer = queue.configure_task(name=task_name, connection=connection)
    deferrer.job_manager = _writer
    deferrer.defer(**arguments)


def to_one(role: str, user_id: int) -> str:
    """What a message is addressed to that is for one person alone of those who hold a role on the case."""
    return f"{role}/{user_id}"


def enqueue(
    session: Session,
    *,
    event_id: int | None,
    case_id: int,
    notices: Sequence[tuple[str, str]],
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Write one message for each (template, role), and the job that will hand them out.

    `due_at` is the term of which the messages tell in advance.
    """
    session.execute(
        insert(Message),
        [
            {
                "event_id": event_id, "case_id": case_id, "template": template, "to_role": role, "created_at": now,
                "due_at": due_at,
            }
            for template, role in notices
        ],
    )  # fmt: skip
    defer(session, DELIVER, case_id=case_id)


@queue.periodic(cron=EVERY_MINUTE)
@queue.task(name="outbox.retry_stalled", queueing_lock="outbox.retry_stalled")
async def retry_stalled(timestamp: int) -> None:
    """Give the jobs of a killed worker to a living one; they would stay "doing" for ever."""
    del timestamp
    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        await queue.job_manager.retry_job(job)
