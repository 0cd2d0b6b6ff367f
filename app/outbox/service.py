"""What happens after the commit: messages as rows, and jobs that join the caller's transaction.

A job is one row of procrastinate's queue, written by the same transaction as the act that causes
it, so it exists exactly when the act does. Jobs run at least once and are therefore idempotent.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import procrastinate
from flask import current_app
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.outbox.models import Message

#: The queue. The worker opens it with the worker's database role; deferring needs no connection of
#: its own, since every job is written through the session of the act.
queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
DELIVER = "outbox.deliver"

Task = TypeVar("Task", bound=Callable[..., None])
_tasks: dict[str, Any] = {}
_flask: list[Any] = []


def serve_with(flask: Any) -> None:
    """Give the worker the application in whose context its tasks run."""
    _flask[:] = [flask]


def task(name: str, **options: Any) -> Callable[[Task], Task]:
    """Register a background task. It runs inside an application context, at least once."""

    def remember(function: Task) -> Task:
        def in_context(**arguments: Any) -> None:
            with _flask[0].app_context():
                function(**arguments)

        in_context.__name__ = function.__name__
        in_context.__doc__ = function.__doc__
        retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=2)
        _tasks[name] = queue.task(name=name, retry=retry, **options)(in_context)
        return function

    return remember


def defer(session: Session, task_name: str, **arguments: Any) -> None:
    """Write a job for this task in the transaction of `session`."""
    connection = session.connection().connection.driver_connection
    queue.configure_task(name=task_name, connection=connection).defer(**arguments)


def enqueue(
    session: Session, *, event_id: int | None, case_id: int, notices: Sequence[tuple[str, str]], now: datetime
) -> None:
    """Write one message for each (template, role), and the job that will deliver them."""
    session.execute(
        insert(Message),
        [
            {"event_id": event_id, "case_id": case_id, "template": template, "to_role": role, "created_at": now}
            for template, role in notices
        ],
    )
    defer(session, DELIVER, case_id=case_id)
