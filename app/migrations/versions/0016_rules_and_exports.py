"""Two numbers of the code become rules of every policy version; saves of an audit's draft; a record of exports."""

from alembic import op

revision = "0016"
down_revision = "0015"
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

EXPORTS = """
CREATE TABLE list_export (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL,
    list TEXT NOT NULL,
    address TEXT NOT NULL,
    columns TEXT[] NOT NULL,
    kind TEXT NOT NULL,
    rows BIGINT NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_list_export PRIMARY KEY (id),
    CONSTRAINT ck_list_export_says_what CHECK (btrim(list) <> '' AND starts_with(address, '/')),
    CONSTRAINT ck_list_export_kind_is_known CHECK (kind IN ('csv', 'xlsx')),
    CONSTRAINT ck_list_export_rows_are_counted CHECK (rows >= 0),
    CONSTRAINT fk_list_export_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
CREATE INDEX ix_list_export_at ON list_export (at, id);
CREATE TRIGGER list_export_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON list_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE list_export ENABLE ALWAYS TRIGGER list_export_is_append_only;
GRANT SELECT, INSERT ON list_export TO aidflow_web;
"""


def upgrade() -> None:
    """Add the rules to every stored version, count the saves of a draft, and keep a record of exports."""
    for part in (RULES, DRAFTS, EXPORTS):
        op.get_bind().exec_driver_sql(part)
