"""An objection to a published project."""

import pytest

from tests.workflows.asking import asking
from workflows.definition import PARENT
from workflows.engine import NotYourRole
from workflows.objection import OBJECTION, Facts
from workflows.roles import FUND_OFFICE, SUPERVISOR


def test_an_objection_is_upheld_refuted_or_dropped_by_its_project():
    ends = {
        action: asking(OBJECTION, action, in_stage="received", by=PARENT, facts=Facts()).to
        for action in ("uphold", "refute", "drop")
    }

    assert ends == {"uphold": "upheld", "refute": "refuted", "drop": "dropped"}
    assert {stage.name for stage in OBJECTION.stages if stage.final} == set(ends.values())


def test_nobody_decides_an_objection_beside_its_project():
    for by in (FUND_OFFICE, SUPERVISOR):
        with pytest.raises(NotYourRole):
            asking(OBJECTION, "uphold", in_stage="received", by=by, facts=Facts())


def test_an_objection_waits_on_the_desk_of_the_fund_office_for_ten_working_days():
    received = OBJECTION.stage("received")

    assert (received.holder, received.due.count(Facts()), received.due.unit) == (FUND_OFFICE, 10, "working_days")
