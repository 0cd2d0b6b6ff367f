"""Saving a declaration field by field: what is kept, what clashes, what is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.database import Missing, db
from app.people.permissions import Actor
from app.projects.commands.texts import fingerprint, texts_of
from app.projects.models import DeclarationSnapshot, DraftField, Project
from app.projects.queries import declaration_of
from app.projects.queries.drafts import draft_of, others_present
from app.projects.queries.progress import progress_of
from app.projects.service import StaleVersion, save_declaration, save_fields
from app.projects.service.drafting import Saved, Typed
from app.refusals import FieldRefused
from tests.make import NOW, WATER, Town, act, case_of, declaration, draft, organisation, person, pid_of, town
from workflows.engine import NotFromHere, NotYourRole, Refused

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def around(app: Flask) -> Town:
    return town()


@pytest.fixture
def number(around: Town) -> str:
    return draft(around)


@pytest.fixture
def colleague(around: Town) -> Actor:
    return person("applicant_member", uscc=WATER)


def save(number: str, actor: Actor, base: dict[str, str] | None = None, now: Any = NOW, **texts: str) -> Saved:
    """Save these fields as somebody who saw `base`, or the draft as it stands."""
    seen = base if base is not None else dict(draft_of(db.session(), case_of(pid_of(number)).id).texts)
    db.session.rollback()
    typed = {name.replace("__", "-"): text for name, text in texts.items()}
    fields = {name: Typed(text, fingerprint(seen.get(name, ""))) for name, text in typed.items()}
    return save_fields(pid_of(number), fields, step="plan", actor=actor, now=now)


def as_saved(number: str) -> Any:
    found = declaration_of(db.session(), case_of(pid_of(number)).id)
    db.session.rollback()
    return found


def test_each_field_is_saved_by_itself_and_leaves_the_rest_alone(around: Town, number: str) -> None:
    before = as_saved(number)

    saved = save(number, around.owner, goals="新的目标", budget__1__quantity="2", own_funds="1,680,000.00")

    after = as_saved(number)
    assert (saved.clashes, saved.faults) == ({}, {})
    assert after.goals == "新的目标"
    assert [(row.item, row.quantity) for row in after.budget] == [("净水设备", 2), ("滤芯", 1)]
    assert (
        after.model_copy(update={"goals": before.goals, "budget": before.budget, "own_funds": before.own_funds})
        == before
    )
    project = db.session.scalars(db.select(Project)).one()
    assert (project.planned_total, project.content_version, project.content_version) == (204000000, 3, saved.version)


def test_what_is_half_typed_is_kept_shown_again_and_is_a_gap(
    around: Town, number: str, rows: Callable[..., Any]
) -> None:
    saved = save(number, around.owner, requested="36万", budget__1__unit_price="八十四万")

    kept = {row.name: (row.text, row.wrong) for row in rows(DraftField)}
    assert saved.faults.keys() == {"requested", "budget-1-unit_price"}
    assert (kept["requested"], kept["budget-1-unit_price"]) == (("36万", True), ("八十四万", True))
    assert sorted(name for name, (_text, wrong) in kept.items() if wrong) == ["budget-1-unit_price", "requested"]
    with pytest.raises(Refused, match="申请资助金额（元）（填写有误）、预算明细（有未填妥的行）"):
        act(pid_of(number), "submit", around.owner)


@pytest.mark.parametrize("blank", ["", " \u3000\n"])
def test_a_project_whose_name_was_cleared_is_not_submitted_under_the_old_one(
    around: Town, number: str, rows: Callable[..., Any], blank: str
) -> None:
    saved = save(number, around.owner, title=blank)

    assert saved.faults == {"title": "此项必填。"}
    assert [row.name for row in rows(DraftField) if row.wrong] == ["title"]
    with pytest.raises(Refused, match="申报表尚待填写或更正：项目名称（填写有误）。"):
        act(pid_of(number), "submit", around.owner)
    save(number, around.owner, title="校园净水")
    act(pid_of(number), "submit", around.owner)
    assert as_saved(number).title == "校园净水"


def test_a_field_that_somebody_else_changed_clashes_and_the_others_are_saved(
    around: Town, number: str, colleague: Actor
) -> None:
    seen = texts_of(as_saved(number))
    save(number, colleague, seen, goals="同事的目标", budget__2__item="同事的滤芯")

    saved = save(number, around.owner, seen, LATER, goals="我的目标", need="我的需求", budget__2__item="我的滤芯")

    assert {name: (each.mine, each.theirs, each.hand.name, each.hand.at) for name, each in saved.clashes.items()} == {
        "goals": ("我的目标", "同事的目标", colleague.name, NOW),
        "budget-2-item": ("我的滤芯", "同事的滤芯", colleague.name, NOW),
    }
    after = as_saved(number)
    assert (after.goals, after.need, after.budget[1].item) == ("同事的目标", "我的需求", "同事的滤芯")


def test_whoever_did_not_touch_a_field_neither_clashes_nor_takes_it_back(
    around: Town, number: str, colleague: Actor
) -> None:
    seen = texts_of(as_saved(number))
    save(number, colleague, seen, goals="同事的目标")

    saved = save(number, around.owner, seen, goals=seen["goals"], need="我的需求")

    assert saved.clashes == {}
    assert (as_saved(number).goals, as_saved(number).need) == ("同事的目标", "我的需求")


def test_two_rows_added_at_once_are_both_there_whoever_ordered_last(
    around: Town, number: str, colleague: Actor
) -> None:
    seen = texts_of(as_saved(number))
    row = {"category": "tax", "unit": "项", "quantity": "1", "unit_price": "1.00", "paid_from": "own"}

    for key, actor in (("aa", colleague), ("bb", around.owner)):
        cells = {f"budget__{key}__{column}": text for column, text in row.items()}
        save(number, actor, seen, **cells, **{f"budget__{key}__item": key, "budget__order": f"1 {key} 2"})

    assert [row.item for row in as_saved(number).budget] == ["净水设备", "bb", "滤芯", "aa"]


def test_a_row_whose_cells_are_emptied_is_gone(around: Town, number: str, rows: Callable[..., Any]) -> None:
    cells = {name: "" for name in texts_of(as_saved(number)) if name.startswith("budget-1-")}

    save(number, around.owner, **{name.replace("-", "__"): text for name, text in cells.items()})

    assert [row.item for row in as_saved(number).budget] == ["滤芯"]
    assert [row.name for row in rows(DraftField) if row.name.startswith("budget-1-")] == []


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("amount", "1", "没有这个字段"), ("budget-1-amount", "1", "没有这个字段"),
        ("goals", "a\0b", "不得含有控制字符"),
        ("goals", "长" * 20_001, "至多 20000 个字"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_at_all_is_refused_and_changes_nothing(
    around: Town, number: str, table_state: Callable[..., Any], name: str, text: str, why: str
) -> None:
    before = table_state()

    with pytest.raises(FieldRefused, match=why):
        save_fields(
            pid_of(number), {"need": Typed("改", ""), name: Typed(text, "")}, step="plan", actor=around.owner, now=NOW
        )

    assert table_state() == before


def test_nobody_else_writes_and_nobody_writes_after_submission(
    around: Town, number: str, table_state: Callable[..., Any]
) -> None:
    organisation("513100005000000159", "上海微光社会服务中心")
    stranger = person("applicant_owner", uscc="513100005000000159")
    with pytest.raises(Missing):
        save(number, stranger, goals="改")
    act(pid_of(number), "submit", around.owner)
    before = table_state()

    with pytest.raises(NotYourRole):
        save(number, around.fund, goals="改")
    with pytest.raises(NotFromHere):
        save(number, around.owner, goals="改")

    assert table_state() == before


def test_each_is_told_who_else_was_heard_of_just_now(around: Town, number: str, colleague: Actor) -> None:
    case = case_of(pid_of(number)).id
    save(number, colleague, goals="改")
    session = db.session()

    just_now = others_present(session, case, around.owner, LATER)
    long_ago = others_present(session, case, around.owner, LATER + timedelta(minutes=2))

    assert [(each.name, each.step) for each in just_now] == [(colleague.name, "plan")]
    assert long_ago == [] == others_present(session, case, colleague, LATER)


def test_replacing_the_whole_takes_the_version_of_the_last_field_and_ends_the_draft(
    around: Town, number: str, rows: Callable[..., Any]
) -> None:
    version = save(number, around.owner, goals="半").version

    with pytest.raises(StaleVersion):
        save_declaration(pid_of(number), declaration(), version=version - 1, actor=around.owner, now=NOW)
    save_declaration(pid_of(number), declaration(), version=version, actor=around.owner, now=NOW)

    assert rows(DraftField) == []
    assert as_saved(number) == declaration()


def test_submitting_leaves_a_snapshot_that_its_hash_is_bound_to_and_ends_the_draft(
    around: Town, number: str, rows: Callable[..., Any]
) -> None:
    save(number, around.owner, goals="最后的目标", budget__1__quantity="1.0")

    act(pid_of(number), "submit", around.owner)

    (snapshot,), (project,) = rows(DeclarationSnapshot), rows(Project)
    assert snapshot.declared_hash == project.declared_hash
    assert "最后的目标" in snapshot.body.decode()
    assert rows(DraftField) == []


def test_an_item_of_a_correction_is_found_at_its_field_and_ticked_there(around: Town, number: str) -> None:
    act(pid_of(number), "submit", around.owner)
    items = ["预算明细：第 2 行缺测算依据", "请补交年度检查结论", "需求分析不清楚", "请电话联系我单位"]
    act(pid_of(number), "return_for_correction", around.accepting, items=items)
    save(number, around.owner, answered__0="y", answer__0="已补", need="说清楚了")
    case = case_of(pid_of(number)).id

    found = progress_of(db.session(), around.owner, case, draft_of(db.session(), case), NOW)

    assert [(item.number, row.step.key, item.field, item.done) for row in found.steps for item in row.items] == [
        (2, "plan", "need", False), (0, "budget", "budget", True), (1, "papers", "yearly_check", False),
        (3, "undertakings", None, False),
    ]  # fmt: skip
    assert {row.step.key: row.state for row in found.steps} == {
        "organisation": "done", "project": "done", "plan": "wrong", "budget": "done", "targets": "done",
        "papers": "wrong", "undertakings": "wrong",
    }  # fmt: skip
