"""Every stage × action × role of every workflow, held against what the tables must say."""

from dataclasses import replace

import pytest

from tests.workflows.expected import TABLES, expected
from workflows.definition import SYSTEM
from workflows.engine import Ask, NotFromHere, NotYourRole, step
from workflows.registry import LIVES, WORKFLOWS, UnknownWorkflow, workflow_of
from workflows.roles import LABELS, duty_of

EVERY = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.key)


def unguarded(workflow):
    """The bare table: which step exists for whom, whatever the facts."""
    return replace(workflow, transitions=tuple(replace(t, guards=()) for t in workflow.transitions))


def test_the_registry_knows_exactly_the_workflows_in_use():
    assert [workflow.key for workflow in WORKFLOWS] == list(TABLES)
    assert {life: workflow.key for life, workflow in LIVES.items()} == {key.partition("/")[0]: key for key in TABLES}
    assert [workflow_of(key) for key in TABLES] == list(WORKFLOWS)
    with pytest.raises(UnknownWorkflow, match="aid_project/0"):
        workflow_of("aid_project/0")


@EVERY
def test_every_branch_is_in_the_table_in_its_order(workflow):
    written = {}
    for t in workflow.transitions:
        written.setdefault((t.source, t.action), []).append((t.roles, t.to))

    assert written == expected(workflow.key)


@EVERY
def test_every_stage_action_and_role_answers_as_the_table_says(workflow):
    bare, table = unguarded(workflow), expected(workflow.key)
    actions = sorted({action for _, action in table})
    answers, wanted = {}, {}
    for stage in workflow.stages:
        for action in actions:
            for role in LABELS:
                question = (stage.name, action, role)
                branches = table.get((stage.name, action), [])
                ends = [end for roles, end in branches if role in roles]
                wanted[question] = ends[0] if ends else NotYourRole if branches else NotFromHere
                try:
                    answers[question] = step(bare, Ask(stage.name, action, frozenset({role}), None)).to
                except (NotFromHere, NotYourRole) as refused:
                    answers[question] = type(refused)

    assert answers == wanted


@EVERY
def test_a_final_stage_can_be_reached_from_every_stage(workflow):
    ways = {stage.name: {t.to for t in workflow.leaving(stage.name)} for stage in workflow.stages}
    ending = {stage.name for stage in workflow.stages if stage.final}
    for _ in workflow.stages:
        ending |= {name for name, ends in ways.items() if ends & ending}

    assert ending == set(ways)
    assert [name for name, ends in ways.items() if not ends] == [s.name for s in workflow.stages if s.final]


@EVERY
def test_every_role_in_a_table_is_one_that_people_can_read(workflow):
    named = {role for t in workflow.transitions for role in t.roles}
    named |= {stage.holder for stage in workflow.stages if stage.holder}
    named |= {t.holder for t in workflow.transitions if t.holder}

    assert named <= set(LABELS)


@EVERY
def test_every_effect_inside_a_project_names_a_life_and_a_step_that_exist(workflow):
    named = [effect for t in workflow.transitions for effect in t.effects if hasattr(effect, "life")]
    unknown = [
        effect
        for effect in named
        if effect.life not in LIVES
        or (hasattr(effect, "action") and effect.action not in {t.action for t in LIVES[effect.life].transitions})
    ]

    assert unknown == []


@EVERY
def test_a_step_of_the_clock_is_the_end_of_some_term_or_of_a_job(workflow):
    of_the_clock = {t.action for t in workflow.transitions if t.roles == {SYSTEM}}
    terms = {due.then for holder in (*workflow.stages, *workflow.transitions) if (due := holder.due) and due.then}

    assert of_the_clock - terms == ({"file_text"} if workflow.life == "agreement" else set())


def test_the_two_applicant_roles_are_one_duty_and_the_clock_has_none():
    assert {role: duty_of(role) for role in LABELS if duty_of(role) != role} == {
        "applicant_owner": "applicant",
        "applicant_member": "applicant",
        "public": None,
        "system": None,
        "parent": None,
    }
