"""A child process ends with the process that started it, even when that one is killed.

The parent holds the other end of the child's standard input. Nothing is ever written to it; that
it ends is the message. This works wherever there are pipes.
"""

import os
import signal
import threading

#: Set in the environment of a child that is to follow its parent.
VARIABLE = "AIDFLOW_LEASH"


def hold() -> None:
    """From now on, end as if told to stop when the parent is gone."""
    if os.environ.get(VARIABLE):
        threading.Thread(target=_follow, daemon=True, name="leash").start()


def _follow() -> None:
    # Not through sys.stdin: its lock would be held for ever and break the end of the interpreter.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
