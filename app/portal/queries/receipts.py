"""Whether a receipt is genuine: it names the place of an act in its chain and the beginning of its hash."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

#: Twelve digits of the project's public id, the place of the act, sixteen digits of its hash.
RECEIPT = re.compile(r"([0-9a-f]{12})-([1-9][0-9]{0,8})-([0-9a-f]{16})")
REST_OF_ID = 20


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
    # Nobody sees these acts but through this question; see `act_of_receipt` in the migrations.
    found = func.act_of_receipt(first, last, int(parts[2]), parts[3]).table_valued(
        "workflow", "action", "stage", "at", "hash"
    )
    row = session.execute(select(found).limit(1)).one_or_none()
    return Proof(*row) if row else None
