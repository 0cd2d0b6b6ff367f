"""Nobody sees another's sheet before all are in."""

from dataclasses import replace

import pytest

from app.reviews.queries import sheets_of, votes_of
from tests import make, reviewing


@pytest.fixture
def around(app):
    return make.town()


def read(session, number, actor):
    rows = sheets_of(session, make.case_of(make.pid_of(number)).id, actor, now=make.NOW)
    return [(row.position, row.stage, row.content and row.content.total) for row in rows]


def test_before_all_are_in_the_offices_learn_only_who_has_submitted(around, session):
    number = reviewing.with_panel(around)
    sheets = make.children(number, "score_sheet")
    reviewing.fill(sheets[0], around.experts[0])
    make.act(sheets[1], "declare_conflict", around.experts[1], conflict=False)
    hidden = [
        (1, "submitted", None),
        (2, "open", None),
        (3, "assigned", None),
        (4, "assigned", None),
        (5, "assigned", None),
    ]

    for actor in (around.secretary, around.fund, around.panel[0], around.approver, around.supervisor):
        assert read(session, number, actor) == hidden
    assert read(session, number, around.experts[0]) == [(1, "submitted", 80)]
    assert read(session, number, around.experts[1]) == [(2, "open", None)]
    for outsider in (around.owner, around.accepting, around.maker, around.firm, make.person("expert")):
        assert read(session, number, outsider) == []


def test_once_all_are_in_the_offices_read_every_sheet_and_an_expert_still_only_the_own_one(around, session):
    number = reviewing.with_panel(around)
    for pid, expert in zip(make.children(number, "score_sheet"), around.experts, strict=True):
        reviewing.fill(pid, expert)

    assert read(session, number, around.secretary) == [(place, "submitted", 80) for place in range(1, 6)]
    assert read(session, number, around.experts[2]) == [(3, "submitted", 80)]


def test_sheets_stay_closed_while_a_recused_expert_is_not_replaced(around, session):
    number = reviewing.with_panel(around)
    sheets = make.children(number, "score_sheet")
    for pid, expert in list(zip(sheets, around.experts, strict=True))[:4]:
        reviewing.fill(pid, expert)
    make.act(sheets[4], "declare_conflict", around.experts[4], conflict=True, statement="亲属任职")

    assert read(session, number, around.secretary) == [
        *((place, "submitted", None) for place in range(1, 5)),
        (5, "recused", None),
    ]
    assert read(session, number, around.experts[4]) == []


def test_votes_are_for_the_offices_concerned_alone(around, session):
    number = reviewing.in_joint_review(around)
    make.act(make.pid_of(number), "vote", around.panel[0], vote="against", comment="预算偏高")
    root = make.case_of(make.pid_of(number)).id

    page = votes_of(session, root, around.approver)

    assert [(vote.member, vote.vote, vote.comment) for vote in page.votes] == [
        (around.panel[0].name, "against", "预算偏高")
    ]
    assert [votes_of(session, root, actor) for actor in (around.owner, around.accepting, around.experts[0])] == [
        None
    ] * 3


def test_whoever_belongs_to_the_organisation_reads_no_votes_on_its_project_in_another_role(around, session):
    number = reviewing.in_joint_review(around)
    make.act(make.pid_of(number), "vote", around.panel[0], vote="against", comment="预算偏高")
    root = make.case_of(make.pid_of(number)).id
    insiders = [
        replace(each, grants=(*each.grants, *around.owner.grants)) for each in (around.approver, around.panel[1])
    ]

    assert [votes_of(session, root, insider) for insider in insiders] == [None, None]
    assert len(votes_of(session, root, around.approver).votes) == 1
