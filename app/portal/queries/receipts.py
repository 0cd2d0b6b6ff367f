"""Whether a receipt is genuine: it names the place of an act in its chain and the beginning of its hash."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.evidence.models import Event

#: Twelve digits of the project's public id, the place of the act, sixteen digits of its hash.
RECEIPT = re.compile(r"([0-9a-f]{12})-([1-9][0-9]{0,8})-([0-9a-f]{16})")
REST_OF_ID = 20
Root = aliased(Case, name="root")


@dataclass(frozen=True, slots=True)
class Proof:
    """An act that stands in the chain: its life, what was done, when, and its whole hash."""

    workflow: str
    action: str
    stage: str
    at: datetime
    hash: str


def proof_of(session: Session, receipt: str) -> Proof | None:
    """The act that this receipt was given for; None where there is none."""
    parts = RECEIPT.fullmatch(receipt.strip().lower())
    if parts is None:
        return None
    first, last = (UUID(parts[1] + fill * REST_OF_ID) for fill in "0f")
    rows = session.execute(
        select(Case.workflow, Event.action, Event.case_to, Event.at, Event.hash)
        .join(Root, Root.id == Event.root_id)
        .join(Case, Case.id == Event.case_id)
        .where(Root.pid.between(first, last), Event.seq == int(parts[2]))
    )
    found = (Proof(*row[:4], row.hash.hex()) for row in rows)
    return next((proof for proof in found if proof.hash.startswith(parts[3])), None)
