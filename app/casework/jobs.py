"""Background tasks of casework: the clock's rounds."""

import structlog
from flask import current_app

from app.casework.clock import tick
from app.outbox.service import EVERY_MINUTE, task

log = structlog.get_logger()


@task("casework.tick", every=EVERY_MINUTE, queueing_lock="casework.tick")
def run_clock(timestamp: int) -> None:
    """Carry out what is due now; one round at a time."""
    del timestamp
    now = current_app.extensions["aidflow"].clock.now()
    done = tick(now)
    if done.ended or done.reminded or done.refused:
        log.info("tick", ended=len(done.ended), reminded=len(done.reminded), refused=len(done.refused))
