"""The worker: runs the jobs that acts left behind, and those that the clock begins.

Run as `python -m app.worker` or `aidflow worker`; any number may run beside each other.
"""

from procrastinate import PsycopgConnector

from app import boot, create_app, leash, logs
from app.outbox.service import queue, serve_with
from app.settings import Settings

#: Jobs at a time.
CONCURRENCY = 4


def work(settings: Settings, *, until_idle: bool = False) -> None:
    """Run jobs until told to stop, or with `until_idle` until none is left."""
    boot.require_sound(settings.for_worker())
    app = create_app(settings.for_worker())
    serve_with(app)
    connector = PsycopgConnector(conninfo=settings.for_worker().database_url)
    with queue.replace_connector(connector) as opened:
        opened.run_worker(
            concurrency=CONCURRENCY,
            wait=not until_idle,
            listen_notify=not until_idle,
            install_signal_handlers=not until_idle,
            shutdown_graceful_timeout=20,
            delete_jobs="successful",
        )


def main() -> None:
    """Work until told to stop."""
    logs.configure()
    leash.hold()
    work(Settings())


if __name__ == "__main__":
    main()
