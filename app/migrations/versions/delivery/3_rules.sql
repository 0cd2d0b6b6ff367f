-- The lines of the round come to the totals of the report, checked when everything is written.
CREATE FUNCTION audit_lines_add_up() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ident bigint;
BEGIN
    IF TG_TABLE_NAME = 'audit' THEN ident := NEW.case_id; ELSE ident := NEW.audit_id; END IF;
    IF EXISTS (
        SELECT FROM audit a LEFT JOIN audit_line l ON l.audit_id = a.case_id AND l.round = a.round
        WHERE a.case_id = ident AND a.round > 0 GROUP BY a.case_id
        HAVING (a.claimed, a.disallowed, a.audited)
            IS DISTINCT FROM (sum(l.claimed)::bigint, sum(l.disallowed)::bigint, sum(l.audited)::bigint))
        OR EXISTS (SELECT FROM audit a JOIN audit_line l ON l.audit_id = a.case_id
            WHERE a.case_id = ident AND l.round > a.round)
    THEN
        RAISE EXCEPTION 'the lines of audit % do not come to its totals', ident
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_lines_add_up AFTER INSERT OR UPDATE ON audit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_lines_add_up();
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_lines_add_up;
CREATE CONSTRAINT TRIGGER audit_line_adds_up AFTER INSERT ON audit_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_lines_add_up();
ALTER TABLE audit_line ENABLE ALWAYS TRIGGER audit_line_adds_up;

-- A report that was handed in stands until it is returned.
CREATE FUNCTION audit_report_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> 'at_work' AND to_jsonb(OLD) - '{state,firm_id}'::text[] <> to_jsonb(NEW) - '{state,firm_id}'::text[]
        OR OLD.firm_id IS NOT NULL AND OLD.firm_id IS DISTINCT FROM NEW.firm_id
    THEN
        RAISE EXCEPTION 'the report of audit % is handed in', OLD.case_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_report_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_report_stands BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_report_stands();
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_report_stands;

-- The firm is an audit firm.
CREATE FUNCTION audit_firm_is_one() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.firm_id IS NOT NULL AND NOT EXISTS (SELECT FROM unit WHERE id = NEW.firm_id AND kind = 'audit_firm') THEN
        RAISE EXCEPTION 'unit % is no audit firm', NEW.firm_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_firm_is_one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_firm_is_one BEFORE INSERT OR UPDATE OF firm_id ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_firm_is_one();
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_firm_is_one;

-- A settlement takes its figures from the accepted audit and from the project, and from nowhere else.
CREATE FUNCTION settlement_is_of_its_audit() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM audit a JOIN project p ON p.case_id = a.project_id
        WHERE a.case_id = NEW.audit_id AND a.project_id = NEW.project_id AND a.state = 'accepted'
            AND (a.audited, a.other_fiscal, a.opinion) = (NEW.audited_eligible, NEW.other_fiscal, NEW.opinion)
            AND (p.planned_total, p.approved) = (NEW.planned_total, NEW.approved))
    THEN
        RAISE EXCEPTION 'the figures are not those of audit % and project %', NEW.audit_id, NEW.project_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_is_of_its_audit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER settlement_is_of_its_audit BEFORE INSERT ON settlement
    FOR EACH ROW EXECUTE FUNCTION settlement_is_of_its_audit();
ALTER TABLE settlement ENABLE ALWAYS TRIGGER settlement_is_of_its_audit;

-- An order pays a confirmed settlement to the organisation itself, onto the account that the register
-- shows at the moment of preparing, approving and sending; its attempt is its own.
CREATE FUNCTION payment_order_pays_the_organisation() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM settlement WHERE id = NEW.settlement_id AND confirmed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'settlement % is not confirmed', NEW.settlement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_of_a_confirmed_settlement';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state = OLD.state
        AND (NEW.payee_name, NEW.payee_bank, NEW.payee_branch, NEW.payee_account, NEW.attempt_id)
            IS NOT DISTINCT FROM (OLD.payee_name, OLD.payee_bank, OLD.payee_branch, OLD.payee_account, OLD.attempt_id)
    THEN
        RETURN NEW;
    END IF;
    IF NEW.state IN ('prepared', 'approved', 'sent') AND NOT EXISTS (
        SELECT FROM project p JOIN organisation o ON o.id = p.organisation_id
        WHERE p.case_id = NEW.project_id AND o.name = NEW.payee_name
            AND (o.account_name, o.bank_name, o.bank_branch, o.account_number)
                = (NEW.payee_name, NEW.payee_bank, NEW.payee_branch, NEW.payee_account))
    THEN
        RAISE EXCEPTION 'payment order % does not pay the account of the organisation', NEW.case_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_pays_the_organisation';
    END IF;
    IF NEW.attempt_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM payment_attempt WHERE id = NEW.attempt_id AND (case_id, project_id, amount, tranche)
            = (NEW.case_id, NEW.project_id, NEW.amount, NEW.tranche))
    THEN
        RAISE EXCEPTION 'attempt % is not of payment order %', NEW.attempt_id, NEW.case_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_has_its_own_attempt';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_order_pays_the_organisation BEFORE INSERT OR UPDATE ON payment_order
    FOR EACH ROW EXECUTE FUNCTION payment_order_pays_the_organisation();
ALTER TABLE payment_order ENABLE ALWAYS TRIGGER payment_order_pays_the_organisation;

-- Who sent an order keeps what was sent.
CREATE FUNCTION payment_order_is_sent() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state IN ('sent', 'paid') AND (to_jsonb(OLD) - '{state,bank_reference,paid_on,failed_reason,content_hash}'::text[])
        <> (to_jsonb(NEW) - '{state,bank_reference,paid_on,failed_reason,content_hash}'::text[])
    THEN
        RAISE EXCEPTION 'payment order % is with the bank', OLD.case_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_order_is_sent';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_order_is_sent BEFORE UPDATE ON payment_order
    FOR EACH ROW EXECUTE FUNCTION payment_order_is_sent();
ALTER TABLE payment_order ENABLE ALWAYS TRIGGER payment_order_is_sent;

-- Nothing is deleted; lines and closures are not changed either.
CREATE TRIGGER agreement_is_append_only BEFORE DELETE OR TRUNCATE ON agreement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE agreement ENABLE ALWAYS TRIGGER agreement_is_append_only;
CREATE TRIGGER progress_report_is_append_only BEFORE DELETE OR TRUNCATE ON progress_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE progress_report ENABLE ALWAYS TRIGGER progress_report_is_append_only;
CREATE TRIGGER change_request_is_append_only BEFORE DELETE OR TRUNCATE ON change_request
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE change_request ENABLE ALWAYS TRIGGER change_request_is_append_only;
CREATE TRIGGER audit_is_append_only BEFORE DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_is_append_only;
CREATE TRIGGER payment_order_is_append_only BEFORE DELETE OR TRUNCATE ON payment_order
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE payment_order ENABLE ALWAYS TRIGGER payment_order_is_append_only;
CREATE TRIGGER settlement_is_append_only BEFORE DELETE OR TRUNCATE ON settlement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE settlement ENABLE ALWAYS TRIGGER settlement_is_append_only;
CREATE TRIGGER audit_line_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_line ENABLE ALWAYS TRIGGER audit_line_is_append_only;
CREATE TRIGGER closure_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON closure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE closure ENABLE ALWAYS TRIGGER closure_is_append_only;
