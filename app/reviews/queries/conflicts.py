"""What was found about the experts of a panel when they were assigned, and what may be compared of an expert."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import SHEET_READERS, visible
from app.people.permissions import Actor
from app.reviews.models import AssignmentCheck, ContactMark, ScoreSheet
from workflows.conflicts import Finding, finding_of


@dataclass(frozen=True, slots=True)
class Assigned:
    """How an expert came to a panel: what spoke against it, why all the same, and whether by lot."""

    findings: tuple[Finding, ...]
    reason: str
    drawn: bool
    checked_at: datetime


def assigned_to(session: Session, root_id: int, actor: Actor) -> Mapping[int, Assigned]:
    """The case of each sheet → how its expert came, for the offices alone."""
    if not actor.roles & SHEET_READERS:
        return {}
    rows = session.execute(
        select(Case.pid, AssignmentCheck)
        .join(ScoreSheet, ScoreSheet.case_id == AssignmentCheck.case_id)
        .join(Case, Case.id == ScoreSheet.case_id)
        .where(ScoreSheet.project_id == root_id, visible(actor))
    )
    return {
        pid: Assigned(
            tuple(finding_of(each) for each in row.findings), row.reason, row.draw_id is not None, row.checked_at
        )
        for pid, row in rows
    }


def contacts_kept(session: Session, user_id: int) -> Mapping[str, datetime]:
    """Of what a hash is kept, and since when: address, phone, account."""
    wanted = select(ContactMark.kind, ContactMark.changed_at).where(ContactMark.user_id == user_id)
    return dict(session.execute(wanted).all())
