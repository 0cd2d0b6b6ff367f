"""Ten thousand draws of experts: every place in the order is as likely for each, and no altered transcript passes.

Counts who stands where within a stratum over many seeds and compares with chance (chi-square, p > 0.0001,
corrected for the number of strata). Then true transcripts are altered in one place each: the verifier
must find every alteration and accept every transcript as it was.
"""

import copy
import json
import random
import secrets
from collections import Counter
from math import erfc, sqrt
from time import perf_counter
from typing import Any

from workflows.draw import (
    IN_FIELD,
    OTHER,
    Member,
    Rules,
    digest,
    faults,
    frozen_document,
    order_of,
    reference,
    seed_of,
    transcript,
)

NAME = "draw"
RULES = Rules(5, {IN_FIELD: 3, OTHER: 2})
SIZES = {IN_FIELD: 8, OTHER: 7}
#: Below this a deviation is no chance any more; for both strata together.
LEAST_P = 0.0001


def run(full: bool, seed: int | None = None) -> dict[str, Any]:  # noqa: FBT001 - as every benchmark is called
    """10,000 draws and 1,000 alterations from a fresh seed in full form; a tenth from a fixed one in short form."""
    seed = seed if seed is not None else secrets.randbits(32) if full else 20260304
    chance, started = random.Random(seed), perf_counter()
    draws, altered = (10_000, 1_000) if full else (1_000, 100)
    pool = _pool(chance)
    fairness = {stratum: _fairness(chance, pool, stratum, draws) for stratum in SIZES}
    missed, refused = [], 0
    for number in range(altered):
        told = _told(chance, pool)
        refused += bool(faults(told))
        spoilt, what = _altered(chance, told)
        if not faults(spoilt):
            missed.append(f"{number}: {what}")
    fair = min(each["p"] for each in fairness.values()) * len(fairness) > LEAST_P
    return {
        "name": NAME,
        "seed": seed,
        "ok": fair and not missed and not refused,
        "draws": draws,
        "fairness": fairness,
        "altered": altered,
        "missed": missed,
        "true_ones_refused": refused,
        "seconds": round(perf_counter() - started, 1),
    }


def _pool(chance: random.Random) -> list[Member]:
    strata = [stratum for stratum, size in SIZES.items() for _ in range(size)]
    return [
        Member(reference(chance.randbytes(32), f"专家{n}"), stratum, f"a{n % 5}" if n % 3 == 0 else "")
        for n, stratum in enumerate(strata)
    ]


def _fairness(chance: random.Random, pool: list[Member], stratum: str, draws: int) -> dict[str, Any]:
    """Chi-square of member by place within the stratum; both margins are fixed, hence (n − 1)² degrees of freedom."""
    refs = [each.ref for each in pool]
    inside = {each.ref for each in pool if each.stratum == stratum}
    counts: Counter[tuple[str, int]] = Counter()
    for _ in range(draws):
        seed = seed_of(*(chance.randbytes(32).hex() for _ in range(4)))
        ranks = [ref for ref in order_of(refs, seed) if ref in inside]
        counts.update((ref, place) for place, ref in enumerate(ranks))
    size, expected = len(inside), draws / len(inside)
    square = sum((counts[ref, place] - expected) ** 2 / expected for ref in inside for place in range(size))
    # Of n² cells that must add up by row and column the squares come to (n − 1)² on average, scaled by (n − 1) / n.
    freedom = (size - 1) ** 2
    scaled = square * (size - 1) / size
    return {"chi_square": round(scaled, 2), "freedom": freedom, "p": round(_beyond(scaled, freedom), 6)}


def _beyond(square: float, freedom: int) -> float:
    """The chance of so much or more, by the cube-root approximation of Wilson and Hilferty."""
    part = 2 / (9 * freedom)
    return erfc(((square / freedom) ** (1 / 3) - (1 - part)) / sqrt(2 * part)) / 2


def _told(chance: random.Random, pool: list[Member]) -> dict[str, Any]:
    secret, nonce = chance.randbytes(32), chance.randbytes(32).hex()
    frozen = frozen_document(
        project="SH2026-1", visit=9, draw_round=1, head=chance.randbytes(32).hex(), frozen_at="2026-03-04T02:00:00Z",
        pool=pool, rules=RULES,
    )  # fmt: skip
    given = {"commitment": digest(secret), "secret": secret.hex(), "nonce": nonce}
    first = transcript(frozen, **given)
    told = transcript(frozen, **given, steps=[(chance.choice(first["drawn"]), "recused")])
    return dict(json.loads(json.dumps(told)))


def _altered(chance: random.Random, told: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The transcript with one value changed, left out, doubled or put elsewhere; and where."""
    while True:
        spoilt = copy.deepcopy(told)
        holder, key, path = _somewhere(chance, spoilt)
        value = holder[key]
        match chance.choice(("change", "drop", "swap", "double")):
            case "drop":
                del holder[key]
            case "swap" if isinstance(holder, list) and len(holder) > 1:
                other = chance.randrange(len(holder))
                holder[key], holder[other] = holder[other], holder[key]
            case "double" if isinstance(holder, list):
                holder.insert(chance.randrange(len(holder) + 1), copy.deepcopy(value))
            case "change" if isinstance(value, str):
                place = chance.randrange(len(value) + 1)
                holder[key] = value[:place] + chance.choice("0123456789abcdefx") + value[place + 1 :]
            case "change" if isinstance(value, int):
                holder[key] = value + chance.choice((-1, 1))
        if spoilt != told:
            return spoilt, path


def _somewhere(chance: random.Random, told: Any) -> tuple[Any, Any, str]:
    holder, path = told, ""
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = chance.choice(keys)
        path += f"/{key}"
        if not isinstance(holder[key], (dict, list)) or not holder[key] or chance.random() < 0.2:
            return holder, key, path
        holder = holder[key]
