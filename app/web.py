"""The web server: gunicorn with threads, run as `python -m app.web`.

It is a process of its own because prometheus-client decides at its first import whether numbers
are shared between processes; `aidflow serve` sets the folder for them and starts this module.
"""

import argparse
import gc
import logging
import os
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from prometheus_client import multiprocess
from werkzeug.middleware.proxy_fix import ProxyFix

from app import boot, create_app, leash, logs
from app.faults import in_a_sentence
from app.settings import Settings

#: Seconds. A worker that says nothing for this long is replaced.
SILENT_FOR = 60
#: Seconds in which requests in flight may be finished when the server is told to stop.
GRACE = 25
THREADS = 8
#: New objects before the youngest are looked through, and how often those before the older and the oldest are.
COLLECTED_AFTER = (20_000, 20, 50)
#: Names the folder through which prometheus-client's processes share their numbers.
NUMBERS = "PROMETHEUS_MULTIPROC_DIR"


class JsonLogger(Logger):  # type: ignore[misc]
    """gunicorn's own messages, through the handlers of the process."""

    def setup(self, cfg: Any) -> None:
        """Leave the format to `app.logs`."""
        self.error_log = logging.getLogger("gunicorn.error")
        self.access_log = logging.getLogger("gunicorn.access")
        self.error_log.setLevel(logging.INFO)
        self.error_log.propagate = True
        self.cfg = cfg

    def access(self, *_: Any) -> None:
        """Say nothing: the application writes its own line for every request."""


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, told everything here and nothing by files or its own command line."""

    def __init__(self, settings: Settings, *, host: str, port: int, workers: int) -> None:
        self._settings = settings
        self._options = {
            "bind": f"{_bracketed(host)}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": SILENT_FOR,
            "graceful_timeout": GRACE,
            "keepalive": 5,
            # gunicorn 27 opens a socket that can command it unless told not to.
            "control_socket_disable": True,
            "logger_class": JsonLogger,
            "worker_tmp_dir": _memory(),
            # What a proxy says about the visitor is judged by ProxyFix alone, which counts proxies.
            "forwarded_allow_ips": "",
            "child_exit": lambda _server, worker: multiprocess.mark_process_dead(worker.pid),
            "on_exit": lambda _server: _clear(os.environ.get(NUMBERS), folder_too=leash.VARIABLE not in os.environ),
            "proc_name": "aidflow",
        }
        super().__init__()

    def load_config(self) -> None:
        """Take the options above."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made anew in every worker process, which so shares no connection."""
        return served(self._settings)


def served(settings: Settings) -> Flask:
    """The application as it is served, behind the proxies that the settings name."""
    app = create_app(settings)
    leave_alone_what_stays()
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    return app


def leave_alone_what_stays() -> None:
    """Let the garbage collector look only at what requests leave behind, and that less often.

    Half a million objects of the libraries live as long as the process; looking through them took a seventh of the
    time of a page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="app.web")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    logs.configure()
    with in_a_sentence():
        settings = Settings()
        boot.require_sound(settings)
    _clear(os.environ.get(NUMBERS))
    leash.hold()
    Server(settings, host=asked.host, port=asked.port, workers=asked.workers).run()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _memory() -> str | None:
    """A folder in memory for the workers' signs of life: a slow disk must not look like a hang."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 -- gunicorn makes its own file in it


def _clear(folder: str | None, *, folder_too: bool = False) -> None:
    """Forget the numbers that processes share; whoever holds a leash removes the folder itself."""
    if folder:
        for left in Path(folder).glob("*.db"):
            left.unlink(missing_ok=True)
        if folder_too:
            Path(folder).rmdir()


if __name__ == "__main__":
    main()
