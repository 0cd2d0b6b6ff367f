-- What the view of violations came to, each time it was read in full. Payments and the health page look at the
-- newest row, because the view replays every transfer there is.
CREATE TABLE ledger_check (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    checked_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    violations BIGINT NOT NULL,
    CONSTRAINT pk_ledger_check PRIMARY KEY (id),
    CONSTRAINT ck_ledger_check_violations_are_counted CHECK (violations >= 0)
);
CREATE TRIGGER ledger_check_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_check
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_check ENABLE ALWAYS TRIGGER ledger_check_is_append_only;
GRANT SELECT ON ledger_check TO aidflow_web, aidflow_worker;
GRANT INSERT (violations) ON ledger_check TO aidflow_worker;
