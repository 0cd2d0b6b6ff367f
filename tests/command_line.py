"""The command line, as somebody at a terminal uses it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: What stands in the environment, without settings of ours.
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("AIDFLOW_")}


def aidflow(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT,
        env=PLAIN | environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
