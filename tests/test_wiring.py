"""Every word that a workflow table uses is carried out by somebody, and nobody waits in vain."""

import pytest

from app.casework.subjects import opener_of, publisher_of, subjects
from app.features import load_features
from app.outbox.service import queue
from tests.test_shape import ROOT
from workflows.definition import Defer, Move, Notify, Open, Publish
from workflows.registry import LIVES, WORKFLOWS

load_features()
EFFECTS = [effect for workflow in WORKFLOWS for transition in workflow.transitions for effect in transition.effects]
#: What the clock and officers send without an act: terms, assignments, sessions of a panel, approvals that are due.
OF_THE_CLOCK = {"overdue", "due_soon", "reminded", "session_changed", "assigned", "awaiting_approval"}
#: What an officer's own conflict is told by, which no step of a workflow is.
OF_RECUSALS = {"officer_recused", "officer_recused_late", "nobody_left"}


def words(kind, name):
    return sorted({getattr(effect, name) for effect in EFFECTS if isinstance(effect, kind)})


def test_every_notice_has_its_letter_and_every_letter_its_notice():
    letters = {path.stem for path in (ROOT / "templates" / "mail").glob("[!_]*.txt")}

    assert sorted(letters) == sorted({*words(Notify, "template"), *OF_THE_CLOCK, *OF_RECUSALS})


def test_every_workflow_has_its_subject():
    assert sorted(subject.workflow.key for subject in subjects()) == sorted(workflow.key for workflow in WORKFLOWS)


@pytest.mark.parametrize("life", words(Open, "life"))
def test_a_life_that_is_opened_is_known_and_has_its_opener(life):
    assert life in LIVES
    assert callable(opener_of(life))


@pytest.mark.parametrize("what", words(Publish, "what"))
def test_what_is_published_has_its_publisher(what):
    assert callable(publisher_of(what))


@pytest.mark.parametrize("task", words(Defer, "task"))
def test_a_deferred_task_is_registered(task):
    assert task in queue.tasks


def test_a_life_is_moved_only_by_actions_that_it_has():
    missing = {
        (effect.life, effect.action)
        for effect in EFFECTS
        if isinstance(effect, Move)
        and effect.action not in {transition.action for transition in LIVES[effect.life].transitions}
    }

    assert missing == set()
