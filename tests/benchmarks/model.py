"""Thousands of random lives of a project, each act answered by the workflows and by a second telling.

The second telling (`tests.workflows.reference`) is written as plain branches and shares nothing with
the tables. The run is good when no answer, stage, child or balance ever differed and, in full form,
when every step of every table that a person or the clock can take was taken at least once.
"""

import random
import secrets
from collections import Counter
from time import perf_counter
from typing import Any

from tests.workflows.walk import STEPS, Walk

NAME = "model"
TURNS_PER_LIFE = 400


def run(full: bool, seed: int | None = None) -> dict[str, Any]:  # noqa: FBT001 - as every benchmark is called
    """Walk 4,000 lives from a fresh seed in full form, 60 lives from a fixed one in short form."""
    seed = seed if seed is not None else secrets.randbits(32) if full else 20260302
    started = perf_counter()
    accepted: Counter[tuple[str, str, str, str]] = Counter()
    ends: Counter[str] = Counter()
    refused, lives, difference = 0, 4000 if full else 60, None
    for life in range(lives):
        walk = Walk(random.Random(f"{seed}/{life}").choice)
        try:
            for _ in range(TURNS_PER_LIFE):
                walk.turn()
        except AssertionError as found:
            difference = f"life {life}: {found}"
            break
        accepted += walk.accepted
        refused += walk.refused
        ends[walk.reference.stage] += 1
    unseen = sorted(" ".join(step) for step in STEPS - set(accepted))
    return {
        "name": NAME,
        "seed": seed,
        "ok": difference is None and not (full and unseen),
        "lives": sum(ends.values()),
        "acts_accepted": accepted.total(),
        "acts_refused": refused,
        "ends": dict(sorted(ends.items())),
        "steps": len(STEPS),
        "steps_unseen": unseen,
        "difference": difference,
        "seconds": round(perf_counter() - started, 1),
    }
