"""What triggers look at does not depend on who asks: each rule of the database sees every row there is.

Under row-level security a function sees what its caller sees, and a rule that finds nothing to object to lets
everything pass. So the functions behind triggers run with the rights of the owner, and with a fixed search path.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

RULES = """
DO $$
DECLARE
    rule regprocedure;
BEGIN
    FOR rule IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype AND NOT p.prosecdef
            AND p.proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
            AND p.proname NOT LIKE 'procrastinate%'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp', rule);
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', rule);
    END LOOP;
END $$;
"""


def upgrade() -> None:
    """Let the rules look with the rights of the owner."""
    op.execute(RULES)
