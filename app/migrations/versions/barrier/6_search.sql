-- An index on grams is of no use below a policy, because its operator might tell of rows that are not one's own. So
-- these propose ids and nothing else; whatever is then read of them is read under the policies.
CREATE FUNCTION projects_proposed(query tsquery) RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$ SELECT case_id FROM project WHERE grams @@ query $$;
CREATE FUNCTION papers_proposed(query tsquery) RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$ SELECT id FROM paper WHERE grams @@ query $$;

-- Nobody but the application calls these.
REVOKE EXECUTE ON FUNCTION asks(bigint), act_of_receipt(uuid, uuid, bigint, text), sheets_that_counted(bigint),
    outcome_published(bigint),
    projects_proposed(tsquery), papers_proposed(tsquery) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asks(bigint), act_of_receipt(uuid, uuid, bigint, text), sheets_that_counted(bigint),
    outcome_published(bigint),
    projects_proposed(tsquery), papers_proposed(tsquery) TO aidflow_web, aidflow_worker;
