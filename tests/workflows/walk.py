"""Random lives: whatever anybody tries, the workflows and the reference must answer alike."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.workflows.expected import TABLES, expected
from tests.workflows.reference import Reference
from tests.workflows.reference_reviews import Act
from tests.workflows.world import World, working_day
from workflows.roles import LABELS

#: Who does what on a turn, and how often.
TURNS = ("somebody_does_their_duty",) * 16 + ("somebody_oversteps",) * 2 + ("time_passes", "something_happens")
Pick = Callable[[Sequence[Any]], Any]

EXPECTED = {key.partition("/")[0]: expected(key) for key in TABLES if key != "programme_year/1"}
ACTIONS = [(life, action) for life, table in EXPECTED.items() for action in sorted({name for _, name in table})]
#: Every step that a person, the public or the clock can take: life, from, action, to.
STEPS = {
    (life, source, action, to)
    for life, table in EXPECTED.items()
    for (source, action), branches in table.items()
    for roles, to in branches
    if roles != {"parent"}
}
#: Acts that end or delay a life, each taken once in so many times: else no project would reach its money.
RARE = {
    **dict.fromkeys(("withdraw", "reject", "terminate", "lapse", "recuse", "void"), 150),
    **dict.fromkeys(("return_for_correction", "defer"), 50),
    **dict.fromkeys(
        ("refuse_audit", "suspend", "open_clawback", "return_audit", "add_experts", "reverse_settlement"), 12
    ),
    **dict.fromkeys(
        ("object", "request_change", "query_settlement", "give_opinion", "refuse_payment", "file_report"), 4
    ),
}
PEOPLE = {role: (10 * n + 1,) for n, role in enumerate(LABELS)} | {"panel_member": (501, 502, 503, 504)}
GOOD = {"planned": 120_000_000, "requested": 30_000_000, "gap": False, "paper_missing": False, "elsewhere": False}
FULL = {"need": 20, "design": 25, "budget": 20, "team": 15, "benefit": 10, "innovation": 10}
MIDDLING = {key: most * 7 // 10 for key, most in FULL.items()}
FAULTY = [dict.fromkeys(FULL, 6), FULL | {"need": 21}, {"need": 20}]
#: What the experts of a project tend to write, the usual sheet first.
SCORES = [[FULL, FULL | {"design": 15}, *FAULTY], [FULL, MIDDLING, *FAULTY], [MIDDLING, FULL, *FAULTY]]
#: The same for the amounts they suggest and for what they recommend.
AMOUNTS = [[30_000_000, 20_000_000, 99_000_000]] * 14 + [[0, 20_000_000]]
OPINIONS = [["recommend", "not_recommend"]] * 14 + [["not_recommend", "recommend"]]
SAID = dict.fromkeys(FULL, "说明")


class Walk:
    """A project under test beside its reference, and what has been seen on the way."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick
        budget = pick([100_000_000, 100_000_000, 20_000_000])
        self.world, self.reference = World(budget), Reference(budget)
        self.budget = budget
        self.accepted: Counter[tuple[str, str, str, str]] = Counter()
        self.refused = 0
        self.scores, self.amounts, self.opinions = pick(SCORES), pick(AMOUNTS), pick(OPINIONS)
        self.edit(GOOD)

    def turn(self) -> None:
        """One thing that happens, whatever it is."""
        getattr(self, self.pick(TURNS))()

    def edit(self, declaration: dict[str, Any]) -> None:
        self.world.declaration, self.reference.declaration = dict(declaration), dict(declaration)

    def somebody_does_their_duty(self) -> None:
        """An act that leaves the stage of the project or of something running inside it."""
        places = [("aid_project", 0, self.reference.stage)] + [
            (kind, number, life["stage"])
            for kind, lives in self.reference.lives.items()
            for number, life in enumerate(lives)
        ]
        open_acts = [
            (life, which, action, sorted(roles))
            for life, which, stage in places
            for (source, action), branches in EXPECTED[life].items()
            for roles, _ in branches
            if source == stage and roles != {"parent"}
        ]
        if not open_acts:
            return self.somebody_oversteps()
        life, which, action, roles = self.pick(open_acts)
        if self.pick(range(RARE.get(action, 1))):
            return None
        role = self.pick(roles)
        return self.act(life, action, role, which)

    def somebody_oversteps(self) -> None:
        """Any act of any life by any role."""
        life, action = self.pick(ACTIONS)
        self.act(life, action, self.pick(sorted(LABELS)), self.pick(range(3)))

    def act(self, life: str, action: str, role: str, which: int) -> None:
        person = self.pick(PEOPLE[role]) if self.pick(range(10)) else PEOPLE["finance_maker"][0]
        act = Act(life, action, role, person, which, self.asked(life, action, which))
        if role == "parent" or (action == "decide_objection" and "objection" not in act.asked):
            return  # nobody can say that he is the project, nor name an objection that is not there
        before = self.picture(self.reference)
        answers = self.world.take(act), self.reference.take(act)
        assert answers[0] == answers[1], (act, answers, before)
        self.compare(act)
        after = self.picture(self.reference)
        if answers[0]:
            self.accepted[life, self.place(before, act), action, self.place(after, act)] += 1
        else:
            self.refused += 1
            assert before == after, act

    def place(self, picture: dict[str, Any], act: Act) -> str:
        return str(picture["stage"] if act.life == "aid_project" else picture["lives"][act.life][act.which])

    def time_passes(self) -> None:
        days = self.pick([1, 1, 2, 5, 12])
        self.world.today += days
        self.reference.today += days

    def something_happens(self) -> None:
        """What is no act of the workflow: the papers are edited, a list changes, an account changes."""
        match self.pick(["edit", "mend", "mend", "mend", "bar", "ledger", "payee", "content", "receipt"]):
            case "edit" if self.reference.stage in {"draft", "correction"}:
                self.edit(GOOD | self.pick([
                    {"requested": 36_000_000}, {"requested": 36_000_001}, {"gap": True}, {"paper_missing": True},
                    {"elsewhere": True}, {"requested": 0}, {"planned": 10**10, "requested": 50_000_000},
                    {"planned": 10**10, "requested": 50_000_001},
                ]))  # fmt: skip
            case "mend":
                self.world.barred = self.reference.barred = self.world.unsound = self.reference.unsound = False
                if self.reference.stage in {"draft", "correction"}:
                    self.edit(GOOD)
            case "bar":
                self.world.barred = self.reference.barred = True
            case "ledger":
                self.world.unsound = self.reference.unsound = True
            case "payee" | "content" | "receipt" as what:
                self.an_order_changes(what)

    def an_order_changes(self, what: str) -> None:
        """The payee's account, what the order says, or a slip of the bank comes while the order is there."""
        for side in (self.world, self.reference):
            for order in side.lives["payment_order"]:
                here = order["receipt"] or order["stage"] == "sent"
                changed = {"payee": ("payee_kept", False), "content": ("content", order["content"] + 1)}
                order.update([(changed | {"receipt": ("receipt", here)})[what]])

    def asked(self, life: str, action: str, which: int) -> dict[str, Any]:  # noqa: C901, PLR0911, PLR0912 - one per act
        """The fields of the command, mostly sound, sometimes not."""
        pick = self.mostly
        match life, action:
            case "aid_project", "open_panel":
                return {"experts": range(pick([5, 7, 6, 3]))}
            case "aid_project", "add_experts":
                return {"experts": range(pick([1, 2]))}
            case "aid_project", "close_panel":
                amount = pick([30_000_000, 20_000_000, 12_345_678, 36_000_000, 50_000_000, 0])
                return {"outcome": pick(["recommend", "not_recommend"]), "suggested_amount": amount}
            case "aid_project", "decide_objection":
                waiting = [n for n, o in enumerate(self.reference.lives["objection"]) if o["stage"] == "received"]
                outcome = pick(["refuted", "upheld"])
                return {"outcome": outcome, "objection": self.pick(waiting)} if waiting else {}
            case "aid_project", "vote":
                return {"vote": pick(["for", "against", "abstain"])}
            case "aid_project", "approve":
                return {"amount": pick([12_000_000, 12_345_678, 20_000_000, 30_000_000, 60_000_000, 0])}
            case "aid_project", "sign_agreement":
                return {"document_hash": pick(["text", "another text"])}
            case "aid_project", "file_report":
                return {"final": pick([True, False])}
            case "aid_project", "confirm_settlement":
                return {"content_hash": pick(["figures", "other figures"])}
            case "score_sheet", "declare_conflict":
                return {"conflict": pick([False, True])}
            case "score_sheet", "submit_sheet":
                said = {"comments": pick([SAID, {}]), "recommendation": pick(self.opinions)}
                return {"scores": pick(self.scores), "suggested_amount": pick(self.amounts), **said}
            case "audit", "assign_auditor":
                return {"firm": pick(["CPA1", "CPA2"])}
            case "audit", "submit_audit":
                audited = pick([120_000_000, 100_000_000, 33_333_333, 3, 0])
                line = {
                    "item": "物资",
                    "claimed": audited + 100,
                    "disallowed": 100,
                    "audited": audited,
                    "reason": "无票据",
                }
                totals = {"claimed": audited + 100, "disallowed": 100, "audited": audited + pick([0, 1])}
                opinion = pick(["unqualified", "qualified", "adverse", "disclaimer"])
                signed = {"first_cpa": "张三", "second_cpa": pick(["李四", "张三"])}
                return {"lines": [line], **totals, "opinion": opinion, **signed}
            case "payment_order", "approve_payment":
                orders = self.reference.lives["payment_order"]
                return {
                    "content_hash": str(orders[which]["content"])
                    if which < len(orders) and pick([True, False])
                    else "old"
                }
            case "payment_order", "record_paid":
                days_ago = pick([0, 1, 3])
                paid_on = working_day(max(0, self.reference.today - days_ago))
                return {"bank_reference": pick(["B1", ""]), "paid_on": paid_on, "days_ago": days_ago}
        return {}

    def mostly(self, options: Sequence[Any]) -> Any:
        """The first option four times out of five, else any."""
        return options[0] if self.pick(range(5)) else self.pick(options)

    def compare(self, act: Act) -> None:
        ours, theirs = self.picture(self.world), self.picture(self.reference)
        assert ours == theirs, (act, ours, theirs)
        self.check_the_money()

    def picture(self, side: World | Reference) -> dict[str, Any]:
        lives = {kind: [life["stage"] for life in lives] for kind, lives in side.lives.items()}
        return {"stage": side.stage, "lives": lives, "money": dict(side.money)}

    def check_the_money(self) -> None:
        """What holds at every moment, whatever the answers were."""
        world, money = self.world, self.world.money
        assert sum(money.values()) == self.budget
        assert min(money.values()) >= 0
        spent = money["payable"] + money["inflight"] + money["disbursed"]
        if spent:
            ceiling = min(world.declaration["planned"] * 3 // 10, 50_000_000, world.declaration["requested"])
            assert spent == world.settlement.entitled <= world.approved <= world.suggested <= ceiling
            assert [audit["stage"] for audit in world.lives["audit"]] == ["accepted"]
            assert world.lives["audit"][0]["opinion"] in {"unqualified", "qualified"}
        alive = [a for a in world.lives["agreement"] if a["stage"] not in {"fulfilled", "ended", "lapsed"}]
        assert len(alive) <= 1
