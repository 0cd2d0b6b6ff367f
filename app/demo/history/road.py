"""The road of one project of the past, from the draft to the closure, with its days and its words."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.demo.history.chain import Chain, Told
from app.demo.history.projects import Past
from app.demo.road import sheet as scored
from app.demo.story import Line, Story
from app.people.permissions import Actor
from workflows import money
from workflows.calendar import SHANGHAI, deadline, is_working_day, shanghai_date
from workflows.money import Settlement, yuan
from workflows.policy import Policy

CONTACT = "上海市人民政府合作交流办公室 021-00000000（演示）"
DAY = timedelta(days=1)
EXPERTS, DRAWN = 7, 5
#: Seats of the joint panel.
MEMBERS = 3


@dataclass(slots=True)
class Journey:
    """A project on the road: its chain, the rules it lives by, who acts, and the moment it has come to."""

    past: Past
    chain: Chain
    policy: Policy
    cast: dict[str, Actor]
    owner: Actor
    accepting: Actor
    front: Actor
    number: str
    order: int
    now: datetime = field(init=False)
    told: dict[str, Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = _at(self.past.declared_on, self.order)

    def who(self, role: str, key: str = "") -> tuple[str, int | None]:
        """A role and the person who acts in it; nobody for the system."""
        actors = {"applicant_owner": self.owner, "accepting_unit": self.accepting, "front_office": self.front}
        actor = actors.get(role) or self.cast.get(key or role)
        return role, actor.user_id if actor else None

    def later(self, days: int) -> datetime:
        """The working day so many days on, in office hours."""
        self.now = _at(shanghai_date(self.now) + days * DAY, self.order)
        return self.now

    def until(self, day: date) -> datetime:
        """Not before this day."""
        self.now = max(self.now, _at(day, self.order))
        return self.now

    @property
    def drawn(self) -> list[str]:
        """The keys of the experts of its panel, by turns."""
        return [f"expert{(self.order + turn) % EXPERTS + 1}" for turn in range(DRAWN)]

    def act(self, name: str, role: str, action: str, key: str = "", life: str = "", **fields: Any) -> Told:
        """An act at the present moment, kept under a name."""
        case = self.chain.running(life)[0] if life else self.chain.root
        told = self.chain.act(case, action, self.who(role, key), self.now, **fields)
        self.told[name] = told
        return told

    def at(self, name: str) -> datetime:
        """When the act of this name was taken."""
        return self.told[name].row["at"]  # type: ignore[no-any-return]

    @property
    def audited(self) -> int:
        """What the audit accepts of the spending, in fen."""
        return self.past.planned - self.past.disallowed

    @property
    def settled(self) -> Settlement:
        """What the rules of that time make of the audited spending."""
        return money.settle(
            self.policy, planned_total=self.past.planned, approved=self.past.approved, audited_eligible=self.audited,
            opinion="unqualified", other_fiscal=0, already_paid=0,
        )  # fmt: skip

    @property
    def sheets(self) -> list[dict[str, Any]]:
        """The five sheets of the panel."""
        story = _as_story(self.past)
        return [scored(story, number) for number in range(DRAWN)]


def declare(journey: Journey) -> None:
    """Open the draft; what is declared is written before it is submitted."""
    owner = journey.owner.user_id
    assert owner is not None
    private = {
        "call": f"DKZY-{journey.past.year}",
        "title": journey.past.title,
        "organisation": journey.past.applicant.uscc,
    }
    journey.chain.begin(owner, journey.now, private)


def judge(journey: Journey) -> None:
    """From the submission to the announcement."""
    past, act = journey.past, journey.act
    journey.later(3)
    act("submit", "applicant_owner", "submit")
    journey.later(3)
    act(
        "opinion",
        "front_office",
        "give_opinion",
        supports=True,
        opinion=f"已到{past.spot.place}核实，需求属实，当地配合有保障。",
    )
    journey.later(3)
    act("authentic", "accepting_unit", "pass_authenticity", opinion="登记信息、需求、合作方与配套资金经核对属实。")
    journey.later(6)
    act("compliant", "fund_office", "pass_compliance", "fund", opinion="地区、领域、资助比例与单项限额均符合规定。")
    journey.later(4)
    people = [journey.who("expert", key)[1] for key in journey.drawn]
    journey.told["panel"] = journey.chain.act(
        journey.chain.root, "open_panel", journey.who("secretary"), journey.now, drawn=[p for p in people if p],
        experts=[f"{key}@demo.aidflow.example" for key in journey.drawn], session_on=shanghai_date(journey.now).isoformat(),
    )  # fmt: skip
    for number, (key, life) in enumerate(zip(journey.drawn, journey.chain.running("score_sheet"), strict=True)):
        journey.later(1 if number % 2 == 0 else 0)
        expert = journey.who("expert", key)
        journey.told[f"declared{number}"] = journey.chain.act(
            life, "declare_conflict", expert, journey.now, conflict=False
        )
        journey.now += timedelta(minutes=40)
        journey.told[f"sheet{number}"] = journey.chain.act(
            life, "submit_sheet", expert, journey.now, **journey.sheets[number]
        )
    journey.later(3)
    act("recommended", "secretary", "close_panel", outcome="recommend", suggested_amount=yuan(past.suggested),
        opinion="目标明确，方案可行，建议按上述金额资助。")  # fmt: skip
    journey.later(2)
    act("notice", "fund_office", "publish_notice", "fund", contact=CONTACT)
    journey.now = deadline(journey.policy.publicity_days, "working_days", True, journey.now)  # noqa: FBT003 -- fields of a Due
    act("shown", "system", "end_publicity")
    journey.later(3)
    for member in range(1, MEMBERS + 1):
        act(f"vote{member}", "panel_member", "vote", f"panel{member}", vote="for")
    journey.later(1)
    act("approved", "approver", "approve", amount=yuan(past.approved), minutes="经会审表决，同意按上述金额资助。")
    journey.later(3)
    act("announced", "fund_office", "announce", "fund")


def work(journey: Journey, paper: UUID, document_hash: str) -> None:
    """From the agreement, whose text is there by now, to the audited end of the work."""
    past, act = journey.past, journey.act
    journey.now += timedelta(minutes=30)
    act("text", "system", "file_text", life="agreement", paper=paper)
    journey.later(4)
    act("fund_signed", "fund_office", "sign_agreement", "fund", document_hash=document_hash)
    journey.later(4)
    act("signed", "applicant_owner", "sign_agreement", document_hash=document_hash)
    journey.later(2)
    journey.until(past.starts_on)
    act("started", "applicant_owner", "start", started_on=shanghai_date(journey.now).isoformat())
    journey.until(past.ends_on)
    journey.later(12)
    act("reported", "applicant_owner", "file_report", **report(past))
    journey.later(5)
    act("report_confirmed", "front_office", "confirm_report", life="progress_report", remark="现场验收合格。")
    journey.later(3)
    act("finished", "applicant_owner", "finish", summary=f"{past.work.goals}各项指标已完成，申请结项审计。")
    journey.later(4)
    act("assigned", "fund_office", "assign_auditor", "fund", life="audit", firm="CPA-1")
    journey.later(20)
    act("audited", "audit_firm", "submit_audit", "auditor", life="audit", **audit(journey))
    journey.later(5)
    act("audit_accepted", "fund_office", "accept_audit", "fund")


def settle(journey: Journey, settlement_hash: str) -> None:
    """The settlement, made by one and confirmed by another."""
    act = journey.act
    journey.later(3)
    act("prepared", "finance_maker", "prepare_settlement", "maker")
    journey.later(2)
    act("settled", "finance_checker", "confirm_settlement", "checker", content_hash=settlement_hash)


def pay(journey: Journey, order_hash: str) -> None:
    """From the payment order to the closure."""
    act = journey.act
    journey.later(1)
    act("order_prepared", "finance_maker", "prepare", "maker", life="payment_order")
    journey.later(1)
    act(
        "order_approved", "finance_checker", "approve_payment", "checker", life="payment_order", content_hash=order_hash
    )
    journey.later(1)
    act("order_sent", "finance_maker", "record_sent", "maker", life="payment_order")
    journey.later(2)
    act("paid", "finance_maker", "record_paid", "maker", life="payment_order",
        bank_reference=bank_reference(journey), paid_on=shanghai_date(journey.now).isoformat())  # fmt: skip
    journey.later(4)
    act(
        "closed",
        "fund_office",
        "close",
        "fund",
        performance_score=journey.past.score,
        remark="绩效目标完成，资料齐全，予以结项。",
    )


def report(past: Past) -> dict[str, Any]:
    """The final report."""
    return {
        "final": True, "period_from": past.starts_on.isoformat(), "period_until": past.ends_on.isoformat(),
        "summary": f"已完成：{past.work.activities}共 {past.units} {past.work.unit}{past.work.item}，受益对象为{past.spot.short}的{past.work.beneficiaries}。",
        "spent": yuan(past.planned), "beneficiaries": past.units * 9,
    }  # fmt: skip


def budget(past: Past) -> list[tuple[str, str, int, str]]:
    """The budget lines: category, item, amount in fen, source."""
    lines = (
        ("goods", past.work.item, past.own, "own"),
        ("service", "受益人服务与当地执行", past.donated, "donated"),
        ("transport", "交通与物流", past.other, "other"),
        ("training", "培训与跟踪服务（资助部分）", past.requested, "grant"),
    )
    return [line for line in lines if line[2]]


def audit(journey: Journey) -> dict[str, Any]:
    """The audit report; what is not accepted lies in the first line."""
    past, lines = journey.past, []
    for place, (_category, item, amount, _source) in enumerate(budget(past)):
        off = 0 if place else past.disallowed
        lines.append({"item": item, "budget": yuan(amount), "claimed": yuan(amount), "disallowed": yuan(off),
                      "audited": yuan(amount - off), "reason": "部分支出缺少合规票据。" if off else ""})  # fmt: skip
    received = {"自有资金": past.own, "社会捐赠": past.donated, "其他资金": past.other}
    return {
        "number": f"演示审字〔{past.ends_on.year}〕{journey.number[-6:]}号", "licence": "31000000（演示）",
        "first_cpa": "甄审慎（演示）", "second_cpa": "季会通（演示）",
        "independence": "本所及签字注册会计师与项目主体、合作方无任何利害关系。",
        "period_from": past.starts_on.isoformat(), "period_until": past.ends_on.isoformat(),
        "received": [{"source": name, "amount": yuan(amount)} for name, amount in received.items() if amount],
        "lines": lines, "claimed": yuan(past.planned), "disallowed": yuan(past.disallowed),
        "audited": yuan(journey.audited), "other_fiscal": "0.00", "opinion": "unqualified",
        "findings": "票据管理应予加强。" if past.disallowed else "无。",
    }  # fmt: skip


def bank_reference(journey: Journey) -> str:
    """The number of the bank's transfer, made up."""
    return f"DEMO-{journey.number}"


def _at(day: date, order: int) -> datetime:
    while not is_working_day(day):
        day += DAY
    return (datetime.combine(day, time(9, 30), SHANGHAI) + timedelta(minutes=order * 7 % 400)).astimezone(UTC)


def _as_story(past: Past) -> Story:
    """As much of a story as the experts' sheets look at."""
    words = dict.fromkeys(("key", "organisation", "call", "area", "partner", "until"), "")
    return Story(
        **words, title=past.title, field=past.field, place=past.spot.place, need=past.work.need, goals=past.work.goals,
        activities=past.work.activities, beneficiaries=past.work.beneficiaries, direct=past.units,
        lines=(Line("training", "资助", "批", 1, yuan(past.requested), "grant"),), output=("", "", ""), benefit=("", "", ""),
        submitted=0, ago=0, suggested=yuan(past.suggested), quality=past.score - 88,
    )  # fmt: skip
