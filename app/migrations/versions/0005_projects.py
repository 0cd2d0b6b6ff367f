"""Programmes, policy versions, calls and the declarations of projects."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE programme (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_programme PRIMARY KEY (id),
    CONSTRAINT ck_programme_code_is_short CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{1,30}$'),
    CONSTRAINT ck_programme_name_is_there CHECK (btrim(name) <> ''),
    CONSTRAINT uq_programme_code UNIQUE (code)
);

CREATE TABLE programme_year (
    case_id BIGINT NOT NULL,
    programme_id BIGINT NOT NULL,
    year SMALLINT NOT NULL,
    CONSTRAINT pk_programme_year PRIMARY KEY (case_id),
    CONSTRAINT uq_programme_year_programme_id_year UNIQUE (programme_id, year),
    CONSTRAINT ck_programme_year_year_is_plausible CHECK (year BETWEEN 2010 AND 2100),
    CONSTRAINT fk_programme_year_case_id_case FOREIGN KEY(case_id) REFERENCES "case" (id),
    CONSTRAINT fk_programme_year_programme_id_programme FOREIGN KEY(programme_id) REFERENCES programme (id)
);

CREATE TABLE policy_version (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    effective_on DATE NOT NULL,
    body JSONB NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_policy_version PRIMARY KEY (id),
    CONSTRAINT ck_policy_version_body_is_an_object CHECK (jsonb_typeof(body) = 'object'),
    CONSTRAINT uq_policy_version_key UNIQUE (key)
);

CREATE TABLE call (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    programme_year_id BIGINT NOT NULL,
    policy_id BIGINT NOT NULL,
    opens_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    areas TEXT[] NOT NULL,
    fields TEXT[] NOT NULL,
    budget BIGINT NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_call PRIMARY KEY (id),
    CONSTRAINT ck_call_title_is_there CHECK (btrim(title) <> ''),
    CONSTRAINT ck_call_opens_before_it_closes CHECK (opens_at < closes_at),
    CONSTRAINT ck_call_budget_is_positive CHECK (budget > 0),
    CONSTRAINT ck_call_areas_and_fields_are_there CHECK (cardinality(areas) > 0 AND cardinality(fields) > 0),
    CONSTRAINT uq_call_code UNIQUE (code),
    CONSTRAINT fk_call_programme_year_id_programme_year FOREIGN KEY(programme_year_id) REFERENCES programme_year
        (case_id),
    CONSTRAINT fk_call_policy_id_policy_version FOREIGN KEY(policy_id) REFERENCES policy_version (id)
);
CREATE INDEX ix_call_closes_at ON call (closes_at DESC, id DESC);

CREATE TABLE project (
    case_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    call_id BIGINT NOT NULL,
    policy_id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    field TEXT,
    area_code TEXT,
    place TEXT,
    starts_on DATE,
    ends_on DATE,
    declaration JSONB DEFAULT '{}' NOT NULL,
    own_funds BIGINT DEFAULT '0' NOT NULL,
    donated BIGINT DEFAULT '0' NOT NULL,
    other_fiscal BIGINT DEFAULT '0' NOT NULL,
    other_funds BIGINT DEFAULT '0' NOT NULL,
    requested BIGINT DEFAULT '0' NOT NULL,
    planned_total BIGINT DEFAULT '0' NOT NULL,
    suggested BIGINT,
    approved BIGINT,
    content_version BIGINT DEFAULT '1' NOT NULL,
    declared_hash TEXT DEFAULT '' NOT NULL,
    submitted_at timestamptz,
    made_up BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_project PRIMARY KEY (case_id),
    CONSTRAINT ck_project_title_is_there CHECK (btrim(title) <> ''),
    CONSTRAINT ck_project_area_code_is_six_digits CHECK (area_code IS NULL OR area_code ~ '^[0-9]{6}$'),
    CONSTRAINT ck_project_starts_before_it_ends CHECK (starts_on <= ends_on),
    CONSTRAINT ck_project_amounts_are_not_negative CHECK (least(own_funds, donated, other_fiscal, other_funds,
        requested) >= 0),
    CONSTRAINT ck_project_sources_add_up CHECK (planned_total = own_funds + donated + other_fiscal + other_funds +
        requested),
    CONSTRAINT ck_project_suggested_only_downwards CHECK (suggested > 0 AND suggested <= requested),
    CONSTRAINT ck_project_approved_only_downwards CHECK (approved > 0 AND approved <= suggested),
    CONSTRAINT fk_project_case_id_case FOREIGN KEY(case_id) REFERENCES "case" (id),
    CONSTRAINT uq_project_number UNIQUE (number),
    CONSTRAINT fk_project_call_id_call FOREIGN KEY(call_id) REFERENCES call (id),
    CONSTRAINT fk_project_policy_id_policy_version FOREIGN KEY(policy_id) REFERENCES policy_version (id),
    CONSTRAINT fk_project_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_project_call_id ON project (call_id);
CREATE INDEX ix_project_organisation_id ON project (organisation_id);
CREATE INDEX ix_project_title ON project (lower(title) text_pattern_ops);

CREATE TABLE budget_line (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    project_id BIGINT NOT NULL,
    position SMALLINT NOT NULL,
    category TEXT NOT NULL,
    item TEXT NOT NULL,
    unit TEXT NOT NULL,
    quantity NUMERIC(12, 2) NOT NULL,
    unit_price BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    paid_from TEXT NOT NULL,
    basis TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_budget_line PRIMARY KEY (id),
    CONSTRAINT uq_budget_line_project_id_position UNIQUE (project_id, position),
    CONSTRAINT ck_budget_line_paid_from_is_known CHECK (paid_from IN ('grant', 'own', 'donated', 'other_fiscal',
        'other')),
    CONSTRAINT ck_budget_line_quantity_is_positive CHECK (quantity > 0 AND unit_price >= 0),
    CONSTRAINT ck_budget_line_amount_is_quantity_times_price CHECK (amount = quantity * unit_price),
    CONSTRAINT fk_budget_line_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id)
);

CREATE TABLE performance_target (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    project_id BIGINT NOT NULL,
    position SMALLINT NOT NULL,
    level_one TEXT NOT NULL,
    level_two TEXT NOT NULL,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    unit TEXT DEFAULT '' NOT NULL,
    weight SMALLINT NOT NULL,
    CONSTRAINT pk_performance_target PRIMARY KEY (id),
    CONSTRAINT uq_performance_target_project_id_position UNIQUE (project_id, position),
    CONSTRAINT ck_performance_target_weight_is_points CHECK (weight BETWEEN 1 AND 100),
    CONSTRAINT fk_performance_target_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id)
);

CREATE SEQUENCE project_number_seq;
"""

# A policy version is written once; a project keeps the one it was declared under for ever.
GUARDS = """
CREATE TRIGGER policy_version_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE policy_version ENABLE ALWAYS TRIGGER policy_version_is_append_only;

-- The declaration stands still while somebody decides about it.
CREATE FUNCTION declaration_is_open(project bigint) RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT stage IN ('draft', 'correction') FROM "case" WHERE id = project $$;

CREATE FUNCTION refuse_closed_declaration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    project bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN project := OLD.project_id; ELSE project := NEW.project_id; END IF;
    IF NOT declaration_is_open(project) THEN
        RAISE EXCEPTION 'the declaration of project % is submitted', project USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER budget_line_stands BEFORE INSERT OR UPDATE OR DELETE ON budget_line
    FOR EACH ROW EXECUTE FUNCTION refuse_closed_declaration();
CREATE TRIGGER performance_target_stands BEFORE INSERT OR UPDATE OR DELETE ON performance_target
    FOR EACH ROW EXECUTE FUNCTION refuse_closed_declaration();

CREATE FUNCTION refuse_closed_amounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT declaration_is_open(NEW.case_id) THEN
        RAISE EXCEPTION 'the declaration of project % is submitted', NEW.case_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER project_amounts_stand
    BEFORE UPDATE OF own_funds, donated, other_fiscal, other_funds, requested, planned_total, declaration, field,
        area_code, content_version, declared_hash ON project
    FOR EACH ROW EXECUTE FUNCTION refuse_closed_amounts();
"""

GRANTS = """
GRANT SELECT, INSERT ON programme, programme_year, policy_version, call, project TO aidflow_web;
GRANT UPDATE (closes_at) ON call TO aidflow_web;
GRANT UPDATE (title, field, area_code, place, starts_on, ends_on, declaration, own_funds, donated, other_fiscal,
        other_funds, requested, planned_total, suggested, approved, content_version, declared_hash, submitted_at)
    ON project TO aidflow_web;
GRANT SELECT, INSERT, DELETE ON budget_line, performance_target TO aidflow_web;
GRANT USAGE ON SEQUENCE project_number_seq TO aidflow_web;
GRANT SELECT ON programme, programme_year, policy_version, call, project, budget_line, performance_target
    TO aidflow_worker;
"""


def upgrade() -> None:
    """Create the tables, keep declarations still once they are submitted, and grant the least."""
    op.execute(TABLES)
    op.execute(GUARDS)
    op.execute(GRANTS)
