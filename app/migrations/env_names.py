"""Which tables are ours to compare."""

from typing import Any

#: Tables without a model: the queue's, which its library knows, and the clock's, which is one number.
FOREIGN = ("procrastinate_", "demo_clock")


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether autogenerate compares this table at all."""
    return not (kind == "table" and name is not None and name.startswith(FOREIGN))
