"""All that the rules of an aid project look at, gathered once for each question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from workflows import money
from workflows.definition import Reason
from workflows.policy import DEFAULT_POLICY, Policy
from workflows.review import PanelResult, panel_result


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the guards of an aid project look at. Money is fen, times are aware."""

    now: datetime
    policy: Policy = DEFAULT_POLICY
    asked: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    # Declaration.
    call_opens_at: datetime | None = None
    call_closes_at: datetime | None = None
    gaps: tuple[str | Reason, ...] = ()
    missing_papers: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    declared_hash: str = ""
    opinion_given: bool = False
    area_in_scope: bool = True
    field_in_scope: bool = True
    planned_total: int = 0
    requested: int = 0
    credit_blocked_until: date | None = None
    yearly_check_passed: bool = True
    # Returns: where the case was returned from, and how often from the stage it is in.
    returned_from: str | None = None
    returns_here: int = 0
    # Panel.
    sheets_running: int = 0
    sheet_totals: tuple[int, ...] = ()
    sheet_suggestions: tuple[int, ...] = ()
    sheet_recommendations: tuple[str, ...] = ()
    suggested: int = 0
    # Publicity.
    notice_published: bool = False
    notice_closes_at: datetime | None = None
    notice_days_left: int = 0
    open_objections: int = 0
    # Joint review.
    votes_for: int = 0
    votes_against: int = 0
    votes_abstained: int = 0
    has_voted: bool = False
    approved: int = 0
    # Agreement and delivery.
    agreement_hash: str | None = None
    signed_by_fund_office: bool = False
    signed_by_applicant: bool = False
    final_report_confirmed: bool = False
    open_reports: int = 0
    open_changes: int = 0
    # Audit and settlement.
    audit_submitted: bool = False
    audit_opinion: str | None = None
    settlement_hash: str | None = None
    settlement_maker: int | None = None
    entitled: int = 0
    payable: int = 0
    # The postings of the confirmed settlement, which a reversal names, and what was released by it.
    accrual: UUID | None = None
    release: UUID | None = None
    released: int = 0
    # Balances of the ledger.
    available: int = 0
    reserved: int = 0
    encumbered: int = 0
    inflight: int = 0
    receivable: int = 0
    paid: int = 0
    live_orders: int = 0

    @property
    def max_grant(self) -> int:
        """The most this project may be granted under its policy version, in fen."""
        return money.max_grant(self.policy, self.planned_total)

    @property
    def panel(self) -> PanelResult:
        """What the submitted score sheets come to."""
        return panel_result(self.sheet_totals, self.sheet_suggestions, self.policy)

    @property
    def ceiling(self) -> int:
        """The most that may be approved: requested, suggested by the panel, policy."""
        return min(self.requested, self.suggested, self.max_grant)
