"""Papers, and what keeps a sealed one as it is."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE paper (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    public_id UUID NOT NULL,
    case_id BIGINT NOT NULL,
    root_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    uploaded_by_id BIGINT,
    uploaded_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    sealed_event_id BIGINT,
    CONSTRAINT pk_paper PRIMARY KEY (id),
    CONSTRAINT uq_paper_public_id UNIQUE (public_id),
    CONSTRAINT uq_paper_key UNIQUE (key),
    CONSTRAINT fk_paper_case FOREIGN KEY(case_id, root_id) REFERENCES "case" (id, root_id),
    CONSTRAINT fk_paper_uploaded_by_id_user FOREIGN KEY(uploaded_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_paper_sealed_event_id_event FOREIGN KEY(sealed_event_id) REFERENCES event (id),
    CONSTRAINT ck_paper_state_is_known CHECK (state IN ('stored', 'withdrawn')),
    CONSTRAINT ck_paper_withdrawn_has_a_time CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CONSTRAINT ck_paper_only_a_stored_paper_is_sealed CHECK (sealed_event_id IS NULL OR state = 'stored'),
    CONSTRAINT ck_paper_sha256_is_a_hash CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_paper_is_not_empty CHECK (size > 0),
    CONSTRAINT ck_paper_name_is_there CHECK (btrim(name) <> '' AND char_length(name) <= 200),
    CONSTRAINT ck_paper_name_is_no_path CHECK (name !~ '[[:cntrl:]/\\]'),
    CONSTRAINT ck_paper_kind_is_a_word CHECK (kind ~ '^[a-z_]{1,40}$')
);
CREATE INDEX ix_paper_root_id ON paper (root_id, id);
CREATE INDEX ix_paper_case_id ON paper (case_id, id);
CREATE INDEX ix_paper_sha256 ON paper (sha256);
CREATE INDEX ix_paper_sealed_event_id ON paper (sealed_event_id) WHERE sealed_event_id IS NOT NULL;
"""

# What was stored stays what it is; the one thing that may still happen to a paper is that it is
# withdrawn, or sealed by an act of its own project. A new paper is never sealed already.
GUARDS = r"""
CREATE FUNCTION paper_keeps_what_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.sealed_event_id IS NOT NULL THEN
            RAISE EXCEPTION 'a new paper cannot be sealed already' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.sealed_event_id IS NOT NULL THEN
        RAISE EXCEPTION 'paper % is sealed: % refused', OLD.id, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'withdrawn' THEN
        RAISE EXCEPTION 'paper % is withdrawn: % refused', OLD.id, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - '{state,withdrawn_at,sealed_event_id}'::text[])
            <> (to_jsonb(OLD) - '{state,withdrawn_at,sealed_event_id}'::text[]) THEN
        RAISE EXCEPTION 'what paper % is cannot be changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.sealed_event_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM event WHERE event.id = NEW.sealed_event_id AND event.root_id = NEW.root_id) THEN
        RAISE EXCEPTION 'paper % is sealed by an act of its own project only', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER paper_keeps_what_it_is BEFORE INSERT OR UPDATE ON paper
    FOR EACH ROW EXECUTE FUNCTION paper_keeps_what_it_is();
ALTER TABLE paper ENABLE ALWAYS TRIGGER paper_keeps_what_it_is;
CREATE TRIGGER paper_is_not_deleted BEFORE DELETE OR TRUNCATE ON paper
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE paper ENABLE ALWAYS TRIGGER paper_is_not_deleted;
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE (state, withdrawn_at, sealed_event_id) ON paper TO aidflow_web, aidflow_worker;
"""


def upgrade() -> None:
    """Create the table, its guards, and the least grants."""
    # Its regular expressions hold colons that would be read as parameters.
    op.get_bind().exec_driver_sql(TABLES)
    op.execute(GUARDS)
    op.execute(GRANTS)
