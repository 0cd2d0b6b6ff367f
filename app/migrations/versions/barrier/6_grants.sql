-- Functions can be called by everybody unless that is taken away.
REVOKE EXECUTE ON FUNCTION asks(bigint), act_of_receipt(uuid, uuid, bigint, text), sheets_that_counted(bigint),
    outcome_published(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asks(bigint), act_of_receipt(uuid, uuid, bigint, text), sheets_that_counted(bigint),
    outcome_published(bigint) TO aidflow_web, aidflow_worker;
