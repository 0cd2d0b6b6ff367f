"""Child processes over embedded services: started, watched, started again, and stopped together."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import IO, Self

import click

from app import leash
from app.embedded import Embedded
from app.settings import Settings

#: Seconds between two looks at the children.
LOOK_EVERY = 1.0
#: A child that ends this often within a minute is not started again.
TOO_OFTEN = 5
STOP_WITHIN = 40


@dataclass(slots=True)
class _Child:
    name: str
    words: tuple[str, ...]
    process: subprocess.Popen[bytes]
    ended: deque[float] = field(default_factory=lambda: deque(maxlen=TOO_OFTEN))


class ChildKeepsEnding(click.ClickException):
    """一个进程反复退出 / a process ends again and again."""


class Supervisor:
    """Runs `python -m MODULE` children with these settings until a signal comes.

    Each child's standard input is a pipe whose other end only this process holds; see `app.leash`.
    What the children write goes to `log`, or where this process writes.
    """

    def __init__(self, embedded: Embedded, settings: Settings, *, log: IO[bytes] | None = None) -> None:
        self._embedded = embedded
        self._settings = settings
        self._log = log
        self._children: list[_Child] = []
        self._stop = threading.Event()
        self._numbers = tempfile.TemporaryDirectory(prefix="aidflow-metrics-")

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._told_to_stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def run(self, name: str, *words: str) -> None:
        """Start a child."""
        self._children.append(_Child(name, words, self._popen(words)))

    def told_to_stop(self) -> bool:
        """Whether a signal came."""
        return self._stop.is_set()

    def watch(self) -> None:
        """Until a signal comes, start again whatever ends, services and children alike."""
        while not self._stop.wait(LOOK_EVERY):
            self.look()

    def look(self) -> None:
        """Start again what ended; ChildKeepsEnding when it is no use."""
        self._embedded.heal()
        for child in self._children:
            if child.process.poll() is None:
                continue
            child.ended.append(time.monotonic())
            if len(child.ended) == TOO_OFTEN and child.ended[-1] - child.ended[0] < 60:  # noqa: PLR2004
                message = f"{child.name} 反复退出, 见日志 / keeps ending, see the log"
                raise ChildKeepsEnding(message)
            child.process = self._popen(child.words)

    def stop(self) -> None:
        """Tell every child to stop, and wait until they did."""
        for child in self._children:
            child.process.terminate()
        for child in self._children:
            try:
                child.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            if child.process.stdin:
                child.process.stdin.close()
        self._children.clear()
        self._numbers.cleanup()

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _popen(self, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
        environment = os.environ | self._settings.as_environment()
        environment |= {leash.VARIABLE: "1", "PROMETHEUS_MULTIPROC_DIR": self._numbers.name}
        return subprocess.Popen(  # noqa: S603 -- our own modules
            [sys.executable, "-m", *words],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            # Ctrl-C goes to this process alone, which stops the others in order.
            start_new_session=True,
        )
