"""Plain factory functions: each makes one thing by the road a user would take, and answers it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pikepdf
from flask import current_app
from sqlalchemy import select

from app.database import db, transaction
from app.documents.models import STORED, Paper
from app.organisations.models import Organisation
from app.organisations.store import keep_account
from app.people.models import User
from app.people.permissions import Actor
from app.people.queries import actor_of
from app.people.service import NewPerson, add_unit, add_user, issue_token
from app.programmes.commands import CreateProgramme, OpenCall
from app.programmes.queries import programme_year
from app.programmes.service import add_policy, create_programme, open_call
from app.projects.commands import Declaration, NewProject
from app.projects.service import create_project, save_declaration
from tests.acts import NOW, act, case_of, children, email_of, pid_of
from tests.roads import advance, run_publicity, score
from tests.snapshots import recalled
from workflows.policy import DEFAULT_POLICY, Policy

#: What makes, what acts and what goes on the road, under one name for the tests.
__all__ = ["NOW", "act", "advance", "case_of", "children", "email_of", "pid_of", "run_publicity", "score"]


def _smallest_pdf() -> bytes:
    with pikepdf.new() as document, BytesIO() as file:
        document.add_blank_page(page_size=(100, 100))
        document.save(file, static_id=True)
        return file.getvalue()


PDF = _smallest_pdf()
PASSWORD = "a long enough password 42"
#: Made-up organisations with valid codes.
WATER = "53310000500000031Q"
LIGHT = "513100005000000159"


def person(role: str, *, email: str | None = None, unit: str | None = None, uscc: str | None = None) -> Actor:
    """A new person with one role, as the actor he or she is."""
    number = len(db.session.scalars(select(User.id)).all()) + 1
    ident = add_user(
        NewPerson(
            email=email or f"{role}{number}@example.org",
            name=f"测试{number}",
            role=role,
            unit_code=unit,
            uscc=uscc,
            password=None,
            made_up=True,
        ),
        now=NOW - timedelta(days=1),
    )
    actor = actor_of(db.session(), ident)
    assert actor is not None
    return actor


def organisation(uscc: str = WATER, name: str = "上海清泉公益基金会", district: str = "310106", **more: Any) -> int:
    """A registered organisation with a bank account and a passed yearly check."""
    kind = {"51": "social_group", "52": "private_non_enterprise", "53": "foundation", "91": "enterprise"}[uscc[:2]]
    with transaction() as session:
        row = Organisation(
            uscc=uscc,
            name=name,
            kind=kind,
            district=district,
            created_at=NOW,
            made_up=True,
            yearly_check_year=2025,
            yearly_check_result="passed",
            bank_name="中国工商银行",
            bank_branch="静安支行",
            account_name=name,
            account_mark=keep_account(session, uscc, "6222000011112222"),
            **more,
        )
        session.add(row)
        session.flush()
        return row.id


@dataclass(slots=True)
class Town:
    """Everybody and everything a project needs around it."""

    owner: Actor
    accepting: Actor
    front: Actor
    fund: Actor
    secretary: Actor
    experts: list[Actor]
    panel: list[Actor]
    approver: Actor
    firm: Actor
    maker: Actor
    checker: Actor
    supervisor: Actor
    programme: str
    call: str
    policy: Policy


def town(*, policy: Policy = DEFAULT_POLICY, budget: str = "5000000.00", experts: int = 5) -> Town:
    """A fund with one programme, one open call, one organisation and a person for each role."""
    return recalled(_found_town, policy, budget, experts)


def _found_town(policy: Policy, budget: str, experts: int) -> Town:
    add_unit(code="SH310106", name="静安区合作交流办", kind="accepting_unit", area_code="310106")
    add_unit(code="QZ6326", name="果洛前方工作组", kind="front_office", area_code="6326")
    add_unit(code="CPA1", name="上海申审会计师事务所", kind="audit_firm")
    organisation()
    fund = person("fund_office")
    with transaction() as session:
        add_policy(session, policy, now=NOW)
    create_programme(CreateProgramme(code="DKZY", name="对口支援专项", year=2026), actor=fund, now=NOW)
    year = programme_year(db.session(), "DKZY")
    act(year.pid, "appropriate", fund, amount=budget)
    open_call(
        OpenCall(
            code="TZ2026-1",
            title="2026年度申报通知",
            programme="DKZY",
            opens_at=NOW - timedelta(days=3),
            closes_at=NOW + timedelta(days=20),
            budget=budget,
        ),
        actor=fund,
        now=NOW,
    )
    return Town(
        owner=person("applicant_owner", uscc=WATER),
        accepting=person("accepting_unit", unit="SH310106"),
        front=person("front_office", unit="QZ6326"),
        fund=fund,
        secretary=person("secretary"),
        experts=[person("expert") for _ in range(experts)],
        panel=[person("panel_member") for _ in range(3)],
        approver=person("approver"),
        firm=person("audit_firm", unit="CPA1"),
        maker=person("finance_maker"),
        checker=person("finance_checker"),
        supervisor=person("supervisor"),
        programme="DKZY",
        call="TZ2026-1",
        policy=policy,
    )


def declaration(*, requested: str = "360000.00", own: str = "840000.00", **changed: Any) -> Declaration:
    """A complete declaration of a water project in Guoluo, in 1,200,000 yuan of which 30 % are requested."""
    target = {"level_two": "数量指标", "name": "净水设备", "target": "157", "unit": "台"}
    return Declaration.model_validate(
        {
            "title": "校园安全饮水",
            "field": "education_health",
            "area_code": "632621",
            "place": "青海省果洛州玛沁县",
            "starts_on": "2026-04-01",
            "ends_on": "2026-09-30",
            "need": "包虫病多发",
            "goals": "安全饮水",
            "activities": "安装净水设备",
            "team": "五人",
            "beneficiaries": "师生六千人",
            "beneficiaries_direct": 6000,
            "own_funds": own,
            "requested": requested,
            "undertakings": True,
            "budget": [
                {
                    "category": "goods",
                    "item": "净水设备",
                    "unit": "批",
                    "quantity": 1,
                    "unit_price": own,
                    "paid_from": "own",
                },
                {
                    "category": "goods",
                    "item": "滤芯",
                    "unit": "批",
                    "quantity": 1,
                    "unit_price": requested,
                    "paid_from": "grant",
                },
            ],
            "targets": [
                {**target, "level_one": "output", "weight": 50},
                {**target, "level_one": "benefit", "weight": 30},
                {**target, "level_one": "satisfaction", "weight": 10},
                {**target, "level_one": "execution", "weight": 10},
            ],
            **changed,
        }
    )


def draft(around: Town, *, papers: bool = True, now: datetime = NOW, **changed: Any) -> str:
    """A complete draft that can be submitted; its number."""
    number = create_project(NewProject(call=around.call, title="校园安全饮水"), actor=around.owner, now=now)
    save_declaration(pid_of(number), declaration(**changed), version=1, actor=around.owner, now=now)
    if papers:
        for kind, _label in around.policy.required_papers:
            paper(number, kind, around.owner)
    return number


def paper(
    number: str, kind: str, actor: Actor, *, pid: Any = None, now: datetime = NOW, content: bytes = PDF, name: str = ""
) -> str:
    """A small PDF of this kind on a project or on one of its lives; its SHA-256.

    Stored for real, but without the inspection of its content, whose child process would cost every
    test seconds; tests of papers themselves upload by `receive_paper`.
    """
    stored = current_app.extensions["aidflow"].store.put(BytesIO(content), content_type="application/pdf")
    case = case_of(pid or pid_of(number))
    with transaction() as session:
        session.add(
            Paper(
                public_id=uuid4(),
                case_id=case.id,
                root_id=case.root_id,
                kind=kind,
                name=f"{name or kind}.pdf",
                content_type="application/pdf",
                size=stored.size,
                sha256=stored.sha256,
                key=stored.key,
                state=STORED,
                uploaded_by_id=actor.user_id,
                uploaded_at=now,
            )
        )
    return str(stored.sha256)


def town_today(now: datetime, **told: Any) -> Town:
    """The same town with a call that is open now, for tests over HTTP, where the clock runs by itself."""
    around = town(**told)
    around.call = "TZ-NOW"
    open_call(
        OpenCall(
            code=around.call,
            title="当期申报通知",
            programme="DKZY",
            opens_at=now - timedelta(days=3),
            closes_at=now + timedelta(days=300),
            budget="5000000.00",
        ),
        actor=around.fund,
        now=now,
    )
    return around


def bearer(actor: Actor, now: datetime) -> dict[str, str]:
    """The header with a fresh token of this person."""
    assert actor.user_id is not None
    return {"Authorization": f"Bearer {issue_token(actor.user_id, 'test', now=now)}"}
