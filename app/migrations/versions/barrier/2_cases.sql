-- Cases and projects: drafts belong to their organisation alone, an office sees what was submitted, an expert and an
-- audit firm the projects they were drawn into, the public what was published; for the recused there is no project.
-- Each sub-select is worked out once in a statement, not for each row.
ALTER TABLE "case" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON "case" TO aidflow_owner USING ((SELECT owner_may()));
CREATE POLICY system ON "case" TO aidflow_web, aidflow_worker USING ((SELECT asked_by('system')));
CREATE POLICY opened ON "case" TO aidflow_web, aidflow_worker
    USING (root_id = ANY ((SELECT asked_with('opened'))::bigint[]));
CREATE POLICY published ON "case" FOR SELECT TO aidflow_web, aidflow_worker
    USING ((SELECT asked_by('public')) AND id = root_id
        AND EXISTS (SELECT FROM notice WHERE notice.project_id = "case".id));
-- Whoever objects holds the case while the objection is written; what is written is a matter of the opened project.
CREATE POLICY objected_to ON "case" FOR UPDATE TO aidflow_web, aidflow_worker
    USING ((SELECT asked_by('public')) AND life = 'aid_project' AND stage IN ('publicity', 'objection_hold'))
    WITH CHECK (false);
CREATE POLICY whose_business ON "case" TO aidflow_web, aidflow_worker
    USING (root_id <> ALL ((SELECT asked_with('recused'))::bigint[]) AND (
        (stage <> 'draft' AND CASE WHEN life = 'score_sheet'
            THEN (SELECT asked_from_the_city('sheets')) ELSE (SELECT asked_from_the_city('city')) END)
        OR (life <> 'score_sheet' AND organisation_id = ANY ((SELECT asked_with('organisations'))::bigint[]))
        OR (life <> 'score_sheet' AND stage <> 'draft' AND (
            accepting_unit_id = ANY ((SELECT asked_with('accepting'))::bigint[])
            OR front_office_id = ANY ((SELECT asked_with('front'))::bigint[])))
        OR (root_id = ANY ((SELECT asked_with('drawn'))::bigint[])
            AND (life = 'aid_project' OR assigned_user_id = (SELECT asked_by_person())))
        OR (root_id = ANY ((SELECT asked_with('audits'))::bigint[])
            AND (life IN ('aid_project', 'agreement', 'progress_report')
                OR assigned_unit_id = ANY ((SELECT asked_with('firms'))::bigint[])))
    ));

-- A budget year is no secret: every call names the one that pays for it.
CREATE POLICY budget_years ON "case" FOR SELECT TO aidflow_web, aidflow_worker
    USING (life = 'programme_year' AND (SELECT current_setting('aidflow.actor', true)) <> '');

-- The act for which a receipt was given, to whoever has the whole of it: the beginning of the project's public id,
-- the place in the chain, and the beginning of the hash.
CREATE FUNCTION act_of_receipt(first uuid, last uuid, place bigint, digest text)
RETURNS TABLE (workflow text, action text, stage text, at timestamptz, hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.workflow, e.action, e.case_to, e.at, encode(e.hash, 'hex')
    FROM "case" r JOIN event e ON e.root_id = r.id JOIN "case" c ON c.id = e.case_id
    WHERE r.id = r.root_id AND r.pid BETWEEN first AND last AND e.seq = place
        AND digest ~ '^[0-9a-f]{16}$' AND starts_with(encode(e.hash, 'hex'), digest)
$$;

-- Whether whoever asks sees this case; the public what it has opened alone. A function, because the tables below are
-- read by statements that name many of them at once, and a sub-select in each of their policies would be planned for
-- each: what the rules gather of a project took ten times as long to begin as to run.
CREATE FUNCTION sees_case(ident bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM "case" c
        WHERE c.id = ident AND (NOT asked_by('public') OR c.root_id = ANY (asked_with('opened'))));
END $$;
