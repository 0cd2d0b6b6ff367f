"""Sessions of panels, fields of experts, kept drafts of score sheets, meetings of the joint panel."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: What a draft is tied to: the sheet together with its expert.
SHEET_KEY = """
ALTER TABLE score_sheet ADD CONSTRAINT uq_score_sheet_case_id_expert_id UNIQUE (case_id, expert_id);
"""

TABLES = """
CREATE TABLE expert_profile (
    user_id BIGINT NOT NULL,
    fields TEXT[] NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by_id BIGINT NOT NULL,
    CONSTRAINT pk_expert_profile PRIMARY KEY (user_id),
    CONSTRAINT fk_expert_profile_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_expert_profile_changed_by_id_user FOREIGN KEY(changed_by_id) REFERENCES "user" (id)
);

CREATE TABLE review_session (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    pid UUID NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    place TEXT DEFAULT '' NOT NULL,
    link TEXT DEFAULT '' NOT NULL,
    sheets_due_on DATE NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by_id BIGINT NOT NULL,
    CONSTRAINT pk_review_session PRIMARY KEY (id),
    CONSTRAINT ck_review_session_ends_after_it_begins CHECK (ends_at > starts_at),
    CONSTRAINT ck_review_session_is_somewhere CHECK (btrim(place) <> '' OR btrim(link) <> ''),
    CONSTRAINT ck_review_session_version_is_positive CHECK (version > 0),
    CONSTRAINT uq_review_session_pid UNIQUE (pid),
    CONSTRAINT fk_review_session_changed_by_id_user FOREIGN KEY(changed_by_id) REFERENCES "user" (id)
);

CREATE TABLE review_session_project (
    project_id BIGINT NOT NULL,
    entered_seq BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    CONSTRAINT pk_review_session_project PRIMARY KEY (project_id, entered_seq),
    CONSTRAINT fk_review_session_project_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id),
    CONSTRAINT fk_review_session_project_session_id_review_session FOREIGN KEY(session_id) REFERENCES review_session
        (id)
);
CREATE INDEX ix_review_session_project_session_id ON review_session_project (session_id);

CREATE TABLE sheet_draft (
    case_id BIGINT NOT NULL,
    expert_id BIGINT NOT NULL,
    typed JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    saved_at timestamptz NOT NULL,
    CONSTRAINT pk_sheet_draft PRIMARY KEY (case_id),
    CONSTRAINT fk_sheet_draft_sheet FOREIGN KEY(case_id, expert_id) REFERENCES score_sheet (case_id, expert_id),
    CONSTRAINT ck_sheet_draft_typed_is_an_object CHECK (jsonb_typeof(typed) = 'object'),
    CONSTRAINT ck_sheet_draft_version_is_positive CHECK (version > 0)
);

CREATE TABLE joint_meeting (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    pid UUID NOT NULL,
    programme_year_id BIGINT NOT NULL,
    held_at timestamptz NOT NULL,
    place TEXT NOT NULL,
    envelope BIGINT,
    minutes TEXT DEFAULT '' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by_id BIGINT NOT NULL,
    closed_at timestamptz,
    closed_by_id BIGINT,
    result JSONB,
    result_hash TEXT,
    CONSTRAINT pk_joint_meeting PRIMARY KEY (id),
    CONSTRAINT ck_joint_meeting_is_closed_whole CHECK (num_nulls(closed_at, closed_by_id, result, result_hash) IN (0,
        4)),
    CONSTRAINT ck_joint_meeting_place_is_there CHECK (btrim(place) <> ''),
    CONSTRAINT ck_joint_meeting_envelope_is_positive CHECK (envelope > 0),
    CONSTRAINT ck_joint_meeting_version_is_positive CHECK (version > 0),
    CONSTRAINT ck_joint_meeting_result_hash_is_sha256 CHECK (result_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT uq_joint_meeting_pid UNIQUE (pid),
    CONSTRAINT fk_joint_meeting_programme_year_id_programme_year FOREIGN KEY(programme_year_id) REFERENCES
        programme_year (case_id),
    CONSTRAINT fk_joint_meeting_changed_by_id_user FOREIGN KEY(changed_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_joint_meeting_closed_by_id_user FOREIGN KEY(closed_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_joint_meeting_programme_year_id ON joint_meeting (programme_year_id);
CREATE UNIQUE INDEX uq_joint_meeting_open ON joint_meeting (programme_year_id) WHERE closed_at IS NULL;

CREATE TABLE joint_meeting_project (
    project_id BIGINT NOT NULL,
    sitting SMALLINT NOT NULL,
    meeting_id BIGINT NOT NULL,
    CONSTRAINT pk_joint_meeting_project PRIMARY KEY (project_id, sitting),
    CONSTRAINT ck_joint_meeting_project_sitting_is_positive CHECK (sitting > 0),
    CONSTRAINT fk_joint_meeting_project_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id),
    CONSTRAINT fk_joint_meeting_project_meeting_id_joint_meeting FOREIGN KEY(meeting_id) REFERENCES joint_meeting (id)
);
CREATE INDEX ix_joint_meeting_project_meeting_id ON joint_meeting_project (meeting_id);

CREATE TABLE joint_meeting_presence (
    meeting_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    mode TEXT NOT NULL,
    CONSTRAINT pk_joint_meeting_presence PRIMARY KEY (meeting_id, user_id),
    CONSTRAINT ck_joint_meeting_presence_mode_is_known CHECK (mode IN ('room', 'online', 'absent')),
    CONSTRAINT fk_joint_meeting_presence_meeting_id_joint_meeting FOREIGN KEY(meeting_id) REFERENCES joint_meeting
        (id),
    CONSTRAINT fk_joint_meeting_presence_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
"""

# What the paper of a closed meeting says stands as it is, and no meeting disappears.
GUARDS = """
CREATE TRIGGER joint_meeting_result_stands BEFORE UPDATE ON joint_meeting FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
ALTER TABLE joint_meeting ENABLE ALWAYS TRIGGER joint_meeting_result_stands;
CREATE TRIGGER joint_meeting_is_not_deleted BEFORE DELETE OR TRUNCATE ON joint_meeting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE joint_meeting ENABLE ALWAYS TRIGGER joint_meeting_is_not_deleted;
"""

# The worker has no business with what an expert has not handed in.
GRANTS = """
GRANT SELECT, INSERT ON expert_profile, review_session, review_session_project, sheet_draft, joint_meeting,
        joint_meeting_project, joint_meeting_presence TO aidflow_web;
GRANT UPDATE (fields, changed_at, changed_by_id) ON expert_profile TO aidflow_web;
GRANT UPDATE (starts_at, ends_at, place, link, sheets_due_on, note, version, changed_at, changed_by_id)
        ON review_session TO aidflow_web;
GRANT DELETE ON review_session_project, sheet_draft, joint_meeting_project TO aidflow_web;
GRANT UPDATE (typed, version, saved_at) ON sheet_draft TO aidflow_web;
GRANT UPDATE (held_at, place, envelope, minutes, version, changed_at, changed_by_id, closed_at, closed_by_id, result,
        result_hash) ON joint_meeting TO aidflow_web;
GRANT UPDATE (mode) ON joint_meeting_presence TO aidflow_web;
GRANT SELECT ON expert_profile, review_session, review_session_project, joint_meeting, joint_meeting_project,
        joint_meeting_presence TO aidflow_worker;
"""


def upgrade() -> None:
    """Create the tables, lock what is finished, and grant the least."""
    op.execute(SHEET_KEY)
    op.execute(TABLES)
    op.execute(GUARDS)
    op.execute(GRANTS)
