-- What acts said in full, which may be personal: whoever sees the case of the act; of a budget year the city alone.
CREATE FUNCTION sees_words(of_event bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM event e JOIN "case" c ON c.id = e.case_id WHERE e.id = of_event
        AND (c.life <> 'programme_year' OR asked_from_the_city('city'))
        AND (NOT asked_by('public') OR c.root_id = ANY (asked_with('opened'))));
END $$;
ALTER TABLE event_private ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON event_private TO aidflow_owner USING (owner_may());
CREATE POLICY system ON event_private TO aidflow_web, aidflow_worker USING (asked_by('system'));
CREATE POLICY of_its_case ON event_private TO aidflow_web, aidflow_worker
    USING (sees_words(event_id));
-- It is written in one statement with its event, which nobody sees before that is over; each event has one for ever.
CREATE POLICY written_with_its_event ON event_private FOR INSERT TO aidflow_web, aidflow_worker
    WITH CHECK ((SELECT current_setting('aidflow.actor', true)) <> '');

-- What one person was told, and what one person keeps alone.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{notification,kept_form,look,mail_choice,pin,saved_view}'::text[] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON %I TO aidflow_owner USING (owner_may())', name);
        EXECUTE format('CREATE POLICY system ON %I TO aidflow_web, aidflow_worker USING (asked_by(''system''))',
            name);
        EXECUTE format('CREATE POLICY ones_own ON %1$I TO aidflow_web, aidflow_worker
            USING (user_id = asked_by_person())', name);
    END LOOP;
END $$;
