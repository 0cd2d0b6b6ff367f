"""What a connection keeps from one transaction to the next, and what it does not."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.people.models import Unit

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM unit%'")
#: Psycopg prepares a statement when it comes for the sixth time.
OFTEN = 6


def test_a_page_that_only_reads_leaves_its_statements_prepared(session):
    for _ in range(OFTEN):
        session.execute(select(Unit)).all()
        session.rollback()

    assert session.scalar(PREPARED) == 1


def test_a_rollback_undoes_everything_also_after_an_error(session, rows):
    session.add(Unit(code="a", name="合作交流办", kind="fund_office"))
    session.flush()
    with pytest.raises(DBAPIError):
        session.execute(text("SELECT 1/0"))
    session.rollback()

    assert session.scalar(text("SELECT 1")) == 1
    assert rows(Unit) == []


def test_a_connection_that_the_server_cut_off_is_replaced(session, superuser):
    gone = session.scalar(text("SELECT pg_backend_pid()"))
    superuser.execute("SELECT pg_terminate_backend(%s)", [gone])
    with pytest.raises(DBAPIError):
        session.execute(text("SELECT 1"))
    session.rollback()

    assert session.scalar(text("SELECT pg_backend_pid()")) != gone
