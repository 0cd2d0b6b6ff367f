-- The state that the CHECKs of the tables speak of is the stage of the case, which only events move.
-- The two are compared at commit, whichever of them was written.
CREATE FUNCTION state_is_the_stage() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ident bigint;
    about record;
    state text;
BEGIN
    IF TG_TABLE_NAME = 'case' THEN ident := NEW.id; ELSE ident := NEW.case_id; END IF;
    SELECT c.life, c.stage INTO about FROM "case" c WHERE c.id = ident;
    IF TG_TABLE_NAME NOT IN ('case', about.life) THEN
        RAISE EXCEPTION 'case % is no %', ident, TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'row_is_of_its_life';
    END IF;
    EXECUTE format('SELECT t.state FROM %I t WHERE t.case_id = $1', about.life) INTO state USING ident;
    IF state <> about.stage THEN
        RAISE EXCEPTION 'case % is %, its % says %', ident, about.stage, about.life, state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'state_is_the_stage';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER agreement_state_is_the_stage AFTER INSERT OR UPDATE ON agreement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE agreement ENABLE ALWAYS TRIGGER agreement_state_is_the_stage;
CREATE CONSTRAINT TRIGGER agreement_stage_is_the_state AFTER UPDATE OF stage ON "case"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.life = 'agreement') EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE "case" ENABLE ALWAYS TRIGGER agreement_stage_is_the_state;

CREATE CONSTRAINT TRIGGER progress_report_state_is_the_stage AFTER INSERT OR UPDATE ON progress_report
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE progress_report ENABLE ALWAYS TRIGGER progress_report_state_is_the_stage;
CREATE CONSTRAINT TRIGGER progress_report_stage_is_the_state AFTER UPDATE OF stage ON "case"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.life = 'progress_report') EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE "case" ENABLE ALWAYS TRIGGER progress_report_stage_is_the_state;

CREATE CONSTRAINT TRIGGER change_request_state_is_the_stage AFTER INSERT OR UPDATE ON change_request
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE change_request ENABLE ALWAYS TRIGGER change_request_state_is_the_stage;
CREATE CONSTRAINT TRIGGER change_request_stage_is_the_state AFTER UPDATE OF stage ON "case"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.life = 'change_request') EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE "case" ENABLE ALWAYS TRIGGER change_request_stage_is_the_state;

CREATE CONSTRAINT TRIGGER audit_state_is_the_stage AFTER INSERT OR UPDATE ON audit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_state_is_the_stage;
CREATE CONSTRAINT TRIGGER audit_stage_is_the_state AFTER UPDATE OF stage ON "case"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.life = 'audit') EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE "case" ENABLE ALWAYS TRIGGER audit_stage_is_the_state;

CREATE CONSTRAINT TRIGGER payment_order_state_is_the_stage AFTER INSERT OR UPDATE ON payment_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE payment_order ENABLE ALWAYS TRIGGER payment_order_state_is_the_stage;
CREATE CONSTRAINT TRIGGER payment_order_stage_is_the_state AFTER UPDATE OF stage ON "case"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.life = 'payment_order') EXECUTE FUNCTION state_is_the_stage();
ALTER TABLE "case" ENABLE ALWAYS TRIGGER payment_order_stage_is_the_state;

-- A signature, a confirmation, a payment: once it is written it stays as it is. What may be taken back
-- on the way (the preparation of an order) is not named here.
CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    name text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        IF before -> name <> 'null'::jsonb AND before -> name IS DISTINCT FROM after -> name THEN
            RAISE EXCEPTION '%.% is written once', TG_TABLE_NAME, name
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'written_once';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

CREATE TRIGGER agreement_is_written_once BEFORE UPDATE ON agreement FOR EACH ROW EXECUTE FUNCTION written_once(
    'case_id', 'project_id', 'number', 'data', 'data_hash', 'paper_id', 'document_hash',
    'signed_by_fund_office_id', 'signed_by_fund_office_at', 'signed_by_applicant_id', 'signed_by_applicant_at');
ALTER TABLE agreement ENABLE ALWAYS TRIGGER agreement_is_written_once;
CREATE TRIGGER settlement_is_written_once BEFORE UPDATE ON settlement FOR EACH ROW EXECUTE FUNCTION written_once(
    'project_id', 'audit_id', 'planned_total', 'approved', 'audited_eligible', 'other_fiscal', 'already_paid',
    'opinion', 'policy_key', 'policy_ratio_ppm', 'cap', 'reading', 'base', 'ratio_numerator', 'ratio_denominator',
    'rounding', 'entitled', 'payable', 'content_hash', 'prepared_by_id', 'prepared_at', 'confirmed_by_id',
    'confirmed_at', 'ended_by_id', 'ended_at', 'ended_reason');
ALTER TABLE settlement ENABLE ALWAYS TRIGGER settlement_is_written_once;
CREATE TRIGGER payment_order_is_written_once BEFORE UPDATE ON payment_order
    FOR EACH ROW EXECUTE FUNCTION written_once(
    'case_id', 'project_id', 'number', 'settlement_id', 'tranche', 'amount', 'bank_reference', 'paid_on');
ALTER TABLE payment_order ENABLE ALWAYS TRIGGER payment_order_is_written_once;
