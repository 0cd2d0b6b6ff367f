"""How far a declaration has come, step by step, by the same gaps and guards that its submission meets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.barrier import opened
from app.casework.subjects import gather, subject_of
from app.evidence.models import Event, EventPrivate
from app.people.permissions import Actor
from app.projects.commands.steps import LABELS, STEP_OF, STEPS, Step
from app.projects.commands.texts import cell_of, is_order
from app.projects.queries.drafts import Draft
from app.projects.subject import gaps
from workflows.definition import Guard, Reason
from workflows.policy import Policy
from workflows.project_facts import Facts
from workflows.project_rules import call_is_open, organisation_is_in_good_standing, request_is_within_ratio_and_cap

TODO, WORKING, DONE, WRONG = "todo", "working", "done", "wrong"
STATE_LABELS = {TODO: "未开始", WORKING: "填写中", DONE: "已完成", WRONG: "需更正"}
#: What the submission asks for beyond gaps and papers, and at which step one can do something about it.
GUARDS: tuple[tuple[str, Guard], ...] = (
    ("budget", request_is_within_ratio_and_cap),
    ("organisation", organisation_is_in_good_standing),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the correction notice: what it asks for, where that stands, and what was done about it."""

    number: int
    words: str
    step: str
    field: str | None
    done: bool
    note: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step on the task list: its state, what lacks, and the items of the notice that are about it."""

    step: Step
    state: str
    gaps: tuple[str | Reason, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """All steps, what stands in the way besides, and the end of the term."""

    steps: tuple[StepRow, ...]
    obstacle: Reason | None
    until: datetime | None

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(row.state == DONE for row in self.steps)

    @property
    def complete(self) -> bool:
        """Whether nothing stands in the way of handing it in."""
        return self.obstacle is None and not any(row.gaps for row in self.steps)

    def row(self, key: str) -> StepRow:
        """The step of this key."""
        return next(row for row in self.steps if row.step.key == key)


def progress_of(session: Session, actor: Actor, case_id: int, draft: Draft, now: datetime) -> Progress:
    """The steps of a draft in two statements: one for the facts, one for the notice while it is being corrected."""
    with opened(session, [case_id]):
        row = gather(session, "aid_project", [case_id], actor, now)[case_id]
    facts: Facts = subject_of("aid_project/1").facts(row, {}, now)
    correcting = row["stage"] == "correction"
    found: dict[str, list[str | Reason]] = {step.key: [] for step in STEPS}
    for gap in gaps(row):
        found[STEP_OF.get(gap.field, gap.field)].append(gap.words)
    found["papers"] += facts.missing_papers
    for key, guard in GUARDS:
        if (why := guard(facts)) is not None:
            found[key].append(why)
    items = items_of(session, case_id, draft, facts.policy) if correcting else ()
    wrong = {_field_of(name) for name in row["wrong_fields"] or ()}
    rows = tuple(
        StepRow(
            step,
            _state(step, found[step.key], items, wrong, begun=_begun(step, draft, row["paper_kinds"] or ())),
            tuple(found[step.key]),
            tuple(item for item in items if item.step == step.key),
        )
        for step in STEPS
    )
    return Progress(
        rows,
        None if correcting else call_is_open(facts),
        facts.due_at if correcting else facts.call_closes_at,
    )


def items_of(session: Session, case_id: int, draft: Draft, policy: Policy) -> tuple[Item, ...]:
    """The items of the last correction notice, each where it belongs; none once the words were erased."""
    body = session.scalar(
        select(EventPrivate.body)
        .join(Event, Event.id == EventPrivate.event_id)
        .where(Event.case_id == case_id, Event.root_id == case_id, Event.action == "return_for_correction")
        .order_by(Event.seq.desc())
        .limit(1)
    )
    words = json.loads(body).get("command", {}).get("items", []) if body else []
    return tuple(
        Item(number, each, *place_of(each, policy), bool(draft.answers.get(f"answered-{number}")),
             draft.answers.get(f"answer-{number}", ""))
        for number, each in enumerate(words)
    )  # fmt: skip


def place_of(words: str, policy: Policy) -> tuple[str, str | None]:
    """The step and the field where an item can be mended: the first label that it names, the longest of several.

    An item that names none stands at the last step, which one passes before handing in.
    """
    places: dict[str, tuple[str, str | None]] = {label: ("papers", kind) for kind, label in policy.paper_kinds}
    places |= {step.label: (step.key, None) for step in STEPS}
    places |= {label: (STEP_OF[name], name) for name, label in LABELS.items()}
    # What amounts are called in prose does not name their unit.
    places |= {label.removesuffix("（元）"): place for label, place in places.items()}
    # Nothing can be mended on the page of the register: it is meant only where nothing else is named.
    named = [
        (places[label][0] == "organisation", words.find(label), -len(label), label)
        for label in places
        if label in words
    ]
    return places[min(named)[-1]] if named else (STEPS[-1].key, None)


def _field_of(name: str) -> str:
    cell = cell_of(name)
    return cell[0] if cell else name.removesuffix("-order") if is_order(name) else name


def _begun(step: Step, draft: Draft, papers: Sequence[str]) -> bool:
    if step.key == "papers":
        return bool(papers)
    # The title is there from the beginning.
    return not step.fields or any(
        text and _field_of(name) in step.fields and name != "title" for name, text in draft.texts.items()
    )


def _state(step: Step, lacks: Sequence[object], items: Sequence[Item], wrong: set[str], *, begun: bool) -> str:
    if wrong & set(step.fields) or any(item.step == step.key and not item.done for item in items):
        return WRONG
    if not lacks:
        return DONE
    return WORKING if begun else TODO
