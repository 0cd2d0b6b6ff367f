"""People and the clock on one case at the same moment, again and again: who won is always exactly one."""

from collections import Counter
from collections.abc import Callable
from itertools import combinations_with_replacement
from time import perf_counter
from typing import Any

from flask import Flask

from app.people.permissions import SYSTEM_ACTOR
from tests import make
from tests.benchmarks._place import installed
from tests.races.test_acts import actions_of, an_act, together

NAME = "races"
#: What a race came to and how many events its project then has → how often; only these are right.
Outcomes = Counter[tuple[Any, ...]]
REFUSALS = ("GuardRefused", "NotEnoughMoney")
CLOSING = {"outcome": "recommend", "suggested_amount": "340000.00", "opinion": "推荐"}


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """40 rounds of each race in full form, 2 in short form."""
    rounds = 40 if full else 2
    found: dict[str, Any] = {}
    ok = True
    with installed() as place, place.app.app_context():
        around = make.town(budget="500000.00")
        for name, (race, right) in RACES.items():
            started = perf_counter()
            outcomes: Outcomes = Counter(race(place.app, around) for _ in range(rounds))
            wrong = {str(outcome): times for outcome, times in outcomes.items() if outcome not in right}
            ok = ok and not wrong and outcomes.total() == rounds
            found[name] = {
                "rounds": rounds,
                "outcomes": {str(outcome): times for outcome, times in outcomes.items()},
                "wrong": wrong,
                "seconds": round(perf_counter() - started, 1),
            }
    return {"name": NAME, "seed": None, "ok": ok, "races": found}


def _two_reviewers(app: Flask, around: make.Town) -> tuple[Any, ...]:
    pid = _at(around, "authenticity_review")
    colleague = make.person("accepting_unit", unit="SH310106")
    outcomes = together(
        app,
        [
            an_act(pid, "pass_authenticity", around.accepting, opinion="属实"),
            an_act(pid, "reject", colleague, reason="需求不实"),
        ],
    )
    return (*outcomes, len(actions_of(pid)))


def _double_click(app: Flask, around: make.Town) -> tuple[Any, ...]:
    pid = make.pid_of(make.draft(around))
    click = an_act(pid, "submit", around.owner, key=f"form of {pid}")
    return (*together(app, [click] * 5), len(actions_of(pid)))


def _clock_and_person(app: Flask, around: make.Town) -> tuple[Any, ...]:
    pid = _at(around, "publicity")
    make.act(pid, "publish_notice", around.fund, contact="021-00000000")
    over = make.case_of(pid).due_at
    outcomes = together(
        app,
        [
            an_act(pid, "end_publicity", SYSTEM_ACTOR, now=over),
            an_act(pid, "withdraw", around.owner, now=over, reason="无法筹足配套资金"),
        ],
    )
    ends = [action for action in actions_of(pid) if action in {"end_publicity", "withdraw"}]
    _free(around, pid)
    return (*outcomes, len(ends))


def _votes(app: Flask, around: make.Town) -> tuple[Any, ...]:
    pid = _at(around, "joint_review")
    outcomes = together(app, [an_act(pid, "vote", member, vote="for") for member in around.panel])
    votes = actions_of(pid).count("vote")
    _free(around, pid)
    return (*outcomes, votes)


def _budget(app: Flask, around: make.Town) -> tuple[Any, ...]:
    """The budget covers one of three projects; each of the two others is told so."""
    numbers = [make.draft(around) for _ in range(3)]
    for number in numbers:
        make.advance(around, number, "expert_review")
        make.score(around, number)
    pids = [make.pid_of(number) for number in numbers]
    outcomes = together(app, [an_act(pid, "close_panel", around.secretary, **CLOSING) for pid in pids])
    reserved = sum(make.case_of(pid).stage == "publicity" for pid in pids)
    for pid in pids:
        _free(around, pid)
    return (*outcomes, reserved)


def _at(around: make.Town, stage: str) -> Any:
    number = make.draft(around)
    make.advance(around, number, stage)
    return make.pid_of(number)


def _free(around: make.Town, pid: Any) -> None:
    """Give the reserved money back, so that the next round begins with the same budget."""
    case = make.case_of(pid)
    if case.closed_at is None:
        make.act(pid, "withdraw", around.owner, reason="让出预算", now=case.entered_at)


RACES: dict[str, tuple[Callable[[Flask, make.Town], tuple[Any, ...]], set[tuple[Any, ...]]]] = {
    "two reviewers": (_two_reviewers, {("Stale", "compliance_review", 3), ("Stale", "rejected", 3)}),
    "double click": (_double_click, {(*["authenticity_review"] * 5, 2)}),
    "clock and person": (_clock_and_person, {("NotFromHere", "withdrawn", 1), ("Stale", "joint_review", 1)}),
    "votes": (_votes, {(*["joint_review"] * 3, 3)}),
    # Refused by the rules when the money is seen to be gone, by the ledger when it goes meanwhile.
    "budget": (_budget, {(*sorted([*pair, "publicity"]), 1) for pair in combinations_with_replacement(REFUSALS, 2)}),
}
