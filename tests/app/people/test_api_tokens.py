"""Tokens: kept as a hash, good for their holder, until they end."""

import hashlib
from datetime import timedelta

import pytest

from app.database import Missing, db
from app.people.models import ApiToken
from app.people.queries import actor_by_token
from app.people.service import (
    grant_role,
    issue_token,
    note_token_use,
    revoke_token,
    set_active,
)
from app.people.service.factors import remove_factor
from tests import browse
from tests.browse import NOW

LATER = NOW + timedelta(days=1)


def test_a_token_is_kept_only_as_its_hash(app, superuser, rows):
    someone = browse.person("expert")

    token = issue_token(someone.user_id, "  脚本 ", now=NOW)

    kept = rows(ApiToken)[0]
    assert token.startswith("aidflow_")
    assert len(token) == len("aidflow_") + 43
    assert (kept.hash, kept.name) == (hashlib.sha256(token.encode()).hexdigest(), "脚本")
    assert (kept.created_at, kept.expires_at, kept.revoked_at) == (NOW, NOW + timedelta(days=90), None)
    assert token not in str(superuser.execute("SELECT * FROM api_token").fetchall())


def test_a_token_stands_for_its_holder_until_it_expires(app):
    someone = browse.person("expert")
    token = issue_token(someone.user_id, "test", now=NOW, lasts=timedelta(days=1))

    def holder(now):
        found = actor_by_token(db.session(), hashlib.sha256(token.encode()).hexdigest(), now=now)
        return found and found[1].user_id

    assert [holder(NOW), holder(NOW + timedelta(days=1, seconds=-1)), holder(NOW + timedelta(days=1))] == [
        someone.user_id,
        someone.user_id,
        None,
    ]


def test_a_token_is_void_when_revoked_and_when_its_holder_is_switched_off(app, rows):
    one, two = browse.person("expert"), browse.person("expert")
    hashes = {who: hashlib.sha256(issue_token(who.user_id, "test", now=NOW).encode()).hexdigest() for who in (one, two)}
    revoke_token(rows(ApiToken)[0].id, user_id=one.user_id, now=NOW)
    set_active(two.user_id, active=False)

    assert [actor_by_token(db.session(), hashes[who], now=NOW) for who in (one, two)] == [None, None]


def test_whoever_is_switched_off_and_on_again_or_loses_the_second_factor_has_no_token_left(app, rows):
    off, lost, other = browse.person("expert"), browse.person("expert"), browse.person("expert")
    for each in (off, lost, other):
        issue_token(each.user_id, "test", now=NOW)

    set_active(off.user_id, active=False, now=LATER)
    set_active(off.user_id, active=True, now=LATER)
    remove_factor(lost.user_id, by=None, now=LATER)

    assert {row.user_id: row.revoked_at for row in rows(ApiToken)} == {
        off.user_id: LATER, lost.user_id: LATER, other.user_id: None,
    }  # fmt: skip


def test_a_duty_ends_the_tokens_that_a_password_alone_made_and_no_others(app, superuser, rows):
    browse.organisation()
    staff, secured, applicant = browse.person(), browse.person(), browse.person()
    superuser.execute(
        "INSERT INTO second_factor (user_id, secret, confirmed_at) VALUES (%s, 'x', now())", (secured.user_id,)
    )
    for each in (staff, secured, applicant):
        issue_token(each.user_id, "before", now=NOW)

    grant_role(staff.user_id, "fund_office", now=LATER)
    grant_role(secured.user_id, "fund_office", now=LATER)
    grant_role(applicant.user_id, "applicant_member", now=LATER, uscc=browse.SCHOOL)
    issue_token(staff.user_id, "after", now=LATER)

    assert {(row.user_id, row.name): row.revoked_at for row in rows(ApiToken)} == {
        (staff.user_id, "before"): LATER,
        (secured.user_id, "before"): None,
        (applicant.user_id, "before"): None,
        (staff.user_id, "after"): None,
    }


def test_a_token_is_revoked_by_its_owner_once(app, rows, table_state):
    one, two = browse.person(), browse.person()
    issue_token(one.user_id, "test", now=NOW)
    token, before = rows(ApiToken)[0].id, table_state()

    with pytest.raises(Missing):
        revoke_token(token, user_id=two.user_id, now=NOW)
    assert table_state() == before

    revoke_token(token, user_id=one.user_id, now=NOW)
    with pytest.raises(Missing):
        revoke_token(token, user_id=one.user_id, now=NOW)


def test_the_use_of_a_token_is_written_at_most_once_a_day_by_the_date_of_shanghai(app, rows, table_state):
    issue_token(browse.person().user_id, "test", now=NOW)
    before = table_state()

    # 09:00 in Shanghai when issued: the day there ends 15 hours later.
    note_token_use(rows(ApiToken)[0], now=NOW + timedelta(hours=14, minutes=59))
    assert table_state() == before

    note_token_use(rows(ApiToken)[0], now=NOW + timedelta(hours=15))
    assert rows(ApiToken)[0].last_used_on.isoformat() == "2026-03-03"
