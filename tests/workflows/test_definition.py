"""A table that cannot work is refused before anybody lives by it."""

from dataclasses import replace

import pytest

from workflows.definition import Due, Stage, Workflow, because, go
from workflows.engine import Ask, step
from workflows.registry import WORKFLOWS

SOUND = Workflow(
    key="letter/1",
    label="信件",
    start="draft",
    stages=(
        Stage("draft", "草稿"),
        Stage("sent", "已发", due=Due(lambda f: 1, then="expire")),
        Stage("read", "已读", final=True),
    ),
    transitions=(
        go("send", "发出", "draft", "sent", by={"writer"}),
        go("open", "打开", "sent", "read", by={"reader"}),
        go("expire", "过期", "sent", "read", by={"system"}),
    ),
)

BURNING = Due(lambda f: 1, then="burn")


def with_stage(stage):
    return replace(SOUND, stages=(*SOUND.stages, stage))


def with_transition(transition):
    return replace(SOUND, transitions=(*SOUND.transitions, transition))


def test_a_sound_table_has_no_faults():
    assert SOUND.faults() == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.key)
def test_every_workflow_in_use_is_sound(workflow):
    assert workflow.faults() == []


@pytest.mark.parametrize(
    ("broken", "faults"),
    [
        (with_stage(Stage("sent", "又发")), ["stage sent is there twice"]),
        (
            replace(SOUND, start="dratf"),
            [
                "start dratf is no stage",
                "stage draft is never reached",
                "stage read is never reached",
                "stage sent is never reached",
            ],
        ),
        (with_transition(go("burn", "烧", "sent", "ashes", by={"writer"})), ["burn: ashes is no stage"]),
        (with_transition(go("burn", "烧", "ashes", "read", by={"writer"})), ["burn: ashes is no stage"]),
        (with_transition(go("burn", "烧", "sent", "read", by=set())), ["burn from sent: nobody may take it"]),
        (with_transition(go("burn", "烧", "read", "draft", by={"writer"})), ["burn leaves the final stage read"]),
        (with_stage(Stage("lost", "遗失", final=True)), ["stage lost is never reached"]),
        (
            replace(
                with_stage(Stage("lost", "遗失")),
                transitions=(*SOUND.transitions, go("lose", "丢", "sent", "lost", by={"reader"})),
            ),
            ["no way leads from lost to an end"],
        ),
        (
            replace(SOUND, stages=(*(replace(s, due=BURNING) for s in SOUND.stages[:2]), SOUND.stages[2])),
            [
                "the term of draft ends with burn, which does not leave it",
                "the term of sent ends with burn, which does not leave it",
            ],
        ),
        (
            with_transition(go("nudge", "催", "sent", "sent", by={"writer"}, due=Due(lambda f: 1, then="send"))),
            ["the term of sent ends with send, which does not leave it"],
        ),
    ],
    ids=["twice", "start", "unknown target", "unknown source", "nobody", "final left", "unreachable", "endless",
         "term of a stage", "term of a step"],
)  # fmt: skip
def test_each_kind_of_fault_is_named(broken, faults):
    assert broken.faults() == faults


def test_the_engine_refuses_to_run_a_faulty_table():
    broken = with_stage(Stage("lost", "遗失", final=True))

    with pytest.raises(ValueError, match="workflow letter/1: stage lost is never reached"):
        step(broken, Ask("draft", "send", frozenset({"writer"}), None))


def test_a_workflow_knows_its_life_and_its_stages():
    assert SOUND.life == "letter"
    assert SOUND.stage("sent").label == "已发"
    with pytest.raises(KeyError):
        SOUND.stage("lost")


def test_a_step_moves_when_it_changes_the_stage():
    assert [t.moves for t in SOUND.transitions] == [True, True, True]
    assert go("nudge", "催", "sent", "sent", by={"writer"}).moves is False


def test_a_reason_reads_as_a_sentence_with_its_values():
    reason = because("还差 {count} 份。", count=2)

    assert (str(reason), reason.text, dict(reason.values)) == ("还差 2 份。", "还差 {count} 份。", {"count": 2})
