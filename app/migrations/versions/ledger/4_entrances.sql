-- The application has no right to write any table of the ledger: these functions, which run with the
-- rights of the owner, are its only way in, and every trigger and constraint holds behind them.

-- The accounts of a programme-year; opening twice changes nothing.
CREATE FUNCTION ledger_open_programme_year(p_programme_year_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM "case" WHERE id = p_programme_year_id AND root_id = id) THEN
        RAISE EXCEPTION 'case % is no root', p_programme_year_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_of_a_root';
    END IF;
    INSERT INTO account (programme_year_id, kind)
        SELECT p_programme_year_id, kind
        FROM unnest('{source,available,recovered,lapsed}'::text[]) WITH ORDINALITY AS k (kind, rank)
        ORDER BY rank
        ON CONFLICT ON CONSTRAINT uq_account_programme_year_id_project_id_kind DO NOTHING;
END $$;

-- The accounts of a project; opening twice alike changes nothing, opening otherwise is refused.
CREATE FUNCTION ledger_open_project(p_project_id bigint, p_programme_year_id bigint, p_cap bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM "case" WHERE id = p_project_id AND root_id = id) THEN
        RAISE EXCEPTION 'case % is no root', p_project_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_of_a_root';
    END IF;
    IF NOT EXISTS (SELECT FROM account
                   WHERE programme_year_id = p_programme_year_id AND project_id IS NULL AND kind = 'available') THEN
        RAISE EXCEPTION 'programme-year % has no accounts', p_programme_year_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_missing';
    END IF;
    INSERT INTO project_fund (project_id, programme_year_id, cap)
        VALUES (p_project_id, p_programme_year_id, p_cap) ON CONFLICT (project_id) DO NOTHING;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM project_fund WHERE project_id = p_project_id
                   AND programme_year_id = p_programme_year_id AND cap = p_cap) THEN
            RETURN;
        END IF;
        RAISE EXCEPTION 'project % is open with another cap or programme-year', p_project_id
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'project_is_open_otherwise';
    END IF;
    INSERT INTO account (programme_year_id, project_id, kind)
        SELECT p_programme_year_id, p_project_id, kind
        FROM unnest('{reserved,encumbered,payable,inflight,disbursed,receivable}'::text[])
            WITH ORDINALITY AS k (kind, rank)
        ORDER BY rank;
END $$;

-- One posting with its transfers, in one call. Answers true when the same posting was there already.
CREATE FUNCTION ledger_post(
    p_id uuid, p_event_id bigint, p_code text, p_programme_year_id bigint, p_project_id bigint,
    p_amount bigint, p_rest bigint, p_maker_id bigint, p_checker_id bigint, p_reverses_id uuid
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asked bytea := sha256((p_event_id || '|' || p_code || '|' || p_programme_year_id || '|'
        || coalesce(p_project_id, 0) || '|' || p_amount || '|' || p_rest || '|'
        || coalesce(p_maker_id, 0) || '|' || coalesce(p_checker_id, 0) || '|'
        || coalesce(p_reverses_id::text, ''))::bytea);
    known bytea;
    legs bigint;
BEGIN
    SELECT request_hash INTO known FROM posting WHERE id = p_id;
    IF known IS NULL THEN
        INSERT INTO posting (id, event_id, code, programme_year_id, project_id, amount, rest,
                             maker_id, checker_id, reverses_id)
            VALUES (p_id, p_event_id, p_code, p_programme_year_id, p_project_id, p_amount, p_rest,
                    p_maker_id, p_checker_id, p_reverses_id)
            ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            -- Somebody else made it in the meantime and has committed, or the event has posted this code.
            SELECT request_hash INTO known FROM posting WHERE id = p_id;
            IF known IS NULL THEN
                RAISE EXCEPTION 'event % has posted % already', p_event_id, p_code
                    USING ERRCODE = 'unique_violation', CONSTRAINT = 'uq_posting_event_id_code';
            END IF;
        END IF;
    END IF;
    IF known = asked THEN
        RETURN true;
    ELSIF known IS NOT NULL THEN
        RAISE EXCEPTION 'posting % is there for something else', p_id
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'posting_is_something_else';
    END IF;
    IF p_rest > 0 THEN
        -- Two transfers touch more accounts than one; all are locked first, in the order of their ids.
        PERFORM FROM account
            WHERE programme_year_id = p_programme_year_id AND (project_id IS NULL OR project_id = p_project_id)
                AND kind IN (SELECT unnest(ARRAY[from_kind, to_kind]) FROM flow_rule WHERE code = p_code)
            ORDER BY id FOR NO KEY UPDATE;
    END IF;
    INSERT INTO transfer (posting_id, from_account_id, to_account_id, amount)
        SELECT p_id, f.id, t.id, CASE r.leg WHEN 1 THEN p_amount ELSE p_rest END
        FROM flow_rule r
        JOIN account f ON f.kind = r.from_kind AND f.programme_year_id = p_programme_year_id
            AND (f.project_id IS NULL OR f.project_id = p_project_id)
        JOIN account t ON t.kind = r.to_kind AND t.programme_year_id = p_programme_year_id
            AND (t.project_id IS NULL OR t.project_id = p_project_id)
        WHERE r.code = p_code AND (r.leg = 1 OR p_rest > 0)
        ORDER BY r.leg;
    GET DIAGNOSTICS legs = ROW_COUNT;
    IF legs <> 1 + (p_rest > 0)::integer THEN
        RAISE EXCEPTION 'posting %: no account or no such movement', p_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_missing';
    END IF;
    RETURN false;
END $$;

-- Begin the next attempt to pay a tranche; answers its id. The first state is recorded with it.
CREATE FUNCTION ledger_begin_attempt(
    p_project_id bigint, p_tranche smallint, p_case_id bigint, p_amount bigint, p_event_id bigint
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ident bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM "case" WHERE id = p_case_id AND root_id = p_project_id)
        OR NOT EXISTS (SELECT FROM event WHERE id = p_event_id AND root_id = p_project_id)
    THEN
        RAISE EXCEPTION 'case % and event % are not both of project %', p_case_id, p_event_id, p_project_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_of_one_project';
    END IF;
    INSERT INTO payment_attempt (project_id, tranche, attempt, case_id, amount)
        SELECT p_project_id, p_tranche, coalesce(max(attempt), 0) + 1, p_case_id, p_amount
        FROM payment_attempt WHERE project_id = p_project_id AND tranche = p_tranche
        RETURNING id INTO ident;
    INSERT INTO payment_attempt_state (attempt_id, seq, state, event_id)
        VALUES (ident, 1, 'prepared', p_event_id);
    RETURN ident;
END $$;

-- Record what became of an attempt; answers true when exactly this was recorded last already.
CREATE FUNCTION ledger_record_attempt_state(
    p_attempt_id bigint, p_state text, p_event_id bigint, p_bank_ref text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last record;
BEGIN
    SELECT s.seq, s.state, s.bank_ref, a.project_id INTO last
        FROM payment_attempt a JOIN payment_attempt_state s ON s.attempt_id = a.id AND s.seq = a.seq
        WHERE a.id = p_attempt_id;
    IF last.state = p_state AND last.bank_ref IS NOT DISTINCT FROM p_bank_ref THEN
        RETURN true;
    END IF;
    IF NOT EXISTS (SELECT FROM event WHERE id = p_event_id AND root_id = last.project_id) THEN
        RAISE EXCEPTION 'event % is not of the project of attempt %', p_event_id, p_attempt_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_of_one_project';
    END IF;
    INSERT INTO payment_attempt_state (attempt_id, seq, state, prev_seq, prev_state, event_id, bank_ref)
        VALUES (p_attempt_id, last.seq + 1, p_state, last.seq, last.state, p_event_id, p_bank_ref);
    RETURN false;
END $$;
