"""The draw of experts by lot: from a frozen pool and a seed to an order that anybody can work out again.

First the pool and its quotas are frozen and hashed; the database then makes a secret and shows only its
hash; with the draw the secret is told and a nonce made. The seed is a hash of all of it, the order of
the pool a sort by the hash of seed and reference, the panel the first in that order whom the quotas
let sit. Whoever leaves is followed by the next in the same order. A transcript holds everything
`faults` needs. Only text and whole numbers occur in it, so that its JSON has one spelling.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KIND = "aidflow-draw/1"
IN_FIELD, OTHER = "in_field", "other"
STRATUM_LABELS = {IN_FIELD: "领域相符", OTHER: "其他领域"}
WHY_LABELS = {"recused": "专家回避", "barred": "发现应当回避的关联或其他职责", "unavailable": "专家因故不能参加"}


@dataclass(frozen=True, slots=True)
class Member:
    """One of the pool: who it is stands behind `ref`; without an affiliation nobody is a colleague."""

    ref: str
    stratum: str
    affiliation: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """How many are drawn, how many of them of each stratum first, and how many of one affiliation at most."""

    size: int
    quotas: Mapping[str, int]
    per_affiliation: int = 1


class PoolTooSmall(ValueError):
    """The pool cannot fill the panel."""


def canonical(content: Any) -> bytes:
    """The one spelling in JSON of text, whole numbers, lists and mappings."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(*parts: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(b"".join(parts)).hexdigest()


def reference(salt: bytes, identity: str) -> str:
    """What stands for a person in the pool; whoever is told salt and identity can check it."""
    return digest(salt, identity.encode())


def seed_of(frozen_hash: str, commitment: str, secret: str, nonce: str) -> str:
    """The seed, from four hashes or random values in hex."""
    return digest(f"{KIND}|{frozen_hash}|{commitment}|{secret}|{nonce}".encode())


def order_of(refs: Iterable[str], seed: str) -> tuple[str, ...]:
    """The whole pool in the order of the draw; the order in which it was given does not matter."""
    return tuple(sorted(refs, key=lambda ref: (digest(f"{seed}|{ref}".encode()), ref)))


def can_fill(pool: Sequence[Member], rules: Rules) -> bool:
    """Whether so many can sit at all without too many of one affiliation."""
    colleagues = Counter(each.affiliation for each in pool if each.affiliation)
    alone = sum(not each.affiliation for each in pool)
    return alone + sum(min(count, rules.per_affiliation) for count in colleagues.values()) >= rules.size


def drawn_first(pool: Sequence[Member], order: Sequence[str], rules: Rules) -> tuple[str, ...]:
    """The panel: in the order of the draw first whom a quota wants, then whoever fills what is left."""
    seated: list[str] = []
    while len(seated) < rules.size:
        found = following(pool, order, rules, seated=seated, called=seated)
        if found is None:
            raise PoolTooSmall
        seated.append(found)
    return tuple(sorted(seated, key=order.index))


def following(
    pool: Sequence[Member], order: Sequence[str], rules: Rules, *, seated: Iterable[str], called: Iterable[str]
) -> str | None:
    """Who comes next beside those seated, of those not called before; None when nobody is left."""
    members, sitting, before = {each.ref: each for each in pool}, list(seated), set(called)
    strata = Counter(members[ref].stratum for ref in sitting)
    of = Counter(members[ref].affiliation for ref in sitting if members[ref].affiliation)
    able = [ref for ref in order if ref not in before and of[members[ref].affiliation] < rules.per_affiliation]
    wanted = [ref for ref in able if strata[members[ref].stratum] < rules.quotas.get(members[ref].stratum, 0)]
    return next(iter(wanted or able), None)


def frozen_document(
    *, project: str, visit: int, draw_round: int, head: str, frozen_at: str, pool: Sequence[Member], rules: Rules
) -> dict[str, Any]:
    """What is frozen and hashed: whose panel, after which event of its chain, from whom and how many."""
    members = [[each.ref, each.stratum, each.affiliation] for each in sorted(pool, key=lambda each: each.ref)]
    return {
        "kind": KIND, "project": project, "visit": visit, "round": draw_round, "head": head, "frozen_at": frozen_at,
        "size": rules.size, "quotas": dict(rules.quotas), "per_affiliation": rules.per_affiliation, "pool": members,
    }  # fmt: skip


def read_document(frozen: Mapping[str, Any]) -> tuple[list[Member], Rules]:
    """Pool and rules of a frozen document. ValueError, KeyError or TypeError when it is none."""
    if frozen["kind"] != KIND:
        raise ValueError(f"not {KIND}")
    pool = [Member(*each) for each in frozen["pool"]]
    if len({each.ref for each in pool}) != len(pool):
        raise ValueError("a reference occurs twice")
    if not all(isinstance(each, str) for member in frozen["pool"] for each in member):
        raise TypeError("a member is not text")
    return pool, Rules(int(frozen["size"]), frozen["quotas"], int(frozen["per_affiliation"]))


def transcript(
    frozen: Mapping[str, Any], *, commitment: str, secret: str, nonce: str, steps: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """The whole draw as it is published; `steps` are (who leaves, why) in the order in which it happened."""
    pool, rules = read_document(frozen)
    frozen_hash = digest(canonical(frozen))
    seed = seed_of(frozen_hash, commitment, secret, nonce)
    order = order_of((each.ref for each in pool), seed)
    drawn = drawn_first(pool, order, rules)
    seated, called, redraws = list(drawn), list(drawn), []
    for out, why in steps:
        seated.remove(out)
        found = following(pool, order, rules, seated=seated, called=called)
        if found is not None:
            seated.append(found)
            called.append(found)
        redraws.append({"out": out, "why": why, "in": found or ""})
    return {
        "frozen": dict(frozen), "frozen_hash": frozen_hash, "commitment": commitment, "secret": secret, "nonce": nonce,
        "seed": seed, "order": list(order), "drawn": list(drawn), "redraws": redraws, "seated": seated,
    }  # fmt: skip


def faults(told: Any) -> list[str]:
    """What is wrong with a transcript, worked out again from its frozen pool alone; empty when all is true.

    `opened`, where there is one, gives names and salts of people who sat: each must be of its reference.
    """
    try:
        known = {key: value for key, value in told.items() if key != "opened"}
        steps = [(each["out"], each["why"]) for each in told["redraws"]]
        again = transcript(
            told["frozen"], commitment=told["commitment"], secret=told["secret"], nonce=told["nonce"], steps=steps
        )
        found = [f"{key}: 与重新推演的结果不符 / differs" for key in sorted(again.keys() | known.keys())
                 if canonical(again.get(key)) != canonical(known.get(key))]  # fmt: skip
        if digest(bytes.fromhex(told["secret"])) != told["commitment"]:
            found.append("secret: 与事先公布的承诺值不符 / is not the one committed to")
        if any(why not in WHY_LABELS for _out, why in steps):
            found.append("redraws: 理由不明 / a reason is unknown")
        sat = {*again["drawn"], *(each["in"] for each in again["redraws"])}
        found += [
            f"opened: {each['name']} 与名单不符 / is not of this pool"
            for each in told.get("opened", ())
            if each["ref"] not in sat or reference(bytes.fromhex(each["salt"]), each["name"]) != each["ref"]
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as wrong:
        return [f"不是抽签记录 / not a transcript: {type(wrong).__name__} {wrong}"]
    return found
