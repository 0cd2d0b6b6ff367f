"""The draw in the database: frozen before the seed exists, never twice by choice, along one order for ever."""

import json

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app.casework.models import CaseParty
from app.cli import aidflow
from app.database import Missing, db, transaction
from app.organisations.commands import RecordTie
from app.organisations.service import record_tie
from app.refusals import FieldRefused
from app.reviews.commands import NameFields
from app.reviews.models import (
    AssignmentCheck,
    ExpertDraw,
    ExpertDrawMember,
    ExpertDrawResult,
    ExpertDrawStep,
    ExpertProfile,
)
from app.reviews.queries.draws import draws_shown, published_draws
from app.reviews.service.draws import draw_next, draw_panel
from app.reviews.service.sessions import name_fields
from tests import make, reviewing
from workflows.draw import IN_FIELD, faults
from workflows.engine import NotYourRole, Refused


@pytest.fixture
def around(app):
    return make.town(experts=9)


def drawn(around, number, **more):
    return draw_panel(number, actor=around.secretary, now=make.NOW, **more)


def told(draw):
    return json.loads(json.dumps(draw.told))


def knows(around, expert):
    name_fields(
        expert.user_id, NameFields(fields_known=["education_health"]), ["education_health"],
        actor=around.secretary, now=make.NOW,
    )  # fmt: skip


def works_at(expert, uscc):
    command = RecordTie(kind="employment", uscc=uscc, organisation="某大学", from_on="2020-01-01")
    record_tie(expert.user_id, command, now=make.NOW)


def test_a_draw_is_frozen_with_the_head_of_the_chain_and_its_transcript_is_true(around, rows):
    number = reviewing.in_expert_review(around)
    head = make.case_of(make.pid_of(number)).chain_hash.hex()
    for expert in around.experts[:4]:
        knows(around, expert)

    draw = drawn(around, number)

    assert faults(told(draw)) == []
    assert draw.frozen["head"] == head
    assert len(draw.frozen["pool"]) == 9
    assert sum(stratum == IN_FIELD for _ref, stratum, _of in draw.frozen["pool"]) == 4
    seated = {each.id for each in draw.seated}
    assert len(seated) == 5
    assert len(seated & {each.user_id for each in around.experts[:4]}) >= 3
    (row,) = rows(ExpertDraw)
    (result,) = rows(ExpertDrawResult)
    assert draw.told["secret"] == result.secret.hex()
    assert row.document_hash.hex() == draw.told["frozen_hash"]


def test_the_pool_holds_nobody_barred_or_with_a_hint_and_one_of_an_organisation_is_drawn_at_most(around):
    number = reviewing.in_expert_review(around)
    works_at(around.experts[0], make.WATER)
    for expert in around.experts[1:4]:
        works_at(expert, make.LIGHT)

    draw = drawn(around, number)

    pool = {each.id for each in draw.people.values()}
    assert pool == {each.user_id for each in around.experts[1:]}
    assert len({each.id for each in draw.seated} & {each.user_id for each in around.experts[1:4]}) <= 1


def test_pressing_again_gives_the_same_draw_and_another_round_needs_a_reason_and_is_counted(around, rows):
    number = reviewing.in_expert_review(around)
    first = drawn(around, number)

    again, blank = drawn(around, number), drawn(around, number, reason="  ")
    second = drawn(around, number, reason="名单遗漏一人")

    assert again == first == blank
    assert [(each.round, each.reason) for each in rows(ExpertDraw)] == [(1, ""), (2, "名单遗漏一人")]
    assert second.told["seed"] != first.told["seed"]


def test_a_pool_that_is_too_small_is_refused_and_nothing_is_kept(app, table_state):
    around = make.town(experts=4)
    number = reviewing.in_expert_review(around)
    before = table_state()

    with pytest.raises(Refused, match="不足 5 人"):
        drawn(around, number)

    assert table_state() == before


def test_only_the_secretary_without_a_tie_draws_and_only_in_expert_review(around, table_state):
    number, early = reviewing.in_expert_review(around), make.draft(around)
    make.advance(around, early, "compliance_review")
    works_at(around.fund, make.WATER)
    before = table_state()

    with pytest.raises(NotYourRole):
        draw_panel(number, actor=around.fund, now=make.NOW)
    with pytest.raises(Missing):
        draw_panel(number, actor=around.experts[0], now=make.NOW)
    with pytest.raises(Refused):
        drawn(around, early)
    with pytest.raises(FieldRefused):
        drawn(around, number, in_field=6)

    assert table_state() == before


def test_the_seed_is_the_databases_own_and_comes_only_after_the_freeze(around, session, owner, rows):
    number = reviewing.in_expert_review(around)
    drawn(around, number)
    (row,) = rows(ExpertDraw)
    values = {
        "project_id": row.project_id, "entered_seq": row.entered_seq, "round": 2, "reason": "另抽", "document": b"{}",
        "commitment": b"\x00" * 32, "chain_seq": row.chain_seq, "chain_hash": row.chain_hash, "frozen_at": make.NOW,
        "frozen_by_id": around.secretary.user_id,
    }  # fmt: skip

    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("SELECT secret FROM expert_draw_secret"))
    session.rollback()
    with transaction() as web:
        other = ExpertDraw(**values)
        web.add(other)
        web.flush()
        web.refresh(other)
        ident, commitment = other.id, other.commitment
        mine = ExpertDrawResult(
            draw_id=ident, secret=b"s", nonce=b"n", drawn_at=make.NOW, drawn_by_id=around.secretary.user_id
        )
        nested = web.begin_nested()
        web.add(mine)
        with pytest.raises(IntegrityError, match="comes after"):
            web.flush()
        nested.rollback()
    assert commitment != b"\x00" * 32
    owner.execute(
        "INSERT INTO expert_draw_result VALUES (%s, 'chosen', 'chosen', now(), %s)", (ident, around.secretary.user_id)
    )
    (_first, second) = rows(ExpertDrawResult)
    assert len(second.secret) == len(second.nonce) == 32
    with pytest.raises(psycopg.errors.RestrictViolation, match="frozen"):
        owner.execute(
            "INSERT INTO expert_draw_member VALUES (%s, %s, %s, 'salt')",
            (row.id, "0" * 64, around.secretary.user_id),
        )


@pytest.mark.parametrize("table", ["expert_draw", "expert_draw_member", "expert_draw_result", "expert_draw_secret"])
def test_nothing_of_a_draw_is_ever_changed_or_deleted(around, owner, table):
    drawn(around, reviewing.in_expert_review(around))

    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)


def open_panel(around, number, draw):
    pid = make.pid_of(number)
    make.act(pid, "open_panel", around.secretary, experts=[each.email for each in draw.seated], session_on="2026-03-06")
    actors = {each.user_id: each for each in around.experts}
    return list(zip(make.children(number, "score_sheet"), [actors[each.id] for each in draw.seated], strict=True))


def test_after_a_recusal_the_next_in_the_same_order_sits_and_the_public_can_work_it_all_out(around, rows, tmp_path):
    number = reviewing.in_expert_review(around)
    draw = drawn(around, number)
    sheets = open_panel(around, number, draw)
    leaving = sheets[0]
    with pytest.raises(FieldRefused, match="未回避的不能递补"):
        draw_next(number, leaving[1].user_id, "recused", actor=around.secretary, now=make.NOW)
    make.act(leaving[0], "declare_conflict", leaving[1], conflict=True, statement="亲属任职")

    after = draw_next(number, leaving[1].user_id, "recused", actor=around.secretary, now=make.NOW)

    fresh = ({each.id for each in after.seated} - {each.id for each in draw.seated}).pop()
    assert after.told["order"] == draw.told["order"]
    assert [step["why"] for step in after.told["redraws"]] == ["recused"]
    with pytest.raises(FieldRefused, match="不在抽中"):
        draw_next(number, leaving[1].user_id, "recused", actor=around.secretary, now=make.NOW)
    replacement = next(each for each in around.experts if each.user_id == fresh)
    make.act(make.pid_of(number), "add_experts", around.secretary, experts=[make.email_of(replacement)])
    for pid, expert in [*sheets[1:], (make.children(number, "score_sheet")[5], replacement)]:
        reviewing.fill(pid, expert)
    make.act(
        make.pid_of(number), "close_panel", around.secretary, outcome="recommend", suggested_amount="300000.00",
        opinion="建议资助",
    )  # fmt: skip
    assert [each.draw_id for each in rows(AssignmentCheck)] == [draw.id] * 6
    case = make.case_of(make.pid_of(number))
    (shown,) = draws_shown(db.session(), case)
    assert case.stage != "expert_review"
    assert told(shown) == told(after)
    (published,) = published_draws(db.session(), case.id)
    names = {each["name"] for each in published["opened"]}
    assert names == {each.name for each in after.seated}
    assert leaving[1].name not in json.dumps(published, ensure_ascii=False)
    file = tmp_path / "draws.json"
    file.write_text(json.dumps([published], ensure_ascii=False), encoding="utf-8")
    assert CliRunner().invoke(aidflow, ["draw", "verify", str(file)]).exit_code == 0
    pinned = ["draw", "verify", str(file), "--frozen-hash", published["frozen_hash"]]
    assert CliRunner().invoke(aidflow, pinned).exit_code == 0
    assert CliRunner().invoke(aidflow, [*pinned[:-1], "0" * 64]).exit_code == 1
    published["drawn"].reverse()
    file.write_text(json.dumps([published]), encoding="utf-8")
    assert CliRunner().invoke(aidflow, ["draw", "verify", str(file)]).exit_code == 1
    file.write_text("{", encoding="utf-8")
    assert CliRunner().invoke(aidflow, ["draw", "verify", str(file)]).exit_code == 2


def test_whom_something_bars_by_now_is_passed_over_and_counted(around, rows):
    number = reviewing.in_expert_review(around)
    draw = drawn(around, number)
    waiting = [ref for ref in draw.told["order"] if ref not in draw.told["seated"]]
    barred = next(each for each in around.experts if each.user_id == draw.people[waiting[0]].id)
    works_at(barred, make.WATER)

    after = draw_next(number, draw.seated[0].id, "unavailable", actor=around.secretary, now=make.NOW)

    assert [(step.why, step.ref_in) for step in rows(ExpertDrawStep)] == [
        ("unavailable", waiting[0]),
        ("barred", waiting[1]),
    ]
    assert after.people[waiting[1]] in after.seated
    assert faults(told(after)) == []
    assert rows(CaseParty) == []


def test_each_of_the_pool_can_check_his_or_her_own_reference(around, rows):
    draw = drawn(around, reviewing.in_expert_review(around))

    assert len({each.ref for each in rows(ExpertDrawMember)}) == len(around.experts)
    assert db.session.scalars(select(ExpertProfile.user_id)).all() == []
    published = {**told(draw), "opened": [
        {"ref": ref, "name": draw.people[ref].name, "salt": draw.people[ref].salt} for ref in draw.told["seated"]
    ]}  # fmt: skip
    assert faults(published) == []
