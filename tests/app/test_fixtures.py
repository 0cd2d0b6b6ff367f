"""The fixtures keep what they promise: a fresh database and an empty store for every test."""

import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.people.models import Unit


@pytest.mark.parametrize("attempt", [1, 2])
def test_every_test_starts_with_empty_tables(session, rows, attempt):
    assert rows(Unit) == []

    session.add(Unit(code=f"unit-{attempt}", name="合作交流办", kind="fund_office"))
    session.commit()

    assert [unit.code for unit in rows(Unit)] == [f"unit-{attempt}"]


@pytest.mark.parametrize("key", ["a", "b"])
def test_every_test_starts_with_an_empty_store(app, s3, settings, key):
    assert s3.list_objects_v2(Bucket=settings.s3_bucket).get("Contents", []) == []

    s3.put_object(Bucket=settings.s3_bucket, Key=key, Body=b"paper")

    assert [item["Key"] for item in s3.list_objects_v2(Bucket=settings.s3_bucket)["Contents"]] == [key]


def test_table_state_differs_exactly_where_a_row_was_committed(session, table_state):
    before = table_state()
    session.add(Unit(code="x", name="合作交流办", kind="fund_office"))
    session.flush()
    assert table_state() == before

    session.commit()

    after = table_state()
    assert {name for name in after if after[name] != before.get(name)} == {"unit"}


def test_the_web_role_can_alter_no_table_and_delete_no_unit(session):
    for statement in ("ALTER TABLE unit ADD COLUMN x int", "DELETE FROM unit", "CREATE TABLE t (x int)"):
        with pytest.raises(ProgrammingError) as caught:
            session.execute(text(statement))
        assert isinstance(caught.value.orig, errors.InsufficientPrivilege)
        session.rollback()
