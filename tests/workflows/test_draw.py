"""The draw: an order that follows from pool and seed, quotas that are kept, redraws along the same order."""

import json
import random

import pytest

from workflows.draw import (
    IN_FIELD,
    OTHER,
    Member,
    PoolTooSmall,
    Rules,
    can_fill,
    canonical,
    digest,
    drawn_first,
    faults,
    following,
    frozen_document,
    order_of,
    reference,
    transcript,
)

RULES = Rules(5, {IN_FIELD: 3, OTHER: 2})
SECRET = "ab" * 32
NONCE = "cd" * 32


def pool_of(count, *, knowing=6, colleagues=0):
    return [
        Member(digest(str(n).encode()), IN_FIELD if n < knowing else OTHER, "a1" if n < colleagues else "")
        for n in range(count)
    ]


def told_of(pool, rules=RULES, steps=()):
    frozen = frozen_document(
        project="SH2026-1", visit=7, draw_round=1, head="00" * 32, frozen_at="2026-03-04T02:00:00Z", pool=pool,
        rules=rules,
    )  # fmt: skip
    return transcript(frozen, commitment=digest(bytes.fromhex(SECRET)), secret=SECRET, nonce=NONCE, steps=steps)


def test_the_order_holds_everybody_once_and_does_not_depend_on_how_the_pool_was_listed():
    refs = [each.ref for each in pool_of(12)]
    shuffled = random.Random(1).sample(refs, 12)

    assert order_of(refs, "seed") == order_of(shuffled, "seed")
    assert sorted(order_of(refs, "seed")) == sorted(refs)
    assert order_of(refs, "seed") != order_of(refs, "another seed")


@pytest.mark.parametrize("seed", range(40))
def test_quotas_are_kept_and_nobody_sits_beside_a_colleague(seed):
    pool = pool_of(14, colleagues=4)
    members = {each.ref: each for each in pool}

    seated = drawn_first(pool, order_of(members, str(seed)), RULES)

    assert len(seated) == 5
    assert sum(members[ref].stratum == IN_FIELD for ref in seated) == 3
    assert sum(members[ref].affiliation == "a1" for ref in seated) <= 1


def test_where_too_few_know_the_field_others_fill_their_seats():
    pool = pool_of(9, knowing=1)

    seated = drawn_first(pool, order_of([each.ref for each in pool], "s"), RULES)

    assert len(seated) == 5
    assert pool[0].ref in seated


def test_a_pool_that_cannot_fill_the_panel_is_known_beforehand():
    small = pool_of(8, colleagues=5)

    assert not can_fill(small, RULES)
    assert can_fill(pool_of(8, colleagues=4), RULES)
    with pytest.raises(PoolTooSmall):
        drawn_first(small, order_of([each.ref for each in small], "s"), RULES)


def test_whoever_leaves_is_followed_by_the_next_of_the_same_stratum_and_never_comes_back():
    first = told_of(pool_of(12))
    members = {each.ref: each for each in pool_of(12)}
    leaver = next(ref for ref in first["drawn"] if members[ref].stratum == IN_FIELD)
    waiting = [ref for ref in first["order"] if ref not in first["drawn"] and members[ref].stratum == IN_FIELD]

    once = told_of(pool_of(12), steps=[(leaver, "recused")])
    twice = told_of(pool_of(12), steps=[(leaver, "recused"), (waiting[0], "barred")])

    assert once["redraws"] == [{"out": leaver, "why": "recused", "in": waiting[0]}]
    assert once["drawn"] == first["drawn"]
    assert twice["redraws"][1]["in"] == waiting[1]
    assert leaver not in twice["seated"]


def test_an_order_that_is_used_up_says_so():
    pool = pool_of(5)
    told = told_of(pool)

    after = told_of(pool, steps=[(told["drawn"][0], "unavailable")])

    assert after["redraws"][0]["in"] == ""
    assert len(after["seated"]) == 4
    assert following(pool, told["order"], RULES, seated=after["seated"], called=told["drawn"]) is None
    assert faults(after) == []


def test_a_true_transcript_is_found_true_after_being_written_and_read():
    told = told_of(pool_of(12), steps=[(told_of(pool_of(12))["drawn"][2], "recused")])

    assert faults(json.loads(json.dumps(told, ensure_ascii=False))) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told.update(secret="00" * 32), "secret"),
        (lambda told: told.update(nonce="00" * 32), "seed"),
        (lambda told: told.update(drawn=told["order"][-5:]), "drawn"),
        (lambda told: told["frozen"]["pool"].pop(), "frozen_hash"),
        (lambda told: told["frozen"]["quotas"].update(in_field=5), "frozen_hash"),
        (lambda told: told["order"].reverse(), "order"),
        (lambda told: told.update(extra=1), "extra"),
        (lambda told: told.update(redraws=[{"out": told["drawn"][0], "why": "liked", "in": ""}]), "redraws"),
    ],
)
def test_an_altered_transcript_is_found_out(change, words):
    told = told_of(pool_of(12))
    change(told)

    assert any(fault.startswith(words) for fault in faults(told))


@pytest.mark.parametrize("other", [None, [], {}, "text", {"redraws": 3}, {"frozen": {}, "redraws": []}])
def test_what_is_no_transcript_is_said_to_be_none(other):
    assert len(faults(other)) == 1


def test_a_name_that_is_opened_must_be_of_its_reference():
    salt = bytes(range(32))
    named = Member(reference(salt, "张三"), IN_FIELD)
    told = told_of([named, *pool_of(4)])
    opened = [{"ref": named.ref, "name": "张三", "salt": salt.hex()}]

    assert faults({**told, "opened": opened}) == []
    assert faults({**told, "opened": [{**opened[0], "name": "李四"}]}) == [
        "opened: 李四 与名单不符 / is not of this pool"
    ]


def test_the_spelling_of_a_document_is_that_of_rfc_8785():
    import rfc8785

    frozen = told_of(pool_of(7))["frozen"]

    assert canonical(frozen) == rfc8785.dumps(frozen)
