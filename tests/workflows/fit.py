"""Facts of a project that is fit for whatever is asked of it; a test takes away one thing at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.project_facts import Facts

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)

FIT = Facts(
    now=NOW,
    due_at=NOW + DAY,
    call_opens_at=NOW - DAY,
    call_closes_at=NOW + DAY,
    planned_total=120_000_000,
    requested=36_000_000,
    returned_from="compliance_review",
    sheet_totals=(80, 80, 80, 80, 80),
    sheet_suggestions=(30_000_000,) * 5,
    sheet_recommendations=("recommend",) * 5,
    suggested=30_000_000,
    notice_published=True,
    notice_closes_at=NOW + DAY,
    notice_days_left=2,
    open_objections=1,
    votes_for=3,
    approved=24_000_000,
    agreement_hash="aa",
    signed_by_fund_office=True,
    signed_by_applicant=True,
    final_report_confirmed=True,
    audit_submitted=True,
    audit_opinion="unqualified",
    settlement_hash="bb",
    settlement_maker=7,
    entitled=20_000_000,
    payable=20_000_000,
    available=100_000_000,
    reserved=30_000_000,
    encumbered=24_000_000,
    paid=20_000_000,
)

#: Where an act needs other facts than the rest.
_FITTING: dict[str, dict[str, Any]] = {
    "open_panel": {"sheet_totals": (), "asked": {"experts": [1, 2, 3, 4, 5]}},
    "publish_notice": {"notice_published": False, "notice_closes_at": None},
    "end_publicity": {"notice_closes_at": NOW},
    "close_panel": {"asked": {"outcome": "recommend", "suggested_amount": 30_000_000}},
    "approve": {"asked": {"amount": 24_000_000}},
    "lapse": {"signed_by_applicant": False},
    "prepare_settlement": {"settlement_hash": None},
    "reverse_settlement": {"paid": 0, "released": 4_000_000},
}


def fit_for(action: str, **change: Any) -> Facts:
    """Facts with which this action is open, apart from the changes."""
    return replace(FIT, **_FITTING.get(action, {}) | change)
