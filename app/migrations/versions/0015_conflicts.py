"""Ties of people to organisations, recusals, what was checked of experts, and draws by lot."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE affiliation (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL,
    uscc TEXT NOT NULL,
    organisation TEXT NOT NULL,
    kind TEXT NOT NULL,
    position TEXT DEFAULT '' NOT NULL,
    from_on DATE NOT NULL,
    until_on DATE,
    recorded_at timestamptz NOT NULL,
    recorded_by_id BIGINT,
    ended_by_id BIGINT,
    withdrawn_at timestamptz,
    withdrawn_by_id BIGINT,
    withdrawn_reason TEXT,
    CONSTRAINT pk_affiliation PRIMARY KEY (id),
    CONSTRAINT ck_affiliation_kind_is_known CHECK (kind IN ('employment', 'board', 'membership', 'declared')),
    CONSTRAINT ck_affiliation_uscc_is_a_code CHECK (uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'),
    CONSTRAINT ck_affiliation_organisation_is_named CHECK (btrim(organisation) <> ''),
    CONSTRAINT ck_affiliation_begins_before_it_ends CHECK (from_on <= until_on),
    CONSTRAINT ck_affiliation_is_withdrawn_whole CHECK
        (num_nulls(withdrawn_at, withdrawn_by_id, withdrawn_reason) IN (0, 3)),
    CONSTRAINT ck_affiliation_nobody_ends_the_own_tie CHECK (ended_by_id <> user_id AND withdrawn_by_id <> user_id),
    CONSTRAINT fk_affiliation_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_affiliation_recorded_by_id_user FOREIGN KEY(recorded_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_affiliation_ended_by_id_user FOREIGN KEY(ended_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_affiliation_withdrawn_by_id_user FOREIGN KEY(withdrawn_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_affiliation_user_id ON affiliation (user_id);
CREATE INDEX ix_affiliation_uscc ON affiliation (uscc);

CREATE TABLE recusal (
    root_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    CONSTRAINT pk_recusal PRIMARY KEY (root_id, user_id),
    CONSTRAINT fk_recusal_root_id_case FOREIGN KEY(root_id) REFERENCES "case" (id),
    CONSTRAINT fk_recusal_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_recusal_event_id_event FOREIGN KEY(event_id) REFERENCES event (id)
);
CREATE INDEX ix_recusal_user_id ON recusal (user_id);

CREATE TABLE contact_mark (
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    mark TEXT NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by_id BIGINT NOT NULL,
    CONSTRAINT pk_contact_mark PRIMARY KEY (user_id, kind),
    CONSTRAINT ck_contact_mark_kind_is_known CHECK (kind IN ('address', 'phone', 'account')),
    CONSTRAINT ck_contact_mark_mark_is_sha256 CHECK (mark ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_contact_mark_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_contact_mark_changed_by_id_user FOREIGN KEY(changed_by_id) REFERENCES "user" (id)
);

CREATE TABLE expert_draw (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    project_id BIGINT NOT NULL,
    entered_seq BIGINT NOT NULL,
    round SMALLINT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    document BYTEA NOT NULL,
    document_hash BYTEA GENERATED ALWAYS AS (sha256(document)) STORED NOT NULL,
    commitment BYTEA NOT NULL,
    chain_seq BIGINT NOT NULL,
    chain_hash BYTEA NOT NULL,
    frozen_at timestamptz NOT NULL,
    frozen_by_id BIGINT NOT NULL,
    CONSTRAINT pk_expert_draw PRIMARY KEY (id),
    CONSTRAINT uq_expert_draw_project_id_entered_seq_round UNIQUE (project_id, entered_seq, round),
    CONSTRAINT ck_expert_draw_round_is_counted CHECK (round > 0),
    CONSTRAINT ck_expert_draw_another_round_has_a_reason CHECK ((round = 1) = (btrim(reason) = '')),
    CONSTRAINT ck_expert_draw_commitment_is_sha256 CHECK (octet_length(commitment) = 32),
    CONSTRAINT fk_expert_draw_head FOREIGN KEY(project_id, chain_seq, chain_hash) REFERENCES event (root_id, seq, hash),
    CONSTRAINT fk_expert_draw_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id),
    CONSTRAINT fk_expert_draw_frozen_by_id_user FOREIGN KEY(frozen_by_id) REFERENCES "user" (id)
);

CREATE TABLE expert_draw_member (
    draw_id BIGINT NOT NULL,
    ref TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    salt BYTEA NOT NULL,
    CONSTRAINT pk_expert_draw_member PRIMARY KEY (draw_id, ref),
    CONSTRAINT uq_expert_draw_member_draw_id_user_id UNIQUE (draw_id, user_id),
    CONSTRAINT ck_expert_draw_member_ref_is_sha256 CHECK (ref ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_expert_draw_member_draw_id_expert_draw FOREIGN KEY(draw_id) REFERENCES expert_draw (id),
    CONSTRAINT fk_expert_draw_member_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE expert_draw_secret (
    draw_id BIGINT NOT NULL,
    secret BYTEA NOT NULL,
    written_in BIGINT NOT NULL,
    CONSTRAINT pk_expert_draw_secret PRIMARY KEY (draw_id),
    CONSTRAINT ck_expert_draw_secret_secret_is_32_bytes CHECK (octet_length(secret) = 32)
);

CREATE TABLE expert_draw_result (
    draw_id BIGINT NOT NULL,
    secret BYTEA NOT NULL,
    nonce BYTEA NOT NULL,
    drawn_at timestamptz NOT NULL,
    drawn_by_id BIGINT NOT NULL,
    CONSTRAINT pk_expert_draw_result PRIMARY KEY (draw_id),
    CONSTRAINT fk_expert_draw_result_draw_id_expert_draw FOREIGN KEY(draw_id) REFERENCES expert_draw (id),
    CONSTRAINT fk_expert_draw_result_drawn_by_id_user FOREIGN KEY(drawn_by_id) REFERENCES "user" (id)
);

CREATE TABLE expert_draw_step (
    draw_id BIGINT NOT NULL,
    position SMALLINT NOT NULL,
    ref_out TEXT NOT NULL,
    why TEXT NOT NULL,
    ref_in TEXT,
    stepped_at timestamptz NOT NULL,
    stepped_by_id BIGINT NOT NULL,
    CONSTRAINT pk_expert_draw_step PRIMARY KEY (draw_id, position),
    CONSTRAINT uq_expert_draw_step_draw_id_ref_out UNIQUE (draw_id, ref_out),
    CONSTRAINT ck_expert_draw_step_why_is_known CHECK (why IN ('recused', 'barred', 'unavailable')),
    CONSTRAINT ck_expert_draw_step_position_is_positive CHECK (position > 0),
    CONSTRAINT fk_expert_draw_step_out FOREIGN KEY(draw_id, ref_out) REFERENCES expert_draw_member (draw_id, ref),
    CONSTRAINT fk_expert_draw_step_in FOREIGN KEY(draw_id, ref_in) REFERENCES expert_draw_member (draw_id, ref),
    CONSTRAINT fk_expert_draw_step_stepped_by_id_user FOREIGN KEY(stepped_by_id) REFERENCES "user" (id)
);

CREATE TABLE assignment_check (
    case_id BIGINT NOT NULL,
    findings JSONB NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    draw_id BIGINT,
    checked_at timestamptz NOT NULL,
    checked_by_id BIGINT NOT NULL,
    CONSTRAINT pk_assignment_check PRIMARY KEY (case_id),
    CONSTRAINT ck_assignment_check_findings_are_a_list CHECK (jsonb_typeof(findings) = 'array'),
    CONSTRAINT ck_assignment_check_nothing_hard CHECK (NOT findings @> '[{"weight": "hard"}]'),
    CONSTRAINT ck_assignment_check_soft_is_explained CHECK (findings = '[]' OR btrim(reason) <> ''),
    CONSTRAINT fk_assignment_check_case_id_score_sheet FOREIGN KEY(case_id) REFERENCES score_sheet (case_id),
    CONSTRAINT fk_assignment_check_draw_id_expert_draw FOREIGN KEY(draw_id) REFERENCES expert_draw (id),
    CONSTRAINT fk_assignment_check_checked_by_id_user FOREIGN KEY(checked_by_id) REFERENCES "user" (id)
);
"""

# Who belongs to the organisation of a project, or did within the years of the project's policy, has no duty on it.
# Source: 政府采购法实施条例 Art. 9 by analogy. Without a policy every former tie counts.
TIES = r"""
CREATE FUNCTION tie_to_project(root bigint, person bigint, at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    WITH about AS (
        SELECT c.organisation_id, o.uscc, shanghai.today,
            (shanghai.today - make_interval(years => (v.body ->> 'conflict_years')::int))::date AS since
        FROM "case" c
        CROSS JOIN (SELECT (tie_to_project.at AT TIME ZONE 'Asia/Shanghai')::date AS today) AS shanghai
        JOIN organisation o ON o.id = c.organisation_id
        LEFT JOIN project p ON p.case_id = c.id
        LEFT JOIN policy_version v ON v.id = p.policy_id
        WHERE c.id = tie_to_project.root
    ), tie AS (
        SELECT (g.ended_at AT TIME ZONE 'Asia/Shanghai')::date AS until, g.ended_at IS NULL AS present
            FROM role_grant g JOIN about a ON a.organisation_id = g.organisation_id
            WHERE g.user_id = tie_to_project.person
        UNION ALL
        SELECT f.until_on, f.until_on IS NULL OR f.until_on >= a.today
            FROM affiliation f JOIN about a ON a.uscc = f.uscc
            WHERE f.user_id = tie_to_project.person AND f.withdrawn_at IS NULL
    )
    SELECT CASE WHEN bool_or(tie.present) THEN 'present' WHEN count(*) > 0 THEN 'former' END
        FROM tie, about WHERE tie.present OR about.since IS NULL OR tie.until > about.since
$$;

CREATE FUNCTION nobody_tied_acts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.duty IS NULL OR NEW.duty = 'applicant' OR NEW.case_to = 'recused' THEN
        RETURN NEW;
    END IF;
    IF tie_to_project(NEW.root_id, NEW.actor_id, NEW.at) IS NOT NULL THEN
        RAISE EXCEPTION 'user % is tied to the organisation of case %', NEW.actor_id, NEW.root_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM recusal WHERE root_id = NEW.root_id AND user_id = NEW.actor_id) THEN
        RAISE EXCEPTION 'user % is recused from case %', NEW.actor_id, NEW.root_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nobody_tied_acts BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION nobody_tied_acts();
ALTER TABLE event ENABLE ALWAYS TRIGGER nobody_tied_acts;

-- A duty has no time of its own: here those are refused who belong there now; each act asks again, with its time.
CREATE FUNCTION nobody_tied_takes_a_duty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.duty <> 'applicant' AND tie_to_project(NEW.root_id, NEW.user_id, 'infinity') = 'present' THEN
        RAISE EXCEPTION 'user % is tied to the organisation of case %', NEW.user_id, NEW.root_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nobody_tied_takes_a_duty BEFORE INSERT ON duty FOR EACH ROW EXECUTE FUNCTION nobody_tied_takes_a_duty();
ALTER TABLE duty ENABLE ALWAYS TRIGGER nobody_tied_takes_a_duty;

CREATE FUNCTION nobody_tied_is_drawn_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tie_to_project(NEW.root_id, NEW.user_id, NEW.since) IS NOT NULL
       OR EXISTS (SELECT FROM recusal WHERE root_id = NEW.root_id AND user_id = NEW.user_id) THEN
        RAISE EXCEPTION 'user % has a conflict in case %', NEW.user_id, NEW.root_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nobody_tied_is_drawn_in BEFORE INSERT ON case_party FOR EACH ROW WHEN (NEW.user_id IS NOT NULL)
    EXECUTE FUNCTION nobody_tied_is_drawn_in();
ALTER TABLE case_party ENABLE ALWAYS TRIGGER nobody_tied_is_drawn_in;
"""

# The secret of a draw is made by the database when the pool is already written, and nobody reads it before the
# draw; what the application sends in these columns counts for nothing.
DRAWS = r"""
CREATE FUNCTION random_bytes() RETURNS bytea LANGUAGE sql VOLATILE
    RETURN sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

CREATE FUNCTION expert_draw_commits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE made bytea := random_bytes();
BEGIN
    INSERT INTO expert_draw_secret VALUES (NEW.id, made, pg_current_xact_id()::text::bigint);
    NEW.commitment := sha256(made);
    RETURN NEW;
END $$;
CREATE TRIGGER expert_draw_commits BEFORE INSERT ON expert_draw FOR EACH ROW EXECUTE FUNCTION expert_draw_commits();
ALTER TABLE expert_draw ENABLE ALWAYS TRIGGER expert_draw_commits;

CREATE FUNCTION expert_draw_reveals() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE kept expert_draw_secret;
BEGIN
    SELECT * INTO STRICT kept FROM expert_draw_secret WHERE draw_id = NEW.draw_id;
    IF kept.written_in = pg_current_xact_id()::text::bigint THEN
        RAISE EXCEPTION 'a draw comes after the transaction that froze its pool' USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.secret := kept.secret;
    NEW.nonce := random_bytes();
    RETURN NEW;
END $$;
CREATE TRIGGER expert_draw_reveals BEFORE INSERT ON expert_draw_result
    FOR EACH ROW EXECUTE FUNCTION expert_draw_reveals();
ALTER TABLE expert_draw_result ENABLE ALWAYS TRIGGER expert_draw_reveals;

-- The pool is frozen with the draw: nobody joins it later.
CREATE FUNCTION expert_draw_member_is_frozen() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM expert_draw_secret
            WHERE draw_id = NEW.draw_id AND written_in = pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'the pool of draw % is frozen', NEW.draw_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER expert_draw_member_is_frozen BEFORE INSERT ON expert_draw_member
    FOR EACH ROW EXECUTE FUNCTION expert_draw_member_is_frozen();
ALTER TABLE expert_draw_member ENABLE ALWAYS TRIGGER expert_draw_member_is_frozen;
"""

APPEND_ONLY = "\n".join(
    f"""
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_is_append_only;
"""
    for table in (
        "recusal", "assignment_check", "expert_draw", "expert_draw_member", "expert_draw_secret", "expert_draw_result",
        "expert_draw_step",
    )
)  # fmt: skip

# The secrets are granted to nobody: the triggers that write and read them run as the owner of the tables.
GRANTS = """
GRANT SELECT, INSERT ON affiliation, recusal, contact_mark, expert_draw, expert_draw_member, expert_draw_result,
        expert_draw_step, assignment_check TO aidflow_web;
GRANT UPDATE (until_on, ended_by_id, withdrawn_at, withdrawn_by_id, withdrawn_reason) ON affiliation TO aidflow_web;
GRANT UPDATE (mark, changed_at, changed_by_id) ON contact_mark TO aidflow_web;
GRANT SELECT ON affiliation, recusal, expert_draw, expert_draw_member, expert_draw_result, expert_draw_step,
        assignment_check TO aidflow_worker;
"""


def upgrade() -> None:
    """Create the tables, the rules of ties and draws, and the least grants."""
    # The SQL holds colons that are no parameters, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    for part in (TABLES, TIES, DRAWS, APPEND_ONLY, GRANTS):
        connection.execute(part)
