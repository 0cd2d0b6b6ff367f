"""What is done about papers without anybody asking."""

from datetime import UTC, datetime

import structlog
from flask import current_app

from app.database import db
from app.documents.service import ORPHAN_AGE, sweep_orphans
from app.outbox.service import task

log = structlog.get_logger()


@task("documents.sweep", every="17 3 * * *")
def sweep(*, timestamp: int) -> None:
    """Remove yesterday's objects that no row names: uploads that ended half-way."""
    tools = current_app.extensions["aidflow"]
    # Objects are dated by the store, so the machine's time counts here, even in a demonstration.
    removed = sweep_orphans(tools.store, db.session(), datetime.fromtimestamp(timestamp, UTC) - ORPHAN_AGE)
    if removed:
        log.info("orphans removed", keys=removed)
