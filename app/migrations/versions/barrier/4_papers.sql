-- Papers: whoever sees the case, but minutes and the evidence of objections stay among the offices of the city, an
-- auditor's papers with the auditor until the report is in, and an expert declares before looking into the file.
-- Whoever belongs to the organisation reads as its people do, whatever else he or she is.
ALTER TABLE paper ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION sees_paper(of_case bigint, kind text, sealed boolean) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM "case" c WHERE c.id = of_case AND (
        (kind NOT IN ('minutes', 'objection_evidence')
            AND (c.life <> 'audit' OR sealed OR c.assigned_unit_id = ANY (asked_with('firms'))))
        OR (asked_from_the_city('city') AND (c.organisation_id = ANY (asked_with('organisations'))) IS NOT TRUE)));
END $$;
CREATE POLICY owner ON paper TO aidflow_owner USING (owner_may());
CREATE POLICY system ON paper TO aidflow_web, aidflow_worker USING (asked_by('system'));
CREATE POLICY of_its_case ON paper TO aidflow_web, aidflow_worker
    USING (root_id = ANY (asked_with('opened')) OR (NOT asked_by('public') AND root_id <> ALL (asked_with('undeclared'))
        AND sees_paper(case_id, kind, sealed_event_id IS NOT NULL)));
