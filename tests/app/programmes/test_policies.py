"""Policy versions: written once, in force from a date on, and kept by whoever was declared under them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.orm import Session

from app.database import transaction
from app.programmes.commands import OpenCall
from app.programmes.queries import policy_in_force, policy_of
from app.programmes.service import add_policy, open_call
from app.projects.models import Project
from tests.make import NOW, case_of, draft, pid_of, town
from tests.refusing import refused
from workflows.policy import DEFAULT_POLICY, Policy

OLD = DEFAULT_POLICY
#: Half the cap, from the day on which the call of these tests opens.
NEW = replace(OLD, key="trial-2027", effective_on=date(2026, 6, 1), cap=OLD.cap // 2)
#: The last moment of May and the first of June, in Shanghai.
MAY = NOW.replace(month=5, day=31, hour=15, minute=59)
JUNE = MAY + timedelta(minutes=1)


def add(policy: Policy) -> int:
    """The id of this version."""
    with transaction() as session:
        return add_policy(session, policy, now=NOW)


def call(code: str, **changed: Any) -> OpenCall:
    """A call of ten days."""
    usual = {"code": code, "title": "申报通知", "programme": "DKZY", "budget": "1000000.00"}
    return OpenCall.model_validate(usual | {"closes_at": changed["opens_at"] + timedelta(days=10)} | changed)


def test_a_call_has_the_policy_in_force_in_shanghai_on_its_first_day_or_the_one_it_names(app: Any) -> None:
    around = town()
    add(NEW)

    calls = [
        open_call(asked, actor=around.fund, now=NOW)
        for asked in (
            call("TZ-MAY", opens_at=MAY),
            call("TZ-JUNE", opens_at=JUNE),
            call("TZ-NAMED", opens_at=JUNE, policy=OLD.key),
        )
    ]

    assert [each.policy for each in calls] == [OLD.key, NEW.key, OLD.key]


def test_before_the_first_policy_no_call_opens(app: Any, table_state: Any) -> None:
    around = town()
    before = table_state()
    early = call("TZ-EARLY", opens_at=NOW.replace(year=2011))

    assert refused(open_call, early, actor=around.fund, now=NOW) == ("policy", "没有适用的政策版本。")
    assert table_state() == before


def test_the_newest_version_in_force_on_a_day_is_the_one_that_counts(session: Session) -> None:
    assert policy_in_force(session, date(2026, 6, 1)) is None
    old, new = add(OLD), add(NEW)

    days = (OLD.effective_on - timedelta(days=1), OLD.effective_on, date(2026, 5, 31), date(2026, 6, 1))
    assert [policy_in_force(session, day) for day in days] == [None, old, old, new]


def test_a_version_that_is_there_stays_as_it_is(session: Session, table_state: Any) -> None:
    first = add(OLD)
    before = table_state()

    assert add(OLD) == first
    assert refused(add, replace(OLD, cap=1))[0] == "key"
    assert policy_of(session, first) == OLD
    assert table_state() == before


@pytest.mark.parametrize("role", ["aidflow_web", "aidflow_worker"])
@pytest.mark.parametrize("attack", ["UPDATE policy_version SET body = '{}'", "DELETE FROM policy_version"])
def test_the_application_can_neither_change_nor_remove_a_version(
    app: Any, superuser: psycopg.Connection, role: str, attack: str
) -> None:
    add(OLD)
    superuser.execute(f"SET ROLE {role}".encode())

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        superuser.execute(attack.encode())


def test_a_new_version_leaves_every_project_that_was_declared_as_it_was(session: Session, table_state: Any) -> None:
    around = town()
    number = draft(around)
    case_id = case_of(pid_of(number)).id
    before = table_state(without=["policy_version", "register_change"])

    add(NEW)

    assert table_state(without=["policy_version", "register_change"]) == before
    assert policy_of(session, session.get_one(Project, case_id).policy_id) == OLD
    later = open_call(call("TZ-JUNE", opens_at=JUNE), actor=around.fund, now=NOW)
    around.call = later.code
    younger = case_of(pid_of(draft(around, papers=False, now=JUNE, requested="240000.00", own="560000.00"))).id
    assert policy_of(session, session.get_one(Project, younger).policy_id) == NEW
    assert policy_of(session, session.get_one(Project, case_id).policy_id) == OLD
