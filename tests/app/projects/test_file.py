"""Who may look into a project's file, and when."""

import pytest
from flask import Flask

from app.database import db
from app.documents.queries import papers_of
from app.people.permissions import Actor
from app.projects.queries import project_file, project_head
from tests import make
from workflows.engine import NotYourRole


def papers(number: str, actor: Actor) -> int:
    return len(papers_of(db.session(), make.case_of(make.pid_of(number)).id, actor=actor))


def test_the_file_opens_to_an_expert_with_the_word_that_there_is_no_conflict(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "expert_review")
    expert = around.experts[0]
    emails = [make.email_of(each) for each in around.experts]
    make.act(make.pid_of(number), "open_panel", around.secretary, experts=emails, session_on="2026-03-09")
    sheet = make.children(number, "score_sheet")[0]

    assert (project_head(db.session(), expert, number).file_open, papers(number, expert)) == (False, 0)
    with pytest.raises(NotYourRole, match="请先声明有无利益冲突"):
        project_file(db.session(), expert, number)

    make.act(sheet, "declare_conflict", expert, conflict=False)

    assert project_file(db.session(), expert, number).file_open
    assert papers(number, expert) == papers(number, around.fund) == len(around.policy.required_papers)
