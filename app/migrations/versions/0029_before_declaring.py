"""What acts said of a project is a part of its file: an expert declares first that there is no conflict."""

from alembic import op

revision = "0029"
down_revision = "0024"
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


def upgrade() -> None:
    """Withhold the words from whoever may not look into the file yet."""
    op.execute(WORDS)
