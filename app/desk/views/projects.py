"""Projects: the list, the page of one, and the pages of what is inside it."""

from flask import render_template
from werkzeug.wrappers import Response

from app.agreements.queries import agreement_of
from app.audits.queries import audit_of
from app.casework.permissions import SHEET_READERS
from app.database import db
from app.delivery.queries import changes_of, reports_of
from app.desk.queries import ProjectPage, programme_year_of, project_page
from app.desk.views.terms import desk, due_sentence, overdue
from app.grams import found
from app.ledger.permissions import ACCOUNT_LABELS
from app.ledger.queries import movements, project_balances
from app.organisations.permissions import reads_account_of
from app.payments.queries import closure_of, orders_of, settlements_of
from app.people.permissions import Actor
from app.programmes.queries import policy_of
from app.projects.commands import SOURCE_LABELS
from app.projects.models import Project
from app.projects.queries import project_file, project_head
from app.projects.queries.lists import projects_seen
from app.projects.queries.submitted import as_submitted, declaration_for
from app.publicity.queries import notices_of, objections_of
from app.reviews.queries import panel_summary, sheets_of, votes_of
from app.reviews.queries.conflicts import assigned_to
from app.reviews.queries.sessions import session_of_project
from app.reviews.service.recusals import OFFICERS
from app.security import clock, current_actor, may
from app.tables import Column, Filter, Table, answer
from app.text import role_label, stage_label
from app.workbench.permissions import OFFICES
from app.workbench.service import note_look
from workflows.aid_project import AID_PROJECT
from workflows.checks import CHECKS
from workflows.roles import APPLICANTS, AUDIT_FIRM, SECRETARY

#: Movements of money that a page shows; the ledger page has all of them.
MOVEMENTS = 50
#: The model of a list: what others declare looks like this.
PROJECTS = Table(
    "projects",
    columns=(
        Column("title", "项目", sort=True, filled=True),
        Column("organisation", "项目主体", sort=True, filled=True),
        Column("stage", "环节", "narrow", says=lambda row: stage_label(row.stage, AID_PROJECT)),
        Column("holder_role", "经办", says=lambda row: role_label(row.holder_role)),
        Column("due_at", "期限", "term", sort=True, shown=False),
        Column("place", "实施地点", shown=False),
        Column("requested", "申请（元）", "money", sort=True, filled=True),
        Column("approved", "批准（元）", "money", sort=True),
        Column("submitted_at", "申报时间", "date", sort=True, shown=False),
        Column("number", "项目编号", "narrow", sort=True, shown=False, filed=True, filled=True),
    ),
    filters=(
        Filter("title", "项目名称包含", where=lambda text: found(text, Project.grams, Project.title)),
        Filter("organisation", "项目主体包含"),
        Filter("stage", "环节", "select", options={stage.name: stage.label for stage in AID_PROJECT.stages}),
    ),
)


@desk.get("/projects")
@may("project.read")
def projects() -> Response:
    """The projects I may see, newest first."""
    return answer(
        PROJECTS, projects_seen(current_actor()), "projects/list.html", workflow=AID_PROJECT, now=clock().now(),
        declares=current_actor().holds(*APPLICANTS),
    )  # fmt: skip


@desk.get("/projects/<number>")
@may("project.read")
def project(number: str) -> str:
    """Where it stands, what is asked of me until when, everything that happened, and what of it is new to me."""
    session, actor, now = db.session(), current_actor(), clock().now()
    page = project_page(session, actor, number, now)
    since_seq, since_at = page.kept.visit(now)
    news = [event for event in page.events if since_at and event.seq > since_seq and event.actor_id != actor.user_id]
    shown = render_template(
        "projects/project.html", page=page, head=page.head, workflow=AID_PROJECT,
        due=due_sentence(page.case.due_at, now), overdue=overdue(page.case, now), now=now,
        policy=policy_of(session, page.head.policy_id), sources=SOURCE_LABELS, kept=page.kept, news=news,
        since_at=since_at, writes=actor.holds(*OFFICES),
        reminds=_reminds(page, actor), checked=page.case.stage in CHECKS and page.kept.notes is not None,
        recuses=actor.holds(*OFFICERS) and not page.case.final,
    )  # fmt: skip
    note_look(actor, page.head.case_id, page.kept, now=now)
    return shown


@desk.get("/projects/<number>/declaration")
@may("project.read")
def declaration(number: str) -> str:
    """The whole declaration with its budget and performance targets."""
    head = project_file(db.session(), current_actor(), number)
    said = declaration_for(db.session(), current_actor(), head)
    return render_template(
        "projects/declaration.html", head=as_submitted(head, said), declaration=said,
        policy=policy_of(db.session(), head.policy_id), sources=SOURCE_LABELS, workflow=AID_PROJECT,
    )  # fmt: skip


@desk.get("/projects/<number>/reviews")
@may("project.read")
def reviews(number: str) -> str:
    """The panel, its sheets, the joint review, notices and objections."""
    actor, now = current_actor(), clock().now()
    head = project_head(db.session(), actor, number)
    return render_template(
        "projects/reviews.html", head=head, workflow=AID_PROJECT,
        panel=panel_summary(db.session(), head.case_id, actor),
        sheets=sheets_of(db.session(), head.case_id, actor, now=now),
        assigned=assigned_to(db.session(), head.case_id, actor),
        joint=votes_of(db.session(), head.case_id, actor),
        notices=notices_of(db.session(), head.case_id, now=now),
        objections=objections_of(db.session(), head.case_id, actor),
        meeting=session_of_project(db.session(), actor, head.case_id),
        arranges=actor.holds(SECRETARY), moderates=actor.holds(*SHEET_READERS),
        policy=policy_of(db.session(), head.policy_id),
    )  # fmt: skip


@desk.get("/projects/<number>/delivery")
@may("project.read")
def delivery(number: str) -> str:
    """The agreement, the reports, the changes and the audit."""
    actor = current_actor()
    head = project_head(db.session(), actor, number)
    return render_template(
        "projects/delivery.html", head=head, workflow=AID_PROJECT,
        agreement=agreement_of(db.session(), head.case_id),
        reports=reports_of(db.session(), head.case_id),
        changes=changes_of(db.session(), head.case_id),
        audit=audit_of(db.session(), head.case_id, with_work=actor.holds(AUDIT_FIRM)),
    )  # fmt: skip


@desk.get("/projects/<number>/money")
@may("project.read")
def money(number: str) -> str:
    """The settlement, the payment orders, the closure, and the accounts of the project."""
    actor = current_actor()
    head = project_head(db.session(), actor, number)
    return render_template(
        "projects/money.html", head=head, workflow=AID_PROJECT,
        settlements=settlements_of(db.session(), head.case_id),
        orders=orders_of(db.session(), head.case_id),
        closure=closure_of(db.session(), head.case_id),
        balances=project_balances(db.session(), head.case_id),
        movements=_movements(head.case_id), accounts=ACCOUNT_LABELS,
        reads_accounts=reads_account_of(actor, head.organisation_id),
    )  # fmt: skip


def _reminds(page: ProjectPage, actor: Actor) -> bool:
    """Whether the project waits for somebody else, and this person works for an office that may ask."""
    return actor.holds(*OFFICES) and page.case.holder_role is not None and not page.case.actions


def _movements(case_id: int) -> object:
    """The last movements of money of one project."""
    year = programme_year_of(db.session(), case_id)
    return movements(db.session(), programme_year_id=year, project_id=case_id, limit=MOVEMENTS) if year else ()
