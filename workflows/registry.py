"""Every workflow by its key, each version that some case may still live by."""

from workflows.agreement import AGREEMENT
from workflows.aid_project import AID_PROJECT
from workflows.audit import AUDIT
from workflows.change import CHANGE_REQUEST
from workflows.definition import Workflow
from workflows.objection import OBJECTION
from workflows.payment import PAYMENT_ORDER
from workflows.programme_year import PROGRAMME_YEAR
from workflows.report import PROGRESS_REPORT
from workflows.review import SCORE_SHEET

#: In the order in which a project meets them.
WORKFLOWS = (
    PROGRAMME_YEAR,
    AID_PROJECT,
    SCORE_SHEET,
    OBJECTION,
    AGREEMENT,
    PROGRESS_REPORT,
    CHANGE_REQUEST,
    AUDIT,
    PAYMENT_ORDER,
)
#: life → the workflow that a new case of it begins with.
LIVES = {workflow.life: workflow for workflow in WORKFLOWS}
_BY_KEY = {workflow.key: workflow for workflow in WORKFLOWS}


class UnknownWorkflow(LookupError):
    """A case names a workflow that this release does not know."""


def workflow_of(key: str) -> Workflow:
    """The workflow with this key ("aid_project/1"); raises `UnknownWorkflow`."""
    try:
        return _BY_KEY[key]
    except KeyError as missing:
        raise UnknownWorkflow(key) from missing
