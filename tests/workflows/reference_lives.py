"""The small lives inside the reference project, and its purse."""

from typing import Any

KINDS = ("score_sheet", "objection", "agreement", "progress_report", "change_request", "audit", "payment_order")
PURSE = ("available", "reserved", "encumbered", "payable", "inflight", "disbursed")


class Lives:
    """What runs inside the project: one list of plain dicts for each kind, in order of opening."""

    def __init__(self) -> None:
        self.today = 0
        self.declaration: dict[str, Any] = {}
        self.barred = self.unsound = False
        self.lives: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
        self.round = 0
        self.money = dict.fromkeys(PURSE, 0)

    def move(self, source: str, to: str, amount: int) -> None:
        assert 0 <= amount <= self.money[source]
        self.money[source] -= amount
        self.money[to] += amount

    def open_life(self, kind: str, stage: str, **facts: Any) -> None:
        self.lives[kind].append({"stage": stage, **facts})

    def switch(self, kind: str, stages: set[str], to: str) -> None:
        for life in self.lives[kind]:
            if life["stage"] in stages:
                life["stage"] = to

    def open_sheets(self, count: int) -> None:
        for _ in range(count):
            self.open_life("score_sheet", "assigned", round=self.round, points=0, amount=0)

    def void_sheets(self) -> None:
        self.switch("score_sheet", {"assigned", "open"}, "voided")
        self.round += 1

    def in_round(self, stages: set[str]) -> list[dict[str, Any]]:
        return [s for s in self.lives["score_sheet"] if s["round"] == self.round and s["stage"] in stages]

    def scored_sheets(self) -> list[dict[str, Any]]:
        return self.in_round({"submitted"})

    def unscored_sheets(self) -> list[dict[str, Any]]:
        return self.in_round({"assigned", "open"})

    def current_sheets(self) -> list[dict[str, Any]]:
        return self.scored_sheets() + self.unscored_sheets()

    def delivery_is_done(self) -> bool:
        reports = self.lives["progress_report"]
        finished = any(r["final"] and r["stage"] == "confirmed" for r in reports)
        waiting = any(r["stage"] in {"submitted", "returned"} for r in reports)
        return finished and not waiting and all(c["stage"] != "submitted" for c in self.lives["change_request"])

    def audit_is_in(self) -> bool:
        return bool(self.lives["audit"]) and self.lives["audit"][-1]["stage"] == "submitted"

    def open_order(self) -> None:
        self.open_life(
            "payment_order", "drafting", receipt=False, maker=0, checker=0, content=0, approved=-1, payee_kept=True
        )

    def take_inside(self, act: Any) -> bool:
        if act.which >= len(self.lives[act.life]):
            return False
        life = self.lives[act.life][act.which]
        to = getattr(self, f"in_{act.life}")(life, act)
        if to:
            life["stage"] = to
        return bool(to)

    def in_score_sheet(self, sheet: dict[str, Any], act: Any) -> str:  # noqa: PLR0911 - one answer for each act
        match act.role, sheet["stage"], act.action:
            case "expert", "assigned", "declare_conflict" if not act.asked["conflict"]:
                return "open"
            case ("expert", "assigned", "declare_conflict") | ("expert", "open", "recuse"):
                return "recused"
            case "secretary", "assigned" | "open", "void" if len(self.current_sheets()) > 1:
                return "voided"
            case "expert", "open", "submit_sheet":
                scores, said = act.asked["scores"], act.asked["comments"]
                most = {"need": 20, "design": 25, "budget": 20, "team": 15, "benefit": 10, "innovation": 10}
                if set(scores) != set(most) or any(not 0 <= scores[key] <= most[key] for key in most):
                    return ""
                silent = any(scores[key] * 10 < most[key] * 6 and not said.get(key) for key in most)
                if silent or act.asked["suggested_amount"] > self.declaration["requested"]:
                    return ""
                sheet |= {"points": sum(scores.values()), "amount": act.asked["suggested_amount"]}
                sheet["against"] = act.asked["recommendation"] == "not_recommend"
                return "submitted"
        return ""

    def in_objection(self, objection: dict[str, Any], act: Any) -> str:
        return ""  # only its project decides an objection

    def in_agreement(self, agreement: dict[str, Any], act: Any) -> str:
        drawn_up = (act.role, agreement["stage"], act.action) == ("system", "drawing_up", "file_text")
        return "awaiting_fund_office" if drawn_up else ""

    def in_progress_report(self, report: dict[str, Any], act: Any) -> str:
        match act.role, report["stage"], act.action:
            case "front_office", "submitted", "confirm_report":
                return "confirmed"
            case "front_office", "submitted", "return_report":
                return "returned"
            case "applicant_owner" | "applicant_member", "returned", "resubmit_report":
                return "submitted"
        return ""

    def in_change_request(self, change: dict[str, Any], act: Any) -> str:
        match act.role, change["stage"], act.action:
            case "fund_office", "submitted", "accept_change":
                return "accepted"
            case "fund_office", "submitted", "refuse_change":
                return "refused"
            case "applicant_owner" | "applicant_member", "submitted", "withdraw_change":
                return "withdrawn"
        return ""

    def in_audit(self, audit: dict[str, Any], act: Any) -> str:
        match act.role, audit["stage"], act.action:
            case "fund_office", "awaiting_firm" | "at_work", "assign_auditor" if act.asked["firm"] != audit.get("firm"):
                audit["firm"] = act.asked["firm"]
                return "at_work"
            case "fund_office", "submitted", "return_audit":
                return "at_work"
            case "audit_firm", "at_work", "submit_audit":
                (line,) = act.asked["lines"]
                if line["claimed"] - line["disallowed"] != line["audited"] or act.asked["audited"] != line["audited"]:
                    return ""
                if act.asked["first_cpa"] == act.asked["second_cpa"]:
                    return ""
                audit |= {"opinion": act.asked["opinion"], "audited": line["audited"]}
                return "submitted"
        return ""

    def in_payment_order(self, order: dict[str, Any], act: Any) -> str:  # noqa: PLR0911 - one answer for each act
        still_approved = order["approved"] == order["content"]
        safe = order["payee_kept"] and not self.unsound and not self.barred
        match act.role, order["stage"], act.action:
            case "finance_maker", "drafting" | "failed" | "approved", "prepare":
                if self.unsound or (order["stage"] == "approved" and still_approved and order["payee_kept"]):
                    return ""
                order |= {"maker": act.person, "checker": 0, "content": order["content"] + 1, "payee_kept": True}
                return "prepared"
            case "finance_checker", "prepared", "approve_payment":
                if not safe or act.person == order["maker"] or act.asked["content_hash"] != str(order["content"]):
                    return ""
                order |= {"checker": act.person, "approved": order["content"]}
                return "approved"
            case "finance_checker", "prepared", "refuse_payment":
                return "drafting"
            case "finance_maker", "approved", "record_sent" if safe and still_approved:
                order |= {"receipt": False, "sent_on": self.today}
                self.move("payable", "inflight", self.money["payable"])
                return "sent"
            case "finance_maker", "sent", "record_paid" if act.asked["bank_reference"]:
                if self.today - act.asked["days_ago"] < order["sent_on"]:
                    return ""
                self.move("inflight", "disbursed", self.money["inflight"])
                return "paid"
            case "finance_checker", "sent", "record_failed" if order["receipt"] and act.person != order["maker"]:
                self.move("inflight", "payable", self.money["inflight"])
                return "failed"
        return ""
