"""A request for change is decided by the fund office or withdrawn by who made it."""

import pytest

from tests.workflows.asking import asking, effects
from workflows.change import CHANGE_REQUEST, Facts
from workflows.definition import PARENT
from workflows.engine import NotYourRole
from workflows.roles import APPLICANT_OWNER, FUND_OFFICE


def take(action, by):
    return asking(CHANGE_REQUEST, action, in_stage="submitted", by=by, facts=Facts())


def test_a_request_ends_with_one_decision():
    ends = [
        take("accept_change", FUND_OFFICE),
        take("refuse_change", FUND_OFFICE),
        take("withdraw_change", APPLICANT_OWNER),
        take("cancel", PARENT),
    ]

    assert [step.to for step in ends] == ["accepted", "refused", "withdrawn", "cancelled"]
    assert [effects(step) for step in ends] == [["Notify change_accepted"], ["Notify change_refused"], [], []]
    assert [stage.name for stage in CHANGE_REQUEST.stages if not stage.final] == ["submitted"]


def test_nobody_decides_on_an_own_request():
    for action, by in [("accept_change", APPLICANT_OWNER), ("withdraw_change", FUND_OFFICE)]:
        with pytest.raises(NotYourRole):
            take(action, by)
