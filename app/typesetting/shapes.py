"""What each template needs. Money is fen, ratios are parts per million, dates are ISO (Asia/Shanghai).

Source: domain 4.5 (agreement), 4.6 (audit report), 4.7 (payment order).
"""

from typing import TypedDict


class Party(TypedDict):
    """One side of an agreement: `side` is 甲方, 乙方 …; `signed_by` and `signed_on` are None before the signature."""

    side: str
    name: str
    code: str | None
    address: str
    representative: str
    signed_by: str | None
    signed_on: str | None
    signature_hash: str | None


class Account(TypedDict):
    """Where the money goes."""

    name: str
    bank: str
    number: str


class Payment(TypedDict):
    """One line of the payment plan; `condition` says what must have happened first."""

    label: str
    condition: str
    amount: int


class Target(TypedDict):
    """One performance target, value and unit in words ("不少于 300 人次")."""

    kind: str
    name: str
    value: str


class BudgetLine(TypedDict):
    """One budget line; `paid_from` in words."""

    category: str
    item: str
    amount: int
    paid_from: str


class Agreement(TypedDict):
    """`agreement.typ`. `clauses` names the dated set of clauses ("2017"); an unknown one is refused.

    `settlement` is "agreed" or "flat"; `capitals` is the ceiling in capitals (大写).
    `content_hash` is the hash both sides sign.
    """

    number: str
    project_number: str
    project_title: str
    field: str
    place: str
    parties: list[Party]
    policy: str
    clauses: str
    settlement: str
    starts_on: str
    ends_on: str
    planned_total: int
    ceiling: int
    capitals: str
    ratio_ppm: int
    payments: list[Payment]
    account: Account
    targets: list[Target]
    budget: list[BudgetLine]
    report_dates: list[str]
    content_hash: str


class Income(TypedDict):
    """Money received from one source."""

    source: str
    amount: int


class SpendingLine(TypedDict):
    """claimed − disallowed = audited, by line; `reason` is "" where nothing was disallowed."""

    category: str
    budget: int
    claimed: int
    disallowed: int
    audited: int
    reason: str


class TargetDone(TypedDict):
    """A target beside what was reached."""

    name: str
    planned: str
    done: str


class Accountant(TypedDict):
    """A signing certified public accountant."""

    name: str
    certificate: str


class AuditReport(TypedDict):
    """`audit_report.typ`. `opinion` is unqualified, qualified, adverse or disclaimer."""

    number: str
    project_number: str
    project_title: str
    organisation: str
    firm: str
    licence: str
    accountants: list[Accountant]
    independence: str
    period_from: str
    period_to: str
    incomes: list[Income]
    lines: list[SpendingLine]
    targets: list[TargetDone]
    opinion: str
    opinion_text: str
    findings: list[str]
    reported_on: str
    content_hash: str


class PaymentOrder(TypedDict):
    """`payment_order.typ`. `kind` is payment or clawback; what is not known yet is None."""

    number: str
    kind: str
    project_number: str
    project_title: str
    agreement_number: str
    audit_number: str
    planned_total: int
    approved: int
    cap: int
    ratio_ppm: int
    base: int
    entitled: int
    paid_before: int
    payable: int
    capitals: str
    payee: Account
    maker: str
    made_on: str
    checker: str | None
    checked_on: str | None
    bank_reference: str | None
    paid_on: str | None
    status: str
    content_hash: str


class Table(TypedDict):
    """A table of words and figures; `right` lists the numbers (from 0) of right-aligned columns."""

    caption: str
    head: list[str]
    rows: list[list[str]]
    right: list[int]


class Paper(TypedDict):
    """`paper.typ`: any paper of the demonstration data; `sample` puts the 演示件 mark on it."""

    title: str
    organisation: str
    number: str
    addressee: str
    paragraphs: list[str]
    tables: list[Table]
    signed_by: str
    signed_on: str
    sample: bool


class Notice(TypedDict):
    """`notice.typ`: publicity, announcement, correction notice, decision. `contact` is one line."""

    issuer: str
    number: str
    title: str
    addressee: str
    paragraphs: list[str]
    tables: list[Table]
    contact: str
    issued_on: str
    project_number: str
    content_hash: str


class Present(TypedDict):
    """Somebody at a meeting, with duty and manner in words."""

    name: str
    duty: str
    mode: str


class CastVote(TypedDict):
    """One vote in words."""

    member: str
    vote: str
    comment: str


class Considered(TypedDict):
    """A project before the joint panel; `approved` and `capitals` are None and "" without an approval."""

    number: str
    title: str
    organisation: str
    score: str
    requested: int
    suggested: int
    sitting: int
    votes: list[CastVote]
    votes_for: int
    votes_against: int
    votes_abstained: int
    outcome: str
    approved: int | None
    capitals: str
    decided_by: str
    said: str


class MeetingResult(TypedDict):
    """`meeting_result.typ`: what a meeting of the joint panel came to. `draft` while the meeting goes on."""

    programme: str
    year: int
    held_on: str
    place: str
    present: list[Present]
    envelope: int
    projects: list[Considered]
    approved_count: int
    approved_total: int
    approved_capitals: str
    minutes: list[str]
    draft: bool
    content_hash: str
