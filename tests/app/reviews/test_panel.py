"""Expert review: who may sit on a panel, what a sheet keeps, and what the panel comes to."""

from fractions import Fraction

import psycopg
import pytest
from pydantic import ValidationError

from app.casework.models import CaseParty, Duty
from app.database import Missing
from app.outbox.models import Message
from app.people.service import end_grant, grant_role, set_active
from app.projects.models import Project
from app.refusals import FieldRefused
from app.reviews.commands import DeclareConflict
from app.reviews.models import Panel, ScoreSheet
from app.reviews.permissions import fit_experts
from app.reviews.queries import panel_summary
from tests import make, reviewing
from workflows.engine import GuardRefused, NotFromHere


def panel_with(around, number, experts):
    emails = [make.email_of(expert) if not isinstance(expert, str) else expert for expert in experts]
    return make.act(make.pid_of(number), "open_panel", around.secretary, experts=emails, session_on="2026-03-06")


def root_id(number):
    return make.case_of(make.pid_of(number)).id


@pytest.fixture
def around(app):
    return make.town()


def test_opening_a_panel_gives_each_expert_one_sheet_and_sight_of_the_project(around, rows):
    number = reviewing.with_panel(around)
    root = root_id(number)

    sheets = rows(ScoreSheet)
    assert [(s.project_id, s.expert_id, s.position, s.conflict, s.total) for s in sheets] == [
        (root, expert.user_id, place, None, None) for place, expert in enumerate(around.experts, 1)
    ]
    assert [(p.root_id, p.user_id, p.role, p.ended_at) for p in rows(CaseParty)] == [
        (root, expert.user_id, "expert", None) for expert in around.experts
    ]
    cases = [make.case_of(pid) for pid in make.children(number, "score_sheet")]
    assert [(c.stage, c.holder_role, c.holder_user_id) for c in cases] == [
        ("assigned", "expert", expert.user_id) for expert in around.experts
    ]
    assert all(case.due_at is not None for case in cases)


@pytest.mark.parametrize("count", [3, 4, 6])
def test_a_panel_is_odd_and_has_five_at_least(app, count, table_state):
    around = make.town(experts=count)
    number = reviewing.in_expert_review(around)
    before = table_state()

    with pytest.raises(GuardRefused, match="不少于 5 人的单数"):
        panel_with(around, number, around.experts)

    assert table_state() == before


def former_member(around):
    expert = make.person("expert")
    grant = grant_role(expert.user_id, "applicant_member", now=make.NOW.replace(year=2024), uscc=make.WATER)
    end_grant(grant, now=make.NOW.replace(year=2025))
    return make.email_of(expert)


def switched_off(around):
    expert = make.person("expert")
    set_active(expert.user_id, active=False)
    return make.email_of(expert)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (lambda around: "nobody@example.org", "没有这样的在岗人员：nobody@example.org。"),
        (switched_off, "没有这样的在岗人员：{bad}。"),
        (lambda around: make.email_of(around.approver), "不是评审专家：{bad}。"),
        (former_member, "现在或近年属于该项目主体，应当回避：{bad}。"),
        (lambda around: make.email_of(around.experts[0]), "重复列出：{bad}。"),
    ],
)
def test_whoever_is_unfit_for_a_panel_is_named_with_the_reason(around, bad, words, table_state):
    number = reviewing.in_expert_review(around)
    email = bad(around)
    before = table_state()

    with pytest.raises(FieldRefused) as caught:
        panel_with(around, number, [*around.experts[:4], email])

    assert (caught.value.field, str(caught.value.reason)) == ("experts", words.format(bad=email))
    assert table_state() == before


def test_whoever_left_the_organisation_more_than_three_years_ago_may_sit_on_the_panel(around, rows):
    number = reviewing.in_expert_review(around)
    expert = around.experts[0]
    grant = grant_role(expert.user_id, "applicant_member", now=make.NOW.replace(year=2020), uscc=make.WATER)
    end_grant(grant, now=make.NOW.replace(year=2023, day=1))

    panel_with(around, number, around.experts)

    assert [sheet.expert_id for sheet in rows(ScoreSheet)] == [expert.user_id for expert in around.experts]


def test_whoever_holds_another_duty_on_the_project_is_no_expert_of_it(around, table_state):
    number = reviewing.in_expert_review(around)
    grant_role(around.accepting.user_id, "expert", now=make.NOW)
    email = make.email_of(around.accepting)
    before = table_state()

    with pytest.raises(FieldRefused, match="在本项目已承担其他职责"):
        panel_with(around, number, [*around.experts[:4], email])

    assert table_state() == before


def test_an_expert_with_a_conflict_sees_nothing_any_more_and_is_not_named_again(around, rows):
    number = reviewing.with_panel(around)
    pid = make.children(number, "score_sheet")[0]
    expert = around.experts[0]

    make.act(pid, "declare_conflict", expert, conflict=True, statement="曾任该机构顾问")

    sheet = rows(ScoreSheet)[0]
    assert (sheet.conflict, sheet.conflict_statement, sheet.declared_at) == (True, "曾任该机构顾问", make.NOW)
    assert make.case_of(pid).stage == "recused"
    assert [p.ended_at for p in rows(CaseParty) if p.user_id == expert.user_id] == [make.NOW]
    assert [(m.template, m.to_role) for m in rows(Message)][-1] == ("expert_recused", "secretary")
    with pytest.raises(Missing):
        make.act(pid, "submit_sheet", expert, **reviewing.sheet())
    with pytest.raises(FieldRefused, match="已在本项目回避"):
        make.act(make.pid_of(number), "add_experts", around.secretary, experts=[make.email_of(expert)])


def test_a_conflict_without_a_word_about_it_is_refused_on_its_field(app):
    with pytest.raises(ValidationError) as caught:
        DeclareConflict(conflict=True)

    assert [fault["loc"] for fault in caught.value.errors()] == [("statement",)]


def test_a_submitted_sheet_is_locked_even_for_the_owner_of_the_tables(around, owner, rows):
    number = reviewing.with_panel(around)
    reviewing.fill(make.children(number, "score_sheet")[0], around.experts[0])

    sheet = rows(ScoreSheet)[0]
    assert (sheet.total, sheet.recommendation, sheet.suggested_amount) == (80, "recommend", 36_000_000)
    assert sheet.scores == reviewing.sheet()["scores"]
    for statement in ("UPDATE score_sheet SET total = 100 WHERE submitted_at IS NOT NULL", "DELETE FROM score_sheet"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)
    with pytest.raises(NotFromHere):
        make.act(make.children(number, "score_sheet")[0], "submit_sheet", around.experts[0], **reviewing.sheet())


def test_a_panel_closes_on_the_exact_trimmed_mean_and_keeps_the_names_behind_it(around, rows):
    number = reviewing.with_panel(around)
    sheets = make.children(number, "score_sheet")
    for pid, expert, design in zip(sheets, around.experts, (10, 20, 21, 23, 25), strict=True):
        scores = reviewing.sheet()["scores"] | {"design": design}
        reviewing.fill(pid, expert, scores=scores)

    make.act(
        make.pid_of(number),
        "close_panel",
        around.secretary,
        outcome="recommend",
        suggested_amount="240000.00",
        opinion="建议资助",
    )

    (panel,) = rows(Panel)
    assert (panel.score_numerator, panel.score_denominator) == (60 * 3 + 20 + 21 + 23, 3)
    assert (panel.sheets, panel.dropped, panel.outcome, panel.suggested_amount) == (5, 2, "recommend", 24_000_000)
    assert panel.experts == [expert.name for expert in around.experts]
    assert [project.suggested for project in rows(Project)] == [24_000_000]
    assert make.case_of(make.pid_of(number)).stage == "publicity"


@pytest.mark.parametrize(
    "changed", [{"suggested_amount": "0.00"}, {"recommendation": "not_recommend"}], ids=["nothing", "against"]
)
def test_a_panel_of_many_points_may_turn_down_what_its_sheets_do_not_support(around, changed, rows):
    number = reviewing.with_panel(around)
    for pid, expert in zip(make.children(number, "score_sheet"), around.experts, strict=True):
        reviewing.fill(pid, expert, **changed)

    make.act(make.pid_of(number), "close_panel", around.secretary, outcome="not_recommend", opinion="一致不推荐")

    assert make.case_of(make.pid_of(number)).stage == "rejected"
    assert [(panel.outcome, panel.suggested_amount) for panel in rows(Panel)] == [("not_recommend", None)]


def test_a_panel_waits_for_every_sheet_and_stays_odd_after_a_recusal(around, table_state):
    number = reviewing.with_panel(around)
    sheets = make.children(number, "score_sheet")
    close = {"outcome": "recommend", "suggested_amount": "240000.00", "opinion": "建议资助"}
    for pid, expert in list(zip(sheets, around.experts, strict=True))[:4]:
        reviewing.fill(pid, expert)
    before = table_state()

    with pytest.raises(GuardRefused, match="还有 1 份评分表未提交"):
        make.act(make.pid_of(number), "close_panel", around.secretary, **close)
    assert table_state() == before

    make.act(sheets[4], "declare_conflict", around.experts[4], conflict=True, statement="亲属任职")
    with pytest.raises(GuardRefused, match="现有 4 份"):
        make.act(make.pid_of(number), "close_panel", around.secretary, **close)

    fresh = make.person("expert")
    make.act(make.pid_of(number), "add_experts", around.secretary, experts=[make.email_of(fresh)])
    reviewing.fill(make.children(number, "score_sheet")[5], fresh)
    assert make.act(make.pid_of(number), "close_panel", around.secretary, **close).stage == "publicity"


def test_a_panel_may_turn_a_project_down(around, rows):
    number = reviewing.with_panel(around)
    for pid, expert in zip(make.children(number, "score_sheet"), around.experts, strict=True):
        reviewing.fill(pid, expert, **reviewing.sheet(5, recommendation="not_recommend", suggested_amount="0.00"))

    make.act(make.pid_of(number), "close_panel", around.secretary, outcome="not_recommend", opinion="不予推荐")

    assert make.case_of(make.pid_of(number)).stage == "rejected"
    assert [(p.outcome, p.suggested_amount) for p in rows(Panel)] == [("not_recommend", None)]
    assert [project.suggested for project in rows(Project)] == [None]


def test_after_a_correction_another_panel_looks_at_what_was_corrected(around, session, rows):
    number = reviewing.with_panel(around)
    pid = make.pid_of(number)
    sheets = make.children(number, "score_sheet")
    reviewing.fill(sheets[0], around.experts[0])
    make.act(sheets[1], "declare_conflict", around.experts[1], conflict=True, statement="曾任顾问")

    make.act(pid, "return_for_correction", around.secretary, items=["补充方案"])

    stages = ["submitted", "recused", "voided", "voided", "voided"]
    assert [make.case_of(sheet).stage for sheet in sheets] == stages
    assert [sheet.voided_at for sheet in rows(ScoreSheet)] == [None, None, make.NOW, make.NOW, make.NOW]
    make.act(pid, "resubmit", around.owner, reply="已补充")
    assert panel_summary(session, root_id(number), around.secretary).submitted == 1
    fresh = make.person("expert")
    panel_with(around, number, [around.experts[0], *around.experts[2:], fresh])
    summary = panel_summary(session, root_id(number), around.secretary)
    assert (summary.named, summary.running, summary.submitted, summary.outcome) == (5, 5, 0, None)
    assert len(rows(Panel)) == 2


def test_the_summary_shows_the_score_as_an_exact_fraction(around, session):
    number = reviewing.in_publicity(around)

    summary = panel_summary(session, root_id(number), around.fund)

    assert (summary.score, summary.dropped, summary.named, summary.submitted) == (Fraction(80), 2, 5, 5)
    assert panel_summary(session, root_id(number), make.person("audit_firm", unit="CPA1")) is None


def test_acting_as_an_expert_is_a_duty_on_the_project(around, rows):
    number = reviewing.with_panel(around)

    reviewing.fill(make.children(number, "score_sheet")[0], around.experts[0])

    root = root_id(number)
    held = [(duty.root_id, duty.duty) for duty in rows(Duty) if duty.user_id == around.experts[0].user_id]
    assert held == [(root, "expert")]


def test_the_experts_to_choose_from_are_those_whom_nothing_bars(around, session):
    number = reviewing.in_expert_review(around)
    former_member(around)
    switched_off(around)
    root = make.case_of(make.pid_of(number))

    def names():
        return {each.email for each in fit_experts(session, make.case_of(root.pid), around.policy, make.NOW)}

    assert names() == {make.email_of(expert) for expert in around.experts}
    panel_with(around, number, around.experts)
    assert names() == set()
