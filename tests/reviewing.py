"""Projects on their way from expert review to the approval, each step taken by whoever takes it."""

from datetime import datetime, timedelta
from typing import Any

from app.casework.service import Receipt
from app.people.permissions import PUBLIC_ACTOR, SYSTEM_ACTOR, Actor
from tests.make import NOW, Town, act, advance, case_of, children, draft, email_of, pid_of
from workflows.policy import DEFAULT_POLICY


def in_expert_review(around: Town, *, now: datetime = NOW, **changed: Any) -> str:
    """A project that waits for its panel; its number."""
    number = draft(around, now=now, **changed)
    advance(around, number, "expert_review", now=now)
    return number


def with_panel(around: Town, *, now: datetime = NOW, **changed: Any) -> str:
    """A project whose panel is open, no sheet touched yet; its number."""
    number = in_expert_review(around, now=now, **changed)
    experts = [email_of(expert) for expert in around.experts]
    panel = {"experts": experts, "session_on": "2026-03-06", "reason": "本领域专家有限"}
    act(pid_of(number), "open_panel", around.secretary, now=now, **panel)
    return number


def sheet(tenths: int = 8, **changed: Any) -> dict[str, Any]:
    """The fields of a score sheet with so many tenths of each item of the default policy: 80 of 100 for eight."""
    scores = {key: most * tenths // 10 for key, _label, most in DEFAULT_POLICY.score_items}
    return {
        "scores": scores,
        "comments": dict.fromkeys(scores, "见总体评价"),
        "recommendation": "recommend",
        "suggested_amount": "360000.00",
        "comment": "目标明确，方案可行。",
        **changed,
    }


def fill(pid: Any, expert: Actor, *, now: datetime = NOW, **changed: Any) -> Receipt:
    """An expert without a conflict who submits a sheet."""
    act(pid, "declare_conflict", expert, now=now, conflict=False)
    return act(pid, "submit_sheet", expert, now=now, **(sheet() | changed))


def in_publicity(around: Town, *, now: datetime = NOW, amount: str = "300000.00", **changed: Any) -> str:
    """A project that its panel recommends, before its notice is out; its number."""
    number = with_panel(around, now=now, **changed)
    for pid, expert in zip(children(number, "score_sheet"), around.experts, strict=True):
        fill(pid, expert, now=now)
    act(
        pid_of(number),
        "close_panel",
        around.secretary,
        now=now,
        outcome="recommend",
        suggested_amount=amount,
        opinion="建议资助",
    )
    return number


def on_show(around: Town, *, now: datetime = NOW, **changed: Any) -> str:
    """A project whose publicity notice runs; its number."""
    number = in_publicity(around, now=now, **changed)
    act(pid_of(number), "publish_notice", around.fund, now=now, contact="021-12345678")
    return number


def in_joint_review(around: Town, *, now: datetime = NOW, **changed: Any) -> str:
    """A project whose publicity has run its days; its number."""
    number = on_show(around, now=now, **changed)
    act(pid_of(number), "end_publicity", SYSTEM_ACTOR, now=case_of(pid_of(number)).due_at)
    return number


def approved(around: Town, *, now: datetime = NOW, amount: str = "300000.00", **changed: Any) -> str:
    """A project approved by all votes of the joint review, before the announcement; its number."""
    number = in_joint_review(around, now=now, **changed)
    later = now + timedelta(days=14)
    for member in around.panel:
        act(pid_of(number), "vote", member, now=later, vote="for")
    act(pid_of(number), "approve", around.approver, now=later, amount=amount, minutes="一致同意")
    return number


def object_to(number: str, *, now: datetime = NOW, objector: str = "王某") -> Any:
    """An objection by anybody; its case."""
    act(pid_of(number), "object", PUBLIC_ACTOR, now=now, objector=objector, contact="13900000000", statement="重复申报")
    return children(number, "objection")[-1]


def decide(around: Town, number: str, objection: Any, outcome: str, *, now: datetime = NOW) -> Receipt:
    """The fund office decides an objection."""
    return act(
        pid_of(number), "decide_objection", around.fund, now=now, objection=objection, outcome=outcome, reason="经核实"
    )
