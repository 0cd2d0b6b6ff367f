"""Replaying the whole ledger, once an hour; what it finds stops payments and shows on the health page."""

import structlog

from app.database import transaction
from app.ledger.models import LedgerCheck
from app.ledger.queries import violations
from app.outbox.service import task

log = structlog.get_logger()
EVERY_HOUR = "7 * * * *"


def check_ledger() -> int:
    """Replay every transfer and keep how many violations there are; the number."""
    with transaction() as session:
        found = violations(session)
        session.add(LedgerCheck(violations=len(found)))
    for violation in found[:20]:
        log.error("ledger_violation", rule=violation.rule, project=violation.project_id, detail=violation.detail)
    return len(found)


@task("ledger.check", every=EVERY_HOUR, queueing_lock="ledger.check")
def run_check(timestamp: int) -> None:
    """The hourly round."""
    del timestamp
    check_ledger()
