-- Who asks stands in settings that end with the transaction. The application says no more than whose id it is; what
-- that person may see is looked up here, so that an error in the application's own idea of a person opens nothing.

-- Nobody in particular: a job of the 'system', the 'public', or '' for whom there is nothing to be found.
CREATE FUNCTION asks_as(word text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF word NOT IN ('', 'public', 'system') THEN
        RAISE EXCEPTION 'nobody is called %', word USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM set_config('aidflow.' || name, '', true)
        FROM unnest('{reach,office,organisations,accepting,front,firms,drawn,audits,undeclared,recused,opened,open_cases}'::text[]) name;
    RETURN set_config('aidflow.actor', word, true);
END $$;

-- A person, with what he or she may see by the grants and assignments of this moment. It runs as the owner, because
-- nobody could look up under the policies what the policies are to say.
CREATE FUNCTION asks(person bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    held record;
    as_expert bigint[] := '{}';
    undeclared bigint[] := '{}';
    as_firm bigint[] := '{}';
BEGIN
    IF current_setting('aidflow.actor', true) = person::text THEN
        RETURN person;
    END IF;
    SELECT coalesce(array_agg(organisation_id) FILTER (WHERE role IN ('applicant_owner', 'applicant_member')
                AND organisation_id IS NOT NULL), '{}') AS organisations,
           coalesce(array_agg(unit_id) FILTER (WHERE role = 'accepting_unit' AND unit_id IS NOT NULL), '{}') AS accepting,
           coalesce(array_agg(unit_id) FILTER (WHERE role = 'front_office' AND unit_id IS NOT NULL), '{}') AS front,
           coalesce(array_agg(unit_id) FILTER (WHERE role = 'audit_firm' AND unit_id IS NOT NULL), '{}') AS firms,
           bool_or(role = 'expert') IS TRUE AS expert,
           CASE WHEN bool_or(role IN ('fund_office', 'secretary', 'panel_member', 'approver', 'supervisor')) THEN 'sheets'
                WHEN bool_or(role IN ('finance_maker', 'finance_checker')) THEN 'city'
                ELSE '' END AS reach,
           CASE WHEN bool_or(role IN ('fund_office', 'secretary', 'supervisor')) THEN 'yes' ELSE '' END AS office
        INTO held
        FROM role_grant WHERE user_id = person AND ended_at IS NULL
            AND EXISTS (SELECT FROM "user" WHERE id = person AND active);
    IF held.expert THEN
        SELECT coalesce(array_agg(root_id), '{}') INTO as_expert
            FROM case_party WHERE user_id = person AND ended_at IS NULL;
    END IF;
    IF as_expert <> '{}' AND held.reach = '' THEN
        -- An expert looks into the file after declaring that there is no conflict, unless there is another way in.
        SELECT coalesce(array_agg(c.id), '{}') INTO undeclared
            FROM "case" c
            WHERE c.id = ANY (as_expert)
                AND (c.organisation_id = ANY (held.organisations)) IS NOT TRUE
                AND (c.accepting_unit_id = ANY (held.accepting)) IS NOT TRUE
                AND (c.front_office_id = ANY (held.front)) IS NOT TRUE
                AND NOT EXISTS (SELECT FROM "case" s WHERE s.root_id = c.id AND s.life = 'score_sheet'
                                AND s.assigned_user_id = person AND s.stage IN ('open', 'submitted'));
    END IF;
    IF held.firms <> '{}' THEN
        SELECT coalesce(array_agg(root_id), '{}') INTO as_firm
            FROM case_party WHERE unit_id = ANY (held.firms) AND ended_at IS NULL;
    END IF;
    PERFORM set_config('aidflow.actor', person::text, true),
        set_config('aidflow.reach', held.reach, true),
        set_config('aidflow.office', held.office, true),
        set_config('aidflow.organisations', held.organisations::text, true),
        set_config('aidflow.accepting', held.accepting::text, true),
        set_config('aidflow.front', held.front::text, true),
        set_config('aidflow.firms', held.firms::text, true),
        set_config('aidflow.drawn', as_expert::text, true),
        set_config('aidflow.undeclared', undeclared::text, true),
        set_config('aidflow.audits', as_firm::text, true),
        set_config('aidflow.recused',
            (SELECT coalesce(array_agg(root_id), '{}') FROM recusal WHERE user_id = person)::text, true),
        set_config('aidflow.opened', '', true),
        set_config('aidflow.open_cases', '', true);
    RETURN person;
END $$;

-- What the policies read. A setting that was never made is '' or NULL: no ids, no word, and so no rows.
CREATE FUNCTION asked_by(word text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('aidflow.actor', true) = word, false);
CREATE FUNCTION asked_by_person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN current_setting('aidflow.actor', true) ~ '^[0-9]+$'
        THEN current_setting('aidflow.actor', true)::bigint END;
CREATE FUNCTION asked_with(name text) RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('aidflow.' || name, true), ''), '{}')::bigint[];
CREATE FUNCTION asked_from_the_city(reach text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('aidflow.reach', true) IN ('sheets', reach), false);

-- The projects of these cases, as far as whoever asks sees them, are open as a whole until the transaction ends or
-- other ones are opened: an act is judged by all there is about its project, and writes all over it.
CREATE FUNCTION open_projects(cases bigint[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    roots bigint[];
BEGIN
    SELECT coalesce(array_agg(DISTINCT root_id), '{}') INTO roots FROM "case" WHERE id = ANY (cases);
    PERFORM set_config('aidflow.opened', roots::text, true);
    PERFORM set_config('aidflow.open_cases', (SELECT coalesce(array_agg(id), '{}') FROM "case"
        WHERE root_id = ANY (roots))::text, true);
    RETURN roots;
END $$;

-- The owner is under the policies as well (FORCE). It works for the functions that run with its rights, which the
-- application calls in a role of its own; whoever connects as the owner has to say that the system asks.
CREATE FUNCTION owner_may() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN session_user <> 'aidflow_owner' OR asked_by('system');

-- These rules must not depend on who looks.
ALTER FUNCTION tie_to_project(bigint, bigint, timestamptz) SECURITY DEFINER;
ALTER FUNCTION tie_to_project(bigint, bigint, timestamptz) SET search_path = pg_catalog, public, pg_temp;
