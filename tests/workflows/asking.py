"""One question to one workflow, worded as the tests read it."""

from typing import Any

import pytest

from workflows.definition import Transition, Workflow
from workflows.engine import Ask, GuardRefused, step


def asking(workflow: Workflow, action: str, *, in_stage: str, by: str, facts: Any) -> Transition:
    return step(workflow, Ask(in_stage, action, frozenset({by}), facts))


def refusal(workflow: Workflow, action: str, *, in_stage: str, by: str, facts: Any) -> str:
    """The words with which a guard refuses; fails the test when nothing is refused."""
    with pytest.raises(GuardRefused) as refused:
        asking(workflow, action, in_stage=in_stage, by=by, facts=facts)
    return str(refused.value)


def effects(transition: Transition) -> list[str]:
    """The effects in order, in short words: "Post instruct", "Notify paid"."""
    names = ("template", "code", "what", "life", "task")
    return [
        f"{type(effect).__name__} {next(getattr(effect, name) for name in names if hasattr(effect, name))}"
        for effect in transition.effects
    ]
