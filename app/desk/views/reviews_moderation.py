"""The sheets of a panel side by side, for the offices, once every one of them is in."""

from flask import render_template

from app.database import db
from app.desk.views.terms import desk
from app.programmes.queries import policy_of
from app.projects.queries import project_head
from app.reviews.queries import panel_summary
from app.reviews.queries.moderation import moderation_of
from app.security import clock, current_actor, may
from workflows.aid_project import AID_PROJECT
from workflows.policy import PPM
from workflows.roles import SECRETARY

PER_CENT = 100


@desk.get("/projects/<number>/moderation")
@may("moderation.read")
def moderation(number: str) -> str:
    """Spread item by item, what lies far off, the trimmed means; before that only how many sheets are in."""
    session, actor = db.session(), current_actor()
    head = project_head(session, actor, number)
    policy = policy_of(session, head.policy_id)
    return render_template(
        "reviews/moderation.html", head=head, workflow=AID_PROJECT, policy=policy,
        panel=panel_summary(session, head.case_id, actor),
        found=moderation_of(session, actor, head, policy, clock().now()),
        far=policy.far_ppm * PER_CENT / PPM, closes=actor.holds(SECRETARY) and head.stage == "expert_review",
    )  # fmt: skip
