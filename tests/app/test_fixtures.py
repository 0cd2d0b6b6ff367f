"""The fixtures keep what they promise: a fresh database and an empty store for every test."""

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.database import db
from app.people.models import Unit
from tests import make
from tests.conftest import fresh_database
from tests.snapshots import state_of


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


def test_what_comes_back_is_to_the_last_row_and_paper_what_the_road_made(app, services, worker_name, s3, settings):
    def town_with_a_draft():
        around = make.town(budget="7000000.00")
        return around, make.draft(around)

    def everything():
        with psycopg.connect(services.url("postgres", f"test_{worker_name}")) as connection:
            triggers = "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2"
            return state_of(connection), connection.execute(triggers).fetchall(), papers()

    def papers():
        listed = s3.list_objects_v2(Bucket=settings.s3_bucket).get("Contents", ())
        return {
            item["Key"]: s3.get_object(Bucket=settings.s3_bucket, Key=item["Key"])["Body"].read() for item in listed
        }

    snapshots = app.extensions["snapshots"]
    made = snapshots.recall("a town with a draft", town_with_a_draft)
    before = everything()
    for key in before[2]:
        s3.delete_object(Bucket=settings.s3_bucket, Key=key)
    db.session.remove()
    db.engine.dispose()
    fresh_database(services, f"test_{worker_name}")

    assert snapshots.recall("a town with a draft", pytest.fail) == made
    assert everything() == before
    assert len(before[2]) == len(made[0].policy.required_papers)
    make.act(make.pid_of(made[1]), "submit", made[0].owner)


def test_the_road_is_taken_anew_where_the_database_was_touched(app, session):
    snapshots = app.extensions["snapshots"]
    assert snapshots.recall("a word", lambda: "made once") == snapshots.recall("a word", pytest.fail)

    session.add(Unit(code="x", name="合作交流办", kind="fund_office"))
    session.commit()

    assert snapshots.recall("a word", lambda: "made anew") == "made anew"


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
