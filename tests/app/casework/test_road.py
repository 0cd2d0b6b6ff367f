"""The one road: what an act writes together, and what a refused one leaves as it was."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.casework.commands import NoFields
from app.casework.models import Duty
from app.casework.service import KeyReused, Stale, seen_of, take_action
from app.database import Missing, db
from app.documents.service import receive_paper, withdraw_paper
from app.evidence.models import Event
from app.ledger.queries import project_balances
from app.outbox.models import Message
from app.people.permissions import Actor
from tests import make
from workflows.engine import GuardRefused, NotFromHere, NotYourRole, Refused

TableState = Callable[[], Any]


def events(number: str) -> list[tuple[Any, ...]]:
    root = make.case_of(make.pid_of(number)).id
    rows = select(Event.seq, Event.action, Event.root_from, Event.root_to).where(Event.root_id == root)
    return [tuple(row) for row in db.session.execute(rows.order_by(Event.seq))]


def test_submitting_writes_event_stage_desk_term_duty_and_messages_together(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)

    receipt = make.act(make.pid_of(number), "submit", around.owner)

    case = make.case_of(make.pid_of(number))
    assert events(number) == [(1, "open", None, "draft"), (2, "submit", "draft", "authenticity_review")]
    assert (receipt.stage, receipt.seq, receipt.hash) == ("authenticity_review", 2, case.chain_hash.hex())
    assert (case.holder_role, case.holder_unit_id, case.due_action) == ("accepting_unit", case.accepting_unit_id, None)
    assert case.due_at is not None
    assert sorted(db.session.execute(select(Message.template, Message.to_role)).all()) == [
        ("declaration_received", "applicant_owner"),
        ("opinion_wanted", "front_office"),
        ("submitted", "accepting_unit"),
    ]
    assert [
        tuple(row) for row in db.session.execute(select(Duty.user_id, Duty.duty).where(Duty.root_id == case.id))
    ] == [(around.owner.user_id, "applicant")]


def refused(number: str, action: str, actor: Actor, **fields: Any) -> type[Exception]:
    with pytest.raises((Refused, Missing)) as caught:
        make.act(make.pid_of(number), action, actor, **fields)
    return caught.type


def test_a_refused_act_leaves_every_table_as_it_was(app: Flask, table_state: TableState) -> None:
    around = make.town()
    number = make.draft(around, papers=False)
    outsider_role = make.person("applicant_owner", uscc=make.WATER)
    before = table_state()

    answers = [
        refused(number, "submit", around.owner),
        refused(number, "pass_authenticity", around.accepting, opinion="属实"),
        refused(number, "start", outsider_role, started_on="2026-04-01"),
    ]

    assert answers == [GuardRefused, Missing, NotFromHere]
    assert table_state() == before


def test_an_officer_of_another_duty_is_told_so(app: Flask, table_state: TableState) -> None:
    around = make.town()
    number = make.draft(around)
    make.act(make.pid_of(number), "submit", around.owner)
    before = table_state()

    assert refused(number, "pass_authenticity", around.fund, opinion="属实") is NotYourRole
    assert table_state() == before


def test_one_person_holds_one_duty_on_a_project(app: Flask) -> None:
    from app.people.queries import actor_of
    from app.people.service import grant_role

    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "compliance_review")
    grant_role(around.accepting.user_id or 0, "fund_office", now=make.NOW)
    both = actor_of(db.session(), around.accepting.user_id or 0)
    assert both is not None

    with pytest.raises(NotYourRole, match="一人在一个项目中只能承担一项职责"):
        make.act(make.pid_of(number), "pass_compliance", both, opinion="合规")


def test_somebody_who_looked_before_the_case_moved_is_refused(app: Flask, table_state: TableState) -> None:
    around = make.town()
    number = make.draft(around)
    pid = make.pid_of(number)
    seen = seen_of(make.case_of(pid))
    make.act(pid, "submit", around.owner)
    before = table_state()

    with pytest.raises(Stale):
        take_action(pid, "withdraw", actor=around.owner, seen=seen, command=NoFields(), now=make.NOW)

    assert table_state() == before


def test_the_same_key_with_the_same_body_gives_the_same_answer_for_ever(app: Flask, table_state: TableState) -> None:
    around = make.town()
    number = make.draft(around)
    pid = make.pid_of(number)
    seen = seen_of(make.case_of(pid))

    def send(key: str, action: str = "submit") -> Any:
        return take_action(
            pid, action, actor=around.owner, seen=seen, command=NoFields(), idempotency_key=key, now=make.NOW
        )

    first = send("k1")
    before = table_state()

    assert send("k1") == first
    with pytest.raises(KeyReused):
        send("k1", "withdraw")
    assert table_state() == before


def test_an_outsider_finds_nothing_where_a_project_is(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    make.organisation(make.LIGHT, "上海光明慈善会", "310105")
    stranger = make.person("applicant_owner", uscc=make.LIGHT)

    assert refused(number, "submit", stranger) is Missing


def test_money_follows_the_stages(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "announcement")

    root = make.case_of(make.pid_of(number)).id
    balances = {kind: fen for kind, fen in project_balances(db.session(), root).items() if fen}
    assert balances == {"reserved": 33_000_000}


def test_a_withdrawn_project_gives_back_what_was_reserved(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "publicity")

    make.act(make.pid_of(number), "withdraw", around.owner, reason="无法筹足配套资金")

    root = make.case_of(make.pid_of(number))
    assert (root.stage, root.holder_role, root.due_at) == ("withdrawn", None, None)
    assert set(project_balances(db.session(), root.id).values()) == {0}


def test_a_case_returned_for_correction_comes_back_to_the_stage_that_returned_it(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    pid = make.pid_of(number)
    make.advance(around, number, "compliance_review")

    make.act(pid, "return_for_correction", around.fund, items=["补充银行开户证明"])
    assert make.case_of(pid).stage == "correction"
    make.act(pid, "resubmit", around.owner, reply="已补充")

    assert make.case_of(pid).stage == "compliance_review"


def test_a_stage_returns_a_case_twice_at_most(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    pid = make.pid_of(number)
    make.advance(around, number, "authenticity_review")
    for _ in range(2):
        make.act(pid, "return_for_correction", around.accepting, items=["补充材料"])
        make.act(pid, "resubmit", around.owner, reply="已补充")

    with pytest.raises(GuardRefused, match="退回补正已达 2 次"):
        make.act(pid, "return_for_correction", around.accepting, items=["再补充"])


def test_a_late_declaration_is_refused(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)

    with pytest.raises(GuardRefused, match="逾期不予受理"):
        make.act(make.pid_of(number), "submit", around.owner, now=make.NOW + timedelta(days=21))


def test_the_front_office_speaks_once_in_a_round(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    pid = make.pid_of(number)
    make.advance(around, number, "authenticity_review")
    make.act(pid, "give_opinion", around.front, supports=True, opinion="属实")

    with pytest.raises(GuardRefused, match="前方意见已经出具"):
        make.act(pid, "give_opinion", around.front, supports=True, opinion="再说一次")

    make.act(pid, "return_for_correction", around.accepting, items=["补充材料"])
    make.act(pid, "resubmit", around.owner, reply="已补充")
    assert (
        make.act(pid, "give_opinion", around.front, supports=True, opinion="补充后属实").stage == "authenticity_review"
    )


def test_a_paper_added_or_taken_back_makes_what_was_seen_stale(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    pid = make.pid_of(number)
    here = app.extensions["aidflow"]
    seen = seen_of(make.case_of(pid))

    paper = receive_paper(
        pid,
        kind="prior_audit",
        name="审计.pdf",
        stream=BytesIO(make.PDF),
        actor=around.owner,
        now=make.NOW,
        store=here.store,
        limit=here.settings.max_upload_bytes,
    )
    added = seen_of(make.case_of(pid))
    db.session.rollback()
    withdraw_paper(paper.public_id, actor=around.owner, now=make.NOW)

    assert len({seen, added, seen_of(make.case_of(pid))}) == 3
    db.session.rollback()
    with pytest.raises(Stale):
        take_action(pid, "submit", actor=around.owner, seen=seen, command=NoFields(), now=make.NOW)
