"""The one module that knows the `transitions` library.

A workflow gets one Machine for the life of the process. Nothing is ever added to it as a model: a
throw-away cursor carries the stage name through one trigger and is dropped.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from transitions import EventData, Machine, MachineError

from workflows.definition import Reason, Transition, Workflow, because

logging.getLogger("transitions").setLevel(logging.WARNING)


class Refused(Exception):
    """A step that did not happen; `reason` is fit for the person who asked."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class NotFromHere(Refused):
    """The action does not leave the current stage."""


class NotYourRole(Refused):
    """The action leaves the current stage, but not for this person."""


class GuardRefused(Refused):
    """The action is theirs to take, but the facts do not allow it yet."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One person asking for one action on one case."""

    stage: str
    action: str
    roles: frozenset[str]
    facts: Any


@dataclass(frozen=True, slots=True)
class Blocked:
    """An action that leaves this stage and that this person's role may take, but not now."""

    transition: Transition
    why: Reason


@dataclass(slots=True)
class _Cursor:
    state: str
    ask: Ask
    refused: list[Refused] = field(default_factory=list)
    taken: Transition | None = None


def step(workflow: Workflow, ask: Ask) -> Transition:
    """Answer with the transition to carry out, or raise the `Refused` that says why there is none.

    Where several transitions share action and source the first admitted one is taken. When none
    is, the reason given is the most telling one: a guard's before a role's.
    """
    event = _machine(workflow).events.get(ask.action)
    cursor = _Cursor(ask.stage, ask)
    try:
        if event is not None:
            event.trigger(cursor)
    except MachineError:
        pass  # the action exists but does not leave this stage
    if cursor.taken is not None:
        return cursor.taken
    for refusal in cursor.refused:
        if isinstance(refusal, GuardRefused):
            raise refusal
    if cursor.refused:
        raise cursor.refused[0]
    raise NotFromHere(because("当前环节为“{stage}”，不能办理该事项。", stage=workflow.stage(ask.stage).label))


def open_actions(workflow: Workflow, stage: str, roles: frozenset[str], facts: Any) -> list[Transition]:
    """The buttons to show: what this person could do now, each action once."""
    found: dict[str, Transition] = {}
    for transition in workflow.leaving(stage):
        if transition.action not in found and refusal(transition, roles, facts) is None:
            found[transition.action] = transition
    return list(found.values())


def blocked_actions(workflow: Workflow, stage: str, roles: frozenset[str], facts: Any) -> list[Blocked]:
    """The buttons that are missing although the role fits, each with the first reason why."""
    opened = {t.action for t in open_actions(workflow, stage, roles, facts)}
    found: dict[str, Blocked] = {}
    for transition in workflow.leaving(stage):
        why = refusal(transition, roles, facts)
        if transition.action not in opened and isinstance(why, GuardRefused):
            found.setdefault(transition.action, Blocked(transition, why.reason))
    return list(found.values())


def refusal(transition: Transition, roles: frozenset[str], facts: Any) -> Refused | None:
    """Why this transition is not open to these roles with these facts, or None when it is."""
    if not transition.roles & roles:
        return NotYourRole(because("“{action}”不属于您在本项目的职责。", action=transition.label))
    for guard in transition.guards:
        if reason := guard(facts):
            return GuardRefused(reason)
    return None


def _admits(transition: Transition) -> Callable[[EventData], bool]:
    def condition(event: EventData) -> bool:
        cursor = cast("_Cursor", event.model)
        refused = refusal(transition, cursor.ask.roles, cursor.ask.facts)
        if refused:
            cursor.refused.append(refused)
            return False
        cursor.taken = transition
        return True

    return condition


@cache
def _machine(workflow: Workflow) -> Machine:
    if faults := workflow.faults():
        raise ValueError(f"workflow {workflow.key}: " + "; ".join(faults))
    return Machine(
        model=None,
        initial=None,
        states=[stage.name for stage in workflow.stages],
        transitions=[
            {"trigger": t.action, "source": t.source, "dest": t.to, "conditions": _admits(t)}
            for t in workflow.transitions
        ],
        auto_transitions=False,
        send_event=True,
        queued=False,
    )
