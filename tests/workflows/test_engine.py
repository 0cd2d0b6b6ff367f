"""The engine answers one question: which step is this, or why is there none."""

from dataclasses import dataclass

import pytest

from workflows.definition import Stage, Workflow, because, go
from workflows.engine import Ask, GuardRefused, NotFromHere, NotYourRole, Refused, blocked_actions, open_actions, step


@dataclass(frozen=True)
class Facts:
    stamped: bool = True
    urgent: bool = False


def it_is_stamped(facts):
    return None if facts.stamped else because("尚未贴邮票。")


def it_is_urgent(facts):
    return None if facts.urgent else because("并非急件。")


LETTER = Workflow(
    key="letter/1",
    label="信件",
    start="draft",
    stages=(Stage("draft", "草稿"), Stage("express", "快递"), Stage("sent", "已发", final=True)),
    transitions=(
        go("send", "发出", "draft", "express", by={"writer"}, when=(it_is_stamped, it_is_urgent)),
        go("send", "发出", "draft", "sent", by={"writer"}, when=(it_is_stamped,)),
        go("send", "发出", "draft", "sent", by={"clerk"}, when=(it_is_urgent,)),
        go("deliver", "投递", "express", "sent", by={"courier"}),
    ),
)


def ask(action, stage="draft", by=("writer",), facts=Facts()):
    return step(LETTER, Ask(stage, action, frozenset(by), facts))


def test_the_first_admitted_branch_is_taken():
    assert ask("send", facts=Facts(urgent=True)).to == "express"
    assert ask("send").to == "sent"


def test_a_step_that_does_not_leave_the_stage_is_refused_in_the_words_of_the_stage():
    for action in ("deliver", "no_such_action"):
        with pytest.raises(NotFromHere, match="当前环节为“草稿”，不能办理该事项。"):
            ask(action)


def test_a_step_of_another_role_is_refused_in_the_words_of_the_action():
    with pytest.raises(NotYourRole, match="“发出”不属于您在本项目的职责。"):
        ask("send", by=("courier",))
    with pytest.raises(NotYourRole):
        ask("send", by=())


def test_the_reason_of_a_guard_goes_before_that_of_a_role():
    with pytest.raises(GuardRefused, match="并非急件。"):
        ask("send", by=("clerk",))
    with pytest.raises(GuardRefused, match="尚未贴邮票。"):
        ask("send", facts=Facts(stamped=False))


def test_every_refusal_carries_its_reason():
    with pytest.raises(Refused) as refused:
        ask("send", facts=Facts(stamped=False))

    assert (refused.value.reason.text, str(refused.value)) == ("尚未贴邮票。", "尚未贴邮票。")


def test_an_open_action_is_offered_once_and_a_blocked_one_says_why():
    writer = frozenset({"writer"})

    assert [(t.action, t.to) for t in open_actions(LETTER, "draft", writer, Facts(urgent=True))] == [
        ("send", "express")
    ]
    assert blocked_actions(LETTER, "draft", writer, Facts(urgent=True)) == []
    assert open_actions(LETTER, "draft", writer, Facts(stamped=False)) == []
    # One branch refuses and the next admits: the action is open, so nothing is blocked.
    assert [(t.action, t.to) for t in open_actions(LETTER, "draft", writer, Facts())] == [("send", "sent")]
    assert blocked_actions(LETTER, "draft", writer, Facts()) == []
    blocked = blocked_actions(LETTER, "draft", writer, Facts(stamped=False))
    assert [(b.transition.action, str(b.why)) for b in blocked] == [("send", "尚未贴邮票。")]


def test_a_stranger_is_offered_nothing_and_told_nothing():
    assert open_actions(LETTER, "draft", frozenset({"courier"}), Facts()) == []
    assert blocked_actions(LETTER, "draft", frozenset({"courier"}), Facts()) == []


def test_a_guard_that_breaks_is_not_taken_for_an_answer():
    with pytest.raises(AttributeError):
        ask("send", facts=None)
    assert ask("send").to == "sent"
