"""What an officer needs to check a declaration: what is checked, the figures that are known, what was found so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.organisations.models import YEARLY_CHECK_RESULTS, Organisation
from app.projects.commands import Declaration
from app.projects.queries import ProjectHead
from app.text import money
from workflows.checks import CHECKS
from workflows.definition import Reason, because
from workflows.policy import PPM, Policy

#: Longest sentence of a correction notice.
LONGEST_ITEM = 200


@dataclass(frozen=True, slots=True)
class Figure:
    """What the computer already knows about a check; `sound` is None where only a person can tell."""

    text: Reason
    sound: bool | None = None


def figures_of(
    session: Session, head: ProjectHead, declaration: Declaration, policy: Policy, doubles: int
) -> Mapping[str, Figure]:
    """Name of a figure → what it says, in one statement."""
    organisation = session.get_one(Organisation, head.organisation_id)
    by_source: dict[str, Decimal] = {}
    for line in declaration.budget:
        by_source[line.paid_from] = by_source.get(line.paid_from, Decimal(0)) + line.quantity * line.unit_price
    granted, total = int(by_source.get("grant", 0)), int(sum(by_source.values()))
    wrong = [line.item for line in declaration.budget if policy.cost_name(line.category) is None]
    area = policy.area_name(head.area_code or "")
    field = policy.field_name(head.field or "")
    return {
        "organisation": Figure(
            because(
                "{name}，{uscc}，法定代表人：{who}。",
                name=organisation.name,
                uscc=organisation.uscc,
                who=organisation.legal_representative or "—",
            )
        ),
        "doubles": Figure(because("疑似重复的项目：{count} 个。", count=doubles), None if doubles else True),
        "yearly_check": _yearly_check(organisation),
        "credit": Figure(because("限制申报至 {until}。", until=organisation.credit_blocked_until), sound=False)
        if organisation.credit_blocked_until
        else Figure(because("本系统没有限制申报的记录。")),
        "scope": Figure(
            because(
                "{code}：{area}；{field}。",
                code=head.area_code or "—",
                area=area or "不在受援地区之内",
                field=field or "不在资助领域之内",
            ),
            sound=bool(area and field),
        ),
        "ratio": Figure(
            because(
                "申请 {requested} 元，占投入总额 {total} 元的 {share}%，上限 {most}%。",
                requested=money(head.requested),
                total=money(head.planned_total),
                share=_percent(head.requested, head.planned_total),
                most=f"{policy.ratio_ppm / PPM:.2%}".rstrip("%"),
            ),
            sound=head.requested * PPM <= head.planned_total * policy.ratio_ppm,
        ),
        "cap": Figure(
            because("申请 {requested} 元，上限 {cap} 元。", requested=money(head.requested), cap=money(policy.cap)),
            sound=head.requested <= policy.cap,
        ),
        "lines": Figure(because("不可列支的明细：{items}。", items=tuple(wrong)), sound=False)
        if wrong
        else Figure(because("{count} 行明细的科目都可以列支。", count=len(declaration.budget)), sound=True),
        "arithmetic": Figure(
            because(
                "明细合计 {lines} 元，投入总额 {total} 元；其中专项资助 {granted} 元，申请 {requested} 元。",
                lines=money(total),
                total=money(head.planned_total),
                granted=money(granted),
                requested=money(head.requested),
            ),
            sound=(total, granted) == (head.planned_total, head.requested),
        ),
        "fiscal": Figure(because("填报的其他财政资金：{amount} 元。", amount=money(declaration.other_fiscal))),
    }


def opinion_from(found: Mapping[str, Any], stage: str) -> str:
    """What was found to be so, one line a check; a passing opinion never begins with what contradicts it."""
    lines = []
    for check in CHECKS.get(stage, ()):
        finding = found.get("checks", {}).get(check.key, {})
        if finding.get("result") == "yes":
            note = f"（{finding['note']}）" if finding.get("note") else ""
            lines.append(f"{len(lines) + 1}. {check.label}：属实{note}。")
    return "\n".join(lines)


def items_from(found: Mapping[str, Any], stage: str) -> list[str]:
    """What a correction notice is to ask for: what was chosen, then what was found wanting and not chosen.

    What was remarked about a check stands behind its phrase, whether that was chosen or not; a remark too long
    for one item goes on in the next.
    """
    remarks = {
        check.phrase: (found["checks"][check.key].get("note") or "")
        for check in CHECKS.get(stage, ())
        if found.get("checks", {}).get(check.key, {}).get("result") == "no"
    }
    asked = []
    for item in dict.fromkeys([*found.get("items", ()), *remarks]):
        text = f"{item}（{remarks[item]}）" if remarks.get(item) else item
        asked += [text[at : at + LONGEST_ITEM] for at in range(0, len(text), LONGEST_ITEM)]
    return asked


def wanting(found: Mapping[str, Any], stage: str) -> list[str]:
    """The labels of the checks that are marked as not so."""
    checks = found.get("checks", {})
    return [check.label for check in CHECKS.get(stage, ()) if checks.get(check.key, {}).get("result") == "no"]


def answered(found: Mapping[str, Any], stage: str) -> tuple[int, int]:
    """How many checks of a stage were answered, and how many there are."""
    checks: Sequence[Any] = CHECKS.get(stage, ())
    return sum(bool(found.get("checks", {}).get(check.key, {}).get("result")) for check in checks), len(checks)


def _yearly_check(organisation: Organisation) -> Figure:
    if organisation.yearly_check_year is None:
        return Figure(because("没有登记年度检查结论。"), sound=False)
    result = organisation.yearly_check_result or ""
    said = because("{year} 年度：{result}。", year=organisation.yearly_check_year, result=YEARLY_CHECK_RESULTS[result])
    return Figure(said, sound=result != "failed")


def _percent(part: int, whole: int) -> str:
    return f"{Decimal(part) * 100 / whole:.2f}" if whole else "—"
