"""A declaration as its reader may see it: what is typed during a correction is its organisation's alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, ScalarSelect, literal, select
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import UNSENT_STAGES
from app.people.permissions import Actor
from app.projects.commands import Declaration
from app.projects.models import DeclarationSnapshot
from app.projects.queries import ProjectHead, declaration_of

#: What a page says of the declaration beside its head.
IN_HEAD = ("title", "field", "area_code", "place", "starts_on", "ends_on", "requested")
FUNDS = ("own_funds", "donated", "other_fiscal", "other_funds", "requested")


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared in short: texts by field, budget by who pays in fen, how many lines and targets."""

    texts: Mapping[str, Any]
    sums: tuple[tuple[str, int], ...]
    lines: int
    targets: int


def newest_submission(case_id: Any) -> ScalarSelect[bytes]:
    """What was handed in last, where the rows of the project may have moved on since; NULL elsewhere."""
    return (
        select(DeclarationSnapshot.body)
        .join(Case, Case.id == DeclarationSnapshot.project_id)
        .where(DeclarationSnapshot.project_id == case_id, Case.stage.in_(UNSENT_STAGES))
        .order_by(DeclarationSnapshot.event_id.desc())
        .limit(1)
        .scalar_subquery()
    )


def declaration_for(session: Session, actor: Actor, head: ProjectHead) -> Declaration:
    """The declaration as it was last saved to its organisation, and to others as it was handed in."""
    if head.stage in UNSENT_STAGES:
        body = session.scalar(select(newest_submission(literal(head.case_id, BigInteger))))
        if (submitted := submission(actor, head, body)) is not None:
            return submitted
    return declaration_of(session, head.case_id)


def submission(actor: Actor, head: ProjectHead, body: bytes | None) -> Declaration | None:
    """The declaration of a `newest_submission` for whoever is to read that one; None for whoever reads the rows."""
    if body is None or head.organisation_id in actor.organisation_ids:
        return None
    return Declaration.model_validate_json(body)


def as_submitted(head: ProjectHead, said: Declaration) -> ProjectHead:
    """The head with what this declaration says."""
    total = sum(getattr(said, name) for name in FUNDS)
    return replace(head, planned_total=total, **{name: getattr(said, name) for name in IN_HEAD})


def in_short(said: Declaration) -> Declared:
    """What this declaration says, in short."""
    sums: Counter[str] = Counter()
    for line in said.budget:
        sums[line.paid_from] += int(line.quantity * line.unit_price)
    return Declared(said.record(), tuple(sums.items()), len(said.budget), len(said.targets))
