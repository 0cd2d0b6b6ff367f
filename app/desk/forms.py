"""What the forms of the desk know beyond their commands: choices, and figures that are already there."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audits.queries import audit_firms, report_draft
from app.casework.forms import Filled, Offers
from app.casework.models import Case
from app.casework.subjects import command_of
from app.delivery.queries import reports_of
from app.desk.queries.review import items_from, opinion_from, wanting
from app.organisations.queries import organisations
from app.paging import is_id
from app.people.permissions import Actor
from app.programmes.queries import calls_of_year, open_calls, policy_of, programme_years
from app.projects.commands import NewProject
from app.projects.models import Project
from app.projects.queries import budgeted
from app.projects.queries.drafts import draft_of
from app.projects.queries.progress import items_of
from app.publicity.queries import objections_of
from app.reviews.permissions import Candidate, fit_experts
from app.reviews.queries.draws import Draw, current_draw
from app.reviews.queries.sessions import session_of_project
from app.text import bracketed, moment, say
from app.workbench.queries import findings_of
from workflows.calendar import shanghai_date
from workflows.checks import said_at
from workflows.money import NotAnAmount, fen_of, yuan
from workflows.policy import Policy


@dataclass(frozen=True, slots=True)
class Given:
    """Choices by field, and values by field, for a form that nobody has typed into yet."""

    offers: Offers = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


#: The totals of a report, each the sum of the column of this name.
TOTALS = ("claimed", "disallowed", "audited")
#: The act whose phrases and first words come from what was checked.
CORRECTION = "aid_project", "return_for_correction"
#: (life, action) → the field that says why, and the sentences that offices use most for it.
PHRASES: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("aid_project", "reject"): (
        "reason",
        (
            "不在本期申报通知的受援地区或资助领域之内。",
            "项目内容与已获其他财政资金支持的项目重复。",
            "经核实，申报内容与实际情况不符。",
            "逾期未按补正通知补齐材料。",
        ),
    ),
    ("aid_project", "withdraw"): (
        "reason",
        ("项目计划调整，暂不申报。", "配套资金未能落实。", "将修改后重新申报。"),
    ),
    ("aid_project", "give_opinion"): (
        "opinion",
        ("受援地需求属实，同意支持。", "与当地规划相符，具备实施条件。"),
    ),
    ("aid_project", "pass_authenticity"): (
        "opinion",
        ("主体资格和申报材料真实有效。", "需求、地点和合作方经核实无误。"),
    ),
    ("aid_project", "pass_compliance"): (
        "opinion",
        ("资助比例、金额和支出科目符合规定。", "未发现失信记录和重复资助。"),
    ),
    ("aid_project", "suspend"): ("reason", ("接到投诉，需先行核实。", "实施进度严重滞后，需整改。")),
    ("aid_project", "terminate"): ("reason", ("项目主体丧失实施条件。", "资金使用严重违反协议约定。")),
    ("aid_project", "refuse_audit"): ("reason", ("审计意见为否定或无法表示意见，不予核定。",)),
    ("aid_project", "query_settlement"): (
        "reason",
        ("核定基数与审定金额不一致，请重新编制。", "请核实其他财政资金的扣减。"),
    ),
    ("aid_project", "reverse_settlement"): ("reason", ("核定依据有误，须重新核定。",)),
    ("aid_project", "defer"): ("reason", ("需补充论证后再议。", "年度预算尚未落实，暂缓审议。")),
    ("aid_project", "close"): ("remark", ("项目按协议完成，资金使用合规，同意结项。",)),
    ("aid_project", "decide_objection"): (
        "reason",
        ("经核实，异议所述情况不成立。", "经核实，异议所述情况属实。"),
    ),
    ("progress_report", "return_report"): (
        "reason",
        ("请补充支出凭证和现场照片。", "受益人数与名册不符，请核对。"),
    ),
    ("progress_report", "confirm_report"): ("remark", ("已现场核实，情况属实。",)),
    ("change_request", "refuse_change"): ("reason", ("变更理由不充分。", "变更后超出原批准的范围。")),
    ("change_request", "accept_change"): ("remark", ("变更不影响项目目标和资助金额，同意。",)),
    ("audit", "return_audit"): ("reason", ("请补充核减事项的依据。", "审定合计与明细不符，请复核。")),
    ("payment_order", "refuse_payment"): (
        "reason",
        ("收款账户与登记不符，请核对后重新编制。", "请先核实项目主体的账户变更。"),
    ),
    ("payment_order", "record_failed"): (
        "reason",
        ("收款账号或户名不符，银行退回。", "收款账户状态异常，银行退回。"),
    ),
}  # fmt: skip


Giver = Callable[[Session, Case, Actor, datetime], Given]


def form_of_action(session: Session, case: Case, action: str, actor: Actor, now: datetime) -> Filled[Any]:
    """The form of an action on a case, with what is known filled in."""
    giver = _GIVERS.get((case.life, action))
    given = giver(session, case, actor, now) if giver else Given()
    return Filled(command_of(case.life, action), given.offers, given.values)


def phrases_of(case: Case, action: str) -> tuple[str, tuple[str, ...]]:
    """The field of an act that says why, and the sentences offered for it; empty where there are none."""
    if (case.life, action) == CORRECTION:
        return "items", said_at(case.stage)
    return PHRASES.get((case.life, action), ("", ()))


def add_phrase(filled: Filled[Any], case: Case, action: str, number: str) -> None:
    """Put the chosen sentence (its number as text) after what was already typed."""
    name, offered = phrases_of(case, action)
    if not (is_id(number) and int(number) < len(offered)):
        return
    said, field_ = _(offered[int(number)]), filled.form[name]
    if isinstance(field_.data, list) or field_.type == "Lines":
        field_.data = [*(field_.data or ()), said]
    else:
        field_.data = "\n".join(filter(None, ((field_.data or "").strip(), said)))


def new_project_form(session: Session, actor: Actor, now: datetime, call: str | None = None) -> Filled[NewProject]:
    """A new draft: the calls that are open (one may be chosen already), and the organisations of whoever declares."""
    calls = [(call.code, f"{call.code} {call.title}") for call in open_calls(session, now)]
    own = [(row.uscc, row.name) for row in organisations(session, actor) if row.id in actor.organisation_ids]
    values = {"organisation": own[0][0]} if len(own) == 1 else {}
    if call in dict(calls):
        values["call"] = call
    return Filled(NewProject, {"call": calls, "organisation": own}, values)


def years_to_choose(session: Session) -> Sequence[tuple[str, str]]:
    """The programmes one can open a call under."""
    return list(dict.fromkeys((row.code, f"{row.code} {row.name}") for row in programme_years(session)))


def _scores(session: Session, case: Case, _actor: Actor, _now: datetime) -> Given:
    policy = _policy(session, case)
    points = [
        (key, _("%(item)s（0 至 %(most)d 分）", item=_(label), most=most)) for key, label, most in policy.score_items
    ]
    return Given(offers={"scores": points, "comments": [(key, label) for key, label, _most in policy.score_items]})


def _answers_to_notice(session: Session, case: Case, _actor: Actor, _now: datetime) -> Given:
    """The reply begins with the items that were ticked on the pages of the declaration, and the notes beside them."""
    found = items_of(session, case.id, draft_of(session, case.id), _policy(session, case))
    lines = [_("%(item)s——已补正。%(note)s", item=item.words, note=item.note) for item in found if item.done]
    return Given(values={"reply": "\n".join(lines)})


def _next_period(session: Session, case: Case, _actor: Actor, now: datetime) -> Given:
    """A report goes on where the last one ended and reaches until today."""
    last = max((row.period_until for row in reports_of(session, case.id)), default=None)
    begins = last + timedelta(days=1) if last else session.get_one(Project, case.id).starts_on
    until = shanghai_date(now)
    period = {"period_from": begins, "period_until": max(until, begins)} if begins else {"period_until": until}
    return Given(values={name: each.isoformat() for name, each in period.items()})


def _open_objections(session: Session, case: Case, actor: Actor, _now: datetime) -> Given:
    rows = [row for row in objections_of(session, case.root_id, actor) if row.outcome is None]
    return Given(offers={"objection": [(str(row.case), _label_of(row)) for row in rows]})


def _label_of(row: Any) -> str:
    said = (row.statement or "")[:40]
    return _("%(at)s 收到：%(said)s", at=moment(row.received_at), said=said)


def _firms(session: Session, _case: Case, _actor: Actor, _now: datetime) -> Given:
    return Given(offers={"firm": audit_firms(session)})


def _report(session: Session, case: Case, actor: Actor, _now: datetime) -> Given:
    """What this accountant kept of the report; at first the lines of the budget, to be filled in."""
    draft = report_draft(session, case.id, actor.user_id)
    if draft is not None:
        return Given(values=_with_totals(draft.typed))
    return Given(
        values={"lines": [{"item": item, "budget": yuan(fen)} for item, fen in budgeted(session, case.root_id)]}
    )


def _with_totals(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept of a report, its blank totals filled in with the sums of its lines."""
    sums = _sums(typed.get("lines") or ())
    return {name: yuan(sums[name]) for name in TOTALS if sums["claimed"]} | dict(typed)


def sums_of(filled: Filled[Any]) -> dict[str, int]:
    """The sums of the lines of a report as they stand, in fen, and what claimed − disallowed − audited leaves."""
    return _sums(filled.typed().get("lines") or ())


def _sums(lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    sums = dict.fromkeys(("budget", *TOTALS), 0)
    for line in lines:
        for name in sums:
            with suppress(NotAnAmount):
                sums[name] += fen_of(str(line.get(name, "0")).replace(",", ""))
    return {**sums, "difference": sums["claimed"] - sums["disallowed"] - sums["audited"]}


def _fit_experts(session: Session, case: Case, _actor: Actor, now: datetime) -> Given:
    found = fit_experts(session, case, _policy(session, case), now)
    draw = current_draw(session, case)
    offers = [(each.email, each.name + bracketed(each.email) + _noted(each, draw)) for each in found]
    return Given({"experts": offers}, {"experts": [each.email for each in found if draw and draw.seats(each.id)]})


def _panel(session: Session, case: Case, actor: Actor, now: datetime) -> Given:
    """The panel meets on the day of the session for which the project is listed."""
    given, meeting = _fit_experts(session, case, actor, now), session_of_project(session, actor, case.id)
    if meeting is None or meeting.ends_at < now:
        return given
    return replace(given, values={**given.values, "session_on": shanghai_date(meeting.starts_at).isoformat()})


def _noted(expert: Candidate, draw: Draw | None) -> str:
    """What whoever names experts should know of this one."""
    said = [_("抽签产生")] if draw and draw.seats(expert.id) else []
    if draw and expert.id in draw.left:
        said = [_("递补离席，选定须说明理由")]
    return "".join(bracketed(each) for each in (*said, *(_("提示：") + say(found.why) for found in expert.findings)))


def _found(session: Session, case: Case, actor: Actor, _now: datetime) -> Given:
    """What the officer's checklist found to be so."""
    said = opinion_from(findings_of(session, actor, case.root_id, case.stage), case.stage)
    return Given(values={"opinion": said} if said else {})


def doubts_of(session: Session, case: Case, action: str, actor: Actor) -> Sequence[str]:
    """What the officer's checklist still marks as not so, for an act that says all is well."""
    if _GIVERS.get((case.life, action)) is not _found:
        return ()
    return wanting(findings_of(session, actor, case.root_id, case.stage), case.stage)


def _to_correct(session: Session, case: Case, actor: Actor, _now: datetime) -> Given:
    """What the officer's checklist asks to be corrected."""
    items = items_from(findings_of(session, actor, case.root_id, case.stage), case.stage)
    return Given(values={"items": items} if items else {})


def _calls_to_change(session: Session, case: Case, _actor: Actor, _now: datetime) -> Given:
    rows = calls_of_year(session, case.id)
    values = {"call": rows[0].code} if len(rows) == 1 else {}
    return Given({"call": [(row.code, f"{row.code} {row.title}") for row in rows]}, values)


def _policy(session: Session, case: Case) -> Policy:
    return policy_of(session, session.get_one(Project, case.root_id).policy_id)


#: (life, action) → what its form is given.
_GIVERS: dict[tuple[str, str], Giver] = {
    ("programme_year", "change_window"): _calls_to_change,
    ("score_sheet", "submit_sheet"): _scores,
    ("aid_project", "decide_objection"): _open_objections,
    ("audit", "assign_auditor"): _firms,
    ("audit", "submit_audit"): _report,
    ("aid_project", "pass_authenticity"): _found,
    ("aid_project", "pass_compliance"): _found,
    CORRECTION: _to_correct,
    ("aid_project", "file_report"): _next_period,
    ("aid_project", "resubmit"): _answers_to_notice,
    ("aid_project", "open_panel"): _panel,
    ("aid_project", "add_experts"): _fit_experts,
}
