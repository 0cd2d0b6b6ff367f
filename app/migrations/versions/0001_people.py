"""People, units, organisations, role grants, API tokens, rate limits and the clock of the demo."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE organisation (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    uscc TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    registered_with TEXT,
    supervising_unit TEXT,
    district TEXT NOT NULL,
    address TEXT,
    legal_representative TEXT,
    founded_on DATE,
    registered_funds BIGINT,
    full_time_staff BIGINT,
    has_party_organisation BOOLEAN DEFAULT false NOT NULL,
    is_charity BOOLEAN DEFAULT false NOT NULL,
    rating SMALLINT,
    rating_until DATE,
    yearly_check_year SMALLINT,
    yearly_check_result TEXT,
    bank_name TEXT,
    bank_branch TEXT,
    account_name TEXT,
    account_number TEXT,
    contact_name TEXT,
    contact_phone TEXT,
    contact_email TEXT,
    credit_blocked_until DATE,
    made_up BOOLEAN DEFAULT false NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_organisation PRIMARY KEY (id),
    CONSTRAINT ck_organisation_uscc_is_a_code CHECK (uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'),
    CONSTRAINT ck_organisation_kind_agrees_with_uscc CHECK
        ((kind = 'social_group' AND uscc LIKE '51%') OR (kind = 'private_non_enterprise' AND uscc
        LIKE '52%') OR (kind = 'foundation' AND uscc LIKE '53%') OR (kind = 'enterprise' AND uscc
        LIKE '91%')),
    CONSTRAINT ck_organisation_name_is_there CHECK (btrim(name) <> ''),
    CONSTRAINT ck_organisation_district_is_in_shanghai CHECK (district ~ '^3101[0-9]{2}$'),
    CONSTRAINT ck_organisation_registered_funds_are_not_negative CHECK (registered_funds >= 0),
    CONSTRAINT ck_organisation_full_time_staff_is_not_negative CHECK (full_time_staff >= 0),
    CONSTRAINT ck_organisation_rating_is_1a_to_5a CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT ck_organisation_rating_has_an_end CHECK ((rating IS NULL) = (rating_until IS NULL)),
    CONSTRAINT ck_organisation_yearly_check_result_is_known CHECK
        (yearly_check_result IN ('passed', 'basically_passed', 'failed')),
    CONSTRAINT ck_organisation_yearly_check_has_year_and_result CHECK
        ((yearly_check_year IS NULL) = (yearly_check_result IS NULL)),
    CONSTRAINT ck_organisation_bank_is_whole CHECK
        (num_nulls(bank_name, bank_branch, account_name, account_number) IN (0, 4)),
    CONSTRAINT ck_organisation_payee_is_the_organisation CHECK (account_name = name),
    CONSTRAINT ck_organisation_account_number_is_digits CHECK (account_number ~ '^[0-9]{8,30}$'),
    CONSTRAINT uq_organisation_uscc UNIQUE (uscc)
);

CREATE TABLE "user" (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password TEXT,
    active BOOLEAN DEFAULT true NOT NULL,
    fs_uniquifier TEXT NOT NULL,
    locale TEXT,
    made_up BOOLEAN DEFAULT false NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_user PRIMARY KEY (id),
    CONSTRAINT ck_user_email_is_lower_case CHECK (email = lower(email) AND email LIKE '_%@_%'),
    CONSTRAINT ck_user_name_is_there CHECK (btrim(name) <> ''),
    CONSTRAINT ck_user_password_is_hashed CHECK (password LIKE '$argon2id$%'),
    CONSTRAINT ck_user_locale_is_known CHECK (locale IN ('zh_Hans_CN', 'en')),
    CONSTRAINT uq_user_email UNIQUE (email),
    CONSTRAINT uq_user_fs_uniquifier UNIQUE (fs_uniquifier)
);

CREATE TABLE unit (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    area_code TEXT,
    made_up BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_unit PRIMARY KEY (id),
    CONSTRAINT ck_unit_code_is_there CHECK (btrim(code) <> ''),
    CONSTRAINT ck_unit_name_is_there CHECK (btrim(name) <> ''),
    CONSTRAINT ck_unit_kind_is_known CHECK
        (kind IN ('accepting_unit', 'front_office', 'fund_office', 'joint_panel', 'audit_firm',
        'finance', 'supervision')),
    CONSTRAINT ck_unit_area_code_is_digits CHECK (area_code ~ '^[0-9]{2,6}$'),
    CONSTRAINT ck_unit_area_code_is_there CHECK
        (NOT (kind IN ('accepting_unit', 'front_office')) OR area_code IS NOT NULL),
    CONSTRAINT uq_unit_id_kind UNIQUE (id, kind),
    CONSTRAINT uq_unit_code UNIQUE (code)
);

CREATE TABLE role_grant (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    unit_id BIGINT,
    unit_kind TEXT GENERATED ALWAYS AS
        (CASE WHEN role IN ('accepting_unit', 'front_office', 'audit_firm') THEN role END) STORED,
    organisation_id BIGINT,
    granted_at timestamptz NOT NULL,
    granted_by_id BIGINT,
    ended_at timestamptz,
    CONSTRAINT pk_role_grant PRIMARY KEY (id),
    CONSTRAINT ck_role_grant_role_is_known CHECK
        (role IN ('applicant_owner', 'applicant_member', 'accepting_unit', 'front_office',
        'fund_office', 'secretary', 'expert', 'panel_member', 'approver', 'audit_firm',
        'finance_maker', 'finance_checker', 'supervisor', 'system_admin', 'security_admin',
        'audit_admin')),
    CONSTRAINT ck_role_grant_applicants_have_an_organisation CHECK
        ((role IN ('applicant_member', 'applicant_owner')) = (organisation_id IS NOT NULL)),
    CONSTRAINT ck_role_grant_applicants_have_no_unit CHECK
        (NOT (role IN ('applicant_member', 'applicant_owner')) OR unit_id IS NULL),
    CONSTRAINT ck_role_grant_unit_roles_have_a_unit CHECK
        (NOT (role IN ('accepting_unit', 'front_office', 'audit_firm')) OR unit_id IS NOT NULL),
    CONSTRAINT ck_role_grant_ends_after_it_begins CHECK (ended_at >= granted_at),
    CONSTRAINT ck_role_grant_nobody_grants_to_themselves CHECK (granted_by_id <> user_id),
    CONSTRAINT fk_role_grant_unit_id_unit_kind_unit FOREIGN KEY(unit_id, unit_kind) REFERENCES unit (id, kind),
    CONSTRAINT fk_role_grant_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_role_grant_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id),
    CONSTRAINT fk_role_grant_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_role_grant_granted_by_id_user FOREIGN KEY(granted_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_role_grant_organisation_id ON role_grant (organisation_id);
CREATE INDEX ix_role_grant_role_unit_id ON role_grant (role, unit_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX uq_role_grant_live ON role_grant (user_id, role, unit_id, organisation_id)
    NULLS NOT DISTINCT WHERE ended_at IS NULL;

CREATE TABLE api_token (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    hash TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_on DATE NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT pk_api_token PRIMARY KEY (id),
    CONSTRAINT ck_api_token_hash_is_sha256 CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_api_token_expires_after_it_begins CHECK (expires_at > created_at),
    CONSTRAINT uq_api_token_hash UNIQUE (hash),
    CONSTRAINT fk_api_token_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
CREATE INDEX ix_api_token_user_id ON api_token (user_id);

CREATE TABLE rate_limit (
    key TEXT NOT NULL,
    amount BIGINT NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_rate_limit PRIMARY KEY (key)
);
CREATE INDEX ix_rate_limit_expires_at ON rate_limit (expires_at);

CREATE TABLE demo_clock (
    id smallint NOT NULL,
    ahead interval DEFAULT '0' NOT NULL,
    CONSTRAINT pk_demo_clock PRIMARY KEY (id),
    CONSTRAINT ck_demo_clock_there_is_one_clock CHECK (id = 1),
    CONSTRAINT ck_demo_clock_never_behind CHECK (ahead >= '0')
);
INSERT INTO demo_clock (id) VALUES (1);
"""

# Nothing is deleted but spent rate limits. The worker reads whom to write to, never a token.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON organisation, "user", unit, role_grant, api_token TO aidflow_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limit TO aidflow_web;
GRANT SELECT, UPDATE ON demo_clock TO aidflow_web;
GRANT SELECT ON organisation, "user", unit, role_grant, demo_clock TO aidflow_worker;
"""


def upgrade() -> None:
    """Create the tables and give each database role no more than it needs."""
    op.execute(TABLES)
    op.execute(GRANTS)
