"""One made-up project on its way, act by act, over HTTP."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import click
import httpx

from app.demo.cast import DOMAIN, GUOLUO
from app.demo.walk_data import DECLARATION, PAPERS, PLANNED, audit_report, sample
from workflows.calendar import shanghai_date
from workflows.money import fen_of, yuan
from workflows.policy import DEFAULT_POLICY

SUGGESTED, APPROVED = "340000.00", "330000.00"
#: Seconds until the worker has drawn up the agreement.
PATIENCE = 120
POLL = 0.25
EXPERTS = tuple(f"expert{n}" for n in range(1, 6))
MEMBERS = tuple(f"panel{n}" for n in range(1, 4))


class StepRefused(click.ClickException):
    """The server refused a step of the walk."""


@dataclass(slots=True)
class Journey:
    """The walk: who speaks, what was said, and where the project is."""

    client: httpx.Client
    tokens: dict[str, str]
    tell: Callable[[dict[str, Any]], None]
    number: str = ""
    run: str = field(default_factory=lambda: f"{uuid4().hex[:8].upper()}")
    steps: int = 0

    def walk(self) -> dict[str, Any]:
        """From the call to the closed project; the project as the supervisor sees it at the end."""
        self._open_the_call()
        self._declare()
        self._review()
        self._publicise_and_approve()
        self._sign_and_deliver()
        self._audit()
        self._pay()
        closed = self.project("supervisor")
        expected = _entitled(fen_of(APPROVED), PLANNED, fen_of(audit_report(self.run)["audited"]))
        return {
            "stage": closed["stage"],
            "number": self.number,
            "paid": closed["amounts"]["paid"],
            "expected": yuan(expected),
            "formula": "min(approved, cap, floor(min(ratio, approved/planned) × audited))",
            "acts": self.steps,
            "ok": closed["stage"] == "closed" and closed["amounts"]["paid"] == yuan(expected),
        }

    def project(self, who: str) -> dict[str, Any]:
        """The project as this person sees it."""
        return self.ask(who, "GET", f"/projects/{self.number}")

    def ask(self, who: str, method: str, path: str, **options: Any) -> dict[str, Any]:
        """One request in somebody's name; a refusal ends the walk with what the server said."""
        headers = {"Authorization": f"Bearer {self.tokens[f'{who}@{DOMAIN}']}", **options.pop("headers", {})}
        answer = self.client.request(method, f"/api/v1{path}", headers=headers, **options)
        if answer.is_error:
            raise StepRefused(f"{who} {method} {path}: {answer.status_code} {answer.text}")
        return dict(answer.json())

    def act(self, who: str, action: str, *, life: str | None = None, **fields: Any) -> dict[str, Any]:
        """Read the case as this person sees it, then take the action on what was read."""
        case = self.project(who)
        if life is not None:
            case = next(child for child in case["children"] if child["kind"] == life and _offers(child, action))
        offered = next((each for each in case["actions"] if each["name"] == action), None)
        if offered is None:
            raise StepRefused(f"{who} {action}: {json.dumps(case['blocked'], ensure_ascii=False)}")
        bound = {each["name"]: each["value"] for each in offered["fields"] if each.get("value")}
        done = self.ask(
            who,
            "POST",
            f"/cases/{case['case']}/actions/{action}",
            json={"seen": case["seen"], **bound, **fields},
            headers={"Idempotency-Key": uuid4().hex},
        )
        self._say(who, action, offered["label"], done)
        return done

    def upload(self, who: str, kind: str, title: str) -> None:
        """Add a made-up paper of this kind to the project."""
        self.ask(
            who,
            "POST",
            f"/projects/{self.number}/papers",
            data={"kind": kind},
            files={"file": (f"{title}.pdf", sample(title), "application/pdf")},
        )

    def _say(self, who: str, action: str, label: str, done: dict[str, Any]) -> None:
        self.steps += 1
        event = done.get("event", {})
        self.tell(
            {
                "step": self.steps,
                "by": who,
                "action": action,
                "label": label,
                "stage": done.get("stage", ""),
                "seq": event.get("seq"),
                "hash": event.get("hash"),
            }
        )

    def _open_the_call(self) -> None:
        now = datetime.now(UTC)
        programme = f"WALK-{self.run}"
        self.ask(
            "fund",
            "POST",
            "/programmes",
            json={"code": programme, "name": f"对口支援专项（演示 {self.run}）", "year": shanghai_date(now).year},
        )
        self.ask(
            "fund",
            "POST",
            f"/programmes/{programme}/appropriations",
            json={"amount": "5000000.00"},
            headers={"Idempotency-Key": f"{programme}-budget"},
        )
        self.ask(
            "fund",
            "POST",
            "/calls",
            json={
                "code": f"CALL-{self.run}",
                "title": f"{now.year} 年度申报通知（演示）",
                "programme": programme,
                "opens_at": (now - timedelta(days=1)).isoformat(),
                "budget": "5000000.00",
                # The clock of a demonstration only moves forward, so the window is wide.
                "closes_at": (now + timedelta(days=3650)).isoformat(),
            },
        )

    def _declare(self) -> None:
        made = self.ask(
            "owner",
            "POST",
            "/projects",
            json={"call": f"CALL-{self.run}", "title": "校园安全饮水", "organisation": GUOLUO},
        )
        self.number = made["number"]
        self.ask(
            "owner", "PATCH", f"/projects/{self.number}", json=DECLARATION, headers={"If-Match": f'"{made["version"]}"'}
        )
        for kind, title in PAPERS:
            self.upload("owner", kind, title)
        self.act("owner", "submit")

    def _review(self) -> None:
        self.act("front", "give_opinion", supports=True, opinion="已到校核实，需求属实。")
        self.act("accepting", "pass_authenticity", opinion="组织、需求与配套资金属实。")
        self.act("fund", "pass_compliance", opinion="地区、领域、比例与限额均符合规定。")
        self.act(
            "secretary",
            "open_panel",
            experts=[f"{key}@{DOMAIN}" for key in EXPERTS],
            session_on=self._today(),
        )
        scores = {key: most * 85 // 100 for key, _label, most in DEFAULT_POLICY.score_items}
        for expert in EXPERTS:
            self.act(expert, "declare_conflict", life="score_sheet", conflict=False)
            self.act(
                expert,
                "submit_sheet",
                life="score_sheet",
                scores=scores,
                recommendation="recommend",
                suggested_amount=SUGGESTED,
                comment="需求迫切，方案可行。",
            )
        self.act("secretary", "close_panel", outcome="recommend", suggested_amount=SUGGESTED, opinion="建议资助。")

    def _publicise_and_approve(self) -> None:
        self.act("fund", "publish_notice", contact="上海市合作交流办 021-00000000（演示）")
        due = self.project("fund")["due_at"]
        self.ask("sysadmin", "POST", "/demo/clock", json={"to": due})
        self._until("joint_review", "fund")
        for member in MEMBERS:
            self.act(member, "vote", vote="for")
        self.act("approver", "approve", amount=APPROVED, minutes="经会审表决同意资助。")
        self.act("fund", "announce")

    def _sign_and_deliver(self) -> None:
        self._until_offered("fund", "sign_agreement")
        self.act("fund", "sign_agreement")
        self.act("owner", "sign_agreement")
        self.act("owner", "start", started_on=DECLARATION["starts_on"])
        self.upload("owner", "photos", "安装现场照片")
        self.upload("owner", "vouchers", "支出凭证")
        self.act(
            "owner",
            "file_report",
            final=True,
            period_from=DECLARATION["starts_on"],
            period_until=DECLARATION["ends_on"],
            summary="净水设备全部安装到位并通水。",
            spent="1050000.00",
            beneficiaries=6000,
        )
        self.act("front", "confirm_report", life="progress_report")
        self.act("owner", "finish", summary="项目全部完成。")

    def _audit(self) -> None:
        self.act("fund", "assign_auditor", life="audit", firm="CPA-1")
        self.upload("auditor", "audit_report", "审计报告")
        self.act("auditor", "submit_audit", life="audit", **audit_report(self.run))
        self.act("fund", "accept_audit")

    def _pay(self) -> None:
        self.act("maker", "prepare_settlement")
        self.act("checker", "confirm_settlement")
        self.act("maker", "prepare", life="payment_order")
        self.act("checker", "approve_payment", life="payment_order")
        self.act("maker", "record_sent", life="payment_order")
        self.act("maker", "record_paid", life="payment_order", bank_reference=f"BANK-{self.run}", paid_on=self._today())
        self.act("fund", "close", performance_score=92, remark="绩效目标全部完成。")

    def _today(self) -> str:
        """The date in Shanghai by the server's clock, which a demonstration may have moved."""
        events = self.ask("maker", "GET", f"/projects/{self.number}/events", params={"limit": 100})["items"]
        return shanghai_date(datetime.fromisoformat(events[-1]["at"])).isoformat()

    def _until(self, stage: str, who: str) -> None:
        for _ in self._patiently(f"{stage}"):
            if self.project(who)["stage"] == stage:
                return

    def _until_offered(self, who: str, action: str) -> None:
        for _ in self._patiently(action):
            if _offers(self.project(who), action):
                return

    @staticmethod
    def _patiently(what: str) -> Iterator[None]:
        end = monotonic() + PATIENCE
        while monotonic() < end:
            yield
            sleep(POLL)
        raise StepRefused(f"等待“{what}”超时 / waited too long for {what}")


def _offers(case: dict[str, Any], action: str) -> bool:
    return any(each["name"] == action for each in case["actions"])


def _entitled(approved: int, planned: int, audited: int) -> int:
    """The formula of the settlement, told once more and apart from the application's own."""
    ratio = min(Fraction(DEFAULT_POLICY.ratio_ppm, 1_000_000), Fraction(approved, planned))
    share = ratio * audited
    return min(approved, DEFAULT_POLICY.cap, share.numerator // share.denominator)


@contextmanager
def http(url: str) -> Iterator[httpx.Client]:
    """A client that no proxy of the surroundings comes between."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60, headers={"Accept-Language": "zh-CN"}) as client:
        yield client
