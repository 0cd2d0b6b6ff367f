"""Whether a receipt is genuine: it names the place of an act in its chain and the beginning of its hash."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.barrier import SYSTEM, asking
from app.casework.models import Case
from app.evidence.models import Event
from app.publicity.models import Notice, Objection

#: Twelve digits of the project's public id, the place of the act, sixteen digits of its hash.
RECEIPT = re.compile(r"([0-9a-f]{12})-([1-9][0-9]{0,8})-([0-9a-f]{16})")
REST_OF_ID = 20
OBJECTS = "object"
Root = aliased(Case, name="root")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an objection stands: on which notice, and, once it was decided, what came of it, when and why.

    `outcome` is a word of `OUTCOME_LABELS`, None while it is open. Who objected and who decided is not in it.
    """

    number: str
    outcome: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """An act that stands in the chain: its life, what was done, when, and its whole hash.

    `objection` says more where the act raised one: its receipt is what whoever objected knows it by.
    """

    workflow: str
    action: str
    stage: str
    at: datetime
    hash: str
    objection: Standing | None = None


def proof_of(session: Session, receipt: str) -> Proof | None:
    """The act that this receipt was given for; None where there is none."""
    parts = RECEIPT.fullmatch(receipt.strip().lower())
    if parts is None:
        return None
    first, last = (UUID(parts[1] + fill * REST_OF_ID) for fill in "0f")
    # Nobody sees these acts but through this question; see `act_of_receipt` in the migrations.
    found = func.act_of_receipt(first, last, int(parts[2]), parts[3]).table_valued(
        "workflow", "action", "stage", "at", "hash"
    )
    row = session.execute(select(found).limit(1)).one_or_none()
    if row is None:
        return None
    return Proof(*row, _objection(session, first, last, int(parts[2]), row.hash) if row.action == OBJECTS else None)


def _objection(session: Session, first: UUID, last: UUID, seq: int, digest: str) -> Standing | None:
    """The objection that this act raised: the life that the next event of the chain opens."""
    raised, opened = aliased(Event), aliased(Event)
    wanted = (
        select(Notice.number, Objection.outcome, Objection.decided_at, Objection.reason)
        .join(Root, Root.id == Objection.project_id)
        .join(raised, (raised.root_id == Root.id) & (raised.seq == seq))
        .join(opened, (opened.root_id == Root.id) & (opened.seq == seq + 1) & (opened.case_id == Objection.case_id))
        .join(Notice, (Notice.project_id == Root.id) & (Notice.kind == "publicity"))
        .where(Root.pid.between(first, last), raised.hash == bytes.fromhex(digest), opened.action == "open")
    )
    # Nobody but those who decide sees an objection; whoever holds its receipt is told how it stands, and no name.
    with asking(session, SYSTEM):
        row = session.execute(wanted).one_or_none()
    return Standing(*row) if row else None
