-- The content of a payment order is hashed by the database, which needs that declared immutable.
CREATE FUNCTION sha256_hex(content text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$ SELECT encode(sha256(convert_to(content, 'UTF8')), 'hex') $$;

CREATE TABLE agreement (
    case_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    data JSONB NOT NULL,
    data_hash TEXT NOT NULL,
    paper_id BIGINT,
    document_hash TEXT,
    signed_by_fund_office_id BIGINT,
    signed_by_fund_office_at timestamptz,
    signed_by_fund_office_hash TEXT,
    signed_by_applicant_id BIGINT,
    signed_by_applicant_at timestamptz,
    signed_by_applicant_hash TEXT,
    CONSTRAINT pk_agreement PRIMARY KEY (case_id),
    CONSTRAINT fk_agreement_case FOREIGN KEY (case_id, project_id) REFERENCES "case" (id, root_id),
    CONSTRAINT ck_agreement_data_is_hashed CHECK (data_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_agreement_document_is_hashed CHECK (document_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_agreement_text_is_a_paper CHECK ((paper_id IS NULL) = (document_hash IS NULL)),
    CONSTRAINT ck_agreement_fund_office_signature_is_whole CHECK
        (num_nulls(signed_by_fund_office_id, signed_by_fund_office_at, signed_by_fund_office_hash) IN (0, 3)),
    CONSTRAINT ck_agreement_applicant_signature_is_whole CHECK
        (num_nulls(signed_by_applicant_id, signed_by_applicant_at, signed_by_applicant_hash) IN (0, 3)),
    CONSTRAINT ck_agreement_fund_office_signed_this_text CHECK
        (signed_by_fund_office_hash IS NULL OR signed_by_fund_office_hash IS NOT DISTINCT FROM document_hash),
    CONSTRAINT ck_agreement_applicant_signed_this_text CHECK
        (signed_by_applicant_hash IS NULL OR signed_by_applicant_hash IS NOT DISTINCT FROM document_hash),
    CONSTRAINT ck_agreement_applicant_signs_second CHECK
        (signed_by_applicant_id IS NULL OR signed_by_fund_office_id IS NOT NULL),
    CONSTRAINT ck_agreement_two_people_sign CHECK (signed_by_fund_office_id <> signed_by_applicant_id),
    CONSTRAINT ck_agreement_state_is_what_was_signed CHECK
        (CASE state WHEN 'drawing_up' THEN paper_id IS NULL WHEN 'awaiting_fund_office' THEN paper_id IS NOT
        NULL AND signed_by_fund_office_id IS NULL WHEN 'awaiting_applicant' THEN signed_by_fund_office_id IS NOT
        NULL AND signed_by_applicant_id IS NULL WHEN 'in_force' THEN signed_by_applicant_id IS NOT NULL WHEN
        'fulfilled' THEN signed_by_applicant_id IS NOT NULL WHEN 'lapsed' THEN signed_by_applicant_id IS NULL
        ELSE true END),
    CONSTRAINT fk_agreement_project_id_project FOREIGN KEY (project_id) REFERENCES project (case_id),
    CONSTRAINT uq_agreement_number UNIQUE (number),
    CONSTRAINT uq_agreement_paper_id UNIQUE (paper_id),
    CONSTRAINT fk_agreement_paper_id_paper FOREIGN KEY (paper_id) REFERENCES paper (id),
    CONSTRAINT fk_agreement_signed_by_fund_office_id_user FOREIGN KEY (signed_by_fund_office_id) REFERENCES
        "user" (id),
    CONSTRAINT fk_agreement_signed_by_applicant_id_user FOREIGN KEY (signed_by_applicant_id) REFERENCES "user" (id)
);
CREATE INDEX ix_agreement_project_id ON agreement (project_id);
CREATE UNIQUE INDEX uq_agreement_live ON agreement (project_id) WHERE state NOT IN ('ended', 'lapsed');

CREATE TABLE progress_report (
    case_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    round BIGINT NOT NULL,
    final BOOLEAN NOT NULL,
    period_from DATE NOT NULL,
    period_until DATE NOT NULL,
    summary TEXT NOT NULL,
    spent BIGINT NOT NULL,
    beneficiaries BIGINT NOT NULL,
    filed_by_id BIGINT NOT NULL,
    filed_at timestamptz NOT NULL,
    decided_by_id BIGINT,
    decided_at timestamptz,
    remark TEXT,
    CONSTRAINT pk_progress_report PRIMARY KEY (case_id),
    CONSTRAINT fk_progress_report_case FOREIGN KEY (case_id, project_id) REFERENCES "case" (id, root_id),
    CONSTRAINT ck_progress_report_period_begins_before_it_ends CHECK (period_from <= period_until),
    CONSTRAINT ck_progress_report_spent_is_not_negative CHECK (spent >= 0),
    CONSTRAINT ck_progress_report_beneficiaries_are_not_negative CHECK (beneficiaries >= 0),
    CONSTRAINT ck_progress_report_summary_is_there CHECK (btrim(summary) <> ''),
    CONSTRAINT ck_progress_report_round_counts CHECK (round >= 1),
    CONSTRAINT ck_progress_report_decision_is_whole CHECK ((decided_at IS NULL) = (decided_by_id IS NULL)),
    CONSTRAINT ck_progress_report_state_is_what_was_decided CHECK
        (CASE state WHEN 'submitted' THEN decided_at IS NULL WHEN 'confirmed' THEN decided_at IS NOT NULL WHEN
        'returned' THEN decided_at IS NOT NULL AND remark IS NOT NULL ELSE true END),
    CONSTRAINT fk_progress_report_project_id_project FOREIGN KEY (project_id) REFERENCES project (case_id),
    CONSTRAINT fk_progress_report_filed_by_id_user FOREIGN KEY (filed_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_progress_report_decided_by_id_user FOREIGN KEY (decided_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_progress_report_project_id ON progress_report (project_id);
CREATE UNIQUE INDEX uq_progress_report_final ON progress_report (project_id) WHERE final AND state <> 'cancelled';

CREATE TABLE change_request (
    case_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    what TEXT NOT NULL,
    old TEXT,
    new TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_by_id BIGINT NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by_id BIGINT,
    decided_at timestamptz,
    remark TEXT,
    CONSTRAINT pk_change_request PRIMARY KEY (case_id),
    CONSTRAINT fk_change_request_case FOREIGN KEY (case_id, project_id) REFERENCES "case" (id, root_id),
    CONSTRAINT ck_change_request_what_may_change CHECK (what IN ('ends_on', 'place', 'title', 'budget_note')),
    CONSTRAINT ck_change_request_something_changes CHECK (new IS DISTINCT FROM old),
    CONSTRAINT ck_change_request_new_is_there CHECK (btrim(new) <> ''),
    CONSTRAINT ck_change_request_a_day_is_a_day CHECK (what <> 'ends_on' OR new ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'),
    CONSTRAINT ck_change_request_reason_is_there CHECK (btrim(reason) <> ''),
    CONSTRAINT ck_change_request_decision_is_whole CHECK ((decided_at IS NULL) = (decided_by_id IS NULL)),
    CONSTRAINT ck_change_request_state_is_what_was_decided CHECK
        (CASE state WHEN 'submitted' THEN decided_at IS NULL WHEN 'accepted' THEN decided_at IS NOT NULL WHEN
        'refused' THEN decided_at IS NOT NULL AND remark IS NOT NULL ELSE true END),
    CONSTRAINT fk_change_request_project_id_project FOREIGN KEY (project_id) REFERENCES project (case_id),
    CONSTRAINT fk_change_request_requested_by_id_user FOREIGN KEY (requested_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_change_request_decided_by_id_user FOREIGN KEY (decided_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_change_request_project_id ON change_request (project_id);
CREATE UNIQUE INDEX uq_change_request_open ON change_request (project_id, what) WHERE state = 'submitted';

CREATE TABLE audit (
    case_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    firm_id BIGINT,
    round SMALLINT DEFAULT 0 NOT NULL,
    number TEXT,
    licence TEXT,
    cpa_one TEXT,
    cpa_two TEXT,
    independence TEXT,
    period_from DATE,
    period_until DATE,
    received JSONB,
    opinion TEXT,
    findings TEXT,
    claimed BIGINT,
    disallowed BIGINT,
    audited BIGINT,
    other_fiscal BIGINT,
    submitted_by_id BIGINT,
    submitted_at timestamptz,
    CONSTRAINT pk_audit PRIMARY KEY (case_id),
    CONSTRAINT fk_audit_case FOREIGN KEY (case_id, project_id) REFERENCES "case" (id, root_id),
    CONSTRAINT ck_audit_round_counts CHECK (round >= 0),
    CONSTRAINT ck_audit_report_is_whole CHECK
        (num_nulls(number, licence, cpa_one, cpa_two, independence, period_from, period_until, received,
        opinion, findings, claimed, disallowed, audited, other_fiscal, submitted_by_id, submitted_at) = CASE
        round WHEN 0 THEN 16 ELSE 0 END),
    CONSTRAINT ck_audit_amounts_are_not_negative CHECK (least(claimed, disallowed, audited, other_fiscal) >= 0),
    CONSTRAINT ck_audit_totals_add_up CHECK (claimed - disallowed = audited),
    CONSTRAINT ck_audit_opinion_is_known CHECK (opinion IN ('unqualified', 'qualified', 'adverse', 'disclaimer')),
    CONSTRAINT ck_audit_two_accountants_sign CHECK
        (btrim(cpa_one) <> '' AND btrim(cpa_two) <> '' AND cpa_one <> cpa_two),
    CONSTRAINT ck_audit_period_begins_before_it_ends CHECK (period_from <= period_until),
    CONSTRAINT ck_audit_received_is_a_list CHECK (jsonb_typeof(received) = 'array'),
    CONSTRAINT ck_audit_state_is_what_was_done CHECK
        (CASE WHEN state = 'awaiting_firm' THEN firm_id IS NULL WHEN state = 'at_work' THEN firm_id IS NOT NULL
        WHEN state IN ('submitted', 'accepted', 'refused') THEN firm_id IS NOT NULL AND round > 0 ELSE true
        END),
    CONSTRAINT ck_audit_accepted_is_acceptable CHECK
        (state <> 'accepted' OR opinion IN ('unqualified', 'qualified')),
    CONSTRAINT fk_audit_project_id_project FOREIGN KEY (project_id) REFERENCES project (case_id),
    CONSTRAINT fk_audit_firm_id_unit FOREIGN KEY (firm_id) REFERENCES unit (id),
    CONSTRAINT fk_audit_submitted_by_id_user FOREIGN KEY (submitted_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_audit_firm_id ON audit (firm_id) WHERE firm_id IS NOT NULL;
CREATE INDEX ix_audit_project_id ON audit (project_id);
CREATE UNIQUE INDEX uq_audit_live ON audit (project_id) WHERE state <> 'cancelled';

CREATE TABLE audit_line (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    audit_id BIGINT NOT NULL,
    round SMALLINT NOT NULL,
    position SMALLINT NOT NULL,
    item TEXT NOT NULL,
    budget BIGINT NOT NULL,
    claimed BIGINT NOT NULL,
    disallowed BIGINT NOT NULL,
    audited BIGINT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_audit_line PRIMARY KEY (id),
    CONSTRAINT uq_audit_line_audit_id_round_position UNIQUE (audit_id, round, position),
    CONSTRAINT ck_audit_line_amounts_are_not_negative CHECK (least(budget, claimed, disallowed, audited) >= 0),
    CONSTRAINT ck_audit_line_adds_up CHECK (claimed - disallowed = audited),
    CONSTRAINT ck_audit_line_a_disallowance_has_a_reason CHECK (disallowed = 0 OR btrim(reason) <> ''),
    CONSTRAINT ck_audit_line_item_is_there CHECK (btrim(item) <> ''),
    CONSTRAINT fk_audit_line_audit_id_audit FOREIGN KEY (audit_id) REFERENCES audit (case_id)
);

CREATE TABLE settlement (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    project_id BIGINT NOT NULL,
    audit_id BIGINT NOT NULL,
    planned_total BIGINT NOT NULL,
    approved BIGINT NOT NULL,
    audited_eligible BIGINT NOT NULL,
    other_fiscal BIGINT NOT NULL,
    already_paid BIGINT NOT NULL,
    opinion TEXT NOT NULL,
    policy_key TEXT NOT NULL,
    policy_ratio_ppm BIGINT NOT NULL,
    cap BIGINT NOT NULL,
    reading TEXT NOT NULL,
    base BIGINT NOT NULL,
    ratio_numerator BIGINT NOT NULL,
    ratio_denominator BIGINT NOT NULL,
    rounding TEXT NOT NULL,
    entitled BIGINT NOT NULL,
    payable BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    prepared_by_id BIGINT NOT NULL,
    prepared_at timestamptz NOT NULL,
    confirmed_by_id BIGINT,
    confirmed_at timestamptz,
    ended_by_id BIGINT,
    ended_at timestamptz,
    ended_reason TEXT,
    CONSTRAINT pk_settlement PRIMARY KEY (id),
    CONSTRAINT ck_settlement_there_is_something_to_settle CHECK (planned_total > 0 AND approved > 0 AND cap > 0),
    CONSTRAINT ck_settlement_amounts_are_not_negative CHECK
        (least(audited_eligible, other_fiscal, already_paid) >= 0),
    CONSTRAINT ck_settlement_opinion_is_known CHECK
        (opinion IN ('unqualified', 'qualified', 'adverse', 'disclaimer')),
    CONSTRAINT ck_settlement_ratio_is_a_ratio CHECK (ratio_numerator >= 0 AND ratio_denominator >= 1),
    CONSTRAINT ck_settlement_ratio_is_within_the_policy CHECK
        (ratio_numerator::numeric * 1000000 <= policy_ratio_ppm::numeric * ratio_denominator),
    CONSTRAINT ck_settlement_base_is_the_audited_spending CHECK
        (base = greatest(0, audited_eligible - other_fiscal)),
    CONSTRAINT ck_settlement_entitled_is_computed CHECK
        (entitled = CASE WHEN opinion IN ('unqualified', 'qualified') THEN least(approved, cap,
        div(base::numeric * ratio_numerator, ratio_denominator::numeric)::bigint) ELSE 0 END),
    CONSTRAINT ck_settlement_payable_is_what_is_left CHECK (payable = entitled - already_paid),
    CONSTRAINT ck_settlement_never_over_the_approval CHECK (payable <= entitled AND entitled <= approved),
    CONSTRAINT ck_settlement_content_is_hashed CHECK (content_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_settlement_confirmation_is_whole CHECK ((confirmed_by_id IS NULL) = (confirmed_at IS NULL)),
    CONSTRAINT ck_settlement_maker_is_not_checker CHECK (prepared_by_id <> confirmed_by_id),
    CONSTRAINT ck_settlement_end_is_whole CHECK (num_nulls(ended_by_id, ended_at, ended_reason) IN (0, 3)),
    CONSTRAINT ck_settlement_confirmed_is_not_ended CHECK (confirmed_at IS NULL OR ended_at IS NULL),
    CONSTRAINT uq_settlement_id_project_id_payable UNIQUE (id, project_id, payable),
    CONSTRAINT fk_settlement_project_id_project FOREIGN KEY (project_id) REFERENCES project (case_id),
    CONSTRAINT fk_settlement_audit_id_audit FOREIGN KEY (audit_id) REFERENCES audit (case_id),
    CONSTRAINT fk_settlement_prepared_by_id_user FOREIGN KEY (prepared_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_settlement_confirmed_by_id_user FOREIGN KEY (confirmed_by_id) REFERENCES "user" (id),
    CONSTRAINT fk_settlement_ended_by_id_user FOREIGN KEY (ended_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_settlement_project_id ON settlement (project_id);
CREATE UNIQUE INDEX uq_settlement_live ON settlement (project_id) WHERE ended_at IS NULL;

CREATE TABLE payment_order (
    case_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    settlement_id BIGINT NOT NULL,
    tranche SMALLINT NOT NULL,
    amount BIGINT NOT NULL,
    payee_name TEXT,
    payee_bank TEXT,
    payee_branch TEXT,
    payee_account TEXT,
    content_hash TEXT GENERATED ALWAYS AS (sha256_hex('payment_order/1'::text || '|'::text || number ||
        '|'::text || settlement_id::text || '|'::text || amount::text || '|'::text || payee_name || '|'::text ||
        payee_bank || '|'::text || payee_branch || '|'::text || payee_account)) STORED,
    prepared_by_id BIGINT,
    prepared_at timestamptz,
    attempt_id BIGINT,
    approved_by_id BIGINT,
    approved_at timestamptz,
    approved_content TEXT,
    sent_at timestamptz,
    bank_reference TEXT,
    paid_on DATE,
    failed_reason TEXT,
    CONSTRAINT pk_payment_order PRIMARY KEY (case_id),
    CONSTRAINT fk_payment_order_case FOREIGN KEY (case_id, project_id) REFERENCES "case" (id, root_id),
    CONSTRAINT fk_payment_order_pays_the_settlement FOREIGN KEY (settlement_id, project_id, amount) REFERENCES
        settlement (id, project_id, payable),
    CONSTRAINT uq_payment_order_project_id_tranche UNIQUE (project_id, tranche),
    CONSTRAINT ck_payment_order_amount_is_positive CHECK (amount > 0),
    CONSTRAINT ck_payment_order_tranche_counts CHECK (tranche >= 1),
    CONSTRAINT ck_payment_order_preparation_is_whole CHECK
        (num_nulls(payee_name, payee_bank, payee_branch, payee_account, prepared_by_id, prepared_at, attempt_id)
        IN (0, 7)),
    CONSTRAINT ck_payment_order_content_is_plain CHECK
        (number !~ '[[:cntrl:]|]' AND payee_name !~ '[[:cntrl:]|]' AND payee_bank !~ '[[:cntrl:]|]' AND
        payee_branch !~ '[[:cntrl:]|]' AND payee_account !~ '[[:cntrl:]|]'),
    CONSTRAINT ck_payment_order_approval_is_whole CHECK
        (num_nulls(approved_by_id, approved_at, approved_content) IN (0, 3)),
    CONSTRAINT ck_payment_order_maker_is_not_checker CHECK (prepared_by_id <> approved_by_id),
    CONSTRAINT ck_payment_order_approval_is_of_this_content CHECK
        (approved_content IS NULL OR approved_content IS NOT DISTINCT FROM content_hash),
    CONSTRAINT ck_payment_order_bank_reference_is_plain CHECK (bank_reference ~ '^[0-9A-Za-z-]{4,64}$'),
    CONSTRAINT ck_payment_order_paid_has_a_bank_reference CHECK
        ((state = 'paid') = (bank_reference IS NOT NULL) AND (state = 'paid') = (paid_on IS NOT NULL)),
    CONSTRAINT ck_payment_order_failed_has_a_reason CHECK
        ((state = 'failed') = (failed_reason IS NOT NULL) OR state = 'cancelled'),
    CONSTRAINT ck_payment_order_state_is_what_was_done CHECK
        (CASE WHEN state = 'drafting' THEN prepared_by_id IS NULL WHEN state = 'prepared' THEN prepared_by_id IS
        NOT NULL AND approved_by_id IS NULL WHEN state = 'approved' THEN approved_by_id IS NOT NULL AND sent_at
        IS NULL WHEN state IN ('sent', 'paid', 'failed') THEN approved_by_id IS NOT NULL AND sent_at IS NOT NULL
        ELSE true END),
    CONSTRAINT fk_payment_order_project_id_project FOREIGN KEY (project_id) REFERENCES project (case_id),
    CONSTRAINT uq_payment_order_number UNIQUE (number),
    CONSTRAINT fk_payment_order_prepared_by_id_user FOREIGN KEY (prepared_by_id) REFERENCES "user" (id),
    CONSTRAINT uq_payment_order_attempt_id UNIQUE (attempt_id),
    CONSTRAINT fk_payment_order_attempt_id_payment_attempt FOREIGN KEY (attempt_id) REFERENCES payment_attempt (id),
    CONSTRAINT fk_payment_order_approved_by_id_user FOREIGN KEY (approved_by_id) REFERENCES "user" (id),
    CONSTRAINT uq_payment_order_bank_reference UNIQUE (bank_reference)
);
CREATE UNIQUE INDEX uq_payment_order_live ON payment_order (settlement_id) WHERE state <> 'cancelled';

CREATE TABLE closure (
    project_id BIGINT NOT NULL,
    performance_score SMALLINT NOT NULL,
    remark TEXT NOT NULL,
    closed_by_id BIGINT NOT NULL,
    closed_at timestamptz NOT NULL,
    CONSTRAINT pk_closure PRIMARY KEY (project_id),
    CONSTRAINT ck_closure_score_is_of_a_hundred CHECK (performance_score BETWEEN 0 AND 100),
    CONSTRAINT fk_closure_project_id_project FOREIGN KEY (project_id) REFERENCES project (case_id),
    CONSTRAINT fk_closure_closed_by_id_user FOREIGN KEY (closed_by_id) REFERENCES "user" (id)
);
