"""One's own data: taken away as a file with proof and on record, asked to be erased, and erased when it is over."""

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import psycopg
import pytest

from app.accounts.jobs import erase_what_is_over
from app.accounts.queries import own_data
from app.database import db
from app.erasing import found
from app.people.models import ErasureRequest
from app.people.service import issue_token
from app.personal import HELD
from app.registers.models import Disclosure
from tests import browse, make, reviewing
from tests.make import NOW, act, pid_of
from tests.pages.browsing import form, signed_in, words

SIGNED_IN = (
    "INSERT INTO sign_in (hash, user_id, uniquifier, seen_at) VALUES (repeat(%s, 64), %s, 'x',"
    " now() - make_interval(days => %s))"
)
DRAFTED = (
    "INSERT INTO draft_field (project_id, name, text, saved_by_id, saved_at)"
    " SELECT case_id, 'summary', '联系人13900000000', %s, %s FROM project WHERE submitted_at IS NULL"
)
LIMITED = "INSERT INTO rate_limit VALUES (%s, 1, now() + make_interval(days => %s))"


def test_everybody_takes_the_own_data_away_and_that_is_on_record(app, rows):
    around = make.town()
    number = make.draft(around)
    act(pid_of(number), "submit", around.owner)
    issue_token(around.owner.user_id, "our own system", now=NOW)
    browser = signed_in(app.test_client(), around.owner)

    page = browser.get("/account/data")
    sent = browser.client.post("/account/data", data=form(page, "/account/data"))

    with ZipFile(io.BytesIO(sent.data)) as file:
        assert file.namelist() == ["data.json", "data.html"]
        said, shown = json.loads(file.read("data.json")), file.read("data.html").decode()
    assert sent.headers["Cache-Control"] == "no-store"
    assert set(said) == {"acts", *(each.table for each in HELD if each.person and not each.secret)}
    assert said["user"][0]["name"] == around.owner.name
    assert [row["name"] for row in said["api_token"]] == ["our own system"]
    assert (said["acts"][-1]["action"], said["acts"][-1]["project"]) == ("submit", number)
    assert "our own system" in shown
    assert "$argon2id$" not in sent.data.decode("latin-1") + shown + json.dumps(said)
    assert [(row.user_id, row.what) for row in rows(Disclosure)] == [(around.owner.user_id, "own_data")]


def test_nobody_finds_anything_of_others_in_it(app):
    around = make.town()
    number = make.draft(around)
    act(pid_of(number), "submit", around.owner)

    said = json.dumps(own_data(db.session(), around.fund.user_id), ensure_ascii=False)

    assert [each.name for each in (around.owner, around.accepting) if f'"{each.name}"' in said] == []


def test_whoever_asks_to_be_erased_is_told_and_asks_once(app, rows):
    someone = browse.person("expert")
    browser = browse.browser(app.test_client())
    browser.sign_in(someone.email)

    for _ in range(2):
        assert browser.post("/account/data/erasure").status_code == 303

    assert [row.user_id for row in rows(ErasureRequest)] == [someone.user_id]
    assert "您已提出申请" in words(browser.get("/account/data"))


def test_what_is_over_is_erased_and_what_is_not_stays(app, settings, superuser, worker_application):
    around = make.town()
    make.draft(around)
    number = reviewing.on_show(around)
    now = NOW + timedelta(hours=1)
    objection = reviewing.object_to(number, now=now)
    reviewing.decide(around, number, objection, "refuted", now=now + timedelta(days=1))
    person = around.owner.user_id
    superuser.execute(DRAFTED, (person, NOW))
    for days in (10, 400):
        superuser.execute(SIGNED_IN, (str(days)[0], person, days))
        superuser.execute(LIMITED, (days, 205 - days))
    said = superuser.execute("SELECT count(*) FROM event_private").fetchone()[0]

    with worker_application.app_context():
        early = erase_what_is_over(settings, now)
        later = erase_what_is_over(settings, now + timedelta(days=1200))
        again = erase_what_is_over(settings, now + timedelta(days=1200))
        db.engine.dispose()

    assert {name: count for name, count in early.items() if count} == {"sign_in": 1, "rate_limit": 1}
    assert (later["objection"], later["draft_field"]) == (1, 1)
    assert set(again.values()) == {0}
    assert superuser.execute("SELECT objector, contact FROM objection").fetchall() == [("已抹去", "已抹去")]
    # The words of raising it went, the event stayed; what the project that was handed in says stayed too.
    assert superuser.execute("SELECT count(*) FROM event_private").fetchone()[0] == said - 1
    assert found(superuser, "13900000000") == {}
    with pytest.raises(psycopg.errors.RestrictViolation):
        superuser.execute("UPDATE objection SET statement = 'x'")
