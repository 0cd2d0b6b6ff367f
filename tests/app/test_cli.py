"""The command line, as somebody at a terminal uses it."""

import json
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from app.embedded import Embedded
from app.embedded_process import free_port
from app.migrations import upgrade
from app.provision import OWNER
from tests.command_line import PLAIN, ROOT, aidflow


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A folder of embedded services that every command of this file shares."""
    folder = Path(tempfile.gettempdir()) / f"aidflow-cli-{secrets.token_hex(4)}"
    with Embedded(folder, durable=False) as embedded:
        upgrade(embedded.url(OWNER))
        yield folder
    shutil.rmtree(folder)


def test_help_names_every_command():
    wanted = ("serve", "worker", "migrate", "doctor", "demo", "walk", "tick", "user", "token")

    shown = aidflow("--help").stdout

    assert [name for name in wanted if f"\n  {name} " not in shown] == []


def test_migrating_again_has_nothing_left_to_do(data):
    again = aidflow("migrate", "--json", "--data", str(data))

    assert (again.returncode, json.loads(again.stdout)) == (0, {"carried_out": []})


def test_a_person_is_added_once_and_gets_a_token(data):
    words = ("user", "add", "Chen@example.org", "--name", "陈某", "--role", "fund_office", "--data", str(data))

    added = aidflow(*words, "--password-stdin", stdin="correct horse battery\n")
    again = aidflow(*words, "--password-stdin", stdin="correct horse battery\n")
    token = aidflow("token", "chen@example.org", "--data", str(data))

    assert (added.returncode, added.stdout) == (0, "Chen@example.org fund_office\n")
    assert (again.returncode, again.stderr) == (1, "email: 该电子邮箱已被使用。\n")
    assert (token.returncode, token.stdout.startswith("aidflow_"), token.stdout.count("\n")) == (0, True, 1)


def test_a_token_for_nobody_is_refused_in_words(data):
    refused = aidflow("token", "nobody@example.org", "--data", str(data))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert "nobody@example.org" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_time_moves_in_a_demonstration_only(data):
    refused = aidflow("tick", "--as-of", "2126-03-01T09:00:00+08:00", "--data", str(data))
    ticked = aidflow("tick", "--json", "--data", str(data))

    assert (refused.returncode, "--as-of" in refused.stderr) == (1, True)
    assert (ticked.returncode, json.loads(ticked.stdout)) == (0, {"ended": 0, "reminded": 0, "refused": 0})


def test_production_without_settings_does_not_start():
    refused = aidflow("worker", AIDFLOW_DATABASE_URL="postgresql://aidflow_web@127.0.0.1:1/x")

    assert refused.returncode == 1
    assert "AIDFLOW_SECRET_KEY" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_doctor_finds_a_sound_house_sound_and_names_what_is_not(data):
    sound = aidflow("doctor", "--json", "--data", str(data))
    with Embedded(data) as embedded:
        broken_settings = embedded.settings("development", s3_endpoint="http://127.0.0.1:1").as_environment()
    broken = aidflow("doctor", "--json", **broken_settings)

    assert (sound.returncode, [f["what"] for f in json.loads(sound.stdout) if not f["well"]]) == (0, [])
    assert (broken.returncode, [f["what"] for f in json.loads(broken.stdout) if not f["well"]]) == (
        1,
        ["材料存储 / document store", "存储扩展操作 / store sub-resources"],
    )


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_named_before_anything_is_started(command, tmp_path):
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1]); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as squatter:
        port = squatter.stdout.readline().strip()
        refused = aidflow(command, "--port", port, "--data", str(tmp_path / "data"))
        squatter.communicate("\n")

    assert refused.returncode == 1
    assert (f"端口 {port}" in refused.stderr, f"Port {port}" in refused.stderr, "Traceback" in refused.stderr) == (
        True,
        True,
        False,
    )
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serving_stops_everything_it_started(data, how):
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", "1", "--data", str(data)],
        cwd=ROOT,
        env=PLAIN,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as serving:
        assert answers(port, serving)
        children = psutil.Process(serving.pid).children(recursive=True)
        serving.send_signal(how)
        serving.communicate(timeout=60)

    # The services stay: this test's own process uses them too.
    services = set(service_pids(data))
    assert [child for child in children if child.pid not in services and child.is_running()] == []
    assert serving.returncode == 0


def test_a_killed_supervisor_takes_its_children_along_and_the_next_one_starts(data):
    port = free_port()
    words = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", "1", "--data", str(data)]
    with subprocess.Popen(
        words, cwd=ROOT, env=PLAIN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as killed:
        assert answers(port, killed)
        services = set(service_pids(data))
        children = [p for p in psutil.Process(killed.pid).children(recursive=True) if p.pid not in services]
        killed.kill()
        gone, alive = psutil.wait_procs(children, timeout=40)
        assert (len(gone) > 0, alive) == (True, [])
        killed.communicate()

    with subprocess.Popen(
        words, cwd=ROOT, env=PLAIN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as again:
        assert answers(port, again)
        again.terminate()
        again.communicate(timeout=60)


def test_the_server_started_by_its_own_settings_reports_numbers_of_all_its_processes(data):
    port = free_port()
    with Embedded(data) as embedded:
        environment = PLAIN | embedded.settings("development").as_environment()
        with subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", "2"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as serving:
            assert answers(port, serving)
            with httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{port}") as client:
                for _ in range(10):
                    client.get("/no-such-page")
                lines = client.get("/metrics").text.splitlines()
            serving.terminate()
            _, logged = serving.communicate(timeout=60)

    counted = [line for line in lines if line.startswith("aidflow_requests_total") and 'endpoint="none"' in line]
    assert counted == ['aidflow_requests_total{endpoint="none",method="GET",status="404"} 10.0']
    events = [json.loads(line) for line in logged.decode().splitlines()]
    assert [event["status"] for event in events if event["event"] == "request"] == [404] * 10


def answers(port: int, process: subprocess.Popen) -> bool:
    """Whether the pages answer before the process ends."""
    with httpx.Client(trust_env=False, transport=httpx.HTTPTransport(retries=0)) as client:
        while process.poll() is None:
            try:
                return client.get(f"http://127.0.0.1:{port}/health/live").is_success
            except httpx.TransportError:
                continue
    return False


def service_pids(folder: Path) -> list[int]:
    with Embedded(folder) as embedded:
        return [pid for pid in embedded.pids.values() if pid]
