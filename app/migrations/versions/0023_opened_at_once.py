"""A link to an outside account can be ended, once it means somebody else or nobody; a project is opened in one look."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

#: Every life inside an opened project is seen by the policy anyway; asking it for each of them took as long as the
#: look at whether the project itself may be opened. The sub-select is worked out first, so that an index serves.
OPENING = """
CREATE FUNCTION lives_opened() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM "case" WHERE root_id = ANY ((SELECT asked_with('opened'))::bigint[])
$$;

CREATE OR REPLACE FUNCTION open_projects(cases bigint[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    roots bigint[];
BEGIN
    SELECT coalesce(array_agg(DISTINCT root_id), '{}') INTO roots FROM "case" WHERE id = ANY (cases);
    PERFORM set_config('aidflow.opened', roots::text, true);
    PERFORM set_config('aidflow.open_cases', lives_opened()::text, true);
    RETURN roots;
END $$;
"""


def upgrade() -> None:
    """Let the application take a link away; the record of it stays."""
    op.execute("GRANT DELETE ON outside_account TO aidflow_web")
    op.execute(OPENING)
