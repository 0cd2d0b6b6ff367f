"""What looks into files that others sent: a process of its own for each, with little memory and time."""

import subprocess
import sys
from pathlib import Path
from typing import IO

#: Seconds that a child may take; its processor time is limited by itself.
CHECK_SECONDS = 30
FOLDER = Path(__file__).parent.parent
CHILD = "import sys; sys.path.insert(0, sys.argv.pop(1)); from contents.{module} import main; main()"


def in_child(module: str, file: IO[bytes], *words: str) -> bytes:
    """What a module of `contents` says about a file, in a process of its own. `SubprocessError` when it fails."""
    command = [sys.executable, "-I", "-c", CHILD.format(module=module), str(FOLDER), *words]
    return subprocess.run(  # noqa: S603 -- every word of it is ours
        command,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        check=True,
        timeout=CHECK_SECONDS,
    ).stdout
