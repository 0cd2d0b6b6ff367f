"""What people type before it is valid: nothing typed is lost."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE draft_field (
    project_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    wrong BOOLEAN DEFAULT false NOT NULL,
    saved_by_id BIGINT,
    saved_at timestamptz,
    CONSTRAINT pk_draft_field PRIMARY KEY (project_id, name),
    CONSTRAINT ck_draft_field_name_is_a_field CHECK (name ~ '^[a-z_]{1,40}(-[a-z0-9]{1,12}){0,1}(-[a-z_]{1,40}){0,1}$'),
    CONSTRAINT ck_draft_field_text_is_bounded CHECK (char_length(text) <= 20000),
    CONSTRAINT ck_draft_field_saved_by_somebody CHECK ((saved_by_id IS NULL) = (saved_at IS NULL)),
    CONSTRAINT fk_draft_field_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id),
    CONSTRAINT fk_draft_field_saved_by_id_user FOREIGN KEY(saved_by_id) REFERENCES "user" (id)
);

CREATE TABLE draft_presence (
    project_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT pk_draft_presence PRIMARY KEY (project_id, user_id),
    CONSTRAINT fk_draft_presence_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id),
    CONSTRAINT fk_draft_presence_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE kept_form (
    user_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    body JSONB NOT NULL,
    kept_at timestamptz NOT NULL,
    CONSTRAINT pk_kept_form PRIMARY KEY (user_id, project_id, step),
    CONSTRAINT fk_kept_form_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_kept_form_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id)
);
CREATE INDEX ix_kept_form_project_id ON kept_form (project_id);

CREATE TABLE declaration_snapshot (
    event_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    declared_hash TEXT NOT NULL,
    body BYTEA NOT NULL,
    CONSTRAINT pk_declaration_snapshot PRIMARY KEY (event_id),
    CONSTRAINT ck_declaration_snapshot_hash_is_of_the_body CHECK (declared_hash = encode(sha256(body), 'hex')),
    CONSTRAINT fk_declaration_snapshot_event_id_event FOREIGN KEY(event_id) REFERENCES event (id),
    CONSTRAINT fk_declaration_snapshot_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id)
);
CREATE INDEX ix_declaration_snapshot_project_id ON declaration_snapshot (project_id, event_id);
"""

# What was submitted is written once; a draft stands still with its declaration.
GUARDS = """
CREATE TRIGGER declaration_snapshot_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON declaration_snapshot
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE declaration_snapshot ENABLE ALWAYS TRIGGER declaration_snapshot_is_append_only;
CREATE TRIGGER draft_field_stands BEFORE INSERT OR UPDATE ON draft_field
    FOR EACH ROW EXECUTE FUNCTION refuse_closed_declaration();
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON draft_field, draft_presence, kept_form TO aidflow_web;
GRANT SELECT, INSERT ON declaration_snapshot TO aidflow_web;
GRANT SELECT ON draft_field, declaration_snapshot TO aidflow_worker;
"""


def upgrade() -> None:
    """Create the tables of drafts and of what was submitted, and grant the least."""
    op.execute(TABLES)
    op.execute(GUARDS)
    op.execute(GRANTS)
