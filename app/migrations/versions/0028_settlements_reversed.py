"""A confirmed settlement can be reversed before anything is paid: counter-entries take its money back."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

CODES = """
INSERT INTO posting_code (code, needs_two) VALUES ('release_reverse', true);
INSERT INTO flow_rule (code, from_kind, to_kind, leg) VALUES ('release_reverse', 'available', 'encumbered', 1);
INSERT INTO event_must_post (life, action, case_to, role, codes) VALUES
    ('aid_project', 'reverse_settlement', 'settlement', '*', '{accrual_reverse}');
ALTER TABLE posting DROP CONSTRAINT ck_posting_reverses,
    ADD CONSTRAINT ck_posting_reverses
        CHECK ((code IN ('accrual_reverse', 'release_reverse')) = (reverses_id IS NOT NULL));
"""

# As before, but what is taken back may be a release, by its own counter-entry.
POSTINGS = """
CREATE OR REPLACE FUNCTION posting_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cause record;
    original record;
BEGIN
    SELECT root_id, actor_id INTO cause FROM event WHERE id = NEW.event_id;
    IF cause.root_id IS DISTINCT FROM coalesce(NEW.project_id, NEW.programme_year_id) THEN
        RAISE EXCEPTION 'event % is not of this project or programme-year', NEW.event_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_event_root';
    END IF;
    SELECT needs_two INTO NEW.needs_two FROM posting_code WHERE code = NEW.code;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no code %', NEW.code
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_posting_code_needs_two_posting_code';
    END IF;
    IF (NEW.needs_two AND (SELECT count(*) FROM duty
            WHERE root_id = cause.root_id AND user_id IN (NEW.maker_id, NEW.checker_id)) < 2)
        OR (NOT NEW.needs_two AND NEW.maker_id IS DISTINCT FROM cause.actor_id
            AND NEW.checker_id IS DISTINCT FROM cause.actor_id)
    THEN
        RAISE EXCEPTION 'posting for event % by people who have no part in it', NEW.event_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_people';
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        -- The lock makes two reversals of one posting wait for each other.
        SELECT p.code, p.project_id, p.amount INTO original
            FROM posting p WHERE p.id = NEW.reverses_id FOR UPDATE;
        IF original.code IS NULL
            OR NOT original.code = ANY (CASE NEW.code WHEN 'release_reverse' THEN '{release}'::text[]
                ELSE '{accrue,advance}'::text[] END)
            OR original.project_id IS DISTINCT FROM NEW.project_id
            OR original.amount < NEW.amount + (
                SELECT coalesce(sum(p.amount), 0) FROM posting p WHERE p.reverses_id = NEW.reverses_id)
        THEN
            RAISE EXCEPTION 'posting % cannot be reversed by this', NEW.reverses_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_reversal';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""

# A settlement that has ended pays nothing, whichever of the two is written; compared at commit.
SETTLEMENTS = """
ALTER TABLE settlement DROP CONSTRAINT ck_settlement_confirmed_is_not_ended,
    ADD CONSTRAINT ck_settlement_ended_after_the_confirmation CHECK (confirmed_at <= ended_at);
CREATE FUNCTION ended_settlement_pays_nothing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM settlement s JOIN payment_order o ON o.settlement_id = s.id
        WHERE s.project_id = NEW.project_id AND s.ended_at IS NOT NULL AND o.state <> 'cancelled')
    THEN
        RAISE EXCEPTION 'an ended settlement of project % has a payment order', NEW.project_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ended_settlement_pays_nothing';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION ended_settlement_pays_nothing() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER settlement_ended_pays_nothing AFTER UPDATE ON settlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ended_settlement_pays_nothing();
ALTER TABLE settlement ENABLE ALWAYS TRIGGER settlement_ended_pays_nothing;
CREATE CONSTRAINT TRIGGER payment_order_of_a_live_settlement AFTER INSERT OR UPDATE ON payment_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ended_settlement_pays_nothing();
ALTER TABLE payment_order ENABLE ALWAYS TRIGGER payment_order_of_a_live_settlement;
"""


def upgrade() -> None:
    """Let the ledger take a release back, and a confirmed settlement end while none of its orders is live."""
    # The SQL holds percent signs that are no parameters, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    for part in (CODES, POSTINGS, SETTLEMENTS):
        connection.execute(part)
