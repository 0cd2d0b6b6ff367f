"""Taking a project along the main road by its acts, for tests that begin further on."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.people.permissions import SYSTEM_ACTOR, Actor
from tests.acts import NOW, act, case_of, children, email_of, pid_of
from workflows.calendar import shanghai_date

if TYPE_CHECKING:
    from tests.make import Town


def advance(
    around: "Town",
    number: str,
    stage: str,
    *,
    now: datetime = NOW,
    suggested: str = "340000.00",
    approved: str = "330000.00",
) -> datetime:
    """Take a draft by its acts to this stage of the main road; the moment at which it got there."""
    pid = pid_of(number)
    steps = iter(_road(around, number, suggested=suggested, approved=approved))
    while case_of(pid).stage != stage:
        now = next(steps)(now)
    return now


def _road(around: "Town", number: str, *, suggested: str, approved: str) -> Any:
    pid = pid_of(number)
    town = around

    def by(actor: Actor, action: str, **fields: Any) -> Any:
        return lambda now: (act(pid, action, actor, now=now, **fields), now)[1]

    yield by(town.owner, "submit")
    yield by(town.accepting, "pass_authenticity", opinion="属实")
    yield by(town.fund, "pass_compliance", opinion="合规")
    yield lambda now: score(town, number, now=now, suggested=suggested)
    yield by(town.secretary, "close_panel", outcome="recommend", suggested_amount=suggested, opinion="推荐资助")
    yield lambda now: run_publicity(town, number, now=now)
    for member in town.panel:
        yield by(member, "vote", vote="for")
    yield by(town.approver, "approve", amount=approved, minutes="同意")


def score(
    around: "Town", number: str, *, now: datetime = NOW, suggested: str = "340000.00", points: int = 85
) -> datetime:
    """Open a panel of all the experts of the town and have each hand in a sheet."""
    pid = pid_of(number)
    act(
        pid,
        "open_panel",
        around.secretary,
        now=now,
        experts=[email_of(e) for e in around.experts],
        session_on=shanghai_date(now).isoformat(),
        reason="本领域专家有限",
    )
    scores = {key: most * points // 100 for key, _label, most in around.policy.score_items}
    for expert, sheet in zip(around.experts, children(number, "score_sheet"), strict=True):
        act(sheet, "declare_conflict", expert, now=now, conflict=False)
        act(
            sheet,
            "submit_sheet",
            expert,
            now=now,
            scores=scores,
            recommendation="recommend",
            suggested_amount=suggested,
            comment="可行",
        )
    return now


def run_publicity(around: "Town", number: str, *, now: datetime = NOW) -> datetime:
    """Publish the notice and let its days run out; the moment after which the clock ended it."""
    pid = pid_of(number)
    act(pid, "publish_notice", around.fund, now=now, contact="021-00000000")
    due = case_of(pid).due_at
    assert due is not None
    act(pid, "end_publicity", SYSTEM_ACTOR, now=due)
    return due
