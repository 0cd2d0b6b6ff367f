"""The joint review: one vote each, more for than against, and an amount that only goes down."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest

from app.casework.service import seen_of, take_action
from app.database import db
from app.notifications.jobs.handing_out import recipients
from app.people.service import end_grant, grant_role
from app.projects.models import Project
from app.reviews.commands import CastVote, RecuseOfficer
from app.reviews.models import JointDecision, JointVote
from app.reviews.queries import awaits_decision, votes_of
from app.reviews.service.recusals import recuse_officer
from tests import make, reviewing
from workflows.engine import GuardRefused


@pytest.fixture
def around(app):
    return make.town()


def cast(number, members, vote="for"):
    for member in members:
        make.act(make.pid_of(number), "vote", member, vote=vote)


def test_an_approval_keeps_its_votes_and_minutes(around, rows):
    number = reviewing.in_joint_review(around)
    pid = make.pid_of(number)
    cast(number, around.panel[:2])
    cast(number, around.panel[2:], "abstain")

    receipt = make.act(pid, "approve", around.approver, amount="280000.00", minutes="同意资助")

    assert receipt.stage == "announcement"
    assert [project.approved for project in rows(Project)] == [28_000_000]
    (made,) = rows(JointDecision)
    assert (made.sitting, made.outcome, made.amount, made.minutes) == (1, "approved", 28_000_000, "同意资助")
    assert (made.votes_for, made.votes_against, made.votes_abstained) == (2, 0, 1)
    assert (made.decided_by_id, made.decided_at) == (around.approver.user_id, make.NOW)


def test_nobody_votes_twice_in_a_sitting(around, table_state):
    number = reviewing.in_joint_review(around)
    cast(number, around.panel[:1])
    before = table_state()

    with pytest.raises(GuardRefused, match="您已对本项目表决"):
        cast(number, around.panel[:1], "against")

    assert table_state() == before


def test_who_has_voted_is_reminded_no_more_and_hears_of_the_outcome_all_the_same(around):
    number = reviewing.in_joint_review(around)
    cast(number, around.panel[:1])
    case, members = make.case_of(make.pid_of(number)), [each.user_id for each in around.panel]

    assert recipients(db.session(), case, "panel_member", still_waiting=True) == members[1:]
    assert recipients(db.session(), case, "panel_member") == members
    assert recipients(db.session(), case, "approver", still_waiting=True) == [around.approver.user_id]


def test_a_majority_of_the_votes_cast_is_needed(around, table_state):
    number = reviewing.in_joint_review(around)
    cast(number, around.panel[:1])
    cast(number, around.panel[1:2], "against")
    cast(number, around.panel[2:], "abstain")
    before = table_state()

    with pytest.raises(GuardRefused, match="未过半数"):
        make.act(make.pid_of(number), "approve", around.approver, amount="280000.00", minutes="同意资助")

    assert table_state() == before


def test_no_more_is_approved_than_the_panel_suggested(around, table_state):
    number = reviewing.in_joint_review(around)
    cast(number, around.panel)
    before = table_state()

    with pytest.raises(GuardRefused, match=r"不超过 300000\.00 元"):
        make.act(make.pid_of(number), "approve", around.approver, amount="300000.01", minutes="同意资助")

    assert table_state() == before


def test_after_a_deferral_the_members_vote_anew(around, rows):
    number = reviewing.in_joint_review(around)
    pid = make.pid_of(number)
    cast(number, around.panel, "against")

    make.act(pid, "defer", around.approver, reason="补充当地意见后再议")
    with pytest.raises(GuardRefused, match="现有 0 人"):
        make.act(pid, "approve", around.approver, amount="280000.00", minutes="同意资助")
    cast(number, around.panel)
    make.act(pid, "approve", around.approver, amount="280000.00", minutes="同意资助")

    assert [(d.sitting, d.outcome, d.votes_for, d.votes_against) for d in rows(JointDecision)] == [
        (1, "deferred", 0, 3),
        (2, "approved", 3, 0),
    ]
    assert sorted((vote.sitting, vote.vote) for vote in rows(JointVote)) == [(1, "against")] * 3 + [(2, "for")] * 3


def test_votes_count_only_for_the_papers_on_which_they_were_cast(around, rows):
    number = reviewing.in_joint_review(around)
    pid = make.pid_of(number)
    cast(number, around.panel)
    later = make.NOW + timedelta(hours=1)

    make.paper(number, "other", around.fund, now=later)
    with pytest.raises(GuardRefused, match="现有 0 人"):
        make.act(pid, "approve", around.approver, amount="280000.00", minutes="同意资助", now=later)

    make.act(pid, "defer", around.approver, reason="材料有增加，重新表决", now=later)
    for member in around.panel:
        make.act(pid, "vote", member, vote="for", now=later)
    make.act(pid, "approve", around.approver, amount="280000.00", minutes="同意资助", now=later)
    assert [(d.outcome, d.votes_for) for d in rows(JointDecision)] == [("deferred", 0), ("approved", 3)]


def test_minutes_written_after_the_vote_leave_it_as_it_was(around):
    number = reviewing.in_joint_review(around)
    cast(number, around.panel)
    later = make.NOW + timedelta(hours=1)

    make.paper(number, "minutes", around.fund, now=later)

    done = make.act(make.pid_of(number), "approve", around.approver, amount="280000.00", minutes="同意", now=later)
    assert done.stage == "announcement"


def test_votes_are_not_touched_by_the_papers_of_another_project(around):
    number, another = reviewing.in_joint_review(around), make.draft(around)
    cast(number, around.panel)
    later = make.NOW + timedelta(hours=1)

    make.paper(another, "budget", around.owner, now=later)

    done = make.act(make.pid_of(number), "approve", around.approver, amount="280000.00", minutes="同意", now=later)
    assert done.stage == "announcement"


def recuse(_around, number, member, now=make.NOW):
    recuse_officer(number, RecuseOfficer(statement="亲属任职"), actor=member, now=now)


def join(_around, _number, member):
    grant_role(member.user_id, "applicant_member", now=make.NOW, uscc=make.WATER)


def have_left(_around, _number, member):
    grant = grant_role(member.user_id, "applicant_member", now=make.NOW.replace(year=2024), uscc=make.WATER)
    end_grant(grant, now=make.NOW.replace(year=2025))


@pytest.mark.parametrize("conflict", [recuse, join, have_left])
def test_the_vote_of_a_member_with_a_conflict_counts_no_more(around, conflict, table_state):
    number = reviewing.in_joint_review(around)
    pid = make.pid_of(number)
    cast(number, around.panel)
    waited = awaits_decision(db.session(), make.case_of(pid))
    conflict(around, number, around.panel[0])
    before = table_state()

    with pytest.raises(GuardRefused, match="现有 2 人"):
        make.act(pid, "approve", around.approver, amount="280000.00", minutes="同意资助")

    assert table_state() == before
    assert (waited, awaits_decision(db.session(), make.case_of(pid))) == (True, False)
    votes = votes_of(db.session(), make.case_of(pid).id, around.approver).votes
    assert sorted(vote.counts for vote in votes) == [False, True, True]


def test_the_majority_is_counted_without_whoever_recused_and_the_decision_keeps_its_votes(around, rows, session):
    around.panel.append(make.person("panel_member"))
    number = reviewing.in_joint_review(around)
    pid = make.pid_of(number)
    cast(number, around.panel[:2], "against")
    cast(number, around.panel[2:])
    with pytest.raises(GuardRefused, match="未过半数"):
        make.act(pid, "approve", around.approver, amount="280000.00", minutes="同意资助")

    recuse(around, number, around.panel[0])
    make.act(pid, "approve", around.approver, amount="280000.00", minutes="同意资助")
    recuse(around, number, around.panel[2], make.NOW + timedelta(hours=1))

    assert [(d.votes_for, d.votes_against) for d in rows(JointDecision)] == [(2, 1)]
    votes = votes_of(session, make.case_of(pid).id, around.approver).votes
    assert [(vote.vote, vote.counts) for vote in votes] == [
        ("against", False), ("against", True), ("for", True), ("for", True),
    ]  # fmt: skip


def test_votes_and_decisions_cannot_be_rewritten(around, owner):
    reviewing.approved(around)

    for statement in ("UPDATE joint_vote SET vote = 'against'", "DELETE FROM joint_decision"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)


def test_two_members_who_vote_at_once_both_count(app, around, rows):
    number = reviewing.in_joint_review(around)
    pid = make.pid_of(number)
    seen = seen_of(make.case_of(pid))
    db.session.rollback()
    start = Barrier(2)

    def cast_at_once(member):
        with app.app_context():
            start.wait()
            return take_action(pid, "vote", actor=member, seen=seen, command=CastVote(vote="for"), now=make.NOW).stage

    with ThreadPoolExecutor(2) as threads:
        stages = list(threads.map(cast_at_once, around.panel[:2]))

    assert stages == ["joint_review", "joint_review"]
    assert {vote.user_id for vote in rows(JointVote)} == {member.user_id for member in around.panel[:2]}
