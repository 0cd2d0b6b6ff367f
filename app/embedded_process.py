"""One service process: a free port, a start that is waited for, a stop that is sure."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

#: Seconds. A database that replays a long log after a power cut needs its time.
START_WITHIN = 60
#: Seconds between two looks at a process that is to end.
LOOK_AGAIN = 0.1
STOP_WITHIN = 30

#: The children that outlive the object that started them, so that Python does not warn of them.
_children: list[subprocess.Popen[bytes]] = []


class DidNotStart(Exception):
    """服务未能启动 / a service did not start."""


def free_port(wanted: int = 0) -> int:
    """`wanted` when nobody listens there, else any free port of the loopback interface."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    message = "本机没有可用端口 / no free port on 127.0.0.1"
    raise DidNotStart(message)


def find(pid: int | None, *, marks: Sequence[str]) -> psutil.Process | None:
    """The living process of this number whose command line holds every mark.

    A number alone proves nothing: after a reboot or in a container it may be somebody else's.
    """
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        words = process.cmdline()
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.Error:
        return None
    return process if all(mark in words for mark in marks) else None


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], *, name: str, log: Path) -> None:
    """Return when `ready`; DidNotStart with the end of the log when the process gives up first."""
    _children.append(process)
    deadline = time.monotonic() + START_WITHIN
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
            message = f"{name} 未能启动 / did not start (log {log}):\n{tail}"
            raise DidNotStart(message)
        time.sleep(0.03)


def stop(process: psutil.Process | None, how: signal.Signals) -> None:
    """Ask politely, then kill what does not listen, and wait until it is gone."""
    if process is None:
        return
    try:
        process.send_signal(how)
        if not _ended(process, STOP_WITHIN):
            process.kill()
            _ended(process, STOP_WITHIN)
    except psutil.NoSuchProcess:
        return
    finally:
        _children[:] = [child for child in _children if child.poll() is None]


def _ended(process: psutil.Process, within: float) -> bool:
    """Wait until it has ended. What a living process began stays a zombie until that one looks."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            process.wait(LOOK_AGAIN)
        except psutil.TimeoutExpired:
            if process.status() == psutil.STATUS_ZOMBIE and process.ppid() not in {0, 1}:
                return True
        else:
            return True
    return False
