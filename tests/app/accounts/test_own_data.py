"""One's own data: taken away as a file with proof and on record, asked to be erased, and erased when it is over."""

import io
import json
from datetime import timedelta
from zipfile import ZipFile

from app.accounts.jobs import erase_what_is_over
from app.accounts.queries import own_data
from app.database import db
from app.people.models import ErasureRequest
from app.people.service import issue_token
from app.personal import HELD
from app.registers.models import Disclosure
from tests import browse, make, reviewing
from tests.make import NOW, act, pid_of
from tests.pages.browsing import form, signed_in, words


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
    assert (
        said["user"][0]["email"] == around.owner.email if hasattr(around.owner, "email") else said["user"][0]["email"]
    )
    assert [row["name"] for row in said["api_token"]] == ["our own system"]
    assert [row["action"] for row in said["acts"]] == ["begin", "submit"] or said["acts"][-1]["action"] == "submit"
    assert "our own system" in shown
    assert "$argon2id$" not in sent.data.decode("latin-1") + shown + json.dumps(said)
    assert [(row.user_id, row.what) for row in rows(Disclosure)] == [(around.owner.user_id, "own_data")]


def test_nobody_finds_anything_of_others_in_it(app):
    around = make.town()
    number = make.draft(around)
    act(pid_of(number), "submit", around.owner)

    said = json.dumps(own_data(db.session(), around.fund.user_id), ensure_ascii=False)

    others = [browse_name for browse_name in (around.owner.name, around.accepting.name) if f'"{browse_name}"' in said]
    assert others == []


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
    late, number = make.draft(around), make.draft(around)
    now = make.advance(around, number, "publicity")
    objection = reviewing.object_to(number, now=now)
    reviewing.decide(around, number, objection, "refuted", now=now + timedelta(days=1))
    person = around.owner.user_id
    superuser.execute("UPDATE draft_field SET saved_at = %s, saved_by_id = %s", (NOW, person))
    for days in (10, 400):
        superuser.execute(
            "INSERT INTO sign_in (hash, user_id, uniquifier, began_at, seen_at) VALUES (repeat(%s, 64), %s, 'x',"
            " now() - make_interval(days => %s), now() - make_interval(days => %s))", (str(days)[0], person, days, days),
        )  # fmt: skip
        superuser.execute(
            "INSERT INTO rate_limit VALUES (%s, 1, now() + make_interval(days => %s))", (days, 205 - days)
        )
    drafted = superuser.execute("SELECT count(*) FROM draft_field").fetchone()[0]

    with worker_application.app_context():
        early = erase_what_is_over(settings, now)
        later = erase_what_is_over(settings, now + timedelta(days=1200))
        again = erase_what_is_over(settings, now + timedelta(days=1200))
        db.engine.dispose()

    assert {name: count for name, count in early.items() if count} == {"sign_in": 1, "rate_limit": 1}
    assert (later["objection"], later["draft_field"] > 0, late != number) == (1, True, True)
    assert set(again.values()) == {0}
    assert superuser.execute("SELECT objector, contact FROM objection").fetchall() == [("已抹去", "已抹去")]
    kept = superuser.execute("SELECT count(*) FROM draft_field").fetchone()[0]
    assert kept == drafted - later["draft_field"]
