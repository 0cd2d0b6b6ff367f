"""What `./aidflow` and `tests/run` share: a virtual environment beside this file, from a lock.

Standard library only. Every package is pinned by hash; nothing outside `.venv` is touched.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
OLDEST = (3, 11)


class CannotInstall(Exception):
    """安装失败 / the installation failed."""


def install(lock: str) -> None:
    """Make `.venv` hold what the lock says, unless it does already. CannotInstall with the reason."""
    if sys.version_info < OLDEST:
        message = "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed"
        raise CannotInstall(message)
    wanted = hashlib.sha256((ROOT / lock).read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = FOLDER / f"installed-{lock}"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted and PYTHON.exists():
        return
    sys.stderr.write(f"安装 / installing {lock} → {FOLDER}\n")
    sys.stderr.flush()
    if not PYTHON.exists():
        _make()
    _pip("install", "--quiet", "--requirement", str(ROOT / lock))
    _pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp.write_text(wanted, encoding="ascii")


def _make() -> None:
    try:
        venv.create(FOLDER, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        message = (
            f"无法建立虚拟环境 / cannot make a virtual environment: {error}\n"
            "Debian / Ubuntu: apt-get install python3-venv"
        )
        raise CannotInstall(message) from None


def _pip(*words: str) -> None:
    done = subprocess.run([PYTHON, "-m", "pip", "--disable-pip-version-check", *words], check=False)  # noqa: S603
    if done.returncode:
        message = f"pip {words[0]} 失败, 原因见上 / failed, see above"
        raise CannotInstall(message)
