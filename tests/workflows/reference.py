"""An aid project told once more, as plain branches instead of a table: what must happen and when.

It shares no rule, no number and no line with `workflows`. Days are counted in working days from
the opening of the call, money in fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.workflows.reference_lives import Lives

OWNER, MEMBER = "applicant_owner", "applicant_member"
ENDED = {"closed", "rejected", "withdrawn", "lapsed", "terminated"}


@dataclass(frozen=True)
class Act:
    """Somebody doing something on the project, or on the `which`-th life of its kind inside it."""

    life: str
    action: str
    role: str
    person: int
    which: int = 0
    asked: Mapping[str, Any] = field(default_factory=dict)


class Reference(Lives):
    """The project as it should stand after the acts so far."""

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

    def take(self, act: Act) -> bool:
        """Carry the act out; False when it must be refused."""
        if act.life != "aid_project":
            return self.take_inside(act)
        does = getattr(self, f"on_{act.action}", None)
        return bool(does and does(act))

    def declares_well(self) -> bool:
        d = self.declaration
        if d["gap"] or d["paper_missing"] or d["elsewhere"] or self.barred:
            return False
        return 0 < d["requested"] and self.within_limits()

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

    REVIEWERS = {"authenticity_review": "accepting_unit", "compliance_review": "fund_office", "expert_review": "secretary"}

    def on_return_for_correction(self, act: Act) -> bool:
        if self.REVIEWERS.get(self.stage) != act.role or self.returns[self.stage] >= 2:
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
            allowed = act.role == self.REVIEWERS[self.returned_from] and self.today > self.correction_until
        elif self.stage == "joint_review":
            allowed = act.role == "approver"
        else:
            allowed = self.stage != "expert_review" and act.role == self.REVIEWERS.get(self.stage)
        return allowed and self.end("rejected")

    def end(self, how: str) -> bool:
        """Every early end frees the money and closes what is still running inside."""
        self.stage = how
        self.move("reserved", "available", self.money["reserved"])
        self.move("encumbered", "available", self.money["encumbered"])
        return True

    def on_withdraw(self, act: Act) -> bool:
        before_agreement = {*self.REVIEWERS, "draft", "correction", "publicity", "objection_hold", "joint_review", "announcement"}
        if act.role != OWNER or self.stage not in before_agreement:
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
            return sum(points) < 75 * len(points) and self.end("rejected")
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

    def on_vote(self, act: Act) -> bool:
        if act.role != "panel_member" or self.stage != "joint_review" or act.person in self.votes:
            return False
        self.votes[act.person] = act.asked["vote"]
        return True

    def on_defer(self, act: Act) -> bool:
        return act.role == "approver" and self.stage == "joint_review"

    def on_approve(self, act: Act) -> bool:
        ayes, amount = list(self.votes.values()).count("for"), act.asked["amount"]
        if act.role != "approver" or self.stage != "joint_review" or self.barred:
            return False
        if len(self.votes) < 3 or ayes <= len(self.votes) - ayes or not 0 < amount <= self.suggested:
            return False
        self.move("reserved", "available", self.money["reserved"] - amount)
        self.approved, self.stage = amount, "announcement"
        return True

    def on_announce(self, act: Act) -> bool:
        if not self.advance(act, "fund_office", "announcement", "agreement"):
            return False
        self.open_life("agreement", "drawing_up")
        return True

    def on_sign_agreement(self, act: Act) -> bool:
        if self.stage != "agreement" or act.asked["document_hash"] != "text":
            return False
        agreement = self.lives["agreement"][-1]
        if (act.role, agreement["stage"]) == ("fund_office", "awaiting_fund_office"):
            agreement["stage"] = "awaiting_applicant"
            return True
        if (act.role, agreement["stage"]) == (OWNER, "awaiting_applicant") and not self.barred:
            agreement["stage"] = "in_force"
            self.move("reserved", "encumbered", self.money["reserved"])
            return True
        return False

    def on_lapse(self, act: Act) -> bool:
        if act.role != "system" or self.stage != "agreement" or self.lives["agreement"][-1]["stage"] == "in_force":
            return False
        self.lives["agreement"][-1]["stage"] = "lapsed"
        return self.end("lapsed")

    def on_start(self, act: Act) -> bool:
        signed = self.stage == "agreement" and self.lives["agreement"][-1]["stage"] == "in_force"
        return signed and act.role in {OWNER, MEMBER} and self.advance(act, act.role, "agreement", "implementation")

    def on_file_report(self, act: Act) -> bool:
        if act.role not in {OWNER, MEMBER} or self.stage != "implementation":
            return False
        self.open_life("progress_report", "submitted", final=act.asked["final"])
        return True

    def on_request_change(self, act: Act) -> bool:
        if act.role != OWNER or self.stage != "implementation":
            return False
        self.open_life("change_request", "submitted")
        return True

    def on_suspend(self, act: Act) -> bool:
        return self.advance(act, "fund_office", "implementation", "suspended")

    def on_resume(self, act: Act) -> bool:
        return self.advance(act, "fund_office", "suspended", "implementation")

    def on_finish(self, act: Act) -> bool:
        if not self.delivery_is_done() or not self.advance(act, OWNER, "implementation", "audit"):
            return False
        self.open_life("audit", "awaiting_firm", opinion="", audited=0)
        return True

    def on_accept_audit(self, act: Act) -> bool:
        fit = self.audit_is_in() and self.lives["audit"][-1]["opinion"] in {"unqualified", "qualified"}
        if not fit or not self.advance(act, "fund_office", "audit", "settlement"):
            return False
        self.lives["audit"][-1]["stage"] = "accepted"
        return True

    def on_refuse_audit(self, act: Act) -> bool:
        if act.role != "fund_office" or self.stage != "audit" or not self.audit_is_in():
            return False
        self.lives["audit"][-1]["stage"] = "refused"
        return self.terminate()

    def on_terminate(self, act: Act) -> bool:
        running = {"agreement", "implementation", "suspended", "audit", "settlement"}
        return act.role == "fund_office" and self.stage in running and self.terminate()

    def terminate(self) -> bool:
        self.switch("agreement", {"drawing_up", "awaiting_fund_office", "awaiting_applicant", "in_force"}, "ended")
        self.switch("progress_report", {"submitted", "returned"}, "cancelled")
        self.switch("change_request", {"submitted"}, "cancelled")
        self.switch("audit", {"awaiting_firm", "at_work", "submitted"}, "cancelled")
        return self.end("terminated")

    def on_prepare_settlement(self, act: Act) -> bool:
        if act.role != "finance_maker" or self.stage != "settlement" or self.settled:
            return False
        self.settled = True
        return True

    def on_query_settlement(self, act: Act) -> bool:
        if act.role != "finance_checker" or self.stage != "settlement" or not self.settled:
            return False
        self.settled = False
        return True

    def entitled(self) -> int:
        share = self.lives["audit"][-1]["audited"] * self.approved // self.declaration["planned"]
        return min(self.approved, share)

    def on_confirm_settlement(self, act: Act) -> bool:
        if act.role != "finance_checker" or self.stage != "settlement" or not self.settled:
            return False
        due = self.entitled()
        if act.asked["content_hash"] != "figures" or (due and self.barred):
            return False
        self.move("encumbered", "payable", due)
        self.move("encumbered", "available", self.money["encumbered"])
        if not due:
            return self.close()
        self.stage = "disbursement"
        self.open_order()
        return True

    def close(self) -> bool:
        self.stage, self.lives["agreement"][-1]["stage"] = "closed", "fulfilled"
        return True

    def on_close(self, act: Act) -> bool:
        paid = self.stage == "disbursement" and self.lives["payment_order"][-1]["stage"] == "paid"
        return paid and act.role == "fund_office" and self.close()

    def on_open_clawback(self, act: Act) -> bool:
        return self.money["disbursed"] > 0 and self.advance(act, "supervisor", "disbursement", "clawback")

    def on_end_clawback(self, act: Act) -> bool:
        return act.role == "finance_checker" and self.stage == "clawback" and self.close()
