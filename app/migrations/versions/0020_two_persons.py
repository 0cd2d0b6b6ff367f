"""Roles are given and ended by two administrators, who have no second role; how experts are drawn is a rule."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE role_proposal (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    unit_id BIGINT,
    organisation_id BIGINT,
    grant_id BIGINT,
    reason TEXT NOT NULL,
    proposed_by_id BIGINT NOT NULL,
    proposed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    outcome TEXT,
    decided_by_id BIGINT,
    decided_at timestamptz,
    decided_reason TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_role_proposal PRIMARY KEY (id),
    CONSTRAINT ck_role_proposal_kind_is_known CHECK (kind IN ('grant', 'end')),
    CONSTRAINT ck_role_proposal_role_is_known CHECK
        (role IN ('applicant_owner', 'applicant_member', 'accepting_unit', 'front_office',
        'fund_office', 'secretary', 'expert', 'panel_member', 'approver', 'audit_firm',
        'finance_maker', 'finance_checker', 'supervisor', 'system_admin', 'security_admin',
        'audit_admin')),
    CONSTRAINT ck_role_proposal_outcome_is_known CHECK (outcome IN ('confirmed', 'refused', 'withdrawn', 'lapsed')),
    CONSTRAINT ck_role_proposal_an_end_names_its_grant CHECK ((kind = 'end') = (grant_id IS NOT NULL)),
    CONSTRAINT ck_role_proposal_reason_is_there CHECK (btrim(reason) <> ''),
    CONSTRAINT ck_role_proposal_expires_after_it_begins CHECK (expires_at > proposed_at),
    CONSTRAINT ck_role_proposal_nobody_proposes_for_oneself CHECK (proposed_by_id <> user_id),
    CONSTRAINT ck_role_proposal_nobody_decides_about_oneself CHECK (decided_by_id <> user_id),
    CONSTRAINT ck_role_proposal_another_one_decides CHECK
        (CASE outcome WHEN 'withdrawn' THEN decided_by_id = proposed_by_id WHEN 'lapsed' THEN decided_by_id IS NULL
        ELSE decided_by_id <> proposed_by_id END),
    CONSTRAINT ck_role_proposal_is_decided_whole CHECK
        ((outcome IS NULL) = (decided_at IS NULL)
        AND (outcome IS NULL OR outcome = 'lapsed') = (decided_by_id IS NULL)),
    CONSTRAINT ck_role_proposal_a_refusal_says_why CHECK ((outcome = 'refused') = (btrim(decided_reason) <> '')),
    CONSTRAINT ck_role_proposal_is_confirmed_in_time CHECK (outcome <> 'confirmed' OR decided_at < expires_at),
    CONSTRAINT ck_role_proposal_is_decided_after_it_begins CHECK (decided_at >= proposed_at),
    CONSTRAINT fk_role_proposal_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_role_proposal_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id),
    CONSTRAINT fk_role_proposal_organisation_id_organisation FOREIGN KEY(organisation_id)
        REFERENCES organisation (id),
    CONSTRAINT fk_role_proposal_grant_id_role_grant FOREIGN KEY(grant_id) REFERENCES role_grant (id),
    CONSTRAINT fk_role_proposal_proposed_by_id_user FOREIGN KEY(proposed_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_role_proposal_decided_by_id_user FOREIGN KEY(decided_by_id) REFERENCES "user" (id)
);
CREATE UNIQUE INDEX uq_role_proposal_waiting ON role_proposal (user_id, kind, role, unit_id, organisation_id)
    NULLS NOT DISTINCT WHERE outcome IS NULL;
CREATE INDEX ix_role_proposal_grant_id ON role_proposal (grant_id);

ALTER TABLE role_grant
    ADD COLUMN proposal_id BIGINT,
    ADD COLUMN ended_by_id BIGINT,
    ADD CONSTRAINT uq_role_grant_proposal_id UNIQUE (proposal_id),
    ADD CONSTRAINT fk_role_grant_proposal_id_role_proposal FOREIGN KEY(proposal_id) REFERENCES role_proposal (id),
    ADD CONSTRAINT fk_role_grant_ended_by_id_user FOREIGN KEY(ended_by_id) REFERENCES "user" (id),
    ADD CONSTRAINT ck_role_grant_nobody_ends_their_own CHECK (ended_by_id <> user_id),
    ADD CONSTRAINT ck_role_grant_who_ends_it_ends_it CHECK (ended_by_id IS NULL OR ended_at IS NOT NULL);
"""

# A person who holds one of the three offices has no other role, whoever gives it. The row of the person is held, so
# that of two grants at once the later one sees the earlier. Source: design "Access", three separate administrators.
APART = """
CREATE FUNCTION administrators_stand_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM "user" WHERE id = NEW.user_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM role_grant WHERE user_id = NEW.user_id AND ended_at IS NULL
               HAVING count(DISTINCT role) > 1
                  AND bool_or(role IN ('system_admin', 'security_admin', 'audit_admin'))) THEN
        RAISE EXCEPTION 'user % would hold an administrator''s office beside another role', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'administrators_stand_apart';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER administrators_stand_apart AFTER INSERT OR UPDATE ON role_grant FOR EACH ROW
    WHEN (NEW.ended_at IS NULL) EXECUTE FUNCTION administrators_stand_apart();
ALTER TABLE role_grant ENABLE ALWAYS TRIGGER administrators_stand_apart;
"""

# Both who propose and who confirm hold their office at that moment; what is decided is decided for ever.
PROPOSALS = """
CREATE FUNCTION holds_office(person bigint, VARIADIC offices text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM role_grant g JOIN "user" u ON u.id = g.user_id
        WHERE g.user_id = person AND g.role = ANY (offices) AND g.ended_at IS NULL AND u.active)
$$;

CREATE FUNCTION role_proposal_is_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.outcome IS NOT NULL OR TG_OP = 'UPDATE' AND (OLD.outcome IS NOT NULL
        OR to_jsonb(OLD) - '{outcome,decided_by_id,decided_at,decided_reason}'::text[]
            <> to_jsonb(NEW) - '{outcome,decided_by_id,decided_at,decided_reason}'::text[]) THEN
        RAISE EXCEPTION 'a proposal begins undecided and is decided once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'role_proposal_is_decided_once';
    END IF;
    IF (NEW.outcome IS NULL OR NEW.outcome = 'confirmed')
            AND NOT holds_office(NEW.proposed_by_id, 'system_admin', 'security_admin')
        OR NEW.outcome IN ('confirmed', 'refused') AND NOT holds_office(NEW.decided_by_id, 'security_admin') THEN
        RAISE EXCEPTION 'who proposes or confirms a role holds that office'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'role_proposal_is_an_act_of_office';
    END IF;
    IF NEW.outcome = 'lapsed' AND NEW.decided_at < NEW.expires_at THEN
        RAISE EXCEPTION 'proposal % has not lapsed', NEW.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'role_proposal_lapses_by_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER role_proposal_is_in_order BEFORE INSERT OR UPDATE ON role_proposal
    FOR EACH ROW EXECUTE FUNCTION role_proposal_is_in_order();
ALTER TABLE role_proposal ENABLE ALWAYS TRIGGER role_proposal_is_in_order;
CREATE TRIGGER role_proposal_stays BEFORE DELETE OR TRUNCATE ON role_proposal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE role_proposal ENABLE ALWAYS TRIGGER role_proposal_stays;
"""

# A grant or an end in somebody's name rests on a confirmed proposal of exactly this. Owners of an organisation keep its
# people themselves; without a name it was done at the command line, by whoever keeps the server.
GRANTS_OF_TWO = """
CREATE FUNCTION roles_are_given_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending boolean := TG_OP = 'UPDATE';
    by_whom bigint := CASE WHEN TG_OP = 'UPDATE' THEN NEW.ended_by_id ELSE NEW.granted_by_id END;
BEGIN
    IF by_whom IS NULL AND (ending OR NEW.proposal_id IS NULL) THEN
        RETURN NULL;
    END IF;
    IF NEW.organisation_id IS NOT NULL AND (ending OR NEW.proposal_id IS NULL) AND EXISTS (
        SELECT FROM role_grant g JOIN "user" u ON u.id = g.user_id
        WHERE g.user_id = by_whom AND g.role = 'applicant_owner' AND g.organisation_id = NEW.organisation_id
            AND g.ended_at IS NULL AND u.active) THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (
        SELECT FROM role_proposal p
        WHERE p.outcome = 'confirmed' AND p.user_id = NEW.user_id AND p.role = NEW.role
            AND p.proposed_by_id = by_whom
            AND CASE WHEN ending THEN p.kind = 'end' AND p.grant_id = NEW.id
                ELSE p.kind = 'grant' AND p.id = NEW.proposal_id
                    AND p.unit_id IS NOT DISTINCT FROM NEW.unit_id
                    AND p.organisation_id IS NOT DISTINCT FROM NEW.organisation_id END) THEN
        RAISE EXCEPTION 'a role of user % is given or ended without a confirmed proposal', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'roles_are_given_by_two';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER roles_are_given_by_two AFTER INSERT ON role_grant
    FOR EACH ROW EXECUTE FUNCTION roles_are_given_by_two();
CREATE TRIGGER roles_are_ended_by_two AFTER UPDATE OF ended_at ON role_grant FOR EACH ROW
    WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at) EXECUTE FUNCTION roles_are_given_by_two();
ALTER TABLE role_grant ENABLE ALWAYS TRIGGER roles_are_given_by_two;
ALTER TABLE role_grant ENABLE ALWAYS TRIGGER roles_are_ended_by_two;

-- A grant is written once; what may change of it is that it ends, once.
CREATE FUNCTION role_grant_is_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - '{ended_at,ended_by_id,unit_kind}'::text[]
            <> to_jsonb(NEW) - '{ended_at,ended_by_id,unit_kind}'::text[] THEN
        RAISE EXCEPTION 'grant % is written once and ends once', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'role_grant_is_written_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER role_grant_is_written_once BEFORE UPDATE ON role_grant
    FOR EACH ROW EXECUTE FUNCTION role_grant_is_written_once();
ALTER TABLE role_grant ENABLE ALWAYS TRIGGER role_grant_is_written_once;
"""

# A version is written once, so its guard stands aside for this one statement. What the rules said stays: each version
# gets the numbers that the draw went by, and the record of changes says so.
RULES = """
ALTER TABLE policy_version DISABLE TRIGGER policy_version_is_append_only;
UPDATE policy_version SET body = body || '{"draw_per_employer": 1, "draw_in_field_ppm": 500000}';
ALTER TABLE policy_version ENABLE ALWAYS TRIGGER policy_version_is_append_only;
INSERT INTO register_change (register, key, action, after)
SELECT 'policy', key, 'change', '{"draw_per_employer": 1, "draw_in_field_ppm": 500000}' FROM policy_version ORDER BY id;
"""

RIGHTS = """
REVOKE UPDATE ON role_grant FROM aidflow_web;
GRANT UPDATE (ended_at, ended_by_id) ON role_grant TO aidflow_web;
GRANT SELECT, INSERT ON role_proposal TO aidflow_web;
GRANT UPDATE (outcome, decided_by_id, decided_at, decided_reason) ON role_proposal TO aidflow_web;
"""


def upgrade() -> None:
    """Create the proposals, the rules of two persons and of three offices, and the least grants; rules of the draw."""
    # The SQL holds colons that are no parameters, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    for part in (TABLES, APART, PROPOSALS, GRANTS_OF_TWO, RULES, RIGHTS):
        connection.execute(part)
