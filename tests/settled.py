"""A town with a project in every stage and at every turn of the road, for tests that look at all of it."""

from collections.abc import Callable, Container, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from app.people.permissions import PUBLIC_ACTOR, Actor
from tests.later import REPORT, advance_further, confirm, draw_up, fail, only, pay, submit_audit
from tests.make import Town, act, advance, children, draft, person, pid_of, town_today
from tests.reviewing import fill, on_show, with_panel

#: How long before now the projects were declared: long enough for the days of publicity.
SINCE = timedelta(days=60)
#: Makes a project; its number.
Way = Callable[[], str]
#: Does something to the project of this number.
Then = Callable[[str], Any]
WHY = {"reason": "情况有变，经研究决定。"}


def settle(now: datetime, *, only: Container[str] | None = None) -> tuple[Town, Mapping[str, str]]:
    """The town, and what its projects (or some of them) are at → number."""
    earlier = now - SINCE
    around = town_today(earlier, budget="50000000.00")
    ways = _early(around, earlier, now) | _later(around, earlier, now)
    return around, {name: way() for name, way in ways.items() if only is None or name in only}


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


def _early(around: Town, earlier: datetime, now: datetime) -> dict[str, Way]:
    def at(stage: str) -> str:
        number = draft(around, now=earlier)
        advance(around, number, stage, now=earlier)
        return number

    def decided(actor: Actor, action: str, **fields: Any) -> str:
        number = draft(around, now=earlier)
        act(pid_of(number), "submit", around.owner, now=earlier)
        act(pid_of(number), action, actor, now=now, **fields)
        return number

    def resubmitted() -> str:
        number = decided(around.accepting, "return_for_correction", **missing)
        act(pid_of(number), "resubmit", around.owner, now=now, reply="已补正")
        return number

    def joint_review() -> str:
        number = at("joint_review")
        act(pid_of(number), "vote", around.panel[1], now=now, vote="against", comment="预算偏高")
        return number

    def panel() -> str:
        number = with_panel(around, now=now)
        one, other, third, *_others = children(number, "score_sheet")
        act(one, "declare_conflict", around.experts[0], now=now, conflict=False)
        fill(other, around.experts[1], now=now)
        act(third, "declare_conflict", around.experts[2], now=now, conflict=True, statement="曾任该单位顾问")
        return number

    def objection_hold() -> str:
        number = on_show(around, now=now)
        said = {"objector": "张三", "contact": "13800000000", "statement": "预算偏高"}
        act(pid_of(number), "object", PUBLIC_ACTOR, now=now, **said)
        return number

    missing = {"items": ["预算表缺少测算依据", "承诺书未盖章"]}
    empty = {"need": "", "budget": [], "targets": [], "undertakings": False}
    stages = ("authenticity_review", "compliance_review", "expert_review", "publicity")
    return {
        "empty": lambda: draft(around, papers=False, now=earlier, **empty),
        "resubmitted": resubmitted,
        **dict.fromkeys(("ready", "handed_in"), lambda: draft(around, now=earlier)),
        **{stage: partial(at, stage) for stage in stages},
        "joint_review": joint_review,
        "correction": lambda: decided(around.accepting, "return_for_correction", **missing),
        "rejected": lambda: decided(around.accepting, "reject", **WHY),
        "withdrawn": lambda: decided(around.owner, "withdraw", **WHY),
        "panel": panel,
        "undeclared": lambda: with_panel(around, now=now),
        "notice": lambda: on_show(around, now=now),
        "objection_hold": objection_hold,
    }


def _later(around: Town, earlier: datetime, now: datetime) -> dict[str, Way]:
    def by(actor: Actor, action: str, **fields: Any) -> Then:
        return lambda number: act(pid_of(number), action, actor, now=now, **fields)

    def report(number: str) -> None:
        act(pid_of(number), "file_report", around.owner, now=now, **REPORT | {"final": False})
        act(pid_of(number), "file_report", around.owner, now=now, **REPORT | {"final": False})
        act(children(number, "progress_report")[1], "return_report", around.front, now=now, **WHY)
        act(pid_of(number), "request_change", around.owner, now=now, what="place", new="拉加镇", **WHY)

    def failed(number: str) -> None:
        pay(around, number, now=now, until="sent")
        fail(around, number, now=now, **WHY)

    def clawed(number: str) -> None:
        pay(around, number, now=now)
        act(pid_of(number), "open_clawback", around.supervisor, now=now, **WHY)

    def announced(number: str) -> None:
        act(pid_of(number), "announce", around.fund, now=now)
        draw_up(number, now=now)

    turns: dict[str, tuple[str, Then | None]] = {
        "announcement": ("announcement", None),
        "drawing_up": ("agreement", None),
        "agreement": ("announcement", announced),
        "implementation": ("implementation", report),
        "suspended": ("implementation", by(around.fund, "suspend", **WHY)),
        "terminated": ("implementation", by(around.fund, "terminate", **WHY)),
        "audit": ("audit", lambda n: act(only(n, "audit"), "assign_auditor", around.fund, now=now, firm="CPA1")),
        "audited": ("audit", lambda number: submit_audit(around, number, now=now)),
        "settlement": ("settlement", None),
        "prepared": ("settlement", by(around.maker, "prepare_settlement")),
        "drafting": ("settlement", lambda number: confirm(around, number, now)),
        "order": ("disbursement", lambda number: pay(around, number, now=now, until="prepared")),
        "approved": ("disbursement", lambda number: pay(around, number, now=now, until="approved")),
        "sent": ("disbursement", lambda number: pay(around, number, now=now, until="sent")),
        "failed": ("disbursement", failed),
        "clawback": ("disbursement", clawed),
        "closed": ("closed", None),
    }
    return {name: partial(_brought, around, earlier, *turn) for name, turn in turns.items()}


def _brought(around: Town, earlier: datetime, stage: str, then: Then | None) -> str:
    """A project brought to a stage of the second half, where something is then done."""
    number = draft(around, now=earlier)
    reached = advance(around, number, "announcement", now=earlier)
    if stage != "announcement":
        advance_further(around, number, stage, now=reached)
    if then:
        then(number)
    return number
