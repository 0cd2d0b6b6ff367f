"""A link to an outside account can be ended: by whoever keeps the accounts, once it means somebody else or nobody."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the application take a link away; the record of it stays."""
    op.execute("GRANT DELETE ON outside_account TO aidflow_web")
