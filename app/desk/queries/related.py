"""What else there is of an organisation, and which projects look like one that was declared already.

Everything within what the asking officer may see: a district finds nothing of another district here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, cast, false, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case
from app.casework.permissions import visible_as
from app.documents.models import STORED, Paper
from app.ledger.queries import project_balance
from app.organisations.models import Organisation
from app.people.permissions import Actor
from app.projects.models import Project
from app.projects.queries import ProjectHead
from app.workbench.permissions import READS_NOTES
from workflows.definition import Reason, because

#: Earlier projects that a page shows, and look-alikes that are compared.
MOST_EARLIER = 20
MOST_COMPARED = 300
#: Share of pairs of characters that two titles must have in common to be called similar. Source: our default.
SIMILAR = 0.6
#: Pairs that stand in so many titles that they say nothing.
IDLE = frozenset({"项目", "公益", "资助", "活动", "建设", "服务", "工程", "计划"})
#: Papers about the organisation itself: the same in all its projects.
ABOUT_ITSELF = ("registration_certificate", "yearly_check", "prior_audit", "bank_proof")
SAME_WORK, SAME_PAPER, SAME_ACCOUNT, LIKE_TITLE = range(4)


@dataclass(frozen=True, slots=True)
class Related:
    """Another project, with what came of it in fen, and why it is named here."""

    number: str
    title: str
    organisation: str
    stage: str
    submitted_at: datetime | None
    requested: int
    approved: int | None
    paid: int
    reasons: tuple[Reason, ...] = ()


def earlier_projects(session: Session, actor: Actor, head: ProjectHead) -> list[Related]:
    """The other projects of this organisation, newest first."""
    wanted = _projects(actor, head).where(Project.organisation_id == head.organisation_id)
    rows = session.execute(wanted.order_by(Case.id.desc()).limit(MOST_EARLIER))
    return [Related(*row[1:]) for row in rows]


def look_alikes(session: Session, actor: Actor, head: ProjectHead) -> list[Related]:
    """Projects that may be this one declared again, each with the reasons, those with most reasons first."""
    signs = union_all(_same_work(head), _same_papers(head), _same_account(head), _like_titles(head)).subquery()
    wanted = _projects(actor, head).add_columns(signs.c.sign, signs.c.detail).join(signs, signs.c.root_id == Case.id)
    found: dict[int, tuple[Any, list[Reason]]] = {}
    for row in session.execute(wanted.order_by(Case.id.desc(), signs.c.sign)):
        reason = _reason(row.sign, row.detail, head.title, row.title)
        reasons = found.setdefault(row.id, (row, []))[1] if reason else []
        if reason and reason not in reasons:
            reasons.append(reason)
    most_first = sorted(found.values(), key=lambda each: -len(each[1]))
    return [Related(*row[1:9], tuple(reasons)) for row, reasons in most_first]


def similarity(one: str, other: str) -> float:
    """How alike two titles are: twice the pairs of characters they share by the pairs they have (Dice), 0 to 1."""
    mine, theirs = _pairs(one), _pairs(other)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs)) if mine and theirs else 0.0


def _pairs(title: str) -> frozenset[str]:
    plain = "".join(c for c in normalize("NFKC", title).lower() if c.isalnum())
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1)) - IDLE


def _projects(actor: Actor, head: ProjectHead) -> Select[Any]:
    return (
        select(
            Case.id, Project.number, Project.title, Organisation.name, Case.stage, Project.submitted_at,
            Project.requested, Project.approved, project_balance(Case.id, "disbursed").label("paid"),
        )
        .join(Project, Project.case_id == Case.id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(Case.id != head.case_id, visible_as(actor, READS_NOTES))
    )  # fmt: skip


def _sign(column: Any, sign: int, detail: ColumnElement[str] | None = None) -> Select[Any]:
    said = detail if detail is not None else literal("", Text)
    return select(column.label("root_id"), literal(sign, Integer).label("sign"), said.label("detail"))


def _same_work(head: ProjectHead) -> Select[Any]:
    """The same organisation in the same place and field."""
    same = and_(Project.area_code == head.area_code, Project.field == head.field)
    return _sign(Project.case_id, SAME_WORK).where(Project.organisation_id == head.organisation_id, same)


def _same_papers(head: ProjectHead) -> Select[Any]:
    """The very same file in another project."""
    mine, theirs = aliased(Paper), aliased(Paper)
    strange = or_(theirs.kind.not_in(ABOUT_ITSELF), Project.organisation_id != head.organisation_id)
    return (
        _sign(theirs.root_id, SAME_PAPER, func.min(mine.name))
        .join(mine, mine.sha256 == theirs.sha256)
        .join(Project, Project.case_id == theirs.root_id)
        .where(mine.root_id == head.case_id, mine.state == STORED, theirs.root_id != head.case_id)
        .where(theirs.state == STORED, strange)
        .group_by(theirs.root_id)
    )


def _same_account(head: ProjectHead) -> Select[Any]:
    """The account of this organisation is that of another one too."""
    mine, other = aliased(Organisation), aliased(Organisation)
    return (
        _sign(Project.case_id, SAME_ACCOUNT, other.name)
        .join(other, other.id == Project.organisation_id)
        .join(mine, and_(mine.id == head.organisation_id, mine.account_mark == other.account_mark))
        .where(other.id != mine.id)
    )


def _like_titles(head: ProjectHead) -> Select[Any]:
    """The newest projects whose words share a telling pair of characters with this title, by the index over them."""
    pairs = " | ".join("'" + pair.replace("\\", "\\\\").replace("'", "''") + "'" for pair in sorted(_pairs(head.title)))
    shared = Project.grams.op("@@", is_comparison=True)(cast(literal(pairs), TSQUERY)) if pairs else false()
    newest = select(Project.case_id).where(shared).order_by(Project.case_id.desc()).limit(MOST_COMPARED).subquery()
    return _sign(newest.c.case_id, LIKE_TITLE)


def _reason(sign: int, detail: str, title: str, other: str) -> Reason | None:
    if sign == SAME_WORK:
        return because("同一项目主体在同一实施地区、同一资助领域的项目。")
    if sign == SAME_PAPER:
        return because("另有项目提交过内容完全相同的文件“{name}”。", name=detail)
    if sign == SAME_ACCOUNT:
        return because("收款账号与“{organisation}”登记的账号相同。", organisation=detail)
    alike = similarity(title, other)
    return because("项目名称相似（{share}%）。", share=round(alike * 100)) if alike >= SIMILAR else None


def counted(rows: Sequence[Related]) -> tuple[int, int]:
    """How much was approved and how much paid in these projects, in fen."""
    return sum(row.approved or 0 for row in rows), sum(row.paid for row in rows)
