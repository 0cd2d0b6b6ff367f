"""The daily job that erases what is past its retention; how long that is stands in the settings and on `/privacy`."""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import delete, exists, func, select

from app.audits.models import AuditDraft
from app.database import transaction
from app.notifications.models import Letter, Notification
from app.outbox.service import task
from app.people.models import AccountLink, RateLimit, SignIn
from app.personal import days_kept
from app.projects.models import DraftField, DraftPresence, KeptForm, Project
from app.settings import Settings

log = structlog.get_logger()
#: Three in the morning in Shanghai, by the worker's UTC.
EVERY_NIGHT = "0 19 * * *"
#: Days for which a form of a session that ended waits for its person.
FORM_DAYS = 30


@task("accounts.erase_what_is_over", every=EVERY_NIGHT, queueing_lock="accounts.erase_what_is_over")
def run_erasing(timestamp: int) -> None:
    """The nightly round."""
    del timestamp
    tools = current_app.extensions["aidflow"]
    if erased := {
        name: count for name, count in erase_what_is_over(tools.settings, tools.clock.now()).items() if count
    }:
        log.info("retention", **erased)


def erase_what_is_over(settings: Settings, now: datetime) -> dict[str, int]:
    """Erase what is past its retention: table → how many rows. One transaction; a second run finds nothing.

    Sessions, links and limits count by the time of the database, as everywhere; the rest by the application's.
    """
    days = days_kept(settings)
    ended = func.now() - timedelta(days=days["sign_in"])
    letters, drafts = now - timedelta(days=days["letter"]), now - timedelta(days=days["draft"])
    in_a_letter = exists().where(Letter.link_id == AccountLink.id)
    # Read, because an unread message still asks for something; of a letter only once no message names it.
    told = exists().where(Notification.letter_id == Letter.id)
    never_in = select(Project.case_id).where(Project.submitted_at.is_(None))
    saved = select(DraftField.project_id).group_by(DraftField.project_id).having(func.max(DraftField.saved_at) < drafts)
    with transaction() as session:
        counts = {}
        for model, condition in (
            (SignIn, func.coalesce(SignIn.ended_at, SignIn.seen_at) < ended),
            (Notification, (Notification.created_at < letters) & Notification.read_at.is_not(None)),
            (Letter, (Letter.created_at < letters) & Letter.state.in_(("sent", "failed")) & ~told),
            (AccountLink, (AccountLink.expires_at < ended) & ~in_a_letter),
            (RateLimit, RateLimit.expires_at < func.now()),
            (KeptForm, KeptForm.kept_at < now - timedelta(days=FORM_DAYS)),
            (DraftPresence, DraftPresence.seen_at < now - timedelta(days=1)),
            (DraftField, DraftField.project_id.in_(never_in) & DraftField.project_id.in_(saved)),
            (AuditDraft, AuditDraft.saved_at < drafts),
        ):
            gone = session.execute(delete(model).where(condition).execution_options(synchronize_session=False))
            counts[model.__tablename__] = gone.rowcount  # type: ignore[attr-defined]
        decided = now - timedelta(days=days["objection"])
        counts["objection"] = session.scalar(select(func.erase_objectors(decided))) or 0
    return counts
