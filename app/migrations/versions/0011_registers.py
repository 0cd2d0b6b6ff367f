"""What administrators keep, each change recorded: calendars, policy versions, texts of notices; drafts of audits."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE register_change (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    register TEXT NOT NULL,
    key TEXT NOT NULL,
    action TEXT NOT NULL,
    before JSONB,
    after JSONB,
    by_id BIGINT,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_register_change PRIMARY KEY (id),
    CONSTRAINT ck_register_change_says_what CHECK (btrim(register) <> '' AND btrim(key) <> '' AND btrim(action) <> ''),
    CONSTRAINT ck_register_change_says_something CHECK (num_nonnulls(before, after) > 0),
    CONSTRAINT fk_register_change_by_id_user FOREIGN KEY(by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_register_change_at ON register_change (at, id);
CREATE INDEX ix_register_change_register ON register_change (register, at, id);

CREATE TABLE calendar_notice (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    year SMALLINT NOT NULL,
    source TEXT NOT NULL,
    days_off DATE[] NOT NULL,
    workdays DATE[] NOT NULL,
    entered_by_id BIGINT NOT NULL,
    entered_at timestamptz NOT NULL,
    CONSTRAINT pk_calendar_notice PRIMARY KEY (id),
    CONSTRAINT ck_calendar_notice_year_is_plausible CHECK (year BETWEEN 2010 AND 2100),
    CONSTRAINT ck_calendar_notice_source_is_named CHECK (btrim(source) <> ''),
    CONSTRAINT ck_calendar_notice_days_off_are_there CHECK (cardinality(days_off) > 0),
    CONSTRAINT ck_calendar_notice_a_day_is_one_of_both CHECK (NOT days_off && workdays),
    CONSTRAINT fk_calendar_notice_entered_by_id_user FOREIGN KEY(entered_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_calendar_notice_year ON calendar_notice (year, id);

CREATE TABLE notice_text (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    template TEXT NOT NULL,
    locale TEXT NOT NULL,
    subject TEXT,
    said TEXT,
    written_by_id BIGINT NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT pk_notice_text PRIMARY KEY (id),
    CONSTRAINT ck_notice_text_locale_is_known CHECK (locale IN ('zh_Hans_CN', 'en')),
    CONSTRAINT ck_notice_text_is_whole_or_reset CHECK ((subject IS NULL) = (said IS NULL)),
    CONSTRAINT ck_notice_text_says_something CHECK (btrim(subject) <> '' AND btrim(said) <> ''),
    CONSTRAINT ck_notice_text_subject_is_one_line CHECK (subject !~ '[[:cntrl:]]' AND char_length(subject) <= 200),
    CONSTRAINT fk_notice_text_written_by_id_user FOREIGN KEY(written_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_notice_text_template ON notice_text (template, locale, id);

CREATE TABLE audit_draft (
    case_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    typed JSONB NOT NULL,
    saved_at timestamptz NOT NULL,
    CONSTRAINT pk_audit_draft PRIMARY KEY (case_id, user_id),
    CONSTRAINT ck_audit_draft_typed_is_an_object CHECK (jsonb_typeof(typed) = 'object'),
    CONSTRAINT ck_audit_draft_typed_is_short CHECK (octet_length(typed::text) <= 500000),
    CONSTRAINT fk_audit_draft_case_id_audit FOREIGN KEY(case_id) REFERENCES audit (case_id),
    CONSTRAINT fk_audit_draft_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);

ALTER TABLE policy_version
    ADD COLUMN drawn_from_id BIGINT,
    ADD COLUMN sources JSONB DEFAULT '{}' NOT NULL,
    ADD CONSTRAINT ck_policy_version_sources_are_by_rule CHECK (jsonb_typeof(sources) = 'object'),
    ADD CONSTRAINT fk_policy_version_drawn_from_id_policy_version
        FOREIGN KEY (drawn_from_id) REFERENCES policy_version (id);
"""

GUARDS = "\n".join(
    f"""
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_is_append_only;
"""
    for table in ("register_change", "calendar_notice", "notice_text")
)

GRANTS = """
GRANT SELECT, INSERT ON register_change TO aidflow_web, aidflow_worker;
GRANT SELECT, INSERT ON calendar_notice, notice_text TO aidflow_web;
GRANT SELECT ON calendar_notice, notice_text TO aidflow_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_draft TO aidflow_web;
"""


def upgrade() -> None:
    """Create the tables, what guards them, and the least grants."""
    # The SQL holds percent signs and colons that are no parameters, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    for part in (TABLES, GUARDS, GRANTS):
        connection.execute(part)
