"""The projects of one's own organisation: what happens next with each, by whom and by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as later
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from app.casework.models import IS_PROJECT, Case
from app.casework.permissions import visible
from app.casework.queries import CaseRow, case_rows
from app.people.permissions import Actor
from app.programmes.models import Call
from app.projects.models import Project

PAGE = 20
#: What happens at each stage, said to the organisation whose project it is.
NEXT = {
    "draft": later("填好各步后提交申报。截止之后不予受理。"),
    "authenticity_review": later("受理单位核实主体、需求和配套资金；可能通过、一次性通知补正，或不予通过。"),
    "compliance_review": later("市合作交流办核对资助范围、比例、限额和支出科目。"),
    "expert_review": later("专家各自评分，形成是否推荐和建议金额。"),
    "publicity": later("项目和建议金额向社会公示，任何人可以提出异议。"),
    "joint_review": later("会审表决，审批资助金额。"),
    "announcement": later("公告资助结果，之后起草协议。"),
    "agreement": later("双方签署协议；逾期未签的，视为放弃。"),
    "agreement_signed": later("双方已签署协议；项目主体办理“开始实施”后，按协议实施。"),
    "implementation": later("按协议实施，按期提交进展报告；完成后提交总结报告，再办理完成。"),
    "audit": later("第三方审计机构审定支出；请备好凭证。"),
    "settlement": later("财务按审定结果核定应拨金额。"),
    "disbursement": later("资助款拨付到登记的银行账户，随后结项。"),
    "correction": later("按补正通知逐项修改，再提交；逾期未补正的，不予受理。"),
    "objection_hold": later("核实异议，公示期暂停计算。"),
    "suspended": later("项目暂停实施，等待恢复或终止的决定。"),
    "clawback": later("按决定退回多付的资助款。"),
    "closed": later("已结项归档，结果公开。"),
    "rejected": later("不予资助，理由见办理记录。"),
    "withdrawn": later("已撤回；可以在开放期内另行申报。"),
    "lapsed": later("逾期未签协议，资助失效。"),
    "terminated": later("项目已终止。"),
}
#: What comes at the stage of the agreement once both have signed, and the stage that the agreement has then.
SIGNED, IN_FORCE = "agreement_signed", "in_force"
#: Acts that end a project instead of bringing it on.
LAST = ("withdraw",)


@dataclass(frozen=True, slots=True)
class Mine:
    """One project of one's own, with everything inside it that one of us can do now; amounts are fen."""

    number: str
    title: str
    requested: int
    approved: int | None
    case: CaseRow
    closes_at: datetime
    ours: tuple[CaseRow, ...]
    signed: bool = False

    @property
    def next(self) -> str:
        """The word of `NEXT` for what happens next."""
        return SIGNED if self.signed and self.case.stage == "agreement" else self.case.stage

    @property
    def by(self) -> datetime | None:
        """By when: the window of the call for a draft, otherwise the term of the stage."""
        return self.closes_at if self.case.stage == "draft" else self.case.due_at


def my_projects(session: Session, actor: Actor, now: datetime, *, before: int | None = None) -> list[Mine]:
    """The projects of one's organisations, those under way first, then the newest; a fixed number of statements.

    Answers up to one more than a page; `before` is the id of the last one already shown.
    """
    over = Case.closed_at.is_not(None)
    wanted = (
        select(Case, Project.number, Project.title, Project.requested, Project.approved, Call.closes_at)
        .join(Project, Project.case_id == Case.id)
        .join(Call, Call.id == Project.call_id)
        .where(IS_PROJECT, Case.organisation_id.in_(sorted(actor.organisation_ids)), visible(actor))
        .order_by(over, Case.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        last = aliased(Case)
        over_by_then = select(last.closed_at.is_not(None)).where(last.id == before).scalar_subquery()
        wanted = wanted.where(or_(over > over_by_then, and_(over == over_by_then, Case.id < before)))
    found = session.execute(wanted).all()
    roots = [row[0] for row in found]
    inner = session.scalars(
        select(Case)
        .where(Case.root_id.in_([case.id for case in roots]), Case.id != Case.root_id, Case.closed_at.is_(None))
        .where(visible(actor))
        .order_by(Case.id)
    ).all()
    rows = case_rows(session, actor, [*roots, *inner], now)
    inside: dict[int, list[CaseRow]] = {}
    for row in rows[len(roots) :]:
        inside.setdefault(row.root_id, []).append(row)
    return [
        Mine(
            number,
            title,
            requested,
            approved,
            row,
            closes_at,
            _ours(row, inside.get(row.id, ())),
            any(each.stage == IN_FORCE for each in inside.get(row.id, ())),
        )
        for (_case, number, title, requested, approved, closes_at), row in zip(found, rows, strict=False)
    ]


def _ours(root: CaseRow, inside: Sequence[CaseRow]) -> tuple[CaseRow, ...]:
    """The cases on which something brings the project on."""
    return tuple(row for row in (root, *inside) if any(act.name not in LAST for act in row.actions))
