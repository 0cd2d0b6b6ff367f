"""The home of an applicant organisation, what a correction changed, and what the money rests on."""

from flask import current_app, render_template, url_for
from sqlalchemy import select

from app.casework.models import Duty
from app.casework.queries import case_rows, case_visible, lives_inside
from app.database import db
from app.delivery.queries import reports_of
from app.desk.queries.mine import LAST, NEXT, PAGE, my_projects
from app.desk.views.terms import desk, due_sentence
from app.documents.permissions import KINDS, kinds_to_add
from app.documents.queries import papers_of
from app.documents.service import TYPES
from app.paging import id_cursor
from app.payments.queries import settlements_of
from app.programmes.queries import open_calls, policy_of
from app.projects.queries import project_file, project_head
from app.projects.queries.differences import at_resubmission, last_correction, since_submission
from app.security import clock, current_actor, may
from workflows.aid_project import AID_PROJECT
from workflows.money import in_capitals, ratio_ppm
from workflows.roles import APPLICANTS

#: Acts that hand in a report, and the papers that belong to one.
REPORTING = ("file_report", "resubmit_report")
SHOWN = ("photos", "vouchers", "progress_report", "final_report")


@desk.get("/our-projects")
@may("project.list_own")
def our_projects() -> str:
    """Each project of ours: where it stands, what happens next, what is asked of us and by when."""
    now = clock().now()
    rows = my_projects(db.session(), current_actor(), now, before=id_cursor())
    onward = url_for(".our_projects", cursor=rows[PAGE - 1].case.id) if len(rows) > PAGE else None
    return render_template(
        "projects/mine.html", rows=rows[:PAGE], onward=onward, next=NEXT, last=LAST, applicants=APPLICANTS,
        workflow=AID_PROJECT, now=now, calls=open_calls(db.session(), now), due=lambda at: due_sentence(at, now),
    )  # fmt: skip


@desk.get("/projects/<number>/settlement")
@may("project.read")
def settlement(number: str) -> str:
    """How the amount to be paid came about: the formula of the policy with the figures of this project."""
    head = project_head(db.session(), current_actor(), number)
    found = [each for each in settlements_of(db.session(), head.case_id) if each.ended_at is None]
    return render_template(
        "projects/settlement.html", head=head, workflow=AID_PROJECT, row=found[0] if found else None,
        policy=policy_of(db.session(), head.policy_id), capitals=in_capitals, share=ratio_ppm,
    )  # fmt: skip


@desk.get("/projects/<number>/changes")
@may("project.read")
def changes(number: str) -> str:
    """What was changed at the last correction; its applicant sees while correcting what will be."""
    session, actor = db.session(), current_actor()
    head = project_file(session, actor, number)
    policy = policy_of(session, head.policy_id)
    correcting = head.stage == "correction" and head.organisation_id in actor.organisation_ids
    last = last_correction(session, head.case_id)
    compare = since_submission if correcting else at_resubmission
    found = papers_of(session, head.case_id, actor=actor) if last else ()
    return render_template(
        "projects/changes.html", head=head, workflow=AID_PROJECT, changes=compare(session, head.case_id, policy),
        last=last, papers=[paper for paper in found if last and paper.uploaded_at > last.returned_at],
    )  # fmt: skip


@desk.get("/projects/<number>/report")
@may("project.report")
def report(number: str) -> str:
    """Photos and vouchers first, then the report that they belong to; a report that was returned comes first."""
    session, actor = db.session(), current_actor()
    head = project_head(session, actor, number)
    rows = case_rows(session, actor, lives_inside(session, actor, head.case_id), clock().now())
    acts = ((row, act.name) for row in reversed(rows) for act in row.actions)
    target, action = next(((row, name) for row, name in acts if name in REPORTING), (rows[0], ""))
    duty_held = session.scalar(select(Duty.duty).where(Duty.root_id == head.case_id, Duty.user_id == actor.user_id))
    kinds = kinds_to_add(actor, case_visible(session, actor, target.pid), duty_held) if action else ()
    return render_template(
        "projects/report.html", head=head, workflow=AID_PROJECT, target=target.pid, pid=target.pid, action=action,
        reports=reports_of(session, head.case_id), policy=policy_of(session, head.policy_id),
        boxes_of=[(kind, KINDS[kind]) for kind in kinds if kind in SHOWN],
        papers=[each for each in papers_of(session, head.case_id, actor=actor) if not each.sealed],
        here=url_for(".report", number=number), most=current_app.extensions["aidflow"].settings.max_upload_bytes,
        accept=",".join(f".{each}" for each in TYPES),
    )  # fmt: skip
