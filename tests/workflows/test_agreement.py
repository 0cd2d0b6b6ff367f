"""One agreement per project: text, first signature, second signature, end."""

import pytest

from tests.workflows.asking import asking, effects
from workflows.agreement import AGREEMENT, Facts
from workflows.definition import PARENT, SYSTEM
from workflows.engine import NotFromHere, NotYourRole
from workflows.roles import APPLICANT_OWNER, FUND_OFFICE


def take(action, in_stage, by=PARENT):
    return asking(AGREEMENT, action, in_stage=in_stage, by=by, facts=Facts())


def test_an_agreement_is_drawn_up_signed_by_both_and_fulfilled():
    way = [
        take("file_text", "drawing_up", SYSTEM),
        take("sign_fund_office", "awaiting_fund_office"),
        take("sign_applicant", "awaiting_applicant"),
        take("fulfil", "in_force"),
    ]

    assert [step.to for step in way] == ["awaiting_fund_office", "awaiting_applicant", "in_force", "fulfilled"]
    assert [effects(step) for step in way] == [["Notify agreement_drawn_up"], [], [], []]


def test_nobody_signs_before_the_text_is_there_nor_the_applicant_first():
    for action, stage in [
        ("sign_fund_office", "drawing_up"),
        ("sign_applicant", "drawing_up"),
        ("sign_applicant", "awaiting_fund_office"),
        ("fulfil", "awaiting_applicant"),
    ]:
        with pytest.raises(NotFromHere):
            take(action, stage)


def test_signatures_are_only_taken_through_the_project():
    for action, stage, by in [
        ("sign_fund_office", "awaiting_fund_office", FUND_OFFICE),
        ("sign_applicant", "awaiting_applicant", APPLICANT_OWNER),
        ("file_text", "drawing_up", FUND_OFFICE),
    ]:
        with pytest.raises(NotYourRole):
            take(action, stage, by)


def test_only_an_unsigned_agreement_lapses_and_any_live_one_can_be_ended():
    sources = {action: [t.source for t in AGREEMENT.transitions if t.action == action] for action in ("lapse", "end")}

    assert sources == {
        "lapse": ["drawing_up", "awaiting_fund_office", "awaiting_applicant"],
        "end": ["drawing_up", "awaiting_fund_office", "awaiting_applicant", "in_force"],
    }
    assert [take(action, "awaiting_applicant").to for action in ("lapse", "end")] == ["lapsed", "ended"]
