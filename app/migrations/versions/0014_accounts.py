"""Sign-ins that can be ended, second factors, links that are sent by mail, and what a token is for."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE sign_in (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    hash TEXT NOT NULL,
    old_hash TEXT,
    user_id BIGINT NOT NULL,
    uniquifier TEXT NOT NULL,
    began_at timestamptz DEFAULT now() NOT NULL,
    seen_at timestamptz DEFAULT now() NOT NULL,
    proven_at timestamptz DEFAULT now() NOT NULL,
    renewed_at timestamptz,
    ended_at timestamptz,
    waits_for_code BOOLEAN DEFAULT false NOT NULL,
    renew BOOLEAN DEFAULT false NOT NULL,
    address TEXT DEFAULT '' NOT NULL,
    agent TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_sign_in PRIMARY KEY (id),
    CONSTRAINT uq_sign_in_hash UNIQUE (hash),
    CONSTRAINT ck_sign_in_hash_is_sha256 CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_sign_in_an_old_word_has_a_time CHECK ((old_hash IS NULL) = (renewed_at IS NULL)),
    CONSTRAINT fk_sign_in_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
CREATE INDEX ix_sign_in_user_id ON sign_in (user_id, id DESC);
CREATE INDEX ix_sign_in_old_hash ON sign_in (old_hash) WHERE old_hash IS NOT NULL;

CREATE TABLE second_factor (
    user_id BIGINT NOT NULL,
    secret TEXT NOT NULL,
    confirmed_at timestamptz,
    last_step BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_second_factor PRIMARY KEY (user_id),
    CONSTRAINT fk_second_factor_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE recovery_code (
    user_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    used_at timestamptz,
    CONSTRAINT pk_recovery_code PRIMARY KEY (user_id, hash),
    CONSTRAINT ck_recovery_code_hash_is_sha256 CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_recovery_code_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE account_link (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    hash TEXT NOT NULL,
    nonce TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    organisation_id BIGINT,
    role TEXT,
    made_by_id BIGINT,
    made_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    void_at timestamptz,
    CONSTRAINT pk_account_link PRIMARY KEY (id),
    CONSTRAINT uq_account_link_hash UNIQUE (hash),
    CONSTRAINT ck_account_link_hash_is_sha256 CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_account_link_purpose_is_known CHECK (purpose IN ('invitation', 'new_password', 'joining')),
    CONSTRAINT ck_account_link_joining_names_an_organisation CHECK
        ((purpose = 'joining') = (organisation_id IS NOT NULL) AND (organisation_id IS NULL) = (role IS NULL)),
    CONSTRAINT ck_account_link_joining_is_for_applicants CHECK
        (role IS NULL OR role IN ('applicant_member', 'applicant_owner')),
    CONSTRAINT fk_account_link_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_account_link_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_account_link_made_by_id_user FOREIGN KEY(made_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_account_link_user_id ON account_link (user_id);
CREATE INDEX ix_account_link_organisation_id ON account_link (organisation_id);

ALTER TABLE api_token ADD COLUMN scope TEXT DEFAULT 'act' NOT NULL,
    ADD CONSTRAINT ck_api_token_scope_is_known CHECK (scope IN ('act', 'read'));
ALTER TABLE letter ADD COLUMN link_id BIGINT,
    ADD CONSTRAINT fk_letter_link_id_account_link FOREIGN KEY(link_id) REFERENCES account_link (id),
    ADD CONSTRAINT ck_letter_links_have_one CHECK
        ((template IN ('_invitation', '_new_password', '_joining')) = (link_id IS NOT NULL));
CREATE INDEX ix_letter_link_id ON letter (link_id);
"""

# Sign-ins and links stay on record when they are over; only what one signs in with can be taken away. Whoever
# asked for a new password is looked up by the worker, so the page takes as long for a name that nobody has.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON sign_in, account_link TO aidflow_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factor, recovery_code TO aidflow_web;
GRANT INSERT ON letter TO aidflow_web;
GRANT SELECT, INSERT, UPDATE (void_at) ON account_link TO aidflow_worker;
"""


def upgrade() -> None:
    """Create the tables and give each database role no more than it needs."""
    op.execute(TABLES)
    op.execute(GRANTS)
