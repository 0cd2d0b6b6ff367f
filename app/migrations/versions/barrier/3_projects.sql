-- What hangs on a case is seen by whoever sees that case, and what is the file of a project not by an expert who has
-- not declared yet. The public sees the case of what was published and nothing on it, but for what its act has opened.
DO $$
DECLARE
    of_case constant text := 'EXISTS (SELECT FROM "case" c WHERE c.id = %1$I.%2$I
        AND (NOT (SELECT asked_by(''public'')) OR c.root_id = ANY ((SELECT asked_with(''opened''))::bigint[])))';
    of_file constant text := 'AND (%1$I.%2$I <> ALL ((SELECT asked_with(''undeclared''))::bigint[])
        OR %1$I.%2$I = ANY ((SELECT asked_with(''opened''))::bigint[]))';
    t record;
BEGIN
    FOR t IN SELECT * FROM (VALUES
        ('project', 'case_id', of_case),
        ('budget_line', 'project_id', of_case || of_file),
        ('performance_target', 'project_id', of_case || of_file),
        ('draft_field', 'project_id', of_case || of_file),
        ('draft_presence', 'project_id', of_case || of_file),
        ('declaration_snapshot', 'project_id', of_case || of_file),
        ('score_sheet', 'case_id', of_case),
        ('sheet_draft', 'case_id', of_case || 'AND (%1$I.expert_id = (SELECT asked_by_person())
            OR %1$I.case_id IN (SELECT id FROM "case" WHERE root_id = ANY ((SELECT asked_with(''opened''))::bigint[])))'),
        ('panel', 'project_id', of_case),
        ('joint_vote', 'project_id', of_case),
        ('objection', 'case_id', of_case),
        ('agreement', 'case_id', of_case),
        ('progress_report', 'case_id', of_case),
        ('change_request', 'case_id', of_case),
        ('audit', 'case_id', of_case),
        ('audit_line', 'audit_id', of_case),
        ('audit_draft', 'case_id', of_case),
        ('settlement', 'project_id', of_case),
        ('payment_order', 'case_id', of_case),
        ('closure', 'project_id', of_case),
        ('message', 'case_id', of_case),
        ('note', 'root_id', of_case)
    ) AS tables (name, key, seen)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.name);
        EXECUTE format('CREATE POLICY owner ON %I TO aidflow_owner USING ((SELECT owner_may()))', t.name);
        EXECUTE format('CREATE POLICY system ON %I TO aidflow_web, aidflow_worker USING ((SELECT asked_by(''system'')))',
            t.name);
        EXECUTE format('CREATE POLICY of_its_case ON %1$I TO aidflow_web, aidflow_worker USING (' || t.seen || ')',
            t.name, t.key);
    END LOOP;
END $$;

-- What the public is shown of a project when it was announced, and of its end when the result was.
CREATE POLICY announced ON project FOR SELECT TO aidflow_web, aidflow_worker
    USING ((SELECT asked_by('public')) AND EXISTS
        (SELECT FROM notice WHERE notice.project_id = case_id AND notice.kind = 'announcement'));
CREATE POLICY published ON audit FOR SELECT TO aidflow_web, aidflow_worker
    USING ((SELECT asked_by('public')) AND state = 'accepted' AND EXISTS
        (SELECT FROM notice WHERE notice.project_id = audit.project_id AND notice.kind = 'result'));
CREATE POLICY published ON progress_report FOR SELECT TO aidflow_web, aidflow_worker
    USING ((SELECT asked_by('public')) AND final AND state = 'confirmed' AND EXISTS
        (SELECT FROM notice WHERE notice.project_id = progress_report.project_id AND notice.kind = 'result'));

-- Whose sheets counted on a project, and who of them was drawn by lot: names that every notice says.
CREATE FUNCTION sheets_that_counted(project bigint) RETURNS TABLE (expert_id bigint, by_lot boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.expert_id, k.draw_id IS NOT NULL
    FROM score_sheet s JOIN panel p ON p.id = s.panel_id LEFT JOIN assignment_check k ON k.case_id = s.case_id
    WHERE p.project_id = sheets_that_counted.project AND p.outcome IS NOT NULL AND s.submitted_at IS NOT NULL
$$;
