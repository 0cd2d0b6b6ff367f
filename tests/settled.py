"""A town with a project in every stage and at every turn of the road, for tests that look at all of it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.people.permissions import PUBLIC_ACTOR, Actor
from tests.later import REPORT, advance_further, confirm, draw_up, only, pay, submit_audit
from tests.make import Town, act, advance, children, draft, person, pid_of, town_today
from tests.reviewing import fill, on_show, with_panel

#: How long before now the projects were declared: long enough for the days of publicity.
SINCE = timedelta(days=60)
WHY = {"reason": "情况有变，经研究决定。"}


def settle(now: datetime) -> tuple[Town, Mapping[str, str]]:
    """The town, and what its projects are at → number."""
    earlier = now - SINCE
    around = town_today(earlier, budget="50000000.00")
    # An application that was made at this very moment could not be told from one made earlier.
    found = dict(_early(around, earlier, now))
    found |= {name: _brought(around, earlier, steps) for name, steps in _later(around, earlier, now).items()}
    return around, found


def readers(around: Town) -> Mapping[str, Actor | None]:
    """Role → somebody who holds it, and nobody in particular for the public."""
    return {
        "applicant": around.owner, "accepting": around.accepting, "front": around.front, "fund": around.fund,
        "secretary": around.secretary, "expert": around.experts[0], "panel": around.panel[0],
        "approver": around.approver, "firm": around.firm, "maker": around.maker, "checker": around.checker,
        "supervisor": around.supervisor,
        **{role: person(role) for role in ("system_admin", "security_admin", "audit_admin")},
        "public": None,
    }  # fmt: skip


def _early(around: Town, earlier: datetime, now: datetime) -> Iterator[tuple[str, str]]:
    yield "empty", draft(around, papers=False, now=earlier, need="", budget=[], targets=[], undertakings=False)
    yield "ready", draft(around, now=earlier)
    for stage in ("authenticity_review", "compliance_review", "expert_review", "publicity", "joint_review"):
        number = draft(around, now=earlier)
        advance(around, number, stage, now=earlier)
        yield stage, number
        if stage == "joint_review":
            act(pid_of(number), "vote", around.panel[1], now=now, vote="against", comment="预算偏高")
    for name, actor, action, fields in (
        ("correction", around.accepting, "return_for_correction", {"items": ["预算表缺少测算依据", "承诺书未盖章"]}),
        ("rejected", around.accepting, "reject", WHY),
        ("withdrawn", around.owner, "withdraw", WHY),
    ):
        number = draft(around, now=earlier)
        act(pid_of(number), "submit", around.owner, now=earlier)
        act(pid_of(number), action, actor, now=now, **fields)
        yield name, number
    panelled = with_panel(around, now=now)
    sheets = children(panelled, "score_sheet")
    act(sheets[0], "declare_conflict", around.experts[0], now=now, conflict=False)
    fill(sheets[1], around.experts[1], now=now)
    act(sheets[2], "declare_conflict", around.experts[2], now=now, conflict=True, statement="曾任该单位顾问")
    yield "panel", panelled
    yield "undeclared", with_panel(around, now=now)
    yield "notice", on_show(around, now=now)
    held = on_show(around, now=now)
    act(pid_of(held), "object", PUBLIC_ACTOR, now=now, objector="张三", contact="13800000000", statement="预算偏高")
    yield "objection_hold", held


Steps = tuple[str, Callable[[str], Any]]


def _brought(around: Town, earlier: datetime, steps: Steps) -> str:
    """A project brought to a stage of the second half, where something is then done."""
    stage, then = steps
    number = draft(around, now=earlier)
    reached = advance(around, number, "announcement", now=earlier)
    if stage != "announcement":
        advance_further(around, number, stage, now=reached)
    then(number)
    return number


def _later(around: Town, earlier: datetime, now: datetime) -> Mapping[str, Steps]:
    def by(actor: Actor, action: str, **fields: Any) -> Callable[[str], Any]:
        return lambda number: act(pid_of(number), action, actor, now=now, **fields)

    def report(number: str) -> None:
        act(pid_of(number), "file_report", around.owner, now=now, **REPORT | {"final": False})
        act(pid_of(number), "file_report", around.owner, now=now, **REPORT | {"final": False})
        act(children(number, "progress_report")[1], "return_report", around.front, now=now, **WHY)
        act(pid_of(number), "request_change", around.owner, now=now, what="place", new="拉加镇", **WHY)

    def orders(until: str) -> Callable[[str], Any]:
        return lambda number: pay(around, number, now=now, until=until)

    def failed(number: str) -> None:
        order = pay(around, number, now=now, until="sent")
        act(order, "record_failed", around.maker, now=now, **WHY)

    def assigned(number: str) -> None:
        act(only(number, "audit"), "assign_auditor", around.fund, now=now, firm="CPA1")

    def settled(number: str) -> None:
        confirm(around, number, now)

    def clawed(number: str) -> None:
        pay(around, number, now=now)
        act(pid_of(number), "open_clawback", around.supervisor, now=now, **WHY)

    return {
        "announcement": ("announcement", lambda _number: None),
        "drawing_up": ("agreement", lambda _number: None),
        "agreement": ("announcement", lambda number: (by(around.fund, "announce")(number), draw_up(number, now=now))),
        "implementation": ("implementation", report),
        "suspended": ("implementation", by(around.fund, "suspend", **WHY)),
        "terminated": ("implementation", by(around.fund, "terminate", **WHY)),
        "audit": ("audit", assigned),
        "audited": ("audit", lambda number: submit_audit(around, number, now=now)),
        "settlement": ("settlement", lambda _number: None),
        "prepared": ("settlement", by(around.maker, "prepare_settlement")),
        "drafting": ("settlement", settled),
        "order": ("disbursement", orders("prepared")),
        "approved": ("disbursement", orders("approved")),
        "sent": ("disbursement", orders("sent")),
        "failed": ("disbursement", failed),
        "clawback": ("disbursement", clawed),
        "closed": ("closed", lambda _number: None),
    }
