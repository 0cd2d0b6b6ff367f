"""An aid project told once more, as plain branches instead of a table: what must happen and when.

It shares no rule, no number and no line with `workflows`. Days are counted in working days from
the opening of the call, money in fen.
"""

from tests.workflows.reference_reviews import MEMBER, OWNER, Act, Reviews


class Reference(Reviews):
    """The project as it should stand after the acts so far."""

    def take(self, act: Act) -> bool:
        """Carry the act out; False when it must be refused."""
        if act.life != "aid_project":
            return self.take_inside(act)
        does = getattr(self, f"on_{act.action}", None)
        return bool(does and does(act))

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

    def on_reverse_settlement(self, act: Act) -> bool:
        if act.role != "finance_checker" or self.stage != "disbursement":
            return False
        if self.lives["payment_order"][-1]["stage"] in {"sent", "paid"}:
            return False
        self.move("payable", "encumbered", self.money["payable"])
        self.move("available", "encumbered", self.approved - self.money["encumbered"])
        self.switch("payment_order", {"drafting", "prepared", "approved", "failed"}, "cancelled")
        self.settled, self.stage = False, "settlement"
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
