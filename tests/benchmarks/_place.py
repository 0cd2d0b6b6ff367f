"""An installation of its own for one benchmark: services, schema, application, and a web server if asked."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from flask import Flask

from app import create_app, leash
from app.barrier import for_the_system
from app.database import db
from app.embedded import Embedded
from app.embedded_process import free_port
from app.migrations import upgrade
from app.settings import Environment, Settings
from app.web import leave_alone_what_stays

#: Seconds until the server must answer.
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Place:
    """What a benchmark works with; its data is gone when the benchmark is over."""

    embedded: Embedded
    settings: Settings
    app: Flask


@contextmanager
def installed(environment: Environment = "development") -> Iterator[Place]:
    """Durable services in a new folder, migrated, and the application over them."""
    with tempfile.TemporaryDirectory(prefix="aidflow-bench-") as folder:
        # As root the database runs as another user, who has to find its way in.
        Path(folder).chmod(0o711)
        with Embedded(Path(folder) / "data") as embedded:
            settings = embedded.settings(environment, second_factor="optional")
            upgrade(settings.owner_database_url)
            app = for_the_system(create_app(settings))
            leave_alone_what_stays()
            yield Place(embedded, settings, app)
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


@dataclass(frozen=True, slots=True)
class Served:
    """A running web server: where it listens and the number of its first process."""

    port: int
    pid: int

    def connect(self) -> http.client.HTTPConnection:
        """A connection that stays open from request to request."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests: the children of the first."""
        return psutil.Process(self.pid).children()


@contextmanager
def served(place: Place, *, workers: int = 2) -> Iterator[Served]:
    """gunicorn as `aidflow serve` starts it."""
    port = free_port(0)
    with tempfile.TemporaryDirectory(prefix="aidflow-metrics-") as numbers:
        environment = os.environ | place.settings.as_environment()
        environment |= {leash.VARIABLE: "1", "PROMETHEUS_MULTIPROC_DIR": numbers}
        with (place.embedded.folder / "web.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.web", "--port", str(port), "--workers", str(workers)],
                env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            server = Served(port, process.pid)
            _wait_until_ready(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(PATIENCE)
            assert process.stdin is not None
            process.stdin.close()


def _wait_until_ready(server: Served, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with closing(server.connect()) as connection:
                status, _body = ask(connection, "GET", "/health/ready")
        except OSError:
            status = 0
        if status == http.client.OK:
            return
        time.sleep(0.1)
    raise TimeoutError("the web server does not answer")


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes]:
    """One request over this connection: status and body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    return answer.status, answer.read()


def milliseconds(seconds: list[float]) -> dict[str, Any]:
    """Median and 99th percentile of some durations, in milliseconds."""
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return {"median_ms": round(median(ordered) * 1000, 2), "p99_ms": round(last * 1000, 2), "times": len(ordered)}
