"""Conflicts of experts: what bars, what wants a reason, what is kept; and that a recused person finds no trace."""

from datetime import date, timedelta

import psycopg
import pytest

from app.casework.models import Recusal
from app.casework.permissions import visible
from app.database import Missing, db, transaction
from app.notifications.jobs.handing_out import recipients
from app.notifications.queries import messages
from app.organisations.commands import RecordTie
from app.organisations.models import Organisation
from app.organisations.service import record_tie
from app.people.queries import actor_of
from app.people.service import grant_role
from app.refusals import FieldRefused
from app.reviews.commands import KeepContacts
from app.reviews.models import AssignmentCheck, ContactMark, ScoreSheet, SheetDraft
from app.reviews.permissions import bar_of, candidates
from app.reviews.queries.conflicts import assigned_to
from app.reviews.service.conflicts import keep_contacts
from app.reviews.service.drafts import save_draft
from tests import make, reviewing
from workflows.engine import NotFromHere, NotYourRole


@pytest.fixture
def around(app):
    return make.town(experts=6)


def tied(expert, uscc=make.WATER, organisation="上海清泉公益基金会", **told):
    command = RecordTie(**{
        "kind": "employment", "uscc": uscc, "organisation": organisation, "from_on": date(2015, 1, 1), **told
    })  # fmt: skip
    record_tie(expert.user_id, command, now=make.NOW)


def name(around, number, experts, **more):
    return make.act(
        make.pid_of(number), "open_panel", around.secretary, experts=[make.email_of(each) for each in experts],
        session_on="2026-03-06", **more,
    )  # fmt: skip


def found_in(around, number, expert):
    root = make.case_of(make.pid_of(number))
    (one,) = candidates(db.session(), [make.email_of(expert)], root, around.policy, make.NOW)
    return one


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "现在或近年属于该项目主体"),
        ({"until_on": make.NOW.date() - timedelta(days=200)}, "现在或近年属于该项目主体"),
        ({"kind": "declared"}, "现在或近年属于该项目主体"),
        ({"uscc": make.LIGHT, "organisation": "玛沁县 教育局"}, "与项目有关单位存在关联"),
    ],
)
def test_whoever_is_tied_to_those_behind_a_project_is_not_assigned(around, table_state, told, words):
    number = reviewing.in_expert_review(around, local_partner="玛沁县教育局")
    expert = around.experts[5]
    tied(expert, **told)
    before = table_state()

    assert str(bar_of(found_in(around, number, expert))) == words
    with pytest.raises(FieldRefused, match=words):
        name(around, number, [*around.experts[:4], expert], reason="无妨")

    assert table_state() == before


def with_contacts(around, **values):
    keep_contacts(around.experts[5].user_id, KeepContacts(**values), actor=around.secretary, now=make.NOW)
    with transaction() as session:
        row = session.query(Organisation).filter_by(uscc=make.WATER).one()
        row.contact_phone, row.address = "138 0000 1111", "上海市静安区甲路1号"


def test_the_account_of_the_organisation_bars_and_its_telephone_wants_a_reason_that_is_kept(around, rows, session):
    number = reviewing.in_expert_review(around)
    expert = around.experts[5]
    with_contacts(around, phone="+86 13800001111", address="上海市 静安区 甲路 1 号")
    panel = [*around.experts[:4], expert]

    with pytest.raises(FieldRefused) as caught:
        name(around, number, panel)
    assert (caught.value.field, make.email_of(expert) in str(caught.value.reason)) == ("reason", True)
    name(around, number, panel, reason="该电话为园区总机，与评审无关。")

    kept = rows(AssignmentCheck)
    assert [[each["rule"] for each in row.findings] for row in kept] == [[]] * 4 + [["same_address", "same_phone"]]
    assert [row.reason for row in kept] == [""] * 4 + ["该电话为园区总机，与评审无关。"]
    root = make.case_of(make.pid_of(number)).id
    shown = assigned_to(session, root, around.supervisor)
    assert sorted(len(each.findings) for each in shown.values()) == [0, 0, 0, 0, 2]
    assert assigned_to(session, root, around.owner) == assigned_to(session, root, expert) == {}
    keep_contacts(expert.user_id, KeepContacts(account="6222 0000 1111 2222"), actor=around.secretary, now=make.NOW)
    other = reviewing.in_expert_review(around)
    with pytest.raises(FieldRefused, match="与项目有关单位存在关联"):
        name(around, other, panel, reason="无妨")


def test_of_contacts_only_keyed_hashes_are_kept_and_nobody_enters_the_own(around, rows):
    with_contacts(around, phone="13800001111", account="6222000011112222")

    assert sorted((row.kind, len(row.mark)) for row in rows(ContactMark)) == [("account", 64), ("phone", 64)]
    assert "13800001111" not in str([vars(row) for row in rows(ContactMark)])
    me = around.experts[5]
    with pytest.raises(FieldRefused, match="自己"):
        keep_contacts(me.user_id, KeepContacts(phone="1"), actor=me, now=make.NOW)
    with pytest.raises(Missing):
        keep_contacts(around.fund.user_id, KeepContacts(phone="1"), actor=around.secretary, now=make.NOW)


def test_a_conflict_declared_on_another_project_of_the_organisation_wants_a_reason(around):
    first, second = reviewing.in_expert_review(around), reviewing.in_expert_review(around)
    name(around, first, around.experts[:5])
    sheet = make.children(first, "score_sheet")[0]
    make.act(sheet, "declare_conflict", around.experts[0], conflict=True, statement="亲属任职")

    with pytest.raises(FieldRefused) as caught:
        name(around, second, around.experts[:5])

    assert caught.value.field == "reason"


def test_what_was_checked_is_written_once_and_holds_nothing_hard_or_unexplained(around, owner):
    panel_of_five(around)

    for statement, refused in (
        ("UPDATE assignment_check SET reason = 'x'", psycopg.errors.RestrictViolation),
        ("DELETE FROM assignment_check", psycopg.errors.RestrictViolation),
        (
            """INSERT INTO assignment_check SELECT case_id + 1, '[{"weight": "hard"}]', 'x', NULL, checked_at,
                checked_by_id FROM assignment_check""",
            psycopg.errors.CheckViolation,
        ),
        (
            """INSERT INTO assignment_check SELECT case_id + 1, '[{"weight": "soft"}]', ' ', NULL, checked_at,
                checked_by_id FROM assignment_check""",
            psycopg.errors.CheckViolation,
        ),
    ):
        with pytest.raises(refused):
            owner.execute(statement)


def opened(around, number):
    sheet = make.children(number, "score_sheet")[0]
    make.act(sheet, "declare_conflict", around.experts[0], conflict=False)
    return sheet


def test_an_expert_recuses_after_the_file_was_opened_and_leaves_no_draft(around, rows):
    number = panel_of_five(around)
    sheet, expert = opened(around, number), around.experts[0]
    save_draft(sheet, {"comment": "写了一半"}, version=0, policy=around.policy, actor=expert, now=make.NOW)

    make.act(sheet, "recuse", expert, statement="发现亲属参与该项目")

    assert make.case_of(sheet).stage == "recused"
    assert rows(SheetDraft) == []
    kept = next(row for row in rows(ScoreSheet) if row.expert_id == expert.user_id)
    assert (kept.conflict, kept.conflict_statement, kept.total) == (True, "发现亲属参与该项目", None)
    assert [row.user_id for row in rows(Recusal)] == [expert.user_id]
    with pytest.raises(Missing):
        make.act(sheet, "submit_sheet", expert, **reviewing.sheet())


def panel_of_five(around):
    number = reviewing.in_expert_review(around)
    name(around, number, around.experts[:5])
    return number


def test_a_sheet_that_is_in_is_not_left_any_more(around):
    number = panel_of_five(around)
    sheet = make.children(number, "score_sheet")[0]
    reviewing.fill(sheet, around.experts[0])

    with pytest.raises(NotFromHere):
        make.act(sheet, "recuse", around.experts[0], statement="太迟")


def test_an_expert_whose_tie_comes_to_light_can_do_nothing_but_declare_it(around, table_state):
    number = panel_of_five(around)
    sheet, expert = opened(around, number), around.experts[0]
    tied(expert)
    before = table_state()

    with pytest.raises(NotYourRole, match="应当回避"):
        make.act(sheet, "submit_sheet", expert, **reviewing.sheet())
    assert table_state() == before
    assert make.act(sheet, "recuse", expert, statement="在该机构任职").stage == "recused"


def test_in_whatever_other_role_a_recused_person_is_told_and_shown_nothing(around, session, owner, run_jobs):
    expert = around.experts[0]
    for role in ("supervisor", "secretary", "panel_member"):
        grant_role(expert.user_id, role, now=make.NOW)
    number = panel_of_five(around)
    pid, other = make.pid_of(number), reviewing.in_expert_review(around)
    run_jobs()
    make.act(make.children(number, "score_sheet")[0], "declare_conflict", expert, conflict=True, statement="亲属任职")
    run_jobs()
    me = actor_of(session, expert.user_id)

    seen = session.execute(make.case_of(pid).__table__.select().where(visible(me))).all()
    assert {row.root_id for row in seen if row.life != "programme_year"} == {make.case_of(make.pid_of(other)).id}
    assert all(number not in told.heading for told in messages(session, me, limit=99))
    for role in ("secretary", "supervisor", "panel_member", "expert"):
        assert expert.user_id not in recipients(session, make.case_of(pid), role)
        assert role == "expert" or expert.user_id in recipients(session, make.case_of(make.pid_of(other)), role)
    with pytest.raises(Missing):
        make.act(pid, "add_experts", me, experts=[make.email_of(around.experts[5])])
    root = make.case_of(pid).id
    with pytest.raises(psycopg.errors.RestrictViolation, match="conflict"):
        owner.execute(
            "INSERT INTO case_party (root_id, user_id, role, since) VALUES (%s, %s, 'expert', now())",
            (root, expert.user_id),
        )
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute("DELETE FROM recusal")
