"""Draws of a project: what was frozen, what came of it, who stands behind it, and what the public may see."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.people.models import User
from app.reviews.models import (
    ExpertDraw,
    ExpertDrawMember,
    ExpertDrawResult,
    ExpertDrawStep,
    ScoreSheet,
)
from workflows.draw import transcript


@dataclass(frozen=True, slots=True)
class Person:
    """Who stands behind a reference; `salt` in hex opens it."""

    id: int
    name: str
    email: str
    salt: str


@dataclass(frozen=True, slots=True)
class Draw:
    """One round. `told` is its whole transcript, None while only the pool is frozen."""

    id: int
    project: int
    visit: int
    round: int
    reason: str
    frozen: Mapping[str, Any]
    frozen_hash: str
    commitment: str
    frozen_at: datetime
    frozen_by: str
    drawn_at: datetime | None
    people: Mapping[str, Person]
    told: Mapping[str, Any] | None

    @property
    def seated(self) -> tuple[Person, ...]:
        """Who sits by this draw now, in the order in which they came."""
        return tuple(self.people[ref] for ref in self.told["seated"]) if self.told else ()

    def seats(self, user_id: int) -> bool:
        """Whether this person sits by this draw now."""
        return any(each.id == user_id for each in self.seated)

    @property
    def left(self) -> Mapping[int, str]:
        """Person → why he or she gave up a seat of this draw, a key of `workflows.draw.WHY_LABELS`."""
        steps = self.told["redraws"] if self.told else ()
        return {self.people[each["out"]].id: each["why"] for each in steps}


def draws_of(session: Session, root_id: int, *, visit: int | None = None) -> list[Draw]:
    """The rounds of a project, first to last, of one visit to expert review or of all; in three statements."""
    here = ExpertDraw.project_id == root_id
    return _draws(session, here if visit is None else and_(here, ExpertDraw.entered_seq == visit))


def current_draws(session: Session, roots: Iterable[Case]) -> dict[int, Draw]:
    """Case → the latest round of its present visit, where there is one; in three statements for any number."""
    visits = [(root.id, root.entered_seq) for root in roots]
    found = _draws(session, tuple_(ExpertDraw.project_id, ExpertDraw.entered_seq).in_(visits)) if visits else []
    return {each.project: each for each in found}


def _draws(session: Session, which: ColumnElement[bool]) -> list[Draw]:
    wanted = select(ExpertDraw, ExpertDrawResult, User.name).outerjoin(
        ExpertDrawResult, ExpertDrawResult.draw_id == ExpertDraw.id
    )
    wanted = wanted.join(User, User.id == ExpertDraw.frozen_by_id).where(which)
    rows = session.execute(wanted.order_by(ExpertDraw.id)).all()
    if not rows:
        return []
    ids = [row[0].id for row in rows]
    people: dict[int, dict[str, Person]] = {ident: {} for ident in ids}
    members = select(ExpertDrawMember, User.name, User.email).join(User, User.id == ExpertDrawMember.user_id)
    for member, name, email in session.execute(members.where(ExpertDrawMember.draw_id.in_(ids))):
        people[member.draw_id][member.ref] = Person(member.user_id, name, email, member.salt.hex())
    steps: dict[int, list[tuple[str, str]]] = {ident: [] for ident in ids}
    taken = select(ExpertDrawStep).where(ExpertDrawStep.draw_id.in_(ids)).order_by(ExpertDrawStep.position)
    for step in session.scalars(taken):
        steps[step.draw_id].append((step.ref_out, step.why))
    return [_draw(row, result, name, people[row.id], steps[row.id]) for row, result, name in rows]


def draws_shown(session: Session, root: Case) -> list[Draw]:
    """The rounds of the present visit to expert review; once the review is over, those of its last visit."""
    found = draws_of(session, root.id)
    visit = root.entered_seq if root.stage == "expert_review" else max((each.visit for each in found), default=0)
    return [each for each in found if each.visit == visit]


def current_draw(session: Session, root: Case) -> Draw | None:
    """The latest round of the present visit; None where nobody was drawn."""
    return current_draws(session, [root]).get(root.id)


def at_work(session: Session, root_id: int) -> set[int]:
    """Whose sheet of the project still runs: they were named, and neither recused nor handed in."""
    running = select(ScoreSheet.expert_id).join(Case, Case.id == ScoreSheet.case_id)
    return set(session.scalars(running.where(ScoreSheet.project_id == root_id, Case.stage.in_(("assigned", "open")))))


def ways_in(session: Session, root_id: int) -> tuple[int, int]:
    """How many of those whose sheets count came by lot, and how many were named by hand."""
    counted = _counted(root_id)
    drawn = func.count().filter(counted.c.by_lot)
    row = session.execute(select(drawn, func.count() - drawn).select_from(counted)).one()
    return row[0], row[1]


def published_draws(session: Session, root_id: int) -> list[dict[str, Any]]:
    """The transcripts that the public may check; names only of those whose sheets count, as on the notice."""
    found = draws_of(session, root_id)
    if not found:
        return []
    counted = set(session.scalars(select(_counted(root_id).c.expert_id)))
    return [_published(each, counted) for each in found]


def _counted(root_id: int) -> Any:
    """Whose sheets counted, which the public may know although it sees no sheet: see `sheets_that_counted`."""
    return func.sheets_that_counted(root_id).table_valued("expert_id", "by_lot")


def _published(draw: Draw, counted: set[int]) -> dict[str, Any]:
    if draw.told is None:
        return {"frozen": draw.frozen, "frozen_hash": draw.frozen_hash, "commitment": draw.commitment}
    sat = {*draw.told["drawn"], *(each["in"] for each in draw.told["redraws"])}
    opened = [
        {"ref": ref, "name": draw.people[ref].name, "salt": draw.people[ref].salt}
        for ref in draw.told["order"]
        if ref in sat and draw.people[ref].id in counted
    ]
    return {**draw.told, "opened": opened}


def _draw(
    row: ExpertDraw, result: ExpertDrawResult | None, by: str, people: dict[str, Person], steps: list[tuple[str, str]]
) -> Draw:
    frozen = json.loads(row.document)
    told = None
    if result is not None:
        told = transcript(
            frozen, commitment=row.commitment.hex(), secret=result.secret.hex(), nonce=result.nonce.hex(), steps=steps
        )
    return Draw(
        row.id, row.project_id, row.entered_seq, row.round, row.reason, frozen, row.document_hash.hex(),
        row.commitment.hex(), row.frozen_at, by, result.drawn_at if result else None, people, told,
    )  # fmt: skip
