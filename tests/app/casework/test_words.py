"""Who reads the words of an act: the applicant what to correct, the offices each other's opinions."""

from flask import Flask

from app.casework.queries import recent_history
from app.database import db
from app.people.permissions import Actor
from tests import make


def said(number: str, actor: Actor) -> dict[str, tuple[str, ...]]:
    root = make.case_of(make.pid_of(number)).id
    return {event.action: event.said for event in recent_history(db.session(), actor, root) if event.said}


def test_the_applicant_reads_what_to_correct_and_the_offices_read_each_other(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)
    pid = make.pid_of(number)
    make.advance(around, number, "authenticity_review")
    make.act(pid, "give_opinion", around.front, supports=True, opinion="需求属实")
    make.act(pid, "return_for_correction", around.accepting, items=["补充银行证明", "补充合作协议"])
    make.act(pid, "resubmit", around.owner, reply="已全部补充")

    shared = {"return_for_correction": ("补充银行证明", "补充合作协议"), "resubmit": ("已全部补充",)}
    assert said(number, around.owner) == shared
    assert said(number, around.accepting) == said(number, around.fund) == shared | {"give_opinion": ("需求属实",)}


def test_words_that_were_erased_leave_the_event_where_it_is(app: Flask, owner) -> None:
    around = make.town()
    number = make.draft(around)
    make.advance(around, number, "authenticity_review")
    make.act(make.pid_of(number), "reject", around.accepting, reason="需求不实")
    assert said(number, around.owner) == {"reject": ("需求不实",)}

    owner.execute("DELETE FROM event_private WHERE event_id = (SELECT max(id) FROM event)")

    assert said(number, around.owner) == {}
