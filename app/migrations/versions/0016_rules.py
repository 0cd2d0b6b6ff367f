"""Two numbers that were written into the code become rules of every policy version: reminders, and what is far off."""

from alembic import op

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None

# A version is written once, so its guard stands aside for this one statement. What the rules said stays: each version
# gets the number that the code acted by, and the record of changes says so.
RULES = """
ALTER TABLE policy_version DISABLE TRIGGER policy_version_is_append_only;
UPDATE policy_version SET body = body || '{"far_ppm": 150000, "reminder_days": 3}';
ALTER TABLE policy_version ENABLE ALWAYS TRIGGER policy_version_is_append_only;
INSERT INTO register_change (register, key, action, after)
SELECT 'policy', key, 'change', '{"far_ppm": 150000, "reminder_days": 3}' FROM policy_version ORDER BY id;
"""

# Two windows that keep the draft of an audit while one types learn of each other.
DRAFTS = """
ALTER TABLE audit_draft ADD COLUMN version BIGINT DEFAULT '1' NOT NULL,
    ADD CONSTRAINT ck_audit_draft_version_is_positive CHECK (version > 0);
"""


def upgrade() -> None:
    """Add the rules to every stored version, with the numbers that applied, and count the saves of a draft."""
    op.get_bind().exec_driver_sql(RULES)
    op.get_bind().exec_driver_sql(DRAFTS)
