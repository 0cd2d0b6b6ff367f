"""Checking a declaration: the list of what is checked, the papers beside it, and projects that look alike."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import ValidationError
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.casework.models import Case
from app.casework.permissions import visible_as
from app.casework.queries import case_rows
from app.database import Missing, db
from app.desk.queries.related import counted, earlier_projects, look_alikes
from app.desk.queries.review import answered, figures_of, wanting
from app.desk.views.terms import desk, due_sentence, overdue
from app.documents.queries import PaperLine, papers_of
from app.programmes.queries import policy_of
from app.projects.queries import project_head
from app.projects.queries.differences import last_correction
from app.projects.queries.submitted import declaration_for
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.text import say
from app.workbench.commands import Findings
from app.workbench.permissions import READS_NOTES, may_assign
from app.workbench.queries import findings_of
from app.workbench.service import save_findings
from workflows.aid_project import AID_PROJECT
from workflows.checks import CHECKS, phrases
from workflows.definition import because
from workflows.policy import Policy

#: Digits of the number of a page that can be.
DIGITS = 4


@desk.get("/projects/<number>/review")
@may("project.check")
def review(number: str) -> str:
    """What is checked at this stage and what was found so far, beside a page of one of the papers."""
    session, actor, now = db.session(), current_actor(), clock().now()
    head = project_head(session, actor, number)
    case = _seen(head.case_id)
    row = case_rows(session, actor, [case], now)[0]
    policy = policy_of(session, head.policy_id)
    papers = papers_of(session, head.case_id, actor=actor)
    found, alike = findings_of(session, actor, head.case_id, case.stage), look_alikes(session, actor, head)
    earlier = earlier_projects(session, actor, head)
    declaration, last = declaration_for(session, actor, head), last_correction(session, head.case_id)
    return render_template(
        "projects/review.html", head=head, row=row, workflow=AID_PROJECT, policy=policy, papers=papers,
        checks=CHECKS.get(case.stage, ()), found=found, progress=answered(found, case.stage),
        wrong=wanting(found, case.stage),
        holds=may_assign(actor, case), figures=figures_of(session, head, declaration, policy, len(alike)),
        phrases=[say(each) for each in phrases(case.stage, policy)], alike=alike, earlier=earlier,
        sums=counted(earlier), due=due_sentence(row.due_at, now), overdue=overdue(row, now),
        shown=_shown(papers), page=_page(), kinds=_kinds(policy), by_kind=_by_kind(papers),
        last=last, later=[paper for paper in papers if last and paper.uploaded_at > last.returned_at],
    )  # fmt: skip


@desk.post("/projects/<number>/review")
@may("project.check")
def save_review(number: str) -> Response:
    """Keep what was found so far, then lead to the act or show the paper that was chosen: nothing ticked is lost."""
    session, actor = db.session(), current_actor()
    head = project_head(session, actor, number)
    case = _seen(head.case_id)
    save_findings(_typed(CHECKS.get(case.stage, ())), head.pid, actor=actor, now=clock().now())
    paper, _colon, page = request.form.get("show", "").partition(":")
    if action := request.form.get("act"):
        return redirect(url_for(".ask", pid=head.pid, action=action), 303)
    if paper:
        return redirect(url_for(".review", number=number, paper=paper, page=page or None, _anchor="paper"), 303)
    flash(_("已保存核查结果。"), "success")
    return redirect(url_for(".review", number=number, paper=request.args.get("paper")), 303)


def _seen(case_id: int) -> Case:
    """The project, for its officers and supervisors; for everybody else there is no such page."""
    wanted = select(Case).where(Case.id == case_id, visible_as(current_actor(), READS_NOTES))
    case = db.session.scalars(wanted).one_or_none()
    if case is None:
        raise Missing(str(case_id))
    return case


def _typed(checks: Sequence[object]) -> Findings:
    form = request.form
    kept = {
        key: {"result": form.get(f"check-{key}-result", ""), "note": form.get(f"check-{key}-note", "").strip()}
        for key in (check.key for check in checks)
    }
    lines = [line.strip() for line in form.get("items", "").splitlines() if line.strip()]
    try:
        return Findings.model_validate(
            {"checks": kept, "items": list(dict.fromkeys([*form.getlist("phrase"), *lines]))}
        )
    except ValidationError:
        raise FieldRefused(
            "items", because("每项说明不超过 1000 个字，每项补正事项不超过 200 个字，最多 50 项。")
        ) from None


def _shown(papers: Sequence[PaperLine]) -> PaperLine | None:
    """The paper that the address asks for; otherwise the first that can be shown."""
    try:
        asked = UUID(request.args.get("paper", ""))
    except ValueError:
        return next((paper for paper in papers if paper.can_be_shown), None)
    return next((paper for paper in papers if paper.id == asked), None)


def _page() -> int:
    text = request.args.get("page", "")
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else 1


def _kinds(policy: Policy) -> dict[str, str]:
    return dict(policy.paper_kinds)


def _by_kind(papers: Sequence[PaperLine]) -> dict[str, list[PaperLine]]:
    found: dict[str, list[PaperLine]] = {}
    for paper in papers:
        found.setdefault(paper.kind, []).append(paper)
    return found
