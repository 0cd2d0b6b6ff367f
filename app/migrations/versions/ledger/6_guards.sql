-- ENABLE ALWAYS: they fire for a session that plays back a replica, too.

CREATE TRIGGER posting_check BEFORE INSERT ON posting
    FOR EACH ROW EXECUTE FUNCTION posting_check();
ALTER TABLE posting ENABLE ALWAYS TRIGGER posting_check;

CREATE TRIGGER transfer_move BEFORE INSERT ON transfer
    FOR EACH ROW EXECUTE FUNCTION transfer_move();
ALTER TABLE transfer ENABLE ALWAYS TRIGGER transfer_move;

CREATE TRIGGER account_guard BEFORE INSERT OR UPDATE ON account
    FOR EACH ROW EXECUTE FUNCTION account_guard();
ALTER TABLE account ENABLE ALWAYS TRIGGER account_guard;

CREATE TRIGGER project_fund_guard BEFORE INSERT OR UPDATE ON project_fund
    FOR EACH ROW EXECUTE FUNCTION project_fund_guard();
ALTER TABLE project_fund ENABLE ALWAYS TRIGGER project_fund_guard;

CREATE TRIGGER payment_attempt_guard BEFORE INSERT OR UPDATE ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_guard();
ALTER TABLE payment_attempt ENABLE ALWAYS TRIGGER payment_attempt_guard;

CREATE TRIGGER payment_attempt_move AFTER INSERT ON payment_attempt_state
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_move();
ALTER TABLE payment_attempt_state ENABLE ALWAYS TRIGGER payment_attempt_move;

CREATE CONSTRAINT TRIGGER posting_has_transfers AFTER INSERT ON posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION posting_has_transfers();
ALTER TABLE posting ENABLE ALWAYS TRIGGER posting_has_transfers;

CREATE CONSTRAINT TRIGGER event_must_post AFTER INSERT ON event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION event_has_posting();
ALTER TABLE event ENABLE ALWAYS TRIGGER event_must_post;

-- Nothing is ever deleted or emptied; history and rules are never changed either.
CREATE TRIGGER account_is_not_deleted BEFORE DELETE OR TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE account ENABLE ALWAYS TRIGGER account_is_not_deleted;
CREATE TRIGGER project_fund_is_not_deleted BEFORE DELETE OR TRUNCATE ON project_fund
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE project_fund ENABLE ALWAYS TRIGGER project_fund_is_not_deleted;
CREATE TRIGGER payment_attempt_is_not_deleted BEFORE DELETE OR TRUNCATE ON payment_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE payment_attempt ENABLE ALWAYS TRIGGER payment_attempt_is_not_deleted;
CREATE TRIGGER posting_code_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON posting_code
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE posting_code ENABLE ALWAYS TRIGGER posting_code_is_append_only;
CREATE TRIGGER flow_rule_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON flow_rule
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE flow_rule ENABLE ALWAYS TRIGGER flow_rule_is_append_only;
CREATE TRIGGER posting_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE posting ENABLE ALWAYS TRIGGER posting_is_append_only;
CREATE TRIGGER transfer_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE transfer ENABLE ALWAYS TRIGGER transfer_is_append_only;
CREATE TRIGGER event_must_post_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_must_post
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE event_must_post ENABLE ALWAYS TRIGGER event_must_post_is_append_only;
CREATE TRIGGER payment_flow_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_flow
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE payment_flow ENABLE ALWAYS TRIGGER payment_flow_is_append_only;
CREATE TRIGGER payment_attempt_state_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_attempt_state
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE payment_attempt_state ENABLE ALWAYS TRIGGER payment_attempt_state_is_append_only;

-- Functions can be called by everybody unless that is taken away.
REVOKE EXECUTE ON FUNCTION
    ledger_open_programme_year(bigint),
    ledger_open_project(bigint, bigint, bigint),
    ledger_post(uuid, bigint, text, bigint, bigint, bigint, bigint, bigint, bigint, uuid),
    ledger_begin_attempt(bigint, smallint, bigint, bigint, bigint),
    ledger_record_attempt_state(bigint, text, bigint, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    ledger_open_programme_year(bigint),
    ledger_open_project(bigint, bigint, bigint),
    ledger_post(uuid, bigint, text, bigint, bigint, bigint, bigint, bigint, bigint, uuid),
    ledger_begin_attempt(bigint, smallint, bigint, bigint, bigint),
    ledger_record_attempt_state(bigint, text, bigint, text)
TO aidflow_web, aidflow_worker;
GRANT SELECT ON account, project_fund, posting_code, flow_rule, posting, transfer, event_must_post,
    payment_flow, payment_attempt, payment_attempt_state, invariant_violations
TO aidflow_web, aidflow_worker;
