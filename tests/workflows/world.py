"""One project and its small lives moved by the workflows themselves, with nothing behind them.

It does what casework and the features do around a step: gather the facts, note what was said, carry
out the effects. Every rule comes from `workflows`.
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from tests.workflows.reference_reviews import Act
from workflows import agreement, audit, change, objection, payment, report, review
from workflows.calendar import SHANGHAI, deadline, end_of, shanghai_date, working_day_after, working_days_between
from workflows.definition import PARENT, Move, Open, Post
from workflows.engine import Ask, NotFromHere, Refused, step
from workflows.money import settle
from workflows.policy import DEFAULT_POLICY
from workflows.project_facts import Facts
from workflows.registry import LIVES

FIRST_DAY = date(2026, 3, 2)
#: Ledger code → from, to; source: design "Money: the fund ledger".
FLOWS = {
    "reserve": ("available", "reserved"),
    "unreserve": ("reserved", "available"),
    "encumber": ("reserved", "encumbered"),
    "accrue": ("encumbered", "payable"),
    "accrual_reverse": ("payable", "encumbered"),
    "release_reverse": ("available", "encumbered"),
    "release": ("encumbered", "available"),
    "instruct": ("payable", "inflight"),
    "settle": ("inflight", "disbursed"),
    "bounce": ("inflight", "payable"),
}


@cache
def working_day(number: int) -> date:
    """The working day with this number, the first day of the call being 0."""
    return working_day_after(FIRST_DAY, number)


class World:
    """The project as the workflows leave it after the acts so far."""

    def __init__(self, budget: int) -> None:
        self.today = 0
        self.project: dict[str, Any] = {"stage": "draft", "due_at": None, "returned_from": None}
        inside = LIVES.keys() - {"aid_project", "programme_year"}
        self.lives: dict[str, list[dict[str, Any]]] = {life: [] for life in inside}
        self.money = dict.fromkeys(("available", "reserved", "encumbered", "payable", "inflight", "disbursed"), 0)
        self.money["available"] = budget
        self.declaration: dict[str, Any] = {}
        self.barred = self.unsound = False
        self.round = self.suggested = self.approved = self.days_left = 0
        self.returns: dict[str, int] = {}
        self.closes_at: datetime | None = None
        self.votes: dict[int, str] = {}
        self.settlement: Any = None
        self.released = 0

    @property
    def stage(self) -> str:
        return str(self.project["stage"])

    @property
    def now(self) -> datetime:
        """Ten in the morning of the current working day."""
        return datetime.combine(working_day(self.today), time(10), SHANGHAI)

    def take(self, act: Act) -> bool:
        """Ask the engine, and carry out what it answers; False when it refuses."""
        if act.life == "aid_project":
            case = self.project
        elif act.which < len(self.lives[act.life]):
            case = self.lives[act.life][act.which]
        else:
            return False
        facts = self.facts_of(act.life, case, act)
        try:
            transition = step(LIVES[act.life], Ask(case["stage"], act.action, frozenset({act.role}), facts))
        except Refused:
            return False
        self.note(act, case)
        self.enter(act.life, case, transition, facts)
        for effect in transition.effects:
            if isinstance(effect, Post):
                self.post(effect.code, effect.amount(facts))
            elif isinstance(effect, Open):
                self.open(effect.life, act)
            elif isinstance(effect, Move):
                self.move(effect, act)
        return True

    def enter(self, life: str, case: dict[str, Any], transition: Any, facts: Any) -> None:
        due = transition.due or (LIVES[life].stage(transition.to).due if transition.moves else None)
        case["stage"] = transition.to
        if due is None:
            return
        case["due_at"] = deadline(due.count(facts), due.unit, due.first_day_counts, self.now)
        if due.then == "end_publicity":
            self.closes_at = case["due_at"]

    def post(self, code: str, amount: int) -> None:
        source, to = FLOWS[code]
        assert 0 <= amount <= self.money[source], (code, amount, self.money)
        self.money[source] -= amount
        self.money[to] += amount

    def move(self, effect: Move, act: Act) -> None:
        for number, case in enumerate(self.lives[effect.life]):
            if effect.chosen_by is not None and number != act.asked[effect.chosen_by]:
                continue
            facts = self.facts_of(effect.life, case, Act(effect.life, effect.action, PARENT, 0))
            try:
                transition = step(LIVES[effect.life], Ask(case["stage"], effect.action, frozenset({PARENT}), facts))
            except NotFromHere:
                continue
            self.enter(effect.life, case, transition, facts)

    def open(self, life: str, act: Act) -> None:
        count = len(act.asked["experts"]) if life == "score_sheet" else 1
        for _ in range(count):
            case = {"stage": LIVES[life].start, "round": self.round, "final": act.asked.get("final", False)}
            case |= {"maker": None, "checker": None, "content": 0, "approved": None, "payee_kept": True}
            case |= {"sent_at": None, "receipt": False}
            self.lives[life].append(case)

    def note(self, act: Act, case: dict[str, Any]) -> None:  # noqa: C901, PLR0912 - one branch for each act
        """What the features write down beside the step."""
        asked = act.asked
        match act.action:
            case "return_for_correction":
                self.project["returned_from"] = self.stage
                self.returns[self.stage] = self.returns.get(self.stage, 0) + 1
                self.round += self.stage == "expert_review"
            case "submit_sheet":
                case |= {"points": review.total(asked["scores"]), "amount": asked["suggested_amount"]}
                case["recommendation"] = asked["recommendation"]
            case "close_panel":
                self.suggested = asked["suggested_amount"]
            case "object" if self.stage == "publicity" and self.closes_at is not None:
                last_day = shanghai_date(self.closes_at - timedelta(seconds=1))
                self.days_left = working_days_between(shanghai_date(self.now), last_day) + 1
            case "vote":
                self.votes[act.person] = asked["vote"]
            case "approve":
                self.approved = asked["amount"]
            case "assign_auditor":
                case["firm"] = asked["firm"]
            case "submit_audit":
                case |= {"opinion": asked["opinion"], "audited": asked["audited"]}
            case "prepare_settlement":
                self.settlement = settle(
                    DEFAULT_POLICY, planned_total=self.declaration["planned"], approved=self.approved,
                    audited_eligible=self.lives["audit"][-1]["audited"], opinion=self.lives["audit"][-1]["opinion"],
                )  # fmt: skip
            case "confirm_settlement":
                self.released = self.money["encumbered"] - self.settlement.entitled
            case "query_settlement" | "reverse_settlement":
                self.settlement = None
            case "prepare":
                case |= {"maker": act.person, "checker": None, "content": case["content"] + 1, "payee_kept": True}
            case "approve_payment":
                case |= {"checker": act.person, "approved": str(case["content"])}
            case "record_sent":
                case |= {"sent_at": self.now, "receipt": False}

    def facts_of(self, life: str, case: dict[str, Any], act: Act) -> Any:
        match life:
            case "aid_project":
                return self.facts(act)
            case "score_sheet":
                there = {"assigned", "open", "submitted"}
                panel = [s for s in self.lives[life] if s["round"] == case["round"] and s["stage"] in there]
                others = sum(sheet is not case for sheet in panel)
                return review.Facts(asked=act.asked, requested=self.declaration["requested"], other_sheets=others)
            case "audit":
                return audit.Facts(asked=act.asked, report_attached=True, firm=case.get("firm"))
            case "payment_order":
                return payment.Facts(
                    asked=act.asked, payable=self.money["payable"] + self.money["inflight"], actor=act.person,
                    prepared_by=case["maker"], approved_by=case["checker"], content_hash=str(case["content"]),
                    approved_content=case["approved"], payee_unchanged=case["payee_kept"],
                    violations_free=not self.unsound, yearly_check_passed=not self.barred,
                    today=shanghai_date(self.now), sent_at=case["sent_at"], receipt_attached=case["receipt"],
                )  # fmt: skip
        small = {"objection": objection, "agreement": agreement, "progress_report": report, "change_request": change}
        return small[life].Facts(asked=act.asked)

    def facts(self, act: Act) -> Facts:
        d, lives = self.declaration, self.lives
        sheets = [sheet for sheet in lives["score_sheet"] if sheet["round"] == self.round]
        handed_in = [sheet for sheet in sheets if sheet["stage"] == "submitted"]
        votes = list(self.votes.values())
        signed = lives["agreement"][-1]["stage"] if lives["agreement"] else "drawing_up"
        audited = lives["audit"][-1] if lives["audit"] else {"stage": ""}
        return Facts(
            now=self.now,
            asked=act.asked,
            due_at=self.project["due_at"],
            call_opens_at=datetime.combine(FIRST_DAY, time(9), SHANGHAI),
            call_closes_at=end_of(working_day(10)),
            gaps=("项目名称",) if d["gap"] else (),
            missing_papers=("承诺书",) if d["paper_missing"] else (),
            area_in_scope=not d["elsewhere"],
            planned_total=d["planned"],
            requested=d["requested"],
            yearly_check_passed=not self.barred,
            returned_from=self.project["returned_from"],
            returns_here=self.returns.get(self.stage, 0),
            sheets_running=sum(sheet["stage"] in {"assigned", "open"} for sheet in sheets),
            sheet_totals=tuple(sheet["points"] for sheet in handed_in),
            sheet_suggestions=tuple(sheet["amount"] for sheet in handed_in),
            sheet_recommendations=tuple(sheet["recommendation"] for sheet in handed_in),
            suggested=self.suggested,
            notice_published=self.closes_at is not None,
            notice_closes_at=self.closes_at,
            notice_days_left=self.days_left,
            open_objections=sum(life["stage"] == "received" for life in lives["objection"]),
            votes_for=votes.count("for"),
            votes_against=votes.count("against"),
            votes_abstained=votes.count("abstain"),
            has_voted=act.person in self.votes,
            approved=self.approved,
            agreement_hash=None if signed == "drawing_up" else "text",
            signed_by_fund_office=signed in {"awaiting_applicant", "in_force"},
            signed_by_applicant=signed == "in_force",
            final_report_confirmed=any(r["final"] and r["stage"] == "confirmed" for r in lives["progress_report"]),
            open_reports=sum(r["stage"] in {"submitted", "returned"} for r in lives["progress_report"]),
            open_changes=sum(c["stage"] == "submitted" for c in lives["change_request"]),
            audit_submitted=audited["stage"] == "submitted",
            audit_opinion=audited.get("opinion"),
            settlement_hash="figures" if self.settlement else None,
            entitled=self.settlement.entitled if self.settlement else 0,
            payable=self.settlement.payable if self.settlement else 0,
            available=self.money["available"],
            reserved=self.money["reserved"],
            encumbered=self.money["encumbered"],
            released=self.released,
            inflight=self.money["inflight"],
            paid=self.money["disbursed"],
            live_orders=sum(order["stage"] not in {"paid", "cancelled"} for order in lives["payment_order"]),
        )
