"""The rows that the acts of a project of the past leave in the tables of each feature."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.agreements.models import Agreement
from app.audits.models import Audit, AuditLine
from app.casework.models import Case, CaseParty, Duty
from app.casework.subjects import command_of
from app.delivery.models import ProgressReport
from app.demo.history.chain import Life
from app.demo.history.projects import Past
from app.demo.history.road import CONTACT, MEMBERS, Journey, audit, bank_reference, budget, report
from app.documents.models import Paper
from app.evidence.service import canonical
from app.organisations.models import Organisation
from app.payments.models import CONTENT, Closure, PaymentOrder, Settlement
from app.projects.models import BudgetLine, PerformanceTarget, Project
from app.publicity.models import Notice
from app.reviews.models import JointDecision, JointVote, Panel, ScoreSheet
from workflows.calendar import shanghai_date
from workflows.review import panel_result, total

DAY = timedelta(days=1)
TARGETS = (
    ("output", "数量指标", 30), ("output", "按期完成率", 20), ("benefit", "受益人数", 20), ("benefit", "可持续影响", 10),
    ("satisfaction", "受益人满意度", 10), ("execution", "预算执行率", 10),
)  # fmt: skip


def case_row(journey: Journey, life: Life, scope: dict[str, Any]) -> Case:
    """A case as it stands now; the head of the chain is kept by the root."""
    root = life is journey.chain.root
    return Case(
        id=life.id, root_id=journey.chain.root.id, pid=life.pid, workflow=life.workflow.key, life=life.workflow.life,
        created_at=life.opened_at, assigned_user_id=life.user_id, chain_seq=1 if root else None,
        chain_hash=b"" if root else None, stage=life.stage, entered_at=life.entered_at, entered_seq=life.entered_seq,
        last_seq=life.last_seq, closed_at=life.closed_at, content_hash=life.content_hash, **scope,
    )  # fmt: skip


def leave_at(case: Case, life: Life, journey: Journey) -> None:
    """The case where its last event left it; the root keeps the head of the chain as well."""
    case.stage, case.last_seq, case.closed_at = life.stage, life.last_seq, life.closed_at
    case.entered_at, case.entered_seq, case.content_hash = life.entered_at, life.entered_seq, life.content_hash
    if life is journey.chain.root:
        case.chain_seq, case.chain_hash = len(journey.chain.events), journey.chain.head


def project_rows(journey: Journey, call_id: int, policy_id: int, organisation: Organisation) -> Iterator[Any]:
    """The declaration with its budget and its targets."""
    past, ident = journey.past, journey.chain.root.id
    words = {
        "local_partner": f"{past.spot.short}民政局（演示）", "need": past.work.need, "goals": past.work.goals,
        "activities": past.work.activities, "team": "项目负责人一名，专业人员两名，当地协调员两名。",
        "beneficiaries": past.work.beneficiaries, "beneficiaries_direct": past.units * 9,
        "innovation": "上海专业力量与当地需求直接对接。", "risks": "交通与气候影响进度：预留缓冲期。",
        "sustainability": "由当地合作单位负责后续运行，项目主体连续两年回访。", "undertakings": True,
    }  # fmt: skip
    yield Project(
        case_id=ident, number=journey.number, call_id=call_id, policy_id=policy_id, organisation_id=organisation.id,
        title=past.title, field=past.field, area_code=past.spot.code, place=past.spot.place, starts_on=past.starts_on,
        ends_on=past.ends_on, declaration=words, own_funds=past.own, donated=past.donated, other_funds=past.other,
        requested=past.requested, planned_total=past.planned, suggested=past.suggested, approved=past.approved,
        content_version=2, declared_hash=hashlib.sha256(canonical(words)).hexdigest(), submitted_at=journey.at("submit"),
        made_up=True,
    )  # fmt: skip
    for position, (category, item, amount, source) in enumerate(budget(past), 1):
        yield BudgetLine(
            project_id=ident, position=position, category=category, item=item, unit="批", quantity=Decimal(1),
            unit_price=amount, amount=amount, paid_from=source, basis="按市场询价测算",
        )  # fmt: skip
    for position, (level, name, weight) in enumerate(TARGETS, 1):
        first = position == 1
        yield PerformanceTarget(
            project_id=ident, position=position, level_one=level, level_two=name,
            name=past.work.item if first else name, target=str(past.units) if first else "90",
            unit=past.work.unit if first else "%", weight=weight,
        )  # fmt: skip


def people_rows(journey: Journey, firm_id: int) -> Iterator[Any]:
    """Who held which duty, and who was drawn in to judge and to audit."""
    root = journey.chain.root.id
    held = {(each.row["actor_id"], each.row["duty"]) for each in journey.chain.events if each.row["duty"]}
    for user_id, duty in sorted(held):
        yield Duty(root_id=root, user_id=user_id, duty=duty)
    for key in journey.drawn:
        yield CaseParty(root_id=root, user_id=journey.who("expert", key)[1], role="expert", since=journey.at("panel"))
    yield CaseParty(root_id=root, unit_id=firm_id, role="audit_firm", since=journey.at("assigned"))


def panel_row(journey: Journey, experts: list[str]) -> Panel:
    """The panel and what it came to."""
    sheets = journey.sheets
    totals = [total(sheet["scores"]) for sheet in sheets]
    result = panel_result(totals, [journey.past.suggested] * len(sheets), journey.policy)
    numerator, denominator = result.score.as_integer_ratio()
    return Panel(
        project_id=journey.chain.root.id, entered_seq=journey.told["compliant"].row["seq"],
        session_on=shanghai_date(journey.at("panel")), opened_at=journey.at("panel"), outcome="recommend",
        score_numerator=numerator, score_denominator=denominator, sheets=len(sheets), dropped=2,
        suggested_amount=journey.past.suggested, opinion="目标明确，方案可行，建议按上述金额资助。", experts=experts,
        closed_at=journey.at("recommended"), closed_by_id=journey.who("secretary")[1],
    )  # fmt: skip


def judged_rows(journey: Journey, panel: Panel) -> Iterator[Any]:
    """Sheets, votes and the decision of the joint review."""
    root, at = journey.chain.root.id, journey.at
    for number, sheet in enumerate(journey.sheets):
        life = [each for each in journey.chain.lives if each.workflow.life == "score_sheet"][number]
        kept = command_of("score_sheet", "submit_sheet").model_validate(sheet)
        yield ScoreSheet(
            case_id=life.id, project_id=root, panel_id=panel.id, expert_id=life.user_id, position=number + 1,
            conflict=False, conflict_statement="", declared_at=at(f"declared{number}"), total=total(sheet["scores"]),
            submitted_at=at(f"sheet{number}"), **kept.values(),
        )  # fmt: skip
    for member in range(1, MEMBERS + 1):
        voter = journey.who("panel_member", f"panel{member}")[1]
        yield JointVote(project_id=root, sitting=1, user_id=voter, vote="for", comment="", cast_at=at(f"vote{member}"))
    yield JointDecision(
        project_id=root, sitting=1, outcome="approved", amount=journey.past.approved, votes_for=MEMBERS,
        votes_against=0, votes_abstained=0, minutes="经会审表决，同意按上述金额资助。",
        decided_by_id=journey.who("approver")[1], decided_at=at("approved"),
    )  # fmt: skip


def notice_rows(journey: Journey, organisation: Organisation, experts: list[str]) -> Iterator[Notice]:
    """What was shown to the public: the publicity, the announcement and the result."""
    past, closes_at = journey.past, journey.at("shown")
    amounts = {"publicity": past.suggested, "announcement": past.approved, "result": journey.settled.entitled}
    moments = {"publicity": "notice", "announcement": "announced", "result": "closed"}
    for kind, amount in amounts.items():
        notice = Notice(
            kind=kind, project_id=journey.chain.root.id, number=journey.number, title=past.title,
            organisation=organisation.name, place=past.spot.place, amount=amount, year=past.year, field=past.field,
            area=journey.policy.area_prefix(past.spot.code), organisation_id=organisation.id,
            social=past.own + past.donated + past.other, experts=experts, contact=CONTACT,
            published_at=journey.at(moments[kind]),
        )  # fmt: skip
        if kind == "publicity":
            notice.first_day, notice.last_day = shanghai_date(notice.published_at), shanghai_date(closes_at) - DAY
            notice.closes_at, notice.days_left = closes_at, journey.policy.publicity_days
        yield notice


def audited_rows(journey: Journey, firm_id: int) -> Iterator[Any]:
    """The final report and the audit, line by line."""
    root, at = journey.chain.root.id, journey.at
    said = command_of("aid_project", "file_report").model_validate(report(journey.past)).values()
    life = next(each for each in journey.chain.lives if each.workflow.life == "progress_report")
    yield ProgressReport(
        case_id=life.id, project_id=root, state="confirmed", round=1, filed_by_id=journey.owner.user_id,
        filed_at=at("reported"), decided_by_id=journey.front.user_id, decided_at=at("report_confirmed"),
        remark="现场验收合格。", **said,
    )  # fmt: skip
    life = next(each for each in journey.chain.lives if each.workflow.life == "audit")
    words = command_of("audit", "submit_audit").model_validate(audit(journey)).values()
    lines = words.pop("lines")
    words["cpa_one"], words["cpa_two"] = words.pop("first_cpa"), words.pop("second_cpa")
    yield Audit(
        case_id=life.id, project_id=root, state="accepted", firm_id=firm_id, round=1,
        submitted_by_id=journey.who("audit_firm", "auditor")[1], submitted_at=at("audited"), **words,
    )  # fmt: skip
    for position, line in enumerate(lines, 1):
        yield AuditLine(audit_id=life.id, round=1, position=position, **line)


def settlement_hash(journey: Journey) -> str:
    """The hash of the figures of the settlement, which its checker confirms."""
    named = asdict(journey.settled) | {"project": journey.number, "audit": audit(journey)["number"]}
    return hashlib.sha256(canonical(named)).hexdigest()


def settlement_row(journey: Journey) -> Settlement:
    """What the project is entitled to, with every figure it came from."""
    life = next(each for each in journey.chain.lives if each.workflow.life == "audit")
    return Settlement(
        project_id=journey.chain.root.id, audit_id=life.id, content_hash=settlement_hash(journey),
        prepared_by_id=journey.who("finance_maker", "maker")[1], prepared_at=journey.at("prepared"),
        confirmed_by_id=journey.who("finance_checker", "checker")[1], confirmed_at=journey.at("settled"),
        **asdict(journey.settled),
    )  # fmt: skip


def order_row(journey: Journey, settlement: Settlement, organisation: Organisation) -> PaymentOrder:
    """The order to the bank as it is prepared; what came of it is filled in by `paid`."""
    life = next(each for each in journey.chain.lives if each.workflow.life == "payment_order")
    return PaymentOrder(
        case_id=life.id, project_id=journey.chain.root.id, number=f"{journey.number}-P1", state="paid", settlement_id=settlement.id,
        tranche=1, amount=settlement.payable, payee_name=organisation.account_name, payee_bank=organisation.bank_name,
        payee_branch=organisation.bank_branch, payee_mark=organisation.account_mark,
    )  # fmt: skip


def order_hash(order: PaymentOrder) -> str:
    """The hash that the database will compute of what the order says."""
    words = "|".join(["payment_order/1", *(str(getattr(order, name)) for name in CONTENT)])
    return hashlib.sha256(words.encode()).hexdigest()


def paid(journey: Journey, order: PaymentOrder, attempt_id: int) -> None:
    """Fill in who prepared, approved and sent the order, and what the bank said."""
    order.attempt_id, order.approved_content = attempt_id, order_hash(order)
    order.prepared_by_id, order.prepared_at = journey.who("finance_maker", "maker")[1], journey.at("order_prepared")
    order.approved_by_id, order.approved_at = journey.who("finance_checker", "checker")[1], journey.at("order_approved")
    order.sent_at, order.bank_reference = journey.at("order_sent"), bank_reference(journey)
    order.paid_on = shanghai_date(journey.at("paid"))


def signed(journey: Journey, agreement: Agreement, paper: Paper) -> None:
    """Fill in the text of the agreement and both signatures."""
    agreement.state, agreement.paper_id = "fulfilled", paper.id
    agreement.signed_by_fund_office_id = journey.who("fund_office", "fund")[1]
    agreement.signed_by_fund_office_at = journey.at("fund_signed")
    agreement.signed_by_applicant_id = journey.owner.user_id
    agreement.signed_by_applicant_at = journey.at("signed")
    agreement.signed_by_fund_office_hash = agreement.signed_by_applicant_hash = agreement.document_hash


def closure_row(journey: Journey) -> Closure:
    """How the project ended."""
    return Closure(
        project_id=journey.chain.root.id, performance_score=journey.past.score, remark="绩效目标完成，资料齐全，予以结项。",
        closed_by_id=journey.who("fund", "fund")[1], closed_at=journey.at("closed"),
    )  # fmt: skip


def amounts(past: Past, entitled: int) -> dict[str, int]:
    """What each posting of the road moves, in fen; a posting of nothing is not made."""
    return {
        "reserve": past.suggested, "unreserve": past.suggested - past.approved, "encumber": past.approved,
        "accrue": entitled, "release": past.approved - entitled, "instruct": entitled, "settle": entitled,
    }  # fmt: skip
