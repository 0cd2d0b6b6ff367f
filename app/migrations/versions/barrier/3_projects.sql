-- What hangs on a case is seen by whoever sees that case, and what is the file of a project not by an expert who has
-- not declared yet. The public sees the case of what was published and nothing on it, but for what its act has opened.
DO $$
DECLARE
    of_case constant text := '(%1$I.%2$I = ANY (asked_with(''open_cases'')) OR sees_case(%1$I.%2$I))';
    -- The two that read most are told by the row itself.
    of_project constant text := '(%1$I.%2$I <> ALL (asked_with(''recused''))
            AND (organisation_id = ANY (asked_with(''organisations''))
                OR (submitted_at IS NOT NULL AND asked_from_the_city(''city'')))) OR ' || of_case;
    of_file constant text := ' AND (%1$I.%2$I <> ALL (asked_with(''undeclared''))
        OR %1$I.%2$I = ANY (asked_with(''open_cases'')))';
    -- What offices tell each other: not their people on the wrong side of the table, nor those who only decide.
    among_offices constant text := ' AND EXISTS (SELECT FROM "case" c WHERE c.id = %1$I.%2$I
        AND (c.organisation_id = ANY ((SELECT asked_with(''organisations''))::bigint[])) IS NOT TRUE
        AND ((SELECT current_setting(''aidflow.office'', true)) = ''yes''
            OR c.accepting_unit_id = ANY ((SELECT asked_with(''accepting''))::bigint[])))';
    -- What an auditor has typed so far.
    of_firm constant text := ' AND EXISTS (SELECT FROM "case" c WHERE c.id = %1$I.%2$I
        AND (c.assigned_unit_id = ANY ((SELECT asked_with(''firms''))::bigint[])
            OR c.root_id = ANY ((SELECT asked_with(''opened''))::bigint[])))';
    t record;
BEGIN
    FOR t IN SELECT * FROM (VALUES
        ('project', 'case_id', of_project),
        ('budget_line', 'project_id', of_case || of_file),
        ('performance_target', 'project_id', of_case || of_file),
        ('draft_field', 'project_id', of_case || of_file),
        ('draft_presence', 'project_id', of_case || of_file),
        ('declaration_snapshot', 'project_id', of_case || of_file),
        ('score_sheet', 'case_id', of_case),
        ('sheet_draft', 'case_id', of_case || ' AND (%1$I.expert_id = asked_by_person()
            OR %1$I.case_id = ANY (asked_with(''open_cases'')))'),
        ('panel', 'project_id', of_case),
        ('joint_vote', 'project_id', of_case),
        ('objection', 'case_id', of_case),
        ('agreement', 'case_id', of_case),
        ('progress_report', 'case_id', of_case),
        ('change_request', 'case_id', of_case),
        ('audit', 'case_id', of_case),
        ('audit_line', 'audit_id', of_case),
        ('audit_draft', 'case_id', of_case || of_firm),
        ('settlement', 'project_id', of_case),
        ('payment_order', 'case_id', of_case),
        ('closure', 'project_id', of_case),
        ('message', 'case_id', of_case),
        ('note', 'root_id', of_case || among_offices)
    ) AS tables (name, key, seen)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.name);
        EXECUTE format('CREATE POLICY owner ON %I TO aidflow_owner USING (owner_may())', t.name);
        EXECUTE format('CREATE POLICY system ON %I TO aidflow_web, aidflow_worker USING (asked_by(''system''))', t.name);
        EXECUTE format('CREATE POLICY of_its_case ON %1$I TO aidflow_web, aidflow_worker USING (' || t.seen || ')',
            t.name, t.key);
    END LOOP;
END $$;

-- What the public is shown of a project when it was announced, and of its end when the result was.
CREATE FUNCTION outcome_published(project bigint) RETURNS TABLE (
    made_up boolean, starts_on date, ends_on date, audited bigint, summary text, beneficiaries bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.made_up, p.starts_on, p.ends_on, a.audited, r.summary, r.beneficiaries
    FROM project p
    LEFT JOIN notice result ON result.project_id = p.case_id AND result.kind = 'result'
    LEFT JOIN audit a ON a.project_id = result.project_id AND a.state = 'accepted'
    LEFT JOIN progress_report r ON r.project_id = result.project_id AND r.final AND r.state = 'confirmed'
    WHERE p.case_id = outcome_published.project
        AND EXISTS (SELECT FROM notice n WHERE n.project_id = p.case_id AND n.kind = 'announcement')
$$;

-- Whose sheets counted on a project, and who of them was drawn by lot: names that every notice says.
CREATE FUNCTION sheets_that_counted(project bigint) RETURNS TABLE (expert_id bigint, by_lot boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.expert_id, k.draw_id IS NOT NULL
    FROM score_sheet s JOIN panel p ON p.id = s.panel_id LEFT JOIN assignment_check k ON k.case_id = s.case_id
    WHERE p.project_id = sheets_that_counted.project AND p.outcome IS NOT NULL AND s.submitted_at IS NOT NULL
$$;
