"""An archive of all papers of a case is a list taken away as a file too."""

from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the record of what was taken away name an archive."""
    op.execute("""
        ALTER TABLE list_export DROP CONSTRAINT ck_list_export_kind_is_known,
            ADD CONSTRAINT ck_list_export_kind_is_known CHECK (kind IN ('csv', 'xlsx', 'zip'))
    """)
