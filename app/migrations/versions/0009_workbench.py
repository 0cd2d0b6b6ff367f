"""What officers keep at hand: looks, pins, saved views, notes, assignments, checklists, reminders; pages of papers."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE look (
    user_id BIGINT NOT NULL,
    root_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at timestamptz NOT NULL,
    since_seq BIGINT NOT NULL,
    since_at timestamptz,
    CONSTRAINT pk_look PRIMARY KEY (user_id, root_id),
    CONSTRAINT ck_look_seen_in_order CHECK (since_seq <= seq),
    CONSTRAINT fk_look_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_look_root_id_case FOREIGN KEY(root_id) REFERENCES "case" (id)
);
CREATE INDEX ix_look_recent ON look (user_id, at DESC);

CREATE TABLE pin (
    user_id BIGINT NOT NULL,
    root_id BIGINT NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_pin PRIMARY KEY (user_id, root_id),
    CONSTRAINT fk_pin_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_pin_root_id_case FOREIGN KEY(root_id) REFERENCES "case" (id)
);

CREATE TABLE saved_view (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    is_default BOOLEAN DEFAULT false NOT NULL,
    saved_at timestamptz NOT NULL,
    CONSTRAINT pk_saved_view PRIMARY KEY (id),
    CONSTRAINT uq_saved_view_user_id_page_name UNIQUE (user_id, page, name),
    CONSTRAINT ck_saved_view_page_is_known CHECK (page IN ('inbox', 'projects')),
    CONSTRAINT ck_saved_view_name_is_there CHECK (btrim(name) <> '' AND char_length(name) <= 40),
    CONSTRAINT ck_saved_view_query_is_short CHECK (char_length(query) <= 1000),
    CONSTRAINT fk_saved_view_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
CREATE UNIQUE INDEX uq_saved_view_default ON saved_view (user_id, page) WHERE is_default;

CREATE TABLE note (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    root_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT pk_note PRIMARY KEY (id),
    CONSTRAINT ck_note_role_is_an_office CHECK (role IN ('accepting_unit', 'fund_office', 'secretary')),
    CONSTRAINT ck_note_text_is_there CHECK (btrim(text) <> '' AND char_length(text) <= 5000),
    CONSTRAINT fk_note_root_id_case FOREIGN KEY(root_id) REFERENCES "case" (id),
    CONSTRAINT fk_note_author_id_user FOREIGN KEY(author_id) REFERENCES "user" (id)
);
CREATE INDEX ix_note_root_id ON note (root_id, id);

CREATE TABLE assignment (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    case_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    assigned_by_id BIGINT NOT NULL,
    assigned_at timestamptz NOT NULL,
    ended_by_id BIGINT,
    ended_at timestamptz,
    CONSTRAINT pk_assignment PRIMARY KEY (id),
    CONSTRAINT ck_assignment_ended_by_somebody CHECK ((ended_at IS NULL) = (ended_by_id IS NULL)),
    CONSTRAINT fk_assignment_case_id_case FOREIGN KEY(case_id) REFERENCES "case" (id),
    CONSTRAINT fk_assignment_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_assignment_assigned_by_id_user FOREIGN KEY(assigned_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_assignment_ended_by_id_user FOREIGN KEY(ended_by_id) REFERENCES "user" (id)
);
CREATE UNIQUE INDEX uq_assignment_live ON assignment (case_id, role) WHERE ended_at IS NULL;
CREATE INDEX ix_assignment_user_id ON assignment (user_id, case_id) WHERE ended_at IS NULL;

CREATE TABLE checklist (
    root_id BIGINT NOT NULL,
    stage TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    content JSONB NOT NULL,
    saved_at timestamptz NOT NULL,
    CONSTRAINT pk_checklist PRIMARY KEY (root_id, stage, user_id),
    CONSTRAINT fk_checklist_root_id_case FOREIGN KEY(root_id) REFERENCES "case" (id),
    CONSTRAINT fk_checklist_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE reminder (
    case_id BIGINT NOT NULL,
    sent_on DATE NOT NULL,
    sent_by_id BIGINT NOT NULL,
    sent_at timestamptz NOT NULL,
    to_role TEXT NOT NULL,
    CONSTRAINT pk_reminder PRIMARY KEY (case_id, sent_on),
    CONSTRAINT fk_reminder_case_id_case FOREIGN KEY(case_id) REFERENCES "case" (id),
    CONSTRAINT fk_reminder_sent_by_id_user FOREIGN KEY(sent_by_id) REFERENCES "user" (id)
);

ALTER TABLE paper ADD COLUMN pages INTEGER,
    ADD CONSTRAINT ck_paper_pages_are_counted CHECK (pages > 0);
"""

# Officers rely on what they read in a note: it stays as it was written.
GUARDS = """
CREATE TRIGGER note_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON note
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE note ENABLE ALWAYS TRIGGER note_is_append_only;
CREATE TRIGGER reminder_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reminder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE reminder ENABLE ALWAYS TRIGGER reminder_is_append_only;
CREATE TRIGGER assignment_ends_once BEFORE UPDATE ON assignment FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
ALTER TABLE assignment ENABLE ALWAYS TRIGGER assignment_ends_once;
CREATE TRIGGER assignment_is_not_deleted BEFORE DELETE OR TRUNCATE ON assignment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE assignment ENABLE ALWAYS TRIGGER assignment_is_not_deleted;
"""

GRANTS = """
GRANT SELECT, INSERT ON look, pin, saved_view, note, assignment, checklist, reminder TO aidflow_web;
GRANT UPDATE (seq, at, since_seq, since_at) ON look TO aidflow_web;
GRANT DELETE ON pin, saved_view TO aidflow_web;
GRANT UPDATE (query, is_default, saved_at) ON saved_view TO aidflow_web;
GRANT UPDATE (ended_by_id, ended_at) ON assignment TO aidflow_web;
GRANT UPDATE (content, saved_at) ON checklist TO aidflow_web;
"""


def upgrade() -> None:
    """Create the tables, what guards them, and the least grants."""
    op.execute(TABLES)
    op.execute(GUARDS)
    op.execute(GRANTS)
