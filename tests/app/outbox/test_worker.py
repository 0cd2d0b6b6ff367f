"""The worker runs what is queued, in its own database role, and says when a job failed."""

import pytest
from sqlalchemy import text

from app.database import db
from app.outbox.service import defer, task

seen: list[tuple[str, object]] = []


@task("tests.note")
def note(*, word: str) -> None:
    """Remember what ran, and in whose role."""
    role = db.session.scalar(text("SELECT current_user"))
    seen.append((role, word))


@task("tests.fail")
def fail(*, word: str) -> None:
    """Fail for a reason."""
    raise ZeroDivisionError(word)


@pytest.fixture(autouse=True)
def _forget():
    seen.clear()


def test_a_job_runs_once_in_the_worker_role_when_its_transaction_was_committed(session, run_jobs):
    defer(session, "tests.note", word="kept")
    session.commit()
    defer(session, "tests.note", word="rolled back")
    session.rollback()

    run_jobs()
    run_jobs()

    assert seen == [("aidflow_worker", "kept")]


def test_a_failed_job_stays_for_another_try(session, run_jobs, superuser):
    defer(session, "tests.fail", word="no")
    session.commit()

    with pytest.raises(AssertionError, match="a job failed"):
        run_jobs()

    assert superuser.execute("SELECT task_name, status, attempts FROM procrastinate_jobs").fetchall() == [
        ("tests.fail", "todo", 1)
    ]
