"""Whether the application lives, is ready, and what it counts."""

import os
import signal

import psycopg


def test_a_sound_application_is_ready(client):
    answered = client.get("/health/ready")

    assert answered.status_code == 200
    assert answered.json == {
        "ready": True,
        "checks": {"database": "ok", "store": "ok", "queue": "ok", "ledger": "ok"},
    }


def test_a_job_that_nobody_takes_makes_it_unready(client, superuser: psycopg.Connection):
    superuser.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at)"
        " VALUES ('default', 'x', now() - '1 hour'::interval)"
    )

    answered = client.get("/health/ready")

    assert (answered.status_code, answered.json["checks"]["queue"]) == (503, "failing")


def test_it_lives_while_the_store_is_away_and_is_ready_again_when_it_is_back(client, services):
    os.kill(services.pids["s3"], signal.SIGKILL)

    lives, ready = client.get("/health/live"), client.get("/health/ready")
    services.heal()
    again = client.get("/health/ready")

    assert (lives.status_code, ready.status_code, ready.json["checks"]["store"]) == (200, 503, "failing")
    assert again.status_code == 200


def test_requests_are_counted_by_endpoint_and_status(client):
    client.get("/health/live")

    text = client.get("/metrics").text

    assert 'aidflow_requests_total{endpoint="health.live",method="GET",status="200"}' in text
    assert "aidflow_queue_depth 0.0" in text.splitlines()


def test_metrics_are_for_this_machine_only(client):
    answered = client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    assert answered.status_code == 404
