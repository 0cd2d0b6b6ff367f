"""The worker: runs the jobs that acts left behind, and those that the clock begins.

Run as `python -m app.worker` or `aidflow worker`; any number may run beside each other.
"""

from flask import Flask
from procrastinate import PsycopgConnector
from procrastinate.periodic import PeriodicRegistry

from app import boot, create_app, leash, logs
from app.faults import in_a_sentence
from app.outbox.service import queue, serve_with
from app.settings import Settings

#: Jobs at a time.
CONCURRENCY = 4
#: Seconds in which running jobs may be finished when the worker is told to stop.
GRACE = 20


def work(app: Flask) -> None:
    """Run jobs of this application, made for the worker's role, until told to stop."""
    _run(app, wait=True)


def work_off(app: Flask) -> None:
    """Run the jobs that are there and those that they leave behind, without the clock's own."""
    timed, queue.periodic_registry = queue.periodic_registry, PeriodicRegistry()
    try:
        _run(app, wait=False)
    finally:
        queue.periodic_registry = timed


def main() -> None:
    """Work until told to stop."""
    logs.configure()
    with in_a_sentence():
        settings = Settings().for_worker()
        boot.require_sound(settings)
    leash.hold()
    work(create_app(settings))


def _run(app: Flask, *, wait: bool) -> None:
    serve_with(app)
    connector = PsycopgConnector(conninfo=app.extensions["aidflow"].settings.database_url)
    with queue.replace_connector(connector) as opened:
        opened.run_worker(
            concurrency=CONCURRENCY,
            wait=wait,
            listen_notify=wait,
            install_signal_handlers=wait,
            shutdown_graceful_timeout=GRACE,
            delete_jobs="successful",
        )


if __name__ == "__main__":
    main()
