-- What acts said in full, which may be personal: whoever sees the case of the act; of a budget year the city alone.
ALTER TABLE event_private ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON event_private TO aidflow_owner USING ((SELECT owner_may()));
CREATE POLICY system ON event_private TO aidflow_web, aidflow_worker USING ((SELECT asked_by('system')));
CREATE POLICY of_its_case ON event_private TO aidflow_web, aidflow_worker
    USING (EXISTS (SELECT FROM event e JOIN "case" c ON c.id = e.case_id WHERE e.id = event_private.event_id
        AND (c.life <> 'programme_year' OR (SELECT asked_from_the_city('city')))
        AND (NOT (SELECT asked_by('public')) OR c.root_id = ANY ((SELECT asked_with('opened'))::bigint[]))));
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
        EXECUTE format('CREATE POLICY owner ON %I TO aidflow_owner USING ((SELECT owner_may()))', name);
        EXECUTE format('CREATE POLICY system ON %I TO aidflow_web, aidflow_worker USING ((SELECT asked_by(''system'')))',
            name);
        EXECUTE format('CREATE POLICY ones_own ON %1$I TO aidflow_web, aidflow_worker
            USING (user_id = (SELECT asked_by_person()))', name);
    END LOOP;
END $$;
