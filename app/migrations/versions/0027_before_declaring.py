"""What acts said stands in the file, which an expert opens by declaring; what waits to be handed in is one's own.

A paper that an organisation brings for a correction stays its own until the correction is handed in.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

WORDS = """
CREATE OR REPLACE FUNCTION sees_words(of_event bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM event e JOIN "case" c ON c.id = e.case_id WHERE e.id = of_event
        AND (c.life <> 'programme_year' OR asked_from_the_city('city'))
        AND (c.root_id = ANY (asked_with('opened'))
            OR (NOT asked_by('public') AND c.root_id <> ALL (asked_with('undeclared')))));
END $$;
"""

PAPERS = """
CREATE FUNCTION is_unsent(of_case bigint, uploader bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM "case" c JOIN role_grant g ON g.organisation_id = c.organisation_id
        WHERE c.id = of_case AND g.user_id = uploader AND c.life = 'aid_project'
            AND c.stage IN ('correction', 'rejected', 'withdrawn')
            AND c.organisation_id <> ALL (asked_with('organisations')));
END $$;
ALTER POLICY of_its_case ON paper
    USING (root_id = ANY (asked_with('opened')) OR (NOT asked_by('public') AND root_id <> ALL (asked_with('undeclared'))
        AND sees_paper(case_id, kind, sealed_event_id IS NOT NULL)
        AND (sealed_event_id IS NOT NULL OR NOT is_unsent(case_id, uploaded_by_id))));
"""


def upgrade() -> None:
    """Withhold the words from whoever may not look into the file yet, and what was not handed in from all others."""
    op.execute(WORDS)
    op.execute(PAPERS)
