-- The fund ledger. Amounts are whole fen. One row of transfer moves one amount from one account to
-- another, so it cannot be unbalanced; one posting is one step of a workflow, made of its transfers.

CREATE TABLE posting_code (
    code text CONSTRAINT pk_posting_code PRIMARY KEY,
    needs_two boolean NOT NULL,
    CONSTRAINT uq_posting_code_code_needs_two UNIQUE (code, needs_two)
);

-- Every movement there is. The second leg of a code is for what the first leaves over.
CREATE TABLE flow_rule (
    code text NOT NULL CONSTRAINT fk_flow_rule_code_posting_code REFERENCES posting_code (code),
    from_kind text NOT NULL,
    to_kind text NOT NULL,
    leg smallint NOT NULL CONSTRAINT ck_flow_rule_leg CHECK (leg IN (1, 2)),
    CONSTRAINT pk_flow_rule PRIMARY KEY (code, from_kind, to_kind),
    CONSTRAINT uq_flow_rule_code_leg UNIQUE (code, leg)
);

-- What the fund holds for one project, and the most it may ever hold.
CREATE TABLE project_fund (
    project_id bigint CONSTRAINT pk_project_fund PRIMARY KEY
        CONSTRAINT fk_project_fund_project_id_case REFERENCES "case" (id),
    programme_year_id bigint NOT NULL
        CONSTRAINT fk_project_fund_programme_year_id_case REFERENCES "case" (id),
    cap bigint NOT NULL CONSTRAINT ck_project_fund_cap CHECK (cap BETWEEN 0 AND 100000000000000),
    held bigint NOT NULL DEFAULT 0 CONSTRAINT ck_project_fund_held CHECK (held BETWEEN 0 AND cap),
    CONSTRAINT uq_project_fund_project_id_programme_year_id UNIQUE (project_id, programme_year_id)
);
CREATE INDEX ix_project_fund_programme_year_id ON project_fund (programme_year_id);

CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_account PRIMARY KEY,
    programme_year_id bigint NOT NULL CONSTRAINT fk_account_programme_year_id_case REFERENCES "case" (id),
    project_id bigint,
    kind text NOT NULL,
    balance bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0 CONSTRAINT ck_account_version CHECK (version >= 0),
    CONSTRAINT uq_account_programme_year_id_project_id_kind
        UNIQUE NULLS NOT DISTINCT (programme_year_id, project_id, kind),
    CONSTRAINT uq_account_id_kind_programme_year_id UNIQUE (id, kind, programme_year_id),
    CONSTRAINT fk_account_project_id_programme_year_id_project_fund
        FOREIGN KEY (project_id, programme_year_id) REFERENCES project_fund (project_id, programme_year_id),
    CONSTRAINT ck_account_level CHECK (
        CASE WHEN project_id IS NULL THEN kind IN ('source', 'available', 'recovered', 'lapsed')
        ELSE kind IN ('reserved', 'encumbered', 'payable', 'inflight', 'disbursed', 'receivable') END),
    -- The source holds the authority given, as a debt; nothing else may ever owe.
    CONSTRAINT ck_account_balance CHECK (CASE kind WHEN 'source' THEN balance <= 0 ELSE balance >= 0 END)
);
CREATE INDEX ix_account_project_id ON account (project_id);

-- The id comes from the client. The hash covers all that was asked for, so the same id can be
-- replayed but never be used for something else.
CREATE TABLE posting (
    id uuid CONSTRAINT pk_posting PRIMARY KEY,
    event_id bigint NOT NULL CONSTRAINT fk_posting_event_id_event REFERENCES event (id),
    code text NOT NULL,
    needs_two boolean NOT NULL,
    programme_year_id bigint NOT NULL CONSTRAINT fk_posting_programme_year_id_case REFERENCES "case" (id),
    project_id bigint,
    amount bigint NOT NULL CONSTRAINT ck_posting_amount CHECK (amount BETWEEN 1 AND 100000000000000),
    rest bigint NOT NULL DEFAULT 0 CONSTRAINT ck_posting_rest CHECK (rest BETWEEN 0 AND 100000000000000),
    maker_id bigint CONSTRAINT fk_posting_maker_id_user REFERENCES "user" (id),
    checker_id bigint CONSTRAINT fk_posting_checker_id_user REFERENCES "user" (id),
    reverses_id uuid CONSTRAINT fk_posting_reverses_id_posting REFERENCES posting (id),
    request_hash bytea NOT NULL GENERATED ALWAYS AS (sha256((
        event_id || '|' || code || '|' || programme_year_id || '|' || coalesce(project_id, 0) || '|'
        || amount || '|' || rest || '|' || coalesce(maker_id, 0) || '|' || coalesce(checker_id, 0)
        || '|' || coalesce(reverses_id::text, ''))::bytea)) STORED,
    CONSTRAINT uq_posting_event_id_code UNIQUE (event_id, code),
    CONSTRAINT uq_posting_id_code_programme_year_id UNIQUE (id, code, programme_year_id),
    CONSTRAINT fk_posting_code_needs_two_posting_code
        FOREIGN KEY (code, needs_two) REFERENCES posting_code (code, needs_two),
    CONSTRAINT fk_posting_project_id_programme_year_id_project_fund
        FOREIGN KEY (project_id, programme_year_id) REFERENCES project_fund (project_id, programme_year_id),
    CONSTRAINT ck_posting_maker_is_not_checker CHECK (maker_id <> checker_id),
    CONSTRAINT ck_posting_needs_two
        CHECK (NOT needs_two OR (maker_id IS NOT NULL AND checker_id IS NOT NULL)),
    CONSTRAINT ck_posting_reverses CHECK ((code = 'accrual_reverse') = (reverses_id IS NOT NULL))
);
CREATE INDEX ix_posting_project_id ON posting (project_id);
CREATE INDEX ix_posting_reverses_id ON posting (reverses_id) WHERE reverses_id IS NOT NULL;

CREATE TABLE transfer (
    posting_id uuid NOT NULL,
    leg smallint NOT NULL,
    code text NOT NULL,
    programme_year_id bigint NOT NULL,
    from_account_id bigint NOT NULL,
    from_kind text NOT NULL,
    to_account_id bigint NOT NULL,
    to_kind text NOT NULL,
    amount bigint NOT NULL CONSTRAINT ck_transfer_amount CHECK (amount BETWEEN 1 AND 100000000000000),
    from_version bigint NOT NULL,
    from_balance bigint NOT NULL,
    to_version bigint NOT NULL,
    to_balance bigint NOT NULL,
    CONSTRAINT pk_transfer PRIMARY KEY (posting_id, leg),
    CONSTRAINT uq_transfer_from_account_id_from_version UNIQUE (from_account_id, from_version),
    CONSTRAINT uq_transfer_to_account_id_to_version UNIQUE (to_account_id, to_version),
    CONSTRAINT fk_transfer_posting_id_code_programme_year_id_posting FOREIGN KEY (posting_id, code, programme_year_id)
        REFERENCES posting (id, code, programme_year_id),
    CONSTRAINT fk_transfer_code_from_kind_to_kind_flow_rule FOREIGN KEY (code, from_kind, to_kind)
        REFERENCES flow_rule (code, from_kind, to_kind),
    CONSTRAINT fk_transfer_from_account_id_from_kind_programme_year_id_account FOREIGN KEY (from_account_id, from_kind, programme_year_id)
        REFERENCES account (id, kind, programme_year_id),
    CONSTRAINT fk_transfer_to_account_id_to_kind_programme_year_id_account FOREIGN KEY (to_account_id, to_kind, programme_year_id)
        REFERENCES account (id, kind, programme_year_id),
    CONSTRAINT ck_transfer_two_accounts CHECK (from_account_id <> to_account_id)
);

-- An event of this action by this role ('*' for any), leading to this stage, needs a posting with
-- one of these codes.
CREATE TABLE event_must_post (
    life text NOT NULL,
    action text NOT NULL,
    case_to text NOT NULL,
    role text NOT NULL,
    codes text[] NOT NULL CONSTRAINT ck_event_must_post_codes CHECK (cardinality(codes) > 0),
    CONSTRAINT pk_event_must_post PRIMARY KEY (life, action, case_to, role)
);

-- The steps a payment attempt may take.
CREATE TABLE payment_flow (
    from_state text NOT NULL,
    to_state text NOT NULL,
    CONSTRAINT pk_payment_flow PRIMARY KEY (from_state, to_state)
);

-- One try to pay one tranche. A new one may begin only when the last is known to have paid nothing.
CREATE TABLE payment_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_payment_attempt PRIMARY KEY,
    project_id bigint NOT NULL
        CONSTRAINT fk_payment_attempt_project_id_project_fund REFERENCES project_fund (project_id),
    tranche smallint NOT NULL CONSTRAINT ck_payment_attempt_tranche CHECK (tranche >= 1),
    attempt smallint NOT NULL CONSTRAINT ck_payment_attempt_attempt CHECK (attempt >= 1),
    case_id bigint NOT NULL CONSTRAINT fk_payment_attempt_case_id_case REFERENCES "case" (id),
    amount bigint NOT NULL CONSTRAINT ck_payment_attempt_amount CHECK (amount BETWEEN 1 AND 100000000000000),
    seq smallint NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'prepared',
    CONSTRAINT uq_payment_attempt_project_id_tranche_attempt UNIQUE (project_id, tranche, attempt)
);
CREATE UNIQUE INDEX uq_payment_attempt_live ON payment_attempt (project_id, tranche)
    WHERE state NOT IN ('failed', 'cancelled', 'returned');
CREATE INDEX ix_payment_attempt_case_id ON payment_attempt (case_id);

-- Every state an attempt was in. Each row names the one before it, so that two answers to the same
-- question collide on the primary key.
CREATE TABLE payment_attempt_state (
    attempt_id bigint NOT NULL
        CONSTRAINT fk_payment_attempt_state_attempt_id_payment_attempt REFERENCES payment_attempt (id),
    seq smallint NOT NULL,
    state text NOT NULL,
    prev_seq smallint,
    prev_state text,
    event_id bigint NOT NULL CONSTRAINT fk_payment_attempt_state_event_id_event REFERENCES event (id),
    bank_ref text,
    CONSTRAINT pk_payment_attempt_state PRIMARY KEY (attempt_id, seq),
    CONSTRAINT uq_payment_attempt_state_attempt_id_seq_state UNIQUE (attempt_id, seq, state),
    CONSTRAINT uq_payment_attempt_state_bank_ref UNIQUE (bank_ref),
    CONSTRAINT fk_payment_attempt_state_previous FOREIGN KEY (attempt_id, prev_seq, prev_state)
        REFERENCES payment_attempt_state (attempt_id, seq, state),
    CONSTRAINT fk_payment_attempt_state_flow FOREIGN KEY (prev_state, state)
        REFERENCES payment_flow (from_state, to_state),
    CONSTRAINT ck_payment_attempt_state_starts_prepared CHECK ((seq = 1) = (prev_seq IS NULL)
        AND (prev_seq IS NULL) = (prev_state IS NULL) AND (seq > 1 OR state = 'prepared')),
    CONSTRAINT ck_payment_attempt_state_has_no_gap CHECK (prev_seq = seq - 1),
    CONSTRAINT ck_payment_attempt_state_paid_has_a_reference CHECK ((state = 'paid') = (bank_ref IS NOT NULL))
);
ALTER TABLE payment_attempt ADD CONSTRAINT fk_payment_attempt_state_is_recorded
    FOREIGN KEY (id, seq, state) REFERENCES payment_attempt_state (attempt_id, seq, state)
    DEFERRABLE INITIALLY DEFERRED;
