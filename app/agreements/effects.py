"""What an agreement says, put together once from the project, its budget and the rules it lives by.

Source: design "Forms" 4.5. The shape is that of `typesetting.shapes.Agreement`, with the exact ratio.
"""

import hashlib
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.evidence.service import canonical
from app.organisations.models import Organisation
from app.organisations.store import account_number, masked, token_of
from app.people.models import UNIT_KINDS, Unit
from app.programmes.queries import policy_of
from app.projects.commands import SOURCE_LABELS
from app.projects.models import BudgetLine, PerformanceTarget, Project
from workflows.calendar import months_after
from workflows.money import in_capitals, ratio_ppm
from workflows.policy import PPM, Policy
from workflows.roles import FUND_OFFICE

RULES = "上海市对口支援与合作交流专项资金资助社会力量参与对口支援工作的实施细则"
#: The dated set of clauses that agreements have today.
CLAUSES = "2017"
CONDITION = "项目完成并经第三方独立审计、按实核定后拨付"


def agreement_data(session: Session, project: Project, number: str) -> dict[str, Any]:
    """All that the agreement of an approved project says; amounts in fen, dates in ISO."""
    policy = policy_of(session, project.policy_id)
    organisation = session.get_one(Organisation, project.organisation_id)
    approved = project.approved or 0
    ratio = agreed_ratio(policy, approved, project.planned_total)
    starts_on, ends_on = _period(project)
    return {
        "number": number,
        "project_number": project.number,
        "project_title": project.title,
        "field": policy.field_name(project.field or "") or "",
        "place": f"{project.place or ''}（{project.area_code or ''}）",
        "parties": [_fund_office(session), _applicant(organisation)],
        "policy": f"{RULES}（政策版本 {policy.key}）",
        "policy_key": policy.key,
        "clauses": CLAUSES,
        "settlement": policy.settlement_reading,
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "planned_total": project.planned_total,
        "ceiling": approved,
        "capitals": in_capitals(approved),
        "ratio_numerator": ratio.numerator,
        "ratio_denominator": ratio.denominator,
        "ratio_ppm": ratio_ppm(ratio.numerator, ratio.denominator),
        "payments": [{"label": "一次性", "condition": CONDITION, "amount": approved}],
        "account": {
            "name": organisation.account_name or organisation.name,
            "bank": " ".join(filter(None, (organisation.bank_name, organisation.bank_branch))),
            "number": _number(session, organisation),
        },
        "targets": _targets(session, project, policy),
        "budget": _budget(session, project, policy),
        "report_dates": [day.isoformat() for day in report_dates(policy, starts_on, ends_on)],
    }


def agreed_ratio(policy: Policy, approved: int, planned_total: int) -> Fraction:
    """The exact ratio that settlement at actuals will apply: that of the approval, or the policy's."""
    ratio = Fraction(policy.ratio_ppm, PPM)
    return ratio if policy.settlement_reading == "flat" else min(ratio, Fraction(approved, planned_total))


def report_dates(policy: Policy, starts_on: date, ends_on: date) -> list[date]:
    """The days by which progress is reported: none for a short project (慈善法 by analogy, in the policy)."""
    if months_after(starts_on, policy.reports_over_months) >= ends_on:
        return []
    dates, months = [], policy.report_every_months
    while (day := months_after(starts_on, months)) < ends_on:
        dates.append(day)
        months += policy.report_every_months
    return dates


def as_kept(data: dict[str, Any]) -> dict[str, Any]:
    """What the agreement says as the database may keep it: the account by its token. The hash is of all it says."""
    number = data["account"]["number"]
    token = token_of(number) if number else ""
    return data | {"account": data["account"] | {"number": masked(token), "mark": token}}


def in_full(session: Session, data: dict[str, Any]) -> dict[str, Any]:
    """What the agreement says, with the number of the account: for its text, which both sides sign."""
    account = {name: value for name, value in data["account"].items() if name != "mark"}
    if token := data["account"].get("mark"):
        account["number"] = account_number(session, data["parties"][1]["code"], token)
    return data | {"account": account}


def digest(data: dict[str, Any]) -> str:
    """The SHA-256 of the canonical bytes, in lower-case hex."""
    return hashlib.sha256(canonical(data)).hexdigest()


def _period(project: Project) -> tuple[date, date]:
    if project.starts_on is None or project.ends_on is None:
        message = f"project {project.number} has no period"
        raise ValueError(message)
    return project.starts_on, project.ends_on


def _number(session: Session, organisation: Organisation) -> str:
    if organisation.account_mark is None:
        return ""
    return account_number(session, organisation.uscc, organisation.account_mark)


def _fund_office(session: Session) -> dict[str, Any]:
    name = session.scalar(select(Unit.name).where(Unit.kind == FUND_OFFICE).order_by(Unit.id).limit(1))
    return _party("甲方（资助方）", name or UNIT_KINDS[FUND_OFFICE], None, "上海市", "")


def _applicant(organisation: Organisation) -> dict[str, Any]:
    return _party(
        "乙方（项目主体）", organisation.name, organisation.uscc, organisation.address or "",
        organisation.legal_representative or "",
    )  # fmt: skip


def _party(side: str, name: str, code: str | None, address: str, representative: str) -> dict[str, Any]:
    signature = {"signed_by": None, "signed_on": None, "signature_hash": None}
    return {"side": side, "name": name, "code": code, "address": address, "representative": representative} | signature


def _targets(session: Session, project: Project, policy: Policy) -> list[dict[str, Any]]:
    labels = {key: label for key, label, _points in policy.performance_groups}
    rows = session.scalars(
        select(PerformanceTarget)
        .where(PerformanceTarget.project_id == project.case_id)
        .order_by(PerformanceTarget.position)
    )
    return [
        {"kind": labels.get(row.level_one, row.level_one), "name": row.name, "value": f"{row.target}{row.unit}"}
        for row in rows
    ]


def _budget(session: Session, project: Project, policy: Policy) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(BudgetLine).where(BudgetLine.project_id == project.case_id).order_by(BudgetLine.position)
    )
    return [
        {
            "category": policy.cost_name(row.category) or row.category,
            "item": row.item,
            "amount": row.amount,
            "paid_from": SOURCE_LABELS[row.paid_from],
        }
        for row in rows
    ]
