"""A draft that is withdrawn before it was ever submitted stays its organisation's alone."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

#: The opening is the first act in a chain and the second leaves the draft: either it is submitted, or withdrawn.
WHOSE_BUSINESS = """
ALTER POLICY whose_business ON "case"
    USING (root_id <> ALL ((SELECT asked_with('recused'))::bigint[]) AND (
        (stage <> 'draft' AND (stage <> 'withdrawn' OR entered_seq > 2) AND CASE WHEN life = 'score_sheet'
            THEN (SELECT asked_from_the_city('sheets')) ELSE (SELECT asked_from_the_city('city')) END)
        OR (life <> 'score_sheet' AND organisation_id = ANY ((SELECT asked_with('organisations'))::bigint[]))
        OR (life <> 'score_sheet' AND stage <> 'draft' AND (stage <> 'withdrawn' OR entered_seq > 2) AND (
            accepting_unit_id = ANY ((SELECT asked_with('accepting'))::bigint[])
            OR front_office_id = ANY ((SELECT asked_with('front'))::bigint[])))
        OR (root_id = ANY ((SELECT asked_with('drawn'))::bigint[])
            AND (life = 'aid_project' OR assigned_user_id = (SELECT asked_by_person())))
        OR (root_id = ANY ((SELECT asked_with('audits'))::bigint[])
            AND (life IN ('aid_project', 'agreement', 'progress_report')
                OR assigned_unit_id = ANY ((SELECT asked_with('firms'))::bigint[])))
    ))
"""


def upgrade() -> None:
    """Tell what was submitted from what was withdrawn as a draft."""
    op.execute(WHOSE_BUSINESS)
