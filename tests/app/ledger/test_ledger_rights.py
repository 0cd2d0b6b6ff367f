"""Who may do what with the ledger, read from the database's own catalogue."""

import psycopg

from app.provision import WEB, WORKER
from tests.app.ledger.books import TABLES


def test_the_application_holds_no_right_but_to_read_the_ledger(superuser: psycopg.Connection) -> None:
    held = superuser.execute(
        "SELECT DISTINCT grantee::text, privilege_type::text FROM information_schema.role_table_grants"
        " WHERE table_name = ANY (%s) AND grantee <> 'aidflow_owner' ORDER BY 1, 2",
        ([*TABLES, "invariant_violations"],),
    ).fetchall()
    by_column = superuser.execute(
        "SELECT DISTINCT privilege_type::text FROM information_schema.column_privileges"
        " WHERE table_name = ANY (%s) AND grantee <> 'aidflow_owner'",
        ([*TABLES, "invariant_violations"],),
    ).fetchall()

    assert held == [(WEB, "SELECT"), (WORKER, "SELECT")]
    assert by_column == [("SELECT",)]


def test_no_function_of_the_ledger_is_for_everybody(superuser: psycopg.Connection) -> None:
    definers = superuser.execute(
        "SELECT proname, proacl::text, proconfig::text FROM pg_proc"
        " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND (proname LIKE 'ledger%%' OR proname IN ('posting_has_transfers', 'event_has_posting')) ORDER BY 1"
    ).fetchall()
    mine = "{aidflow_owner=X/aidflow_owner,aidflow_web=X/aidflow_owner,aidflow_worker=X/aidflow_owner}"
    path = '{"search_path=pg_catalog, public, pg_temp"}'

    assert definers == [
        ("event_has_posting", None, path),
        ("ledger_begin_attempt", mine, path),
        ("ledger_open_programme_year", mine, path),
        ("ledger_open_project", mine, path),
        ("ledger_post", mine, path),
        ("ledger_record_attempt_state", mine, path),
        ("posting_has_transfers", None, path),
    ]
