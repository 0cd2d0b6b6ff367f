"""Erasing a person: no name and no address anywhere, the chain holds, and what the law wants kept is said."""

import hashlib
import json
from datetime import timedelta

import psycopg
import pytest

from app.database import db, transaction
from app.erasing import CannotBeErased, erase_person, found
from app.people.models import User
from app.people.queries import actor_of
from app.people.service import ask_for_erasure
from app.people.service.roles import end_grant
from tests import make
from tests.command_line import aidflow
from tests.make import NOW, Town

EMAIL, NAME = "ouyang@erase-me.example.org", "欧阳待抹"


@pytest.fixture
def around(app) -> Town:
    """A town one of whose experts is called otherwise than anybody else."""
    town = make.town()
    with transaction() as session:
        expert = session.get_one(User, town.experts[0].user_id)
        expert.email, expert.name = EMAIL, NAME
    town.experts[0] = actor_of(db.session(), expert.id)
    db.session.rollback()
    return town


def whole(connection: psycopg.Connection) -> tuple[int, int]:
    """How many events there are and how many words of acts, each chain and each commitment reckoned anew."""
    heads: dict[int, bytes | None] = {}
    rows = connection.execute(
        "SELECT root_id, e.body, hash, prev_hash, salt, p.body FROM event e"
        " LEFT JOIN event_private p ON p.event_id = e.id ORDER BY root_id, seq"
    ).fetchall()
    for root, body, hashed, before, salt, private in rows:
        assert before == heads.get(root)
        assert hashlib.sha256(b"\0" + body).digest() == hashed
        if private is not None:
            assert hashlib.sha256(salt + private).hexdigest() == json.loads(body)["commit"]
        heads[root] = hashed
    return len(rows), sum(row[5] is not None for row in rows)


def leave(superuser: psycopg.Connection, actor) -> None:
    for (grant,) in superuser.execute("SELECT id FROM role_grant WHERE user_id = %s", (actor.user_id,)).fetchall():
        end_grant(grant, now=NOW + timedelta(days=300))


def test_an_erased_person_is_found_nowhere_and_the_chain_holds(app, around, settings, superuser, s3):
    number = make.draft(around)
    make.advance(around, number, "joint_review")
    leave(superuser, around.experts[0])
    before, words = whole(superuser)
    named = found(superuser, EMAIL, NAME)

    done = erase_person(settings.owner_database_url, EMAIL, now=NOW)

    assert {"user.name", "user.email", "register_change.key", "event_private.body", "notice.experts"} <= named.keys()
    assert done.kept == {}
    assert found(superuser, EMAIL, NAME) == {}
    after, left = whole(superuser)
    assert (after, 0 < left < words) == (before, True)
    ident = around.experts[0].user_id
    row = superuser.execute('SELECT name, email, password, active FROM "user" WHERE id = %s', (ident,)).fetchone()
    assert row == (done.pseudonym, f"erased-{ident}@erased.invalid", None, False)
    # Guards that stood aside are back.
    with pytest.raises(psycopg.errors.RestrictViolation):
        superuser.execute("UPDATE register_change SET key = 'x'")


def test_nobody_is_erased_who_is_still_at_work_or_is_not_there(around, settings, table_state):
    before = table_state()

    with pytest.raises(CannotBeErased, match="expert"):
        erase_person(settings.owner_database_url, EMAIL, now=NOW)
    with pytest.raises(CannotBeErased, match="nobody"):
        erase_person(settings.owner_database_url, "nobody@example.org", now=NOW)

    assert table_state() == before


def test_two_people_of_one_name_are_not_mistaken_for_each_other(around, settings, superuser):
    superuser.execute('UPDATE "user" SET name = %s WHERE id = %s', (NAME, around.experts[1].user_id))
    leave(superuser, around.experts[0])

    done = erase_person(settings.owner_database_url, EMAIL, now=NOW)

    names = dict(superuser.execute('SELECT id, name FROM "user"').fetchall())
    assert names[around.experts[1].user_id] == NAME
    assert names[around.experts[0].user_id] == done.pseudonym
    assert found(superuser, EMAIL) == {}


def test_an_operator_sees_who_asked_and_erases_at_the_command_line(around, settings, superuser):
    ask_for_erasure(around.experts[0].user_id, now=NOW)
    environment = settings.as_environment()

    asked = aidflow("user", "erasures", **environment)
    refused = aidflow("user", "erase", EMAIL, "--yes", **environment)
    leave(superuser, around.experts[0])
    done = aidflow("user", "erase", EMAIL, "--yes", **environment)

    assert asked.stdout.split()[0] == EMAIL
    assert (refused.returncode, "expert" in refused.stderr) == (1, True)
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, f"已注销人员{around.experts[0].user_id}")
    assert aidflow("user", "erasures", **environment).stdout == ""
    assert found(superuser, EMAIL, NAME) == {}
