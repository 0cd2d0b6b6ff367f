"""The desk of the supervisor, who reads everything, and that of a front office, ordered by area."""

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from app.database import db
from app.desk.queries.oversight import (
    Asked,
    before_front_office,
    check_chains,
    events_listed,
    objections_listed,
    overdue_by_desk,
    overdue_listed,
)
from app.desk.views.terms import desk, due_sentence
from app.evidence.models import Event
from app.ledger.queries import last_check
from app.security import clock, current_actor, may
from app.tables import Column, Filter, Table, answer
from app.text import event_label, life_label, role_label, stage_label
from workflows.objection import OBJECTION
from workflows.registry import LIVES
from workflows.roles import LABELS

LIFE_LABELS = {life: workflow.label for life, workflow in LIVES.items()}
ACTIONS = {t.action: t.label for workflow in reversed(LIVES.values()) for t in workflow.transitions}


def _begins_with(text: str) -> Any:
    """The condition that the hash of an event begins so; its digits are all that counts of what was typed."""
    digits = "".join(c for c in text.lower() if c in "0123456789abcdef")[:64]
    whole = bytes.fromhex(digits[: len(digits) // 2 * 2])
    return Event.hash.between(whole, whole + b"\xff" * (32 - len(whole)))


def _stage(row: Any) -> str:
    return stage_label(row.stage, row.workflow)


OVERDUE = Table(
    "overdue",
    columns=(
        Column("number", "项目编号", sort=True),
        Column("title", "项目", sort=True),
        Column("organisation", "项目主体", sort=True),
        Column("life", "事项", "narrow", says=lambda row: life_label(row.workflow)),
        Column("stage", "环节", "narrow", says=_stage),
        Column("holder_role", "由谁办理", "narrow", sort=True, says=lambda row: role_label(row.holder_role)),
        Column("due_at", "期限", "term", sort=True),
    ),
    filters=(
        Filter("number", "项目编号"),
        Filter("organisation", "项目主体"),
        Filter("holder_role", "由谁办理", "select", options=LABELS),
        Filter("life", "事项", "select", options=LIFE_LABELS),
    ),
    order="due_at",
)
OBJECTIONS = Table(
    "objections",
    columns=(
        Column("number", "项目编号", sort=True),
        Column("title", "项目", sort=True),
        Column("stage", "环节", "narrow", says=lambda row: stage_label(row.stage, OBJECTION)),
        Column("received_at", "收到时间", "moment", sort=True),
        Column("due_at", "期限", "term", sort=True),
        Column("decided_at", "处理时间", "moment", sort=True),
        Column("decided_by", "处理人", "narrow"),
    ),
    filters=(
        Filter("number", "项目编号"),
        Filter("stage", "环节", "select", options={stage.name: stage.label for stage in OBJECTION.stages}),
        Filter("from", "收到自", "from", column="received_at"),
        Filter("until", "收到至", "until", column="received_at"),
    ),
    order="-received_at",
)
EVENTS = Table(
    "events",
    columns=(
        Column("at", "时间", "moment", sort=True),
        Column("number", "项目编号", "narrow", sort=True),
        Column("title", "项目", shown=False),
        Column("life", "事项", "narrow", says=lambda row: life_label(row.workflow)),
        Column("action", "办理", says=lambda row: event_label(row.action, row.life)),
        Column("role", "职责", "narrow", says=lambda row: role_label(row.role)),
        Column("who", "办理人", "narrow"),
        Column("case_to", "办理后环节", "narrow", says=lambda row: stage_label(row.case_to, row.workflow)),
        Column("seq", "序号", "figure", shown=False),
        Column("hash", "校验值", shown=False),
    ),
    filters=(
        Filter("number", "项目编号"),
        Filter("action", "办理", "select", options=ACTIONS),
        Filter("life", "事项", "select", options=LIFE_LABELS),
        Filter("role", "职责", "select", options=LABELS),
        Filter("who", "办理人"),
        Filter("hash", "校验值（开头若干位）", where=_begins_with),
        Filter("from", "自", "from", column="at"),
        Filter("until", "至", "until", column="at"),
    ),
    order="-at",
    size=50,
)


@desk.get("/oversight")
@may("oversight.read")
def oversight() -> str:
    """What stands in the way of everybody: terms that are over, and whether chain and ledger hold."""
    session, actor, now = db.session(), current_actor(), clock().now()
    return render_template(
        "desk/oversight.html", overdue=overdue_by_desk(session, actor, now), ledger=last_check(session), now=now,
        chains=check_chains(session) if request.args.get("check") else None,
    )  # fmt: skip


@desk.get("/oversight/overdue")
@may("oversight.read")
def overdue_cases() -> Response:
    """Every term that is over."""
    return answer(OVERDUE, overdue_listed(current_actor(), clock().now()), "desk/overdue.html")


@desk.get("/oversight/objections")
@may("oversight.read")
def all_objections() -> Response:
    """Every objection and complaint."""
    return answer(OBJECTIONS, objections_listed(current_actor()), "desk/objections.html")


@desk.get("/oversight/events")
@may("oversight.read")
def all_events() -> Response:
    """Every act, searched by who, what and when."""
    return answer(EVENTS, events_listed(current_actor()), "desk/events.html")


@desk.get("/front-office")
@may("front.read")
def front_office_desk() -> str:
    """Opinions to give and deliveries to confirm, by area."""
    now = clock().now()
    places: dict[str, list[Asked]] = {}
    rows = before_front_office(db.session(), current_actor())
    for row in rows:
        places.setdefault(f"{row.area_code or ''} {row.place or ''}".strip(), []).append(row)
    due = {row.pid: due_sentence(row.due_at, now) for row in rows}
    return render_template("desk/front_office.html", places=places, due=due, now=now, count=len(rows))
