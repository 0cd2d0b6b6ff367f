"""Passkeys, the challenges they answer, accounts of an outside provider, and how somebody signed in."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE passkey (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    credential BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    handle TEXT NOT NULL,
    counter BIGINT NOT NULL,
    made_at timestamptz DEFAULT now() NOT NULL,
    used_at timestamptz,
    doubted_at timestamptz,
    CONSTRAINT pk_passkey PRIMARY KEY (id),
    CONSTRAINT uq_passkey_credential UNIQUE (credential),
    CONSTRAINT ck_passkey_name_is_there CHECK (btrim(name) <> ''),
    CONSTRAINT ck_passkey_counter_is_a_count CHECK (counter >= 0),
    CONSTRAINT fk_passkey_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
CREATE INDEX ix_passkey_user_id ON passkey (user_id);

CREATE TABLE challenge (
    hash TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sign_in_id BIGINT,
    visitor TEXT,
    made_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_challenge PRIMARY KEY (hash),
    CONSTRAINT ck_challenge_hash_is_sha256 CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_challenge_visitor_is_sha256 CHECK (visitor ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_challenge_purpose_is_known CHECK (purpose IN ('create', 'get', 'provider')),
    CONSTRAINT ck_challenge_is_put_to_one_browser CHECK (num_nonnulls(sign_in_id, visitor) = 1),
    CONSTRAINT fk_challenge_sign_in_id_sign_in FOREIGN KEY(sign_in_id) REFERENCES sign_in (id)
);
CREATE INDEX ix_challenge_made_at ON challenge (made_at);

CREATE TABLE outside_account (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    linked_at timestamptz DEFAULT now() NOT NULL,
    used_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_outside_account PRIMARY KEY (issuer, subject),
    CONSTRAINT uq_outside_account_user_id_issuer UNIQUE (user_id, issuer),
    CONSTRAINT ck_outside_account_subject_is_there CHECK (subject <> ''),
    CONSTRAINT fk_outside_account_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);

ALTER TABLE sign_in ADD COLUMN way TEXT DEFAULT 'password' NOT NULL,
    ADD COLUMN vouched BOOLEAN DEFAULT false NOT NULL,
    ADD CONSTRAINT ck_sign_in_way_is_known CHECK (way IN ('password', 'passkey', 'provider'));
"""

# A passkey may be renamed by nobody; what changes of it is the counter, when it was last used, and the doubt.
GRANTS = """
GRANT SELECT, INSERT, DELETE, UPDATE (counter, used_at, doubted_at) ON passkey TO aidflow_web;
GRANT SELECT, INSERT, DELETE ON challenge TO aidflow_web;
GRANT SELECT, INSERT, UPDATE (used_at) ON outside_account TO aidflow_web;
"""


def upgrade() -> None:
    """Create the tables and give each database role no more than it needs."""
    op.execute(TABLES)
    op.execute(GRANTS)
