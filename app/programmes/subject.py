"""What the acts on a programme-year look at: its balances."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.casework.subjects import Subject, contribute, register
from app.ledger.queries import programme_balance
from workflows.programme_year import PROGRAMME_YEAR, Facts

contribute(
    "programme_year",
    available=lambda ids: programme_balance(ids.root, "available"),
    reserved=lambda ids: programme_balance(ids.root, "reserved"),
    encumbered=lambda ids: programme_balance(ids.root, "encumbered"),
    payable=lambda ids: programme_balance(ids.root, "payable"),
    inflight=lambda ids: programme_balance(ids.root, "inflight"),
)


def facts(row: Mapping[str, Any], asked: Mapping[str, Any], _now: datetime) -> Facts:
    """The balances in fen and what is asked."""
    balances = ("available", "reserved", "encumbered", "payable", "inflight")
    return Facts(asked=asked, **{name: row[name] or 0 for name in balances})


register(Subject(workflow=PROGRAMME_YEAR, facts=facts))
