"""Papers of the demonstration: real PDF/A, marked as samples, stored for real.

The inspection of an upload is left out, since its child process for each of hundreds of papers that we
set ourselves would take minutes.
"""

from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

import pikepdf
from flask import current_app
from sqlalchemy import select

from app.agreements.effects import in_full
from app.agreements.jobs import draw_up_text
from app.agreements.models import Agreement
from app.casework.models import Case
from app.database import db, transaction
from app.demo.story import Story
from app.documents.models import STORED, Paper
from app.documents.permissions import KINDS
from app.organisations.models import Organisation
from app.projects.commands import SOURCE_LABELS
from app.typesetting.service import render
from workflows.calendar import shanghai_date
from workflows.money import fen_of, yuan
from workflows.policy import DEFAULT_POLICY

#: What a paper of each kind says in one sentence; the place, partner and title are filled in.
WORDS = {
    "registration_certificate": "登记管理机关准予登记，业务范围包括公益慈善活动与对口帮扶服务。",
    "yearly_check": "最近一个年度检查结论为合格，未发现违反登记管理规定的情形。",
    "prior_audit": "上年度财务报表经审计，出具无保留意见，公益支出比例符合规定。",
    "bank_proof": "开户信息与登记名称一致，账户状态正常，专项资金将单独核算。",
    "recipient_opinion": "受援方同意{partner}配合在{place}实施“{title}”，提供场地、人员与后续维护。",
    "partner_agreement": "双方商定由项目主体负责资金与技术，{partner}负责当地协调、受益人登记与日常维护。",
    "matching_money_proof": "配套资金已到账或已签订捐赠协议，专款专用，不含其他财政资金。",
    "budget": "预算按数量与单价逐项测算，资金来源如下表。",
    "undertaking": "承诺申报内容真实，不重复申请财政资金，不含商业因素，接受审计并同意公开。",
    "vouchers": "本期支出凭证清单，票据与合同编号一一对应，原件留存备查。",
    "photos": "实施现场照片目录，拍摄地点为{place}。",
    "minutes": "会审组听取专家评审与公示情况汇报，逐项表决，形成本纪要。",
    "progress_report": "本期进展、支出与受益人数说明。",
    "final_report": "项目目标完成情况：{goals}",
    "change_evidence": "当地主管部门关于延期的说明。",
    "audit_report": "经审计，支出审定情况如下表。",
    "bank_receipt": "银行回单，收款户名与项目主体登记名称一致。",
}
BUDGET_HEAD = ["内容", "数量", "单价（元）", "金额（元）", "资金来源"]


def add_paper(story: Story, case_id: int, kind: str, *, by: int | None, number: int, now: datetime) -> None:
    """Hand in a paper of this kind on a case, unless it is there; `number` tells papers of one kind apart."""
    case = db.session.get_one(Case, case_id)
    organisation = db.session.get_one(Organisation, case.organisation_id).name
    name = f"{KINDS[kind]} {number:02d}.pdf"
    if _is_there(case_id, name):
        return
    db.session.rollback()
    data = _content(story, kind, organisation, number, shanghai_date(now).isoformat())
    _store(case_id, kind, name, render("paper", data, issued_at=now), by=by, now=now)


def draw_up_agreement(root_id: int, now: datetime) -> None:
    """Draw up the agreement as the worker would, with the same bytes, at a moment of the story."""
    ours = current_app.extensions["aidflow"]
    case_id, begun_at, number, data, data_hash = db.session.execute(
        select(Case.id, Case.created_at, Agreement.number, Agreement.data, Agreement.data_hash)
        .join(Agreement, Agreement.case_id == Case.id)
        .where(Agreement.project_id == root_id)
    ).one()
    said = in_full(db.session(), data) | {"content_hash": data_hash}
    name = f"资助协议 {number}.pdf"
    there = _is_there(case_id, name)
    db.session.rollback()
    if not there:
        pdf = render("agreement", said, issued_at=begun_at)
        _store(case_id, "agreement", name, pdf, by=None, now=now)
    draw_up_text(root_id, store=ours.store, limit=ours.settings.max_upload_bytes, now=now)


def _is_there(case_id: int, name: str) -> bool:
    return db.session.scalar(select(Paper.id).where(Paper.case_id == case_id, Paper.name == name)) is not None


def _store(case_id: int, kind: str, name: str, pdf: bytes, *, by: int | None, now: datetime) -> None:
    stored = current_app.extensions["aidflow"].store.put(BytesIO(pdf), content_type="application/pdf")
    with transaction() as session:
        root_id = session.scalars(select(Case.root_id).where(Case.id == case_id)).one()
        session.add(
            Paper(
                public_id=uuid4(), case_id=case_id, root_id=root_id, kind=kind, name=name,
                content_type="application/pdf", size=stored.size, sha256=stored.sha256, key=stored.key,
                state=STORED, uploaded_by_id=by, uploaded_at=now, pages=_pages(pdf),
            )
        )  # fmt: skip


def _pages(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as made:
        return len(made.pages)


def _content(story: Story, kind: str, organisation: str, number: int, day: str) -> dict[str, Any]:
    words = WORDS[kind].format(title=story.title, place=story.place, partner=story.partner, goals=story.goals)
    return {
        "title": KINDS[kind],
        "organisation": organisation,
        "number": f"演示-{story.key}-{number:02d}",
        "addressee": "上海市人民政府合作交流办公室",
        "paragraphs": [f"项目名称：{story.title}。", words, "本件为演示材料，所载单位代码、账户、人员与数字均为虚构。"],
        "tables": [_budget(story)] if kind == "budget" else [_audited(story)] if kind == "audit_report" else [],
        "signed_by": "上海示例会计师事务所（演示）" if kind == "audit_report" else organisation,
        "signed_on": day,
        "sample": True,
    }


def _budget(story: Story) -> dict[str, Any]:
    rows = [
        [line.item, f"{line.quantity}{line.unit}", line.price, yuan(line.amount), SOURCE_LABELS[line.source]]
        for line in story.lines
    ]
    rows.append(["合计", "", "", yuan(story.planned), ""])
    return {"caption": "预算明细", "head": BUDGET_HEAD, "rows": rows, "right": [2, 3]}


def _audited(story: Story) -> dict[str, Any]:
    rows = [
        [
            DEFAULT_POLICY.cost_name(line["category"]) or "",
            line["item"],
            *(yuan(line[name]) for name in ("claimed", "disallowed", "audited")),
        ]
        for line in spending(story)
    ]
    return {
        "caption": "支出审定情况", "head": ["科目", "内容", "申报（元）", "核减（元）", "审定（元）"], "rows": rows,
        "right": [2, 3, 4],
    }  # fmt: skip


def spending(story: Story) -> list[dict[str, Any]]:
    """What was spent line by line, in fen: all of the budget, less what the auditor did not accept."""
    cut = {place: (fen_of(amount), reason) for place, amount, reason in story.disallowed}
    told = []
    for place, line in enumerate(story.lines):
        disallowed, reason = cut.get(place, (0, ""))
        told.append(
            {
                "category": line.category, "item": line.item, "budget": line.amount, "claimed": line.amount,
                "disallowed": disallowed, "audited": line.amount - disallowed, "reason": reason,
            }
        )  # fmt: skip
    return told
