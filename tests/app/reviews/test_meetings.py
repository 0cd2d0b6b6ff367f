"""A meeting of the joint panel: its list under the envelope, minutes, presence, and a result that stands."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.database import Missing
from app.refusals import FieldRefused
from app.reviews.commands import ConveneMeeting, RecuseOfficer
from app.reviews.models import JointMeeting, JointMeetingPresence, JointMeetingProject
from app.reviews.queries.meetings import meeting_page
from app.reviews.service.meetings import (
    MinutesMovedOn,
    close_meeting,
    convene_meeting,
    keep_minutes,
    take_in_projects,
    take_off_project,
)
from app.reviews.service.recusals import recuse_officer
from app.typesetting.service import render
from tests import make, reviewing
from workflows.engine import Refused

LATER = make.NOW + timedelta(days=20)


@pytest.fixture
def around(app):
    return make.town()


def convened(around: make.Town, **changed: Any) -> Any:
    command = ConveneMeeting.model_validate({"year": "DKZY/2026", "held_at": LATER, "place": "世博村路", **changed})
    return convene_meeting(command, actor=around.secretary, now=LATER)


def minutes(pid: Any, around: make.Town, *, version: int = 1, text: str = "会议记录", here: Any = None) -> int:
    members = here if here is not None else [*around.panel, around.approver]
    presence = {member.user_id: "room" for member in members}
    return keep_minutes(pid, text, presence, version=version, actor=around.secretary, now=LATER)


def vote(number: str, members: Any, word: str = "for") -> None:
    for member in members:
        make.act(make.pid_of(number), "vote", member, now=LATER, vote=word)


def test_the_list_is_under_the_envelope_in_the_order_of_the_scores_with_the_line_where_the_money_ends(
    around, session, rows
):
    low = reviewing.in_joint_review(around, amount="300000.00")
    high = reviewing.with_panel(around)
    for pid, expert in zip(make.children(high, "score_sheet"), around.experts, strict=True):
        reviewing.fill(pid, expert, **reviewing.sheet(9))
    close = {"outcome": "recommend", "suggested_amount": "200000.00", "opinion": "建议"}
    make.act(make.pid_of(high), "close_panel", around.secretary, **close)
    make.run_publicity(around, high)

    pid = convened(around, envelope="450000.00")

    page = meeting_page(session, around.approver, pid)
    assert [(line.number, line.running, line.fits) for line in page.lines] == [
        (high, 20_000_000, True),
        (low, 50_000_000, False),
    ]
    assert (page.reserved, page.envelope, page.total) == (50_000_000, 45_000_000, 50_000_000)
    assert page.available + page.reserved == 500_000_000


def test_only_what_is_in_joint_review_comes_on_the_list_and_a_year_has_one_open_meeting(around, rows):
    number = reviewing.in_joint_review(around)
    reviewing.in_publicity(around)
    pid = convened(around)

    with pytest.raises(FieldRefused, match="还有一次会议没有结束"):
        convened(around)
    later = reviewing.in_joint_review(around)
    assert take_in_projects(pid, actor=around.secretary, now=LATER) == 1
    assert take_in_projects(pid, actor=around.secretary, now=LATER) == 0
    take_off_project(pid, later, actor=around.secretary, now=LATER)

    assert [row.project_id for row in rows(JointMeetingProject)] == [make.case_of(make.pid_of(number)).id]
    vote(number, around.panel[:1])
    with pytest.raises(Refused, match="已在本次会议表决"):
        take_off_project(pid, number, actor=around.secretary, now=LATER)
    with pytest.raises(Missing):
        take_off_project(pid, later, actor=around.secretary, now=LATER)


def test_a_year_without_projects_that_wait_has_no_meeting(around, table_state):
    before = table_state()

    for year in ("DKZY/2026", "DKZY/1999", "NICHTS/2026", "DKZY"):
        with pytest.raises(FieldRefused):
            convened(around, year=year)

    assert table_state() == before


def test_minutes_and_presence_are_kept_and_a_window_that_is_behind_overwrites_nothing(around, rows):
    reviewing.in_joint_review(around)
    pid = convened(around)

    assert minutes(pid, around, text="第一稿") == 2
    with pytest.raises(MinutesMovedOn):
        minutes(pid, around, text="另一稿")
    with pytest.raises(FieldRefused, match="不是会审成员"):
        minutes(pid, around, version=2, here=[around.owner])

    assert [(row.minutes, row.version) for row in rows(JointMeeting)] == [("第一稿", 2)]
    assert {(row.user_id, row.mode) for row in rows(JointMeetingPresence)} == {
        (member.user_id, "room") for member in (*around.panel, around.approver)
    }


def test_a_meeting_ends_only_when_all_is_decided_everybody_who_voted_was_there_and_minutes_are_kept(
    around, table_state
):
    number = reviewing.in_joint_review(around)
    pid = convened(around)
    version = minutes(pid, around, text=" ", here=around.panel[:2])
    refusals = []

    def close():
        before = table_state()
        with pytest.raises(Refused) as caught:
            close_meeting(pid, version=version, actor=around.secretary, now=LATER)
        assert table_state() == before
        refusals.append(str(caught.value.reason))

    close()
    vote(number, around.panel)
    make.act(
        make.pid_of(number), "approve", around.approver, now=LATER, amount="280000.00", minutes="同意"
    )  # fmt: skip
    close()
    version = minutes(pid, around, version=version, text=" ")
    close()

    assert refusals == [
        f"还有项目没有结论：{number}。",
        f"已表决的成员尚未登记出席：{around.panel[2].name}。",
        "会议记录尚未填写。",
    ]


def test_the_result_is_the_same_paper_for_ever_and_cannot_be_changed(around, rows, owner):
    first, second = reviewing.in_joint_review(around), reviewing.in_joint_review(around)
    pid = convened(around)
    version = minutes(pid, around)
    vote(first, around.panel)
    vote(second, around.panel, "against")
    make.act(make.pid_of(first), "approve", around.approver, now=LATER, amount="280000.00", minutes="同意资助")
    make.act(make.pid_of(second), "defer", around.approver, now=LATER, reason="补充材料")

    close_meeting(pid, version=version, actor=around.secretary, now=LATER)
    (row,) = rows(JointMeeting)
    data = row.result | {"draft": False, "content_hash": row.result_hash}
    papers = {render("meeting_result", data, issued_at=row.closed_at) for _ in range(2)}

    assert [
        (p["number"], p["outcome"], p["approved"], p["capitals"], p["votes_for"]) for p in row.result["projects"]
    ] == [
        (first, "已批准资助", 28_000_000, "贰拾捌万元整", 3),
        (second, "暂缓审议", None, "", 0),
    ]
    assert (row.result["approved_total"], row.result["approved_capitals"]) == (28_000_000, "贰拾捌万元整")
    assert [v["vote"] for v in row.result["projects"][1]["votes"]] == ["不同意"] * 3
    assert len(papers) == 1
    assert papers.pop().startswith(b"%PDF-")
    with pytest.raises(Refused, match="会议已经结束"):
        minutes(pid, around, version=version)
    for statement in ("UPDATE joint_meeting SET minutes = ''", "DELETE FROM joint_meeting"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)


def test_the_agenda_and_its_result_count_the_votes_that_stand(around, session, rows):
    number = reviewing.in_joint_review(around)
    pid = convened(around)
    vote(number, around.panel)
    recuse_officer(number, RecuseOfficer(statement="亲属任职"), actor=around.panel[0], now=LATER)

    (line,) = meeting_page(session, around.fund, pid).lines
    make.act(make.pid_of(number), "defer", around.approver, now=LATER, reason="再议")
    close_meeting(pid, version=minutes(pid, around), actor=around.fund, now=LATER)

    assert ([each.counts for each in line.votes], line.votes_for("for")) == ([False, True, True], 2)
    (told,) = rows(JointMeeting)[0].result["projects"]
    assert [each["vote"] for each in told["votes"]] == ["同意（未计入）", "同意", "同意"]
    assert told["votes_for"] == 2


def test_a_deferred_project_comes_before_the_next_meeting_with_new_votes(around, session, rows):
    number = reviewing.in_joint_review(around)
    pid = convened(around)
    version = minutes(pid, around)
    vote(number, around.panel, "against")
    make.act(make.pid_of(number), "defer", around.approver, now=LATER, reason="再议")
    assert meeting_page(session, around.secretary, pid).newcomers == 0
    close_meeting(pid, version=version, actor=around.secretary, now=LATER)

    again = convened(around)
    vote(number, around.panel)

    (line,) = meeting_page(session, around.secretary, again).lines
    assert (line.sitting, line.votes_for("for"), line.outcome) == (2, 3, None)
    (old,) = meeting_page(session, around.secretary, pid).lines
    assert (old.sitting, old.votes_for("against"), old.outcome) == (1, 3, "deferred")


def test_whoever_recused_from_a_project_of_the_list_leaves_the_end_of_the_meeting_to_a_colleague(
    around, rows, table_state
):
    first, second = reviewing.in_joint_review(around), reviewing.in_joint_review(around)
    pid = convened(around)
    for number in (first, second):
        vote(number, around.panel)
    make.act(make.pid_of(first), "approve", around.approver, now=LATER, amount="280000.00", minutes="同意")
    recuse_officer(second, RecuseOfficer(statement="亲属任职"), actor=around.secretary, now=LATER)
    version = minutes(pid, around)
    refusals = []

    def close(actor):
        before = table_state()
        with pytest.raises(Refused) as caught:
            close_meeting(pid, version=version, actor=actor, now=LATER)
        assert table_state() == before
        refusals.append(str(caught.value.reason))

    close(around.secretary)
    close(around.fund)
    make.act(make.pid_of(second), "approve", around.approver, now=LATER, amount="100000.00", minutes="同意")
    close(around.secretary)
    close_meeting(pid, version=version, actor=around.fund, now=LATER)

    hidden = "名单上有不向您显示的项目，会议须由其他人员结束。"
    assert refusals == [hidden, f"还有项目没有结论：{second}。", hidden]
    (row,) = rows(JointMeeting)
    assert {each["number"] for each in row.result["projects"]} == {first, second}


def test_the_sittings_of_other_projects_do_not_count_when_a_list_is_made(around, owner, rows):
    decided, listed = reviewing.in_joint_review(around), reviewing.in_joint_review(around)
    pid = convened(around)
    vote(decided, around.panel)
    make.act(make.pid_of(decided), "approve", around.approver, now=LATER, amount="280000.00", minutes="同意")
    owner.execute(
        "UPDATE joint_meeting SET closed_at = changed_at, closed_by_id = changed_by_id, result = '{}',"
        " result_hash = repeat('0', 64)"
    )
    fresh = reviewing.in_joint_review(around)

    again = convened(around)

    assert listed_on(rows, pid) == {project_id(decided), project_id(listed)}
    assert listed_on(rows, again) == {project_id(fresh)}


def listed_on(rows, pid):
    (meeting,) = (row.id for row in rows(JointMeeting) if row.pid == pid)
    return {row.project_id for row in rows(JointMeetingProject) if row.meeting_id == meeting}


def project_id(number):
    return make.case_of(make.pid_of(number)).id
