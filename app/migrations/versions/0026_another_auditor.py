"""An audit in work can be given to another firm when the first one cannot go on."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

#: As before, but for the firm while it is at work.
REPORT_STANDS = """
CREATE OR REPLACE FUNCTION audit_report_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> 'at_work' AND to_jsonb(OLD) - '{state,firm_id}'::text[] <> to_jsonb(NEW) - '{state,firm_id}'::text[]
        OR OLD.firm_id IS NOT NULL AND OLD.firm_id IS DISTINCT FROM NEW.firm_id
            AND NOT (OLD.state = 'at_work' AND NEW.state = 'at_work' AND NEW.firm_id IS NOT NULL)
    THEN
        RAISE EXCEPTION 'the report of audit % is handed in', OLD.case_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_report_stands';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    """Let the fund office change the firm of an audit that is at work."""
    op.execute(REPORT_STANDS)
