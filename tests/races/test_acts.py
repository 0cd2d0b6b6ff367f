"""Several people on one case at the same moment, on real threads and connections."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.casework.commands import Command, NoFields
from app.casework.models import Case
from app.casework.service import Receipt, Stale, seen_of, take_action
from app.casework.subjects import command_of
from app.database import db
from app.evidence.models import Event
from app.people.permissions import SYSTEM_ACTOR, Actor
from tests import make
from workflows.engine import Refused

Attempt = Callable[[], Receipt]


def together(app: Flask, attempts: list[Attempt], *, before: Callable[[], None] = lambda: None) -> list[str]:
    """Start all attempts at the same moment; what each came to: the stage reached or the refusal."""
    outcomes: list[str] = []
    start = threading.Barrier(len(attempts))

    def run(attempt: Attempt) -> None:
        with app.app_context():
            before()
            start.wait()
            try:
                outcomes.append(attempt().stage)
            except Refused as refusal:
                outcomes.append(type(refusal).__name__)

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def an_act(
    pid: UUID, action: str, actor: Actor, *, key: str | None = None, now: Any = make.NOW, **fields: Any
) -> Attempt:
    """What somebody who has just looked at the page is about to send."""
    case = make.case_of(pid)
    seen = None if actor is SYSTEM_ACTOR else seen_of(case)
    command: Command = command_of(case.life, action).model_validate(fields) if fields else NoFields()
    db.session.rollback()
    return lambda: take_action(pid, action, actor=actor, seen=seen, command=command, idempotency_key=key, now=now)


def actions_of(pid: UUID) -> list[str]:
    rows = select(Event.action).join(Case, Case.id == Event.case_id).where(Case.pid == pid).order_by(Event.seq)
    return list(db.session.scalars(rows))


@pytest.fixture
def around(app: Flask) -> make.Town:
    return make.town()


def test_of_two_reviewers_at_once_one_decides(app: Flask, around: make.Town) -> None:
    number = make.draft(around)
    make.advance(around, number, "authenticity_review")
    pid = make.pid_of(number)
    colleague = make.person("accepting_unit", unit="SH310106")

    def read_the_page() -> None:
        # Held, so that the session still knows the earlier row: a lock alone would not refresh it.
        threading.current_thread().page = db.session.scalars(select(Case).where(Case.pid == pid)).one()  # type: ignore[attr-defined]

    outcomes = together(
        app,
        [
            an_act(pid, "pass_authenticity", around.accepting, opinion="属实"),
            an_act(pid, "reject", colleague, reason="需求不实"),
        ],
        before=read_the_page,
    )

    assert outcomes in (["Stale", "compliance_review"], ["Stale", "rejected"])
    assert len(actions_of(pid)) == 3


def test_a_double_click_acts_once_and_answers_twice_alike(app: Flask, around: make.Town) -> None:
    number = make.draft(around)
    pid = make.pid_of(number)
    click = an_act(pid, "submit", around.owner, key="one-form")

    assert together(app, [click] * 5) == ["authenticity_review"] * 5
    assert actions_of(pid) == ["open", "submit"]


def test_without_a_key_a_double_click_is_refused_the_second_time(app: Flask, around: make.Town) -> None:
    number = make.draft(around)
    pid = make.pid_of(number)

    assert together(app, [an_act(pid, "submit", around.owner)] * 2) == ["Stale", "authenticity_review"]


def test_clock_and_person_never_both_win(app: Flask, around: make.Town) -> None:
    number = make.draft(around)
    make.advance(around, number, "publicity")
    pid = make.pid_of(number)
    make.act(pid, "publish_notice", around.fund, contact="021-00000000")
    over = make.case_of(pid).due_at

    outcomes = together(
        app,
        [
            an_act(pid, "end_publicity", SYSTEM_ACTOR, now=over),
            an_act(pid, "withdraw", around.owner, now=over, reason="无法筹足配套资金"),
        ],
    )

    assert outcomes in (["NotFromHere", "withdrawn"], ["Stale", "joint_review"])


def test_every_vote_of_a_sitting_counts(app: Flask, around: make.Town) -> None:
    number = make.draft(around)
    make.advance(around, number, "joint_review")
    pid = make.pid_of(number)

    outcomes = together(app, [an_act(pid, "vote", member, vote="for") for member in around.panel])

    assert outcomes == ["joint_review"] * 3
    assert actions_of(pid).count("vote") == 3


def test_the_budget_is_reserved_once_where_it_suffices_once(app: Flask) -> None:
    around = make.town(budget="500000.00")
    numbers = [make.draft(around) for _ in range(3)]
    for number in numbers:
        make.advance(around, number, "expert_review")
        make.score(around, number)
    closing = {"outcome": "recommend", "suggested_amount": "340000.00", "opinion": "推荐"}

    outcomes = together(
        app, [an_act(make.pid_of(number), "close_panel", around.secretary, **closing) for number in numbers]
    )

    assert outcomes.count("publicity") == 1
    assert len(outcomes) == 3


def test_a_stale_page_never_acts_in_a_later_visit_to_the_same_stage(app: Flask, around: make.Town) -> None:
    number = make.draft(around)
    make.advance(around, number, "authenticity_review")
    pid = make.pid_of(number)
    old = an_act(pid, "reject", around.accepting, reason="需求不实")
    make.act(pid, "return_for_correction", around.accepting, items=["补充材料"])
    make.act(pid, "resubmit", around.owner, reply="已补充")

    with pytest.raises(Stale):
        old()
