"""Account numbers are sealed and named by tokens; what is shown in full and what is erased is recorded."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# The numbers that stand in clear are sealed by `aidflow migrate` right after this step, because the key is not in the
# database: see app/sealing.py. Until then the new constraints hold for what is written and not for what stands.
ACCOUNTS = """
CREATE TABLE mark_key (
    name TEXT NOT NULL,
    sealed TEXT NOT NULL,
    made_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_mark_key PRIMARY KEY (name)
);
CREATE TABLE sealed_account (
    uscc TEXT NOT NULL,
    mark TEXT NOT NULL,
    sealed TEXT NOT NULL,
    made_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_sealed_account PRIMARY KEY (uscc, mark),
    CONSTRAINT ck_sealed_account_mark_is_a_token CHECK (mark ~ '^[0-9a-f]{64}:[0-9]{4}$'),
    CONSTRAINT ck_sealed_account_uscc_is_a_code CHECK (uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$')
);
ALTER TABLE organisation RENAME account_number TO account_mark;
ALTER TABLE organisation DROP CONSTRAINT ck_organisation_account_number_is_digits,
    ADD CONSTRAINT ck_organisation_account_is_sealed CHECK (account_mark ~ '^[0-9a-f]{64}:[0-9]{4}$') NOT VALID,
    ADD CONSTRAINT fk_organisation_account FOREIGN KEY (uscc, account_mark)
        REFERENCES sealed_account (uscc, mark) NOT VALID;
ALTER TABLE payment_order RENAME payee_account TO payee_mark;
ALTER TABLE payment_order ALTER content_hash DROP EXPRESSION,
    ADD CONSTRAINT ck_payment_order_payee_is_sealed CHECK (payee_mark ~ '^[0-9a-f]{64}:[0-9]{4}$') NOT VALID;
"""

# What an earlier order said keeps the hash that its approval names; the hash is reckoned anew only when the order
# says something else.
ORDERS = """
CREATE FUNCTION payment_order_says() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.number, NEW.settlement_id, NEW.amount, NEW.payee_name, NEW.payee_bank,
        NEW.payee_branch, NEW.payee_mark) IS NOT DISTINCT FROM (OLD.number, OLD.settlement_id, OLD.amount,
        OLD.payee_name, OLD.payee_bank, OLD.payee_branch, OLD.payee_mark)
    THEN
        NEW.content_hash := OLD.content_hash;
    ELSE
        NEW.content_hash := sha256_hex('payment_order/1' || '|' || NEW.number || '|' || NEW.settlement_id::text || '|'
            || NEW.amount::text || '|' || NEW.payee_name || '|' || NEW.payee_bank || '|' || NEW.payee_branch || '|'
            || NEW.payee_mark);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_order_says BEFORE INSERT OR UPDATE ON payment_order
    FOR EACH ROW EXECUTE FUNCTION payment_order_says();
ALTER TABLE payment_order ENABLE ALWAYS TRIGGER payment_order_says;

CREATE OR REPLACE FUNCTION payment_order_pays_the_organisation() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM settlement WHERE id = NEW.settlement_id AND confirmed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'settlement % is not confirmed', NEW.settlement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_of_a_confirmed_settlement';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state = OLD.state
        AND (NEW.payee_name, NEW.payee_bank, NEW.payee_branch, NEW.payee_mark, NEW.attempt_id)
            IS NOT DISTINCT FROM (OLD.payee_name, OLD.payee_bank, OLD.payee_branch, OLD.payee_mark, OLD.attempt_id)
    THEN
        RETURN NEW;
    END IF;
    IF NEW.state IN ('prepared', 'approved', 'sent') AND NOT EXISTS (
        SELECT FROM project p JOIN organisation o ON o.id = p.organisation_id
        WHERE p.case_id = NEW.project_id AND o.name = NEW.payee_name
            AND (o.account_name, o.bank_name, o.bank_branch, o.account_mark)
                = (NEW.payee_name, NEW.payee_bank, NEW.payee_branch, NEW.payee_mark))
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
"""

RECORDS = """
CREATE TABLE disclosure (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL,
    what TEXT NOT NULL,
    of TEXT NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_disclosure PRIMARY KEY (id),
    CONSTRAINT ck_disclosure_what_is_known CHECK (what IN ('account', 'own_data')),
    CONSTRAINT ck_disclosure_says_of_whom CHECK (btrim(of) <> ''),
    CONSTRAINT fk_disclosure_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
CREATE INDEX ix_disclosure_at ON disclosure (at, id);
CREATE INDEX ix_disclosure_user_id ON disclosure (user_id);
CREATE TRIGGER disclosure_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE disclosure ENABLE ALWAYS TRIGGER disclosure_is_append_only;
"""

# Who asked for the own data to be erased. What came of an objection is kept, who raised it is not: the worker calls a
# function for that, because it may neither change a decided objection nor delete the words of an act.
ERASURES = """
CREATE TABLE erasure_request (
    user_id BIGINT NOT NULL,
    asked_at timestamptz NOT NULL,
    done_at timestamptz,
    CONSTRAINT pk_erasure_request PRIMARY KEY (user_id),
    CONSTRAINT ck_erasure_request_asked_before_it_is_done CHECK (done_at >= asked_at),
    CONSTRAINT fk_erasure_request_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
DROP TRIGGER objection_is_decided_once ON objection;
CREATE TRIGGER objection_is_decided_once BEFORE UPDATE ON objection FOR EACH ROW
    WHEN (OLD.outcome IS NOT NULL AND NOT (NEW.objector = '已抹去' AND NEW.contact = '已抹去'
        AND to_jsonb(NEW) - '{objector,contact}'::text[] = to_jsonb(OLD) - '{objector,contact}'::text[]))
    EXECUTE FUNCTION refuse_change();
ALTER TABLE objection ENABLE ALWAYS TRIGGER objection_is_decided_once;
CREATE FUNCTION erase_objectors(before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    -- The words of the act by which it was raised, which say who and how to reach them.
    DELETE FROM event_private WHERE event_id IN (
        SELECT e.id FROM objection o JOIN event e ON e.root_id = o.project_id AND e.at = o.received_at
            JOIN event_private p ON p.event_id = e.id AND position(convert_to(o.contact, 'UTF8') IN p.body) > 0
        WHERE o.decided_at < before AND o.objector <> '已抹去');
    UPDATE objection SET objector = '已抹去', contact = '已抹去' WHERE decided_at < before AND objector <> '已抹去';
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_objectors(timestamptz) FROM PUBLIC;
"""

# Where nothing stands in clear, the constraints hold for everything from here on.
VALID = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM organisation WHERE account_mark IS NOT NULL)
        AND NOT EXISTS (SELECT FROM payment_order WHERE payee_mark IS NOT NULL)
    THEN
        ALTER TABLE organisation VALIDATE CONSTRAINT ck_organisation_account_is_sealed;
        ALTER TABLE organisation VALIDATE CONSTRAINT fk_organisation_account;
        ALTER TABLE payment_order VALIDATE CONSTRAINT ck_payment_order_payee_is_sealed;
    END IF;
END $$;
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE (sealed) ON mark_key, sealed_account TO aidflow_web;
GRANT SELECT, INSERT ON mark_key TO aidflow_worker;
GRANT SELECT ON sealed_account TO aidflow_worker;
GRANT SELECT, INSERT ON disclosure, erasure_request TO aidflow_web;
GRANT EXECUTE ON FUNCTION erase_objectors(timestamptz) TO aidflow_worker;
GRANT SELECT, DELETE ON sign_in, rate_limit, kept_form, draft_presence, audit_draft TO aidflow_worker;
GRANT DELETE ON letter, notification, account_link, draft_field TO aidflow_worker;
"""


def upgrade() -> None:
    """Make room for sealed numbers, hash orders by a trigger, and keep a record of what was shown."""
    # The SQL holds percent signs that are no parameters, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    for part in (ACCOUNTS, ORDERS, RECORDS, ERASURES, VALID, GRANTS):
        connection.execute(part)
