-- Papers: whoever sees the case, but minutes and the evidence of objections stay among the offices of the city, an
-- auditor's papers with the auditor until the report is in, and an expert declares before looking into the file.
-- Whoever belongs to the organisation reads as its people do, whatever else he or she is.
ALTER TABLE paper ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON paper TO aidflow_owner USING ((SELECT owner_may()));
CREATE POLICY system ON paper TO aidflow_web, aidflow_worker USING ((SELECT asked_by('system')));
CREATE POLICY opened ON paper TO aidflow_web, aidflow_worker
    USING (root_id = ANY ((SELECT asked_with('opened'))::bigint[]));
CREATE POLICY of_its_case ON paper TO aidflow_web, aidflow_worker
    USING (NOT (SELECT asked_by('public')) AND root_id <> ALL ((SELECT asked_with('undeclared'))::bigint[])
        AND EXISTS (SELECT FROM "case" c WHERE c.id = paper.case_id AND (
            (paper.kind NOT IN ('minutes', 'objection_evidence')
                AND (c.life <> 'audit' OR paper.sealed_event_id IS NOT NULL
                    OR c.assigned_unit_id = ANY ((SELECT asked_with('firms'))::bigint[])))
            OR ((SELECT asked_from_the_city('city'))
                AND (c.organisation_id = ANY ((SELECT asked_with('organisations'))::bigint[])) IS NOT TRUE))));
