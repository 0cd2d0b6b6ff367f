"""PostgreSQL and S3 for a machine that has neither: development, demonstration and tests.

Everything lives in one folder. Any number of processes share one running pair: each holds a shared
kernel lock on `users.lock`, and whoever leaves last stops the pair. A kernel lock vanishes with its
process, so there is no count that a killed process could leave wrong. `starting.lock` serialises
starting and stopping.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from app.embedded_postgres import Postgres
from app.embedded_s3 import ObjectStore
from app.provision import OWNER, ROLES, WEB, WORKER, provision
from app.settings import Environment, Settings

DATABASE = "aidflow"
BUCKET = "aidflow"


class FolderUnusable(Exception):
    """数据文件夹无法使用 / the data folder cannot be used."""


class Embedded:
    """One folder's PostgreSQL and S3. Use as a context manager, or start() and stop().

    `durable=False` leaves out fsync: for tests, whose data nobody wants after a power cut.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.expanduser().absolute()
        self._durable = durable
        self._users: IO[str] | None = None
        self._state: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start both services, or share those that another process started in this folder."""
        self._make_folder()
        with self._starting():
            self._bring_up()
            self._users = (self.folder / "users.lock").open("a", encoding="utf-8")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def heal(self) -> bool:
        """Start again whatever died, at the port it had; whether anything had to be started."""
        if self._postgres.answers() and self._objects.answers():
            return False
        with self._starting():
            return self._bring_up()

    def stop(self) -> bool:
        """Leave; the last to leave stops both services, and only then the answer is True."""
        if self._users is None:
            return False
        with self._starting():
            users, self._users = self._users, None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._objects.stop()
                self._postgres.stop()
            except BlockingIOError:
                return False
            finally:
                users.close()
        return True

    @property
    def superuser_url(self) -> str:
        """The address for those who may do anything: attacks in tests, and making databases."""
        return self.url("postgres", "postgres")

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address of a database on this server, in this role."""
        password = self._state["passwords"][role]
        return f"postgresql://{role}:{password}@127.0.0.1:{self._state['postgres_port']}/{database}"

    def settings(self, environment: Environment, **more: object) -> Settings:
        """Complete settings that point at this pair; `more` overrides any of them."""
        values: dict[str, Any] = {
            "environment": environment,
            "data": self.folder,
            "database_url": self.url(WEB),
            "worker_database_url": self.url(WORKER),
            "owner_database_url": self.url(OWNER),
            "s3_endpoint": f"http://127.0.0.1:{self._state['s3_port']}",
            "s3_bucket": BUCKET,
            "s3_access_key": self._state["s3_access_key"],
            "s3_secret_key": self._state["s3_secret_key"],
            "secret_key": self._state["secret_key"],
        }
        return Settings(**(values | more))

    @property
    def pids(self) -> dict[str, int | None]:
        """The process numbers of the two services, None for one that does not run."""
        return {"postgres": self._postgres.pid(), "s3": self._objects.pid()}

    @property
    def _postgres(self) -> Postgres:
        return Postgres(self.folder, self._state, durable=self._durable)

    @property
    def _objects(self) -> ObjectStore:
        return ObjectStore(self.folder, self._state, buckets=(BUCKET,))

    def _bring_up(self) -> bool:
        self._state.update(self._load())
        started = [self._postgres.start(), self._objects.start()]
        self._save()
        if any(started):
            provision(self.superuser_url, database=DATABASE, passwords=self._state["passwords"])
        return any(started)

    def _load(self) -> dict[str, Any]:
        path = self.folder / "services.json"
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
        self._state.update(
            passwords={role: secrets.token_urlsafe(24) for role in ("postgres", *ROLES)},
            s3_access_key=secrets.token_hex(10),
            s3_secret_key=secrets.token_urlsafe(30),
            secret_key=secrets.token_urlsafe(48),
            postgres_port=0,
            s3_port=0,
        )
        # The passwords are written before the first service learns them, or a kill in between
        # would leave a database that nobody can open.
        self._save()
        return self._state

    def _save(self) -> None:
        path = self.folder / "services.json"
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(self._state, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Root's PostgreSQL runs as another user, who must be able to walk through the folder.
            self.folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
            with (self.folder / "starting.lock").open("a", encoding="utf-8"):
                pass
        except OSError as error:
            message = (
                f"数据文件夹 {self.folder} 无法使用: {error.strerror}。请用 --data 指定另一个文件夹。\n"
                f"The data folder {self.folder} cannot be used: {error.strerror}. Name another one with --data."
            )
            raise FolderUnusable(message) from None

    @contextmanager
    def _starting(self) -> Iterator[None]:
        with (self.folder / "starting.lock").open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def usual_folder() -> Path:
    """Where the embedded services keep their data when nobody says otherwise."""
    if os.geteuid() == 0:
        return Path("/var/lib/aidflow")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "aidflow"
