"""Whether the application lives, whether it can serve, and how busy it is."""

import hmac
import os
import time
from collections.abc import Callable, Iterator

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.database import db
from app.documents.store import StoreAway
from app.security import may

log = structlog.get_logger()
health = Blueprint("health", __name__)

#: Seconds. A job older than this waits because no worker works.
OLDEST_JOB = 600
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Counter("aidflow_requests", "Requests answered", ["endpoint", "method", "status"])
LATENCY = Histogram("aidflow_request_seconds", "Time to answer", ["endpoint"], buckets=BUCKETS)

QUEUE = text(
    "SELECT count(*), coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, at))), 0)"
    " FROM procrastinate_jobs LEFT JOIN LATERAL (SELECT min(e.at) AS at FROM procrastinate_events e"
    " WHERE e.job_id = procrastinate_jobs.id) AS born ON true"
    " WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())"
)
VIOLATIONS = text("SELECT violations FROM ledger_check ORDER BY id DESC LIMIT 1")


class NotReady(Exception):
    """A part that serving needs does not do its work."""


@health.get("/health/live")
@may("health.read")
def live() -> Response:
    """The process answers. Nothing else is asked, so that a database away restarts nobody."""
    return jsonify({"alive": True})


@health.get("/health/ready")
@may("health.read")
def ready() -> tuple[Response, int]:
    """200 when every part works, else 503; each part in a word, the reason only in the log."""
    checks = {"database": _database, "store": _store, "queue": _queue, "ledger": _ledger}
    found = {name: _word(name, check) for name, check in checks.items()}
    sound = set(found.values()) == {"ok"}
    return jsonify({"ready": sound, "checks": found}), 200 if sound else 503


@health.get("/metrics")
@may("health.read")
def metrics() -> Response:
    """Prometheus' text, for this machine or for whoever holds AIDFLOW_METRICS_TOKEN."""
    wanted = current_app.extensions["aidflow"].settings.metrics_token
    given = request.authorization.token if request.authorization else None
    if not (hmac.compare_digest(given or "", wanted) if wanted else request.remote_addr in {"127.0.0.1", "::1"}):
        abort(404)
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry) + generate_latest(_queue_registry()), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask) -> None:
    """Add the pages and count every request."""
    app.register_blueprint(health)

    @app.before_request
    def start() -> None:
        g.counted_from = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        # The endpoint and not the path, which anybody can make longer and longer.
        endpoint = request.endpoint or "none"
        REQUESTS.labels(endpoint, request.method, response.status_code).inc()
        LATENCY.labels(endpoint).observe(time.perf_counter() - g.get("counted_from", time.perf_counter()))
        return response


def queue_state() -> tuple[int, float]:
    """How many jobs wait for a worker now, and the age of the oldest in seconds."""
    with db.engine.connect() as connection:
        depth, age = connection.execute(QUEUE).one()
    return int(depth), float(age)


def _word(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except (SQLAlchemyError, StoreAway, NotReady) as why:
        log.warning("not_ready", check=name, why=str(why).split("\n", 1)[0])
        return "failing"
    return "ok"


def _database() -> None:
    with db.engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def _store() -> None:
    current_app.extensions["aidflow"].store.probe()


def _queue() -> None:
    depth, age = queue_state()
    if age > OLDEST_JOB:
        message = f"{depth} jobs wait, the oldest for {age:.0f} s"
        raise NotReady(message)


def _ledger() -> None:
    with db.engine.connect() as connection:
        violations = connection.scalar(VIOLATIONS)
    if violations:
        message = f"{violations} invariant violations"
        raise NotReady(message)


class _Queue(Collector):
    def collect(self) -> Iterator[Metric]:
        depth, age = queue_state()
        yield GaugeMetricFamily("aidflow_queue_depth", "Jobs that wait for a worker", value=depth)
        yield GaugeMetricFamily("aidflow_queue_oldest_seconds", "Age of the oldest waiting job", value=age)


def _queue_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Queue())
    return registry
