-- Every function names its search path, with pg_temp last, so that nobody can put a table of the
-- same name in front of ours.

-- Balances change inside the trigger on transfer and nowhere else, one version at a time.
CREATE FUNCTION account_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.balance = 0 AND NEW.version = 0 THEN RETURN NEW; END IF;
    ELSIF pg_trigger_depth() > 1 AND NEW.version = OLD.version + 1
        AND (NEW.id, NEW.programme_year_id, NEW.kind) = (OLD.id, OLD.programme_year_id, OLD.kind)
        AND NEW.project_id IS NOT DISTINCT FROM OLD.project_id
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on account is refused: only a transfer moves a balance', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_guard';
END $$;

CREATE FUNCTION project_fund_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.held = 0 THEN RETURN NEW; END IF;
    ELSIF pg_trigger_depth() > 1
        AND (NEW.project_id, NEW.programme_year_id, NEW.cap) = (OLD.project_id, OLD.programme_year_id, OLD.cap)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on project_fund is refused: only a transfer moves what is held', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'project_fund_guard';
END $$;

-- A posting belongs to an event of the same root. Where one person is enough it is the one who acted
-- there; where two are needed, both hold a duty on that root.
CREATE FUNCTION posting_check() RETURNS trigger LANGUAGE plpgsql
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
        -- The lock makes two reversals of one accrual wait for each other.
        SELECT p.code, p.project_id, p.amount INTO original
            FROM posting p WHERE p.id = NEW.reverses_id FOR UPDATE;
        IF original.code IS NULL OR original.code NOT IN ('accrue', 'advance')
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

-- The only writer of balances. The caller names posting, accounts and amount; everything else
-- that the row says is written here, whatever the caller gave.
CREATE FUNCTION transfer_move() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cause posting%ROWTYPE;
    source account%ROWTYPE;
    target account%ROWTYPE;
    legs bigint;
    moved bigint;
BEGIN
    SELECT * INTO cause FROM posting WHERE id = NEW.posting_id;
    SELECT count(*), coalesce(sum(amount), 0) INTO legs, moved FROM transfer WHERE posting_id = NEW.posting_id;
    IF moved + NEW.amount > cause.amount + cause.rest THEN
        RAISE EXCEPTION 'posting % has all its transfers', NEW.posting_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_is_complete';
    END IF;
    -- Accounts are locked in the order of their ids, so that two postings never wait for each other.
    IF NEW.from_account_id < NEW.to_account_id THEN
        UPDATE account SET balance = balance - NEW.amount, version = version + 1
            WHERE id = NEW.from_account_id RETURNING * INTO source;
        UPDATE account SET balance = balance + NEW.amount, version = version + 1
            WHERE id = NEW.to_account_id RETURNING * INTO target;
    ELSE
        UPDATE account SET balance = balance + NEW.amount, version = version + 1
            WHERE id = NEW.to_account_id RETURNING * INTO target;
        UPDATE account SET balance = balance - NEW.amount, version = version + 1
            WHERE id = NEW.from_account_id RETURNING * INTO source;
    END IF;
    IF coalesce(source.project_id, cause.project_id) IS DISTINCT FROM cause.project_id
        OR coalesce(target.project_id, cause.project_id) IS DISTINCT FROM cause.project_id
    THEN
        RAISE EXCEPTION 'an account belongs to another project than posting %', NEW.posting_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_of_one_project';
    END IF;
    IF source.project_id IS NULL AND target.project_id IS NOT NULL THEN
        UPDATE project_fund SET held = held + NEW.amount WHERE project_id = cause.project_id;
    ELSIF source.project_id IS NOT NULL AND target.project_id IS NULL THEN
        UPDATE project_fund SET held = held - NEW.amount WHERE project_id = cause.project_id;
    END IF;
    NEW.leg := legs + 1;
    NEW.code := cause.code;
    NEW.programme_year_id := cause.programme_year_id;
    NEW.from_kind := source.kind;
    NEW.from_version := source.version;
    NEW.from_balance := source.balance;
    NEW.to_kind := target.kind;
    NEW.to_version := target.version;
    NEW.to_balance := target.balance;
    RETURN NEW;
END $$;

-- At commit: the transfers of a posting are there and come to its amount.
CREATE FUNCTION posting_has_transfers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.amount + NEW.rest IS DISTINCT FROM (SELECT sum(amount) FROM transfer WHERE posting_id = NEW.id) THEN
        RAISE EXCEPTION 'posting % has not moved its amount', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_has_transfers';
    END IF;
    RETURN NULL;
END $$;

-- At commit: an act that means money has moved it, so workflow and money cannot part.
CREATE FUNCTION event_has_posting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM event_must_post must
        WHERE must.action = NEW.action AND must.case_to = NEW.case_to AND must.role IN ('*', NEW.role)
            AND must.life = (SELECT life FROM "case" WHERE id = NEW.case_id)
            AND NOT EXISTS (SELECT FROM posting WHERE event_id = NEW.id AND code = ANY (must.codes)))
    THEN
        RAISE EXCEPTION 'event % (%) must move money and has not', NEW.id, NEW.action
            USING ERRCODE = 'check_violation', CONSTRAINT = 'event_must_post';
    END IF;
    RETURN NULL;
END $$;

-- The state of an attempt is the last one recorded.
CREATE FUNCTION payment_attempt_move() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.seq > 1 THEN
        UPDATE payment_attempt SET seq = NEW.seq, state = NEW.state WHERE id = NEW.attempt_id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION payment_attempt_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.seq = 1 AND NEW.state = 'prepared' THEN RETURN NEW; END IF;
    ELSIF pg_trigger_depth() > 1 AND NEW.seq = OLD.seq + 1
        AND (NEW.id, NEW.project_id, NEW.tranche, NEW.attempt, NEW.case_id, NEW.amount)
          = (OLD.id, OLD.project_id, OLD.tranche, OLD.attempt, OLD.case_id, OLD.amount)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on payment_attempt is refused: only a recorded state moves it', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_attempt_guard';
END $$;
