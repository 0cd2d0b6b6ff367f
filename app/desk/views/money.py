"""Finance: what is to settle, prepare, approve, send and confirm; the orders; the accounts of a budget year."""

from typing import Any

from flask import render_template
from werkzeug.wrappers import Response

from app.casework.permissions import CITY_WIDE
from app.casework.queries import case_rows, case_visible
from app.database import db
from app.desk.queries.money import CODE_LABELS, STEP_LABELS, movements_listed, orders_seen, promised_and_paid, to_pay
from app.desk.views.terms import desk, due_sentence
from app.ledger.permissions import ACCOUNT_LABELS
from app.ledger.queries import balances, identity_holds, last_check, movements
from app.programmes.queries import programme_year, programme_years
from app.security import clock, current_actor, may
from app.tables import Column, Filter, Table, answer
from app.text import stage_label, translated
from workflows.aid_project import AID_PROJECT
from workflows.payment import PAYMENT_ORDER
from workflows.roles import FUND_OFFICE

MOVEMENTS = 20
#: The way of the money, in the order in which it goes.
FLOW = ("available", "reserved", "encumbered", "payable", "inflight", "disbursed")
#: Where money is that left the way.
ASIDE = ("receivable", "recovered", "lapsed")
PAYS = {stage.name: stage.label for stage in PAYMENT_ORDER.stages}

ORDERS = Table(
    "orders",
    columns=(
        Column("number", "拨付单", sort=True),
        Column("title", "项目", sort=True),
        Column("organisation", "收款单位", sort=True),
        Column("stage", "环节", "narrow", says=lambda row: stage_label(row.stage, PAYMENT_ORDER)),
        Column("amount", "金额（元）", "money", sort=True),
        Column("maker", "经办人", "narrow"),
        Column("checker", "复核人", "narrow"),
        Column("prepared_at", "编制时间", "moment", sort=True, shown=False),
        Column("approved_at", "复核时间", "moment", sort=True, shown=False),
        Column("sent_at", "送银行时间", "moment", sort=True, shown=False),
        Column("paid_on", "到账日期", "date", sort=True),
        Column("bank_reference", "银行流水号", "narrow", shown=False),
        Column("payee_bank", "开户银行", shown=False),
    ),
    filters=(
        Filter("number", "拨付单号"),
        Filter("organisation", "收款单位"),
        Filter("stage", "环节", "select", options=PAYS),
        Filter("least", "金额不少于（元）", "least", column="amount"),
        Filter("most", "金额不多于（元）", "most", column="amount"),
        Filter("from", "到账自", "from", column="paid_on"),
        Filter("until", "到账至", "until", column="paid_on"),
    ),
)
MOVES = Table(
    "movements",
    columns=(
        Column("at", "时间", "moment", sort=True),
        Column("code", "事由", "narrow", says=lambda row: translated(CODE_LABELS[row.code])),
        Column("from_kind", "自", "narrow", says=lambda row: translated(ACCOUNT_LABELS[row.from_kind])),
        Column("to_kind", "至", "narrow", says=lambda row: translated(ACCOUNT_LABELS[row.to_kind])),
        Column("amount", "金额（元）", "money", sort=True),
        Column("number", "项目编号", "narrow", sort=True),
        Column("title", "项目", shown=False),
        Column("maker", "经办人", "narrow"),
        Column("checker", "复核人", "narrow"),
    ),
    filters=(
        Filter("from", "自", "from", column="at"),
        Filter("until", "至", "until", column="at"),
        Filter("code", "事由", "select", options=CODE_LABELS),
        Filter("number", "项目编号"),
        Filter("least", "金额不少于（元）", "least", column="amount"),
        Filter("most", "金额不多于（元）", "most", column="amount"),
    ),
    order="-at",
    size=50,
)


def _kind(kind: str) -> Column:
    return Column(kind, ACCOUNT_LABELS[kind], "money", sort=True)


PROMISED = Table(
    "promised",
    columns=(
        Column("number", "项目编号", "narrow", sort=True),
        Column("title", "项目", sort=True),
        Column("organisation", "项目主体", sort=True, shown=False),
        Column("stage", "环节", "narrow", says=lambda row: stage_label(row.stage, AID_PROJECT)),
        Column("promised", "批准金额", "money", sort=True),
        *map(_kind, ("reserved", "encumbered", "payable", "inflight", "disbursed")),
        Column("open", "批准未付", "money", sort=True),
    ),
    filters=(
        Filter("number", "项目编号"),
        Filter("organisation", "项目主体"),
        Filter("stage", "环节", "select", options={stage.name: stage.label for stage in AID_PROJECT.stages}),
    ),
)


@desk.get("/money")
@may("money.read")
def money_desk() -> str:
    """The five steps of finance, each with what waits there."""
    now = clock().now()
    waiting = to_pay(db.session(), current_actor())
    due = {line.pid: due_sentence(line.due_at, now) for lines in waiting.values() for line in lines}
    return render_template("desk/finance.html", waiting=waiting, steps=STEP_LABELS, due=due, now=now)


@desk.get("/money/orders")
@may("ledger.read_projects")
def payment_orders() -> Response:
    """All payment orders."""
    return answer(ORDERS, orders_seen(current_actor()), "desk/orders.html")


@desk.get("/ledger")
@may("ledger.read")
def ledgers() -> str:
    """The budget years, newest first, and whether the books are in order."""
    return render_template(
        "ledger/ledgers.html", rows=programme_years(db.session()), check=last_check(db.session()),
    )  # fmt: skip


@desk.get("/ledger/<programme>/<int(min=2010, max=2100):year>")
@may("ledger.read")
def ledger(programme: str, year: int) -> str:
    """Where the money of a budget year is on its way, and the last movements."""
    session, actor = db.session(), current_actor()
    found = programme_year(session, programme, year)
    totals = balances(session, found.case_id)
    root = case_visible(session, actor, found.pid) if actor.holds(FUND_OFFICE) else None
    rows = case_rows(session, actor, [root], clock().now()) if root else []
    return render_template(
        "ledger/ledger.html", year=found, totals=totals, sound=identity_holds(totals), accounts=ACCOUNT_LABELS,
        flow=FLOW, aside_kinds=ASIDE, parts=_parts(totals), case=rows[0] if rows else None, codes=CODE_LABELS,
        movements=movements(session, programme_year_id=found.case_id, limit=MOVEMENTS),
        projects=bool(actor.roles & CITY_WIDE),
    )  # fmt: skip


@desk.get("/ledger/<programme>/<int(min=2010, max=2100):year>/movements")
@may("ledger.read")
def ledger_movements(programme: str, year: int) -> Response:
    """Every movement of money of a budget year, by date."""
    found = programme_year(db.session(), programme, year)
    projects = bool(current_actor().roles & CITY_WIDE)
    return answer(MOVES, movements_listed(found.case_id), "ledger/movements.html", year=found, projects=projects)


@desk.get("/ledger/<programme>/<int(min=2010, max=2100):year>/projects")
@may("ledger.read_projects")
def ledger_projects(programme: str, year: int) -> Response:
    """What each project was promised and what it was paid."""
    found = programme_year(db.session(), programme, year)
    return answer(PROMISED, promised_and_paid(found.case_id), "ledger/projects.html", year=found)


def _parts(totals: Any) -> list[tuple[str, int, int, int]]:
    """The stacked bar: kind, fen, and where its piece begins and how wide it is, in thousandths of the whole."""
    whole = sum(totals[kind] for kind in (*FLOW, *ASIDE))
    parts, before = [], 0
    for kind in (*FLOW, *ASIDE):
        if totals[kind] > 0:
            begin, end = before * 1000 // whole, (before + totals[kind]) * 1000 // whole
            parts.append((kind, totals[kind], begin, max(2, end - begin)))
        before += totals[kind]
    return parts
