"""How long it takes to refuse what is somebody else's, and how long what is not there.

The two are asked in turn, in pairs, many times for each address, and their medians compared: a single slow answer
says nothing. What is found is only counted as a fault where every sample was taken.
"""

from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING, Any

from app.security.principals import PRINCIPALS
from tests.benchmarks._asking import LIMITED, Ask, Asker, asks, sees

if TYPE_CHECKING:
    from tests.benchmarks.sweep import Sweep

#: Milliseconds by which the medians may differ.
NEAR = 5.0
#: Pairs for each address, in full and in short form; in short form one address in so many.
PAIRS, FEW, PART = 61, 5, 6
#: Pairs that only warm up.
FIRST = 3


def measured(sweep: "Sweep", *, full: bool) -> dict[str, Any]:
    """The differences of the medians in milliseconds, the widest first; a fault for one that is too wide in full."""
    gaps: dict[str, tuple[float, float, float]] = {}
    for place, (name, absent, foreign) in enumerate(_pairs(sweep)):
        if full or place % PART == 0:
            gaps[absent.address] = _gap(Asker(sweep.app, sweep.world, name), absent, foreign, PAIRS if full else FEW)
    for address, (gap, *_medians) in gaps.items():
        if full and gap > NEAR:
            sweep.fault("told apart by time", address, f"{gap:.1f} ms")
    widest = sorted(gaps.items(), key=lambda each: -each[1][0])
    return {
        "pairs_each": PAIRS if full else FEW,
        "addresses_paced": len(gaps),
        "worst_gap_ms": round(widest[0][1][0], 2) if widest else 0.0,
        "gap_aim_ms": NEAR,
        "gaps_ms": {address: [round(ms, 2) for ms in found] for address, found in widest[:10]},
    }


def _pairs(sweep: "Sweep") -> Iterator[tuple[str, Ask, Ask]]:
    """For each address that is read within a scope: somebody who may ask, nothing, and a thing of somebody else."""
    for absent, *things in asks(sweep.app, sweep.world):
        rule = absent.rule(sweep.app, "GET")
        if rule is None or rule.scope not in LIMITED or absent.thing is None:
            continue
        for principal in PRINCIPALS:
            actor = sweep.world.people[principal.name]
            foreign = next((ask for ask in things if not sees(principal.name, ask)), None)
            if actor is not None and rule.admits(actor) and foreign is not None:
                yield principal.name, absent, foreign
                break


def _gap(asker: Asker, absent: Ask, foreign: Ask, pairs: int) -> tuple[float, float, float]:
    """The difference of the medians, and both, in milliseconds; who goes first changes from pair to pair."""
    times: dict[str, list[float]] = {"absent": [], "foreign": []}
    for turn in range(FIRST + pairs):
        both = [("absent", absent), ("foreign", foreign)]
        for kind, ask in both if turn % 2 else reversed(both):
            took = asker.ask(ask, "GET").seconds
            if turn >= FIRST:
                times[kind].append(took * 1000)
    one, other = median(times["absent"]), median(times["foreign"])
    return abs(one - other), one, other
