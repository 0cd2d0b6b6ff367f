"""What the rules of an aid project look at, put together from what every feature contributes."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.casework.subjects import Ids, Subject, contribute, register, subject_case
from app.database import db
from app.documents.models import Paper
from app.evidence.models import Event
from app.ledger.queries import programme_balance, project_balance
from app.organisations.models import GOOD_ENOUGH, Organisation
from app.people.models import Unit
from app.programmes.models import Call, ProgrammeYear
from app.programmes.queries import policy_of
from app.projects.commands import REQUIRED
from app.projects.commands.steps import LABELS
from app.projects.models import BudgetLine, DraftField, PerformanceTarget, Project
from app.projects.sources import declared_by_source, gaps_of_sources, lines_by_source
from workflows.aid_project import AID_PROJECT
from workflows.definition import Reason, because
from workflows.money import yuan
from workflows.policy import Policy
from workflows.project_facts import Facts
from workflows.roles import FRONT_OFFICE

NAMES = frozenset(field.name for field in fields(Facts))


class Gap(NamedTuple):
    """Something that lacks in a declaration: the field it is about ("organisation" for the register), and the words."""

    field: str
    words: str | Reason


def _of_project(column: Any) -> Any:
    return lambda ids: select(column).where(Project.case_id == ids.root).scalar_subquery()


def _of_call(column: Any) -> Any:
    return lambda ids: (
        select(column).join(Project, Project.call_id == Call.id).where(Project.case_id == ids.root).scalar_subquery()
    )


def _of_organisation(column: Any) -> Any:
    return lambda ids: (
        select(column)
        .join(Project, Project.organisation_id == Organisation.id)
        .where(Project.case_id == ids.root)
        .scalar_subquery()
    )


def _returned_from(ids: Ids) -> Any:
    last = aliased(Event)
    return (
        select(last.case_from)
        .where(last.case_id == ids.case, last.action == "return_for_correction")
        .order_by(last.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


def _returns_here(ids: Ids) -> Any:
    earlier = aliased(Event)
    return (
        select(func.count())
        .where(earlier.case_id == ids.case, earlier.action == "return_for_correction")
        .where(earlier.case_from == subject_case.stage)
        .scalar_subquery()
    )


def _opinion_given(ids: Ids) -> Any:
    since = aliased(Event)
    return exists().where(
        since.case_id == ids.case, since.action == "give_opinion", since.seq >= subject_case.entered_seq
    )


def _categories(ids: Ids) -> Any:
    return (
        select(func.array_agg(aggregate_order_by(BudgetLine.category, BudgetLine.position)))
        .where(BudgetLine.project_id == ids.root)
        .scalar_subquery()
    )


def _target_levels(ids: Ids) -> Any:
    return (
        select(func.array_agg(aggregate_order_by(PerformanceTarget.level_one, PerformanceTarget.position)))
        .where(PerformanceTarget.project_id == ids.root)
        .scalar_subquery()
    )


def _papers(content: Any) -> Any:
    return lambda ids: (
        select(func.array_agg(aggregate_order_by(content, Paper.id)))
        .where(Paper.case_id == ids.root, Paper.state == "stored")
        .scalar_subquery()
    )


def _wrong_fields(ids: Ids) -> Any:
    names = aggregate_order_by(DraftField.name, DraftField.name)
    return select(func.array_agg(names)).where(DraftField.project_id == ids.root, DraftField.wrong).scalar_subquery()


def front_office_of(area_code: Any) -> Any:
    """The front office of an area, a select: the one whose code says most of it; none where none was set up."""
    return (
        select(Unit.id)
        .where(Unit.kind == FRONT_OFFICE, func.starts_with(area_code, Unit.area_code))
        .order_by(func.length(Unit.area_code).desc(), Unit.id)
        .limit(1)
    )


def _budget_year(_ids: Ids) -> Any:
    year = select(ProgrammeYear.year).where(ProgrammeYear.case_id == subject_case.programme_year_id)
    return year.scalar_subquery()


def _front_office(ids: Ids) -> Any:
    return front_office_of(Project.area_code).join(Project, Project.case_id == ids.root).scalar_subquery()


contribute(
    "aid_project",
    wrong_fields=_wrong_fields,
    paper_kinds=_papers(Paper.kind),
    papers=_papers(Paper.kind + ":" + Paper.sha256),
    stage=lambda _ids: subject_case.stage,
    due_at=lambda _ids: subject_case.due_at,
    returned_from=_returned_from,
    returns_here=_returns_here,
    opinion_given=_opinion_given,
    lines_by_source=lines_by_source,
    declared_by_source=declared_by_source,
    line_categories=_categories,
    target_levels=_target_levels,
    budget_year=_budget_year,
    front_office=_front_office,
    available=lambda _ids: programme_balance(subject_case.programme_year_id, "available"),
    reserved=lambda ids: project_balance(ids.root, "reserved"),
    encumbered=lambda ids: project_balance(ids.root, "encumbered"),
    inflight=lambda ids: project_balance(ids.root, "inflight"),
    receivable=lambda ids: project_balance(ids.root, "receivable"),
    paid=lambda ids: project_balance(ids.root, "disbursed"),
    call_opens_at=_of_call(Call.opens_at),
    call_closes_at=_of_call(Call.closes_at),
    call_areas=_of_call(Call.areas),
    call_fields=_of_call(Call.fields),
    credit_blocked_until=_of_organisation(Organisation.credit_blocked_until),
    yearly_check_result=_of_organisation(Organisation.yearly_check_result),
    has_account=_of_organisation(Organisation.account_mark.is_not(None)),
    **{
        name: _of_project(getattr(Project, name))
        for name in (
            "policy_id", "field", "area_code", "place", "starts_on", "ends_on", "declaration", "planned_total",
            "requested", "suggested", "approved", "declared_hash",
        )
    },
)  # fmt: skip


def facts(row: Mapping[str, Any], asked: Mapping[str, Any], now: datetime) -> Facts:
    """The facts of a project out of the contributed columns; a column that is NULL keeps its default."""
    policy = policy_of(db.session(), row["policy_id"])
    known = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name in NAMES and value is not None
    }
    attached = row.get("paper_kinds") or ()
    return Facts(
        now=now,
        policy=policy,
        asked=asked,
        gaps=tuple(gap.words for gap in gaps(row)),
        missing_papers=tuple(label for kind, label in policy.required_papers if kind not in attached),
        area_in_scope=_area_in_scope(row, policy),
        field_in_scope=_field_in_scope(row),
        yearly_check_passed=row["yearly_check_result"] in GOOD_ENOUGH,
        **known,
    )


def gaps(row: Mapping[str, Any]) -> tuple[Gap, ...]:
    """What is still to be filled in or put right before the declaration can be submitted, field by field."""
    declared = row["declaration"] or {}
    policy = policy_of(db.session(), row["policy_id"])
    wrong = set(row["wrong_fields"] or ())
    found = [Gap(name, because("{item}（填写有误）", item=LABELS[name])) for name in LABELS if name in wrong]
    found += [
        Gap(name, LABELS[name])
        for name in (*REQUIRED, "undertakings")
        if name not in wrong and not (row.get(name) or declared.get(name))
    ]
    if not _area_in_scope(row, policy):
        found.append(Gap("area_code", because("实施地区代码（{code} 不在资助范围内）", code=row["area_code"])))
    # Nobody else gives the recipient's opinion or confirms what was delivered: such a project could never end.
    elif row["area_code"] and row["front_office"] is None:
        found.append(Gap("area_code", because("实施地区代码（该地区尚未设立前方工作机构）")))
    # One declares first and works afterwards (事先申报): what was over before the budget year began is not funded.
    if row["ends_on"] and row["budget_year"] and row["ends_on"].year < row["budget_year"]:
        year, day = row["budget_year"], row["ends_on"].isoformat()
        found.append(Gap("ends_on", because("结束日期（{day} 早于 {year} 预算年度）", day=day, year=str(year))))
    if not _field_in_scope(row):
        found.append(Gap("field", because("资助领域（不在本期申报通知的资助范围内）")))
    found += [Gap("budget", words) for words in _gaps_of_budget(row, policy, wrong)]
    if any(name.startswith("targets-") for name in wrong):
        found.append(Gap("targets", because("绩效目标（有未填妥的行）")))
    missing = [label for key, label, _points in policy.performance_groups if key not in (row["target_levels"] or ())]
    if missing:
        found.append(Gap("targets", because("绩效目标（尚缺：{items}）", items="、".join(missing))))
    if not row["has_account"]:
        found.append(Gap("organisation", because("项目主体银行账户")))
    return tuple(found)


def _gaps_of_budget(row: Mapping[str, Any], policy: Policy, wrong: set[str]) -> Iterator[str | Reason]:
    if any(name.startswith("budget-") for name in wrong):
        yield because("预算明细（有未填妥的行）")
    elif not row["line_categories"]:
        yield LABELS["budget"]
    else:
        yield from gaps_of_sources(row["lines_by_source"], row["declared_by_source"])
    if unknown := sorted({key for key in row["line_categories"] or () if policy.cost_name(key) is None}):
        yield because("预算明细（不可列支科目：{items}）", items="、".join(unknown))


def _area_in_scope(row: Mapping[str, Any], policy: Policy) -> bool:
    """Whether the area, if one is named yet, is one of the call's and of the policy's."""
    code = row["area_code"]
    return not code or (policy.area_name(code) is not None and code.startswith(tuple(row["call_areas"] or ())))


def _field_in_scope(row: Mapping[str, Any]) -> bool:
    return not row["field"] or row["field"] in (row["call_fields"] or ())


def figures(facts: Facts, action: str) -> Mapping[str, Any]:
    """What a decision rests on, for the private half of its event: amounts as yuan."""
    amounts = ("planned_total", "requested", "suggested", "approved", "reserved", "encumbered", "entitled", "paid")
    kept: dict[str, Any] = {name: yuan(getattr(facts, name)) for name in amounts if getattr(facts, name)}
    if action in {"submit", "resubmit"}:
        kept |= {"papers": list(facts.papers), "declaration": facts.declared_hash}
    return kept | {"policy": facts.policy.key}


def bound(facts: Facts, action: str) -> Mapping[str, str]:
    """The text one signs and the figures one confirms, by their hashes."""
    if action == "sign_agreement":
        return {"document_hash": facts.agreement_hash or ""}
    return {"content_hash": facts.settlement_hash or ""} if action == "confirm_settlement" else {}


def heading(session: Session, case_id: int) -> str:
    """Number and title of a project, as a message names it."""
    row = session.execute(select(Project.number, Project.title).where(Project.case_id == case_id)).one_or_none()
    return f"{row.number} {row.title}" if row else ""


register(Subject(workflow=AID_PROJECT, facts=facts, figures=figures, heading=heading, bound=bound))
