"""An officer declares a conflict: the project is gone from that desk, waits for a colleague, and its term goes on."""

import pytest

from app.casework.models import Case, Duty, Recusal
from app.casework.permissions import visible
from app.casework.queries import desks_of
from app.database import Missing, db
from app.evidence.models import Event
from app.notifications.jobs.handing_out import recipients
from app.outbox.models import Message
from app.reviews.commands import RecuseOfficer
from app.reviews.service.recusals import recuse_officer
from app.workbench.models import Assignment
from app.workbench.service import assign
from tests import make, reviewing
from workflows.engine import NotYourRole, Refused

SAID = RecuseOfficer(statement="配偶在该项目主体任职")


@pytest.fixture
def around(app):
    return make.town()


@pytest.fixture
def number(around):
    found = make.draft(around)
    make.advance(around, found, "authenticity_review")
    return found


def recuse(number, actor):
    return recuse_officer(number, SAID, actor=actor, now=make.NOW)


def seen(actor, number):
    pid = make.pid_of(number)
    found = db.session.query(Case.pid).filter(visible(actor), Case.pid == pid).all()
    on_desk = [row for desk in desks_of(actor) for row in db.session.query(Case.pid).filter(desk, Case.pid == pid)]
    db.session.rollback()
    return len(found), len(on_desk)


def told(rows):
    return [(each.template, each.to_role) for each in rows(Message)]


def test_the_project_is_gone_for_one_and_waits_for_the_colleague_with_its_term(around, number, rows):
    colleague = make.person("accepting_unit", unit="SH310106")
    assign([make.pid_of(number)], around.accepting.user_id, actor=colleague, now=make.NOW)
    before = make.case_of(make.pid_of(number))
    term = before.stage, before.holder_role, before.holder_unit_id, before.due_at, before.entered_at
    was = seen(around.accepting, number), seen(colleague, number)

    left = recuse(number, around.accepting)

    after = make.case_of(make.pid_of(number))
    assert (after.stage, after.holder_role, after.holder_unit_id, after.due_at, after.entered_at) == term
    assert was == ((1, 1), (1, 1))
    assert (left, seen(around.accepting, number), seen(colleague, number)) == (True, (0, 0), (1, 1))
    assert [each.ended_by_id for each in rows(Assignment)] == [around.accepting.user_id]
    (kept,) = rows(Recusal)
    event = next(each for each in rows(Event) if each.id == kept.event_id)
    assert (event.action, event.actor_id, event.case_from, event.case_to) == (
        "recuse", around.accepting.user_id, "authenticity_review", "authenticity_review",
    )  # fmt: skip
    assert told(rows)[-1] == ("officer_recused", "fund_office")
    assert around.accepting.user_id not in recipients(db.session(), after, "accepting_unit")
    make.act(make.pid_of(number), "pass_authenticity", colleague, opinion="属实")


def test_whoever_is_recused_acts_no_more_and_asks_in_vain(around, number, table_state):
    recuse(number, around.accepting)
    before = table_state()

    with pytest.raises(Missing):
        make.act(make.pid_of(number), "pass_authenticity", around.accepting, opinion="属实")
    with pytest.raises(Missing):
        recuse(number, around.accepting)

    assert table_state() == before


def test_where_nobody_is_left_the_fund_office_and_the_supervisors_are_told(around, number, rows):
    left = recuse(number, around.accepting)

    assert left is False
    assert told(rows)[-3:] == [
        ("officer_recused", "fund_office"),
        ("nobody_left", "fund_office"),
        ("nobody_left", "supervisor"),
    ]


@pytest.mark.parametrize("voted", [0, 2, 3])
def test_where_the_joint_review_can_reach_no_quorum_any_more_it_is_told(around, rows, voted):
    number = reviewing.in_joint_review(around)
    for member in around.panel[:voted]:
        make.act(make.pid_of(number), "vote", member, vote="for")

    left = recuse(number, around.panel[0])

    assert left is False
    assert told(rows)[-2:] == [("nobody_left", "fund_office"), ("nobody_left", "supervisor")]


@pytest.mark.parametrize("voted", [0, 2, 4])
def test_a_quorum_that_can_still_be_reached_is_no_reason_to_tell(around, rows, voted):
    around.panel.append(make.person("panel_member"))
    number = reviewing.in_joint_review(around)
    for member in around.panel[:voted]:
        make.act(make.pid_of(number), "vote", member, vote="for")

    left = recuse(number, around.panel[0])

    assert left is True
    assert "nobody_left" not in {template for template, _role in told(rows)}


def test_after_the_approval_one_member_is_enough(around, rows):
    number = reviewing.approved(around)

    left = recuse(number, around.panel[0])

    assert left is True
    assert "nobody_left" not in {template for template, _role in told(rows)}


def test_what_was_done_before_stands_and_the_fund_office_is_told_so(around, number, rows):
    make.act(make.pid_of(number), "pass_authenticity", around.accepting, opinion="属实")
    acts = [(each.id, each.hash) for each in rows(Event)]

    recuse(number, around.accepting)

    assert [(each.id, each.hash) for each in rows(Event)][: len(acts)] == acts
    assert make.case_of(make.pid_of(number)).stage == "compliance_review"
    assert ("officer_recused_late", "fund_office") in told(rows)
    assert seen(around.accepting, number) == (0, 0)


@pytest.mark.parametrize("who", ["fund", "secretary", "maker", "checker", "approver"])
def test_every_officer_may_say_so_before_the_turn_comes(around, number, who, rows):
    recuse(number, getattr(around, who))

    assert seen(getattr(around, who), number) == (0, 0)
    assert [each.duty for each in rows(Duty) if each.user_id == getattr(around, who).user_id] != []


def test_who_has_no_office_on_the_project_says_nothing_and_a_finished_one_is_left_alone(around, number, table_state):
    elsewhere = make.person("accepting_unit", unit=_other_unit())
    before = table_state()
    with pytest.raises(Missing):
        recuse(number, elsewhere)
    for actor in (around.owner, around.supervisor):
        with pytest.raises(NotYourRole):
            recuse(number, actor)
    assert table_state() == before
    make.act(make.pid_of(number), "reject", around.accepting, reason="材料不实")
    with pytest.raises(Refused, match="已办结"):
        recuse(number, around.fund)


def _other_unit():
    from app.people.service import add_unit

    add_unit(code="SH310199", name="另一区合作交流办", kind="accepting_unit", area_code="310199")
    return "SH310199"
