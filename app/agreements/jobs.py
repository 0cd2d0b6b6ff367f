"""Drawing up the text of an agreement, outside any transaction and as often as it takes."""

from datetime import datetime
from io import BytesIO

from flask import current_app
from sqlalchemy import select

from app.agreements.commands import FileText
from app.agreements.effects import in_full
from app.agreements.models import DEAD, Agreement
from app.agreements.service import TEXT
from app.casework.models import Case
from app.casework.service import take_action
from app.database import transaction
from app.documents.models import STORED, Paper
from app.documents.service import receive_paper
from app.documents.store import DocumentStore
from app.outbox.service import task
from app.people.permissions import SYSTEM_ACTOR
from app.typesetting.service import render
from workflows.engine import NotFromHere

DRAWING_UP = "drawing_up"


@task("agreements.draw_up")
def draw_up(*, root_id: int, case_id: int, event_id: int) -> None:  # noqa: ARG001 -- what every job is told
    """Draw up the text of the project's agreement and file it, unless that is done already."""
    ours = current_app.extensions["aidflow"]
    draw_up_text(root_id, store=ours.store, limit=ours.settings.max_upload_bytes, now=ours.clock.now())


def draw_up_text(root_id: int, *, store: DocumentStore, limit: int, now: datetime) -> None:
    """Typeset the agreement, keep it as a paper of its case and file it as the text.

    Killed anywhere, it can be run again: the same data gives the same bytes, a paper that is there
    already is taken as it is, and a text that is filed is left alone.
    """
    with transaction() as session:
        found = session.execute(
            select(Case.id, Case.pid, Case.created_at, Agreement.number, Agreement.data, Agreement.data_hash)
            .join(Agreement, Agreement.case_id == Case.id)
            .where(Agreement.project_id == root_id, Agreement.state.not_in(DEAD), Case.stage == DRAWING_UP)
        ).one_or_none()
    if found is None:
        return
    ident, pid, begun_at, number, data, data_hash = found
    with transaction() as session:
        paper = session.scalar(
            select(Paper.public_id)
            .where(Paper.case_id == ident, Paper.kind == TEXT, Paper.state == STORED, Paper.uploaded_by_id.is_(None))
            .order_by(Paper.id)
            .limit(1)
        )
        said = in_full(session, data) | {"content_hash": data_hash}
    if paper is None:
        pdf = render("agreement", said, issued_at=begun_at)
        paper = receive_paper(
            pid, kind=TEXT, name=f"资助协议 {number}.pdf", stream=BytesIO(pdf), actor=SYSTEM_ACTOR, now=now,
            store=store, limit=limit,
        ).public_id  # fmt: skip
    try:
        take_action(pid, "file_text", actor=SYSTEM_ACTOR, seen=None, command=FileText(paper=paper), now=now)
    except NotFromHere:
        # Another run filed the text in the meantime, or the agreement is over.
        return
