"""The second telling of a project, first half: from the draft to the end of its publicity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.workflows.reference_lives import Lives

OWNER, MEMBER = "applicant_owner", "applicant_member"
REVIEWERS = {"authenticity_review": "accepting_unit", "compliance_review": "fund_office", "expert_review": "secretary"}


@dataclass(frozen=True)
class Act:
    """Somebody doing something on the project, or on the `which`-th life of its kind inside it."""

    life: str
    action: str
    role: str
    person: int
    which: int = 0
    asked: Mapping[str, Any] = field(default_factory=dict)


class Reviews(Lives):
    """The project while it is declared, reviewed and shown to the public."""

    def __init__(self, budget: int) -> None:
        super().__init__()
        self.money |= {"available": budget}
        self.stage = "draft"
        self.returned_from = ""
        self.correction_until = 0
        self.returns = {"authenticity_review": 0, "compliance_review": 0, "expert_review": 0}
        self.suggested = self.approved = self.last_day = self.days_left = 0
        self.notice = False
        self.votes: dict[int, str] = {}
        self.settled = False

    def declares_well(self) -> bool:
        d = self.declaration
        if d["gap"] or d["paper_missing"] or d["elsewhere"] or self.barred:
            return False
        return d["requested"] > 0 and self.within_limits()

    def within_limits(self) -> bool:
        d = self.declaration
        return d["requested"] * 10 <= d["planned"] * 3 and d["requested"] <= 500_000_00

    def on_submit(self, act: Act) -> bool:
        if act.role != OWNER or self.stage != "draft" or self.today > 10 or not self.declares_well():
            return False
        self.stage = "authenticity_review"
        return True

    def on_give_opinion(self, act: Act) -> bool:
        return act.role == "front_office" and self.stage == "authenticity_review"

    def on_pass_authenticity(self, act: Act) -> bool:
        return self.advance(act, "accepting_unit", "authenticity_review", "compliance_review")

    def on_pass_compliance(self, act: Act) -> bool:
        d = self.declaration
        sound = not d["elsewhere"] and d["requested"] > 0 and self.within_limits() and not self.barred
        return sound and self.advance(act, "fund_office", "compliance_review", "expert_review")

    def advance(self, act: Act, role: str, source: str, to: str) -> bool:
        if act.role != role or self.stage != source:
            return False
        self.stage = to
        return True

    def on_return_for_correction(self, act: Act) -> bool:
        if REVIEWERS.get(self.stage) != act.role or self.returns[self.stage] >= 2:
            return False
        self.returns[self.stage] += 1
        self.returned_from, self.correction_until = self.stage, self.today + 10
        if self.stage == "expert_review":
            self.void_sheets()
        self.stage = "correction"
        return True

    def on_resubmit(self, act: Act) -> bool:
        return self.declares_well() and self.advance(act, OWNER, "correction", self.returned_from)

    def on_reject(self, act: Act) -> bool:
        if self.stage == "correction":
            allowed = act.role == REVIEWERS[self.returned_from] and self.today > self.correction_until
        elif self.stage == "joint_review":
            allowed = act.role == "approver"
        else:
            allowed = self.stage != "expert_review" and act.role == REVIEWERS.get(self.stage)
        return allowed and self.end("rejected")

    def end(self, how: str) -> bool:
        """Every early end frees the money and closes what is still running inside."""
        self.stage = how
        self.move("reserved", "available", self.money["reserved"])
        self.move("encumbered", "available", self.money["encumbered"])
        return True

    def on_withdraw(self, act: Act) -> bool:
        published = {"publicity", "objection_hold", "joint_review", "announcement"}
        if act.role != OWNER or self.stage not in {"draft", "correction", *REVIEWERS, *published}:
            return False
        if self.stage == "expert_review":
            self.void_sheets()
        self.switch("objection", {"received"}, "dropped")
        return self.end("withdrawn")

    def on_open_panel(self, act: Act) -> bool:
        experts = act.asked["experts"]
        fit = len(experts) % 2 == 1 and len(experts) >= 5
        if act.role != "secretary" or self.stage != "expert_review" or self.current_sheets() or not fit:
            return False
        self.open_sheets(len(experts))
        return True

    def on_add_experts(self, act: Act) -> bool:
        if act.role != "secretary" or self.stage != "expert_review" or not self.current_sheets():
            return False
        self.open_sheets(len(act.asked["experts"]))
        return True

    def on_close_panel(self, act: Act) -> bool:
        sheets = self.scored_sheets()
        if act.role != "secretary" or self.stage != "expert_review" or self.unscored_sheets():
            return False
        if len(sheets) < 5 or len(sheets) % 2 == 0:
            return False
        points = sorted(sheet["points"] for sheet in sheets)[1:-1]
        amounts = sorted(sheet["amount"] for sheet in sheets)[1:-1]
        if act.asked["outcome"] == "not_recommend":
            mostly_against = sum(sheet["against"] for sheet in sheets) >= len(sheets) // 2 + 1
            nothing_suggested = sum(amounts) < len(amounts)
            free = sum(points) < 75 * len(points) or mostly_against or nothing_suggested
            return free and self.end("rejected")
        amount, d = act.asked["suggested_amount"], self.declaration
        limit = min(d["requested"], sum(amounts) // len(amounts), d["planned"] * 3 // 10, 500_000_00)
        if sum(points) < 60 * len(points) or not 0 < amount <= limit or amount > self.money["available"]:
            return False
        self.move("available", "reserved", amount)
        self.suggested, self.stage = amount, "publicity"
        return True

    def on_publish_notice(self, act: Act) -> bool:
        if act.role != "fund_office" or self.stage != "publicity" or self.notice:
            return False
        self.notice, self.last_day = True, self.today + 4
        return True

    def on_object(self, act: Act) -> bool:
        if act.role != "public" or not self.notice or self.stage not in {"publicity", "objection_hold"}:
            return False
        if self.stage == "publicity":
            if self.today > self.last_day:
                return False
            self.days_left = self.last_day - self.today + 1
        self.stage = "objection_hold"
        self.open_life("objection", "received")
        return True

    def on_decide_objection(self, act: Act) -> bool:
        if act.role not in {"fund_office", "supervisor"} or self.stage != "objection_hold":
            return False
        objection = self.lives["objection"][act.asked["objection"]]
        if act.asked["outcome"] == "upheld":
            objection["stage"] = "upheld"
            self.switch("objection", {"received"}, "dropped")
            return self.end("rejected")
        objection["stage"] = "refuted"
        if not any(other["stage"] == "received" for other in self.lives["objection"]):
            self.stage, self.last_day = "publicity", self.today + self.days_left
        return True

    def on_end_publicity(self, act: Act) -> bool:
        over = self.notice and self.today > self.last_day
        return over and self.advance(act, "system", "publicity", "joint_review")
