"""A progress report goes to the front office and comes back confirmed or to be done again."""

import pytest

from tests.workflows.asking import asking, effects
from workflows.definition import PARENT
from workflows.engine import NotFromHere, NotYourRole
from workflows.report import PROGRESS_REPORT, Facts
from workflows.roles import APPLICANT_MEMBER, APPLICANT_OWNER, FRONT_OFFICE, FUND_OFFICE


def take(action, in_stage, by):
    return asking(PROGRESS_REPORT, action, in_stage=in_stage, by=by, facts=Facts())


def test_a_returned_report_is_resubmitted_and_confirmed():
    way = [
        take("return_report", "submitted", FRONT_OFFICE),
        take("resubmit_report", "returned", APPLICANT_MEMBER),
        take("confirm_report", "submitted", FRONT_OFFICE),
    ]

    assert [step.to for step in way] == ["returned", "submitted", "confirmed"]
    assert [effects(step) for step in way] == [["Notify report_returned"], ["Notify report_filed"], []]


def test_nobody_confirms_in_the_place_of_the_front_office():
    for by in (APPLICANT_OWNER, FUND_OFFICE):
        with pytest.raises(NotYourRole):
            take("confirm_report", "submitted", by)


def test_a_returned_report_cannot_be_confirmed_as_it_is():
    with pytest.raises(NotFromHere):
        take("confirm_report", "returned", FRONT_OFFICE)


def test_an_open_report_ends_with_its_project_and_a_confirmed_one_stays():
    assert [take("cancel", stage, PARENT).to for stage in ("submitted", "returned")] == ["cancelled"] * 2
    with pytest.raises(NotFromHere):
        take("cancel", "confirmed", PARENT)
