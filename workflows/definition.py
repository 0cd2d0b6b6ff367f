"""The words a workflow is written in: stages, transitions, deadlines, guards and effects.

Everything here is frozen data. `workflows.engine` answers questions about it and `app.casework`
carries it out; neither adds a rule of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

#: Carried by a step that only the enclosing project may take on a life inside it.
PARENT = "parent"
#: The clock and the background jobs.
SYSTEM = "system"
#: Anybody, signed in or not.
PUBLIC = "public"


@dataclass(frozen=True)
class Reason:
    """Why something is refused: a Chinese sentence, fit to show and to translate.

    `text` is the message id of the catalogue and may hold `{names}`; `values` fills them after
    translation, so that a number or a list never becomes part of the message id. A tuple is a list
    of labels and reasons.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        listed = {name: "、".join(map(str, value)) for name, value in self.values.items() if isinstance(value, tuple)}
        return self.text.format(**{**self.values, **listed})


def because(text: str, /, **values: object) -> Reason:
    """The reason `text`, with the values that its `{names}` stand for."""
    return Reason(text, MappingProxyType(values))


#: A statement that is true when the answer is None; otherwise the answer says why it is not.
Guard = Callable[[Any], Reason | None]


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell everybody who holds the role `to` on the case, with the words of `template`."""

    template: str
    to: str


@dataclass(frozen=True, slots=True)
class Post:
    """Move money: ledger code and amount in fen, read from the facts. Zero posts nothing.

    `maker` and `checker` read from the facts who prepared and who approved the movement. Without
    both the person acting is its maker; with `maker` alone the person acting is its checker.
    `reverses` reads the id of the posting that a counter-entry takes back.
    """

    code: str
    amount: Callable[[Any], int]
    maker: Callable[[Any], int | None] | None = None
    checker: Callable[[Any], int | None] | None = None
    reverses: Callable[[Any], UUID | None] | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """Show something to the public from this moment on."""

    what: str


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a life inside the project: a score sheet, an agreement, an audit …"""

    life: str


@dataclass(frozen=True, slots=True)
class Move:
    """Take a step in every running life of this kind for which the step is open.

    `chosen_by` names the field of the command that picks a single one by its case id.
    """

    life: str
    action: str
    chosen_by: str | None = None


@dataclass(frozen=True, slots=True)
class Defer:
    """Have a background job do this after the commit."""

    task: str


Effect = Notify | Post | Publish | Open | Move | Defer


@dataclass(frozen=True, slots=True)
class Due:
    """A term that starts when its stage is entered or its transition is taken.

    `count` reads the length from the facts (and so from the policy version of the project).
    `unit` is "working_days" or "days". With `first_day_counts` the day of the act is day one, as
    in a publicity. The term ends with the last minute of its last day in Shanghai. `then` names
    the action that the clock takes when the term has run out; without it the step is only marked
    overdue and its holder reminded.
    """

    count: Callable[[Any], int]
    unit: str = "working_days"
    first_day_counts: bool = False
    then: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a case can stand. `holder` is the role whose desk it lies on."""

    name: str
    label: str
    holder: str | None = None
    due: Due | None = None
    final: bool = False
    side: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """One act: who may take it from where to where, what must hold and what follows."""

    action: str
    label: str
    source: str
    to: str
    roles: frozenset[str]
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    holder: str | None = None
    due: Due | None = None

    @property
    def moves(self) -> bool:
        """Whether the case leaves its stage, which starts the clock of the next one."""
        return self.source != self.to


@dataclass(frozen=True, eq=False)
class Workflow:
    """A life: its stages in order, and every transition between them.

    `key` carries a version ("aid_project/1"). A case keeps the key it began with, so a changed
    life gets a new key instead of an edit.
    """

    key: str
    label: str
    start: str
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...]

    @property
    def life(self) -> str:
        """The key without its version: "aid_project"."""
        return self.key.partition("/")[0]

    def stage(self, name: str) -> Stage:
        """The stage of this name; KeyError when the workflow has none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    def leaving(self, stage: str) -> Iterator[Transition]:
        """The transitions out of a stage, in the order in which they are tried."""
        return (t for t in self.transitions if t.source == stage)

    def faults(self) -> list[str]:
        """What is wrong with this table, in words; an empty list when it is sound."""
        return list(_faults(self))


def go(  # noqa: PLR0913 - a step has this many parts, and each is named where it is called
    action: str,
    label: str,
    source: str,
    to: str,
    *,
    by: set[str],
    when: tuple[Guard, ...] = (),
    then: tuple[Effect, ...] = (),
    holder: str | None = None,
    due: Due | None = None,
) -> Transition:
    """A transition in the order in which one says it aloud."""
    return Transition(action, label, source, to, frozenset(by), when, then, holder, due)


def _faults(workflow: Workflow) -> Iterator[str]:
    names = [stage.name for stage in workflow.stages]
    known = set(names)
    for name in sorted(known):
        if names.count(name) > 1:
            yield f"stage {name} is there twice"
    if workflow.start not in known:
        yield f"start {workflow.start} is no stage"
    yield from _impossible(workflow, known)
    yield from _unreachable(workflow, known)
    yield from _endless(workflow, known)
    yield from _untimely(workflow)


def _impossible(workflow: Workflow, known: set[str]) -> Iterator[str]:
    for t in workflow.transitions:
        for end in (t.source, t.to):
            if end not in known:
                yield f"{t.action}: {end} is no stage"
        if not t.roles:
            yield f"{t.action} from {t.source}: nobody may take it"
        if t.source in known and workflow.stage(t.source).final:
            yield f"{t.action} leaves the final stage {t.source}"


def _untimely(workflow: Workflow) -> Iterator[str]:
    for stage in workflow.stages:
        leaving = {t.action for t in workflow.leaving(stage.name)}
        for due in [stage.due, *(t.due for t in workflow.transitions if t.to == stage.name)]:
            if due and due.then and due.then not in leaving:
                yield f"the term of {stage.name} ends with {due.then}, which does not leave it"


def _unreachable(workflow: Workflow, known: set[str]) -> Iterator[str]:
    reached = _closure({workflow.start}, [(t.source, t.to) for t in workflow.transitions])
    for name in sorted(known - reached):
        yield f"stage {name} is never reached"


def _endless(workflow: Workflow, known: set[str]) -> Iterator[str]:
    finals = {stage.name for stage in workflow.stages if stage.final}
    ending = _closure(finals, [(t.to, t.source) for t in workflow.transitions])
    for name in sorted(known - ending):
        yield f"no way leads from {name} to an end"


def _closure(start: set[str], edges: list[tuple[str, str]]) -> set[str]:
    reached, frontier = set(start), set(start)
    while frontier:
        frontier = {to for source, to in edges if source in frontier} - reached
        reached |= frontier
    return reached
