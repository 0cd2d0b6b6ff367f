"""Ties to organisations: entered, ended and withdrawn; whoever has one does nothing on the projects there."""

from datetime import date, timedelta

import psycopg
import pytest

from app.casework.models import Duty
from app.casework.queries import case_rows
from app.database import Missing
from app.organisations.commands import EndTie, RecordTie, WithdrawTie
from app.organisations.models import Affiliation
from app.organisations.service import end_tie, record_tie, withdraw_tie
from app.people.service import end_grant, grant_role
from app.people.service.proposals import propose_grant
from app.refusals import FieldRefused
from app.registers.models import RegisterChange
from tests import make
from workflows.engine import NotYourRole

DAY = make.NOW.date()


@pytest.fixture
def around(app):
    return make.town()


def tie(actor, *, since=date(2019, 1, 1), until=None, kind="employment", uscc=make.WATER, by=None):
    command = RecordTie(
        kind=kind, uscc=uscc, organisation="上海清泉公益基金会", position="顾问", from_on=since, until_on=until
    )
    return record_tie(actor.user_id, command, now=make.NOW, by=by)


def submitted(around):
    number = make.draft(around)
    make.act(make.pid_of(number), "submit", around.owner)
    return make.pid_of(number)


PRESENT = "您现在属于该项目主体"
FORMER = "您近年曾属于该项目主体"
#: The town's day is 2026-03-04 and its policy has three years.
EDGES = [
    ({}, PRESENT),
    ({"kind": "declared"}, PRESENT),
    ({"since": DAY + timedelta(days=30)}, PRESENT),
    ({"until": DAY}, PRESENT),
    ({"until": DAY - timedelta(days=1)}, FORMER),
    ({"until": date(2023, 3, 5)}, FORMER),
    ({"until": date(2023, 3, 4)}, None),
    ({"uscc": make.LIGHT}, None),
]


@pytest.mark.parametrize(("told", "words"), EDGES)
def test_a_tie_bars_from_every_act_and_the_page_says_why(around, session, table_state, told, words):
    pid = submitted(around)
    tie(around.accepting, **told)
    (row,) = case_rows(session, around.accepting, [make.case_of(pid)], make.NOW)
    before = table_state()

    if words is None:
        assert "pass_authenticity" in {each.name for each in row.actions}
        assert make.act(pid, "pass_authenticity", around.accepting, opinion="属实").stage == "compliance_review"
        return
    assert row.actions == ()
    assert {str(each.why)[: len(words)] for each in row.blocked} == {words}
    with pytest.raises(NotYourRole, match=words):
        make.act(pid, "pass_authenticity", around.accepting, opinion="属实")
    assert table_state() == before


def test_a_role_that_ended_for_the_organisation_is_a_tie_as_well(around):
    pid = submitted(around)
    grant = grant_role(around.accepting.user_id, "applicant_member", now=make.NOW.replace(year=2024), uscc=make.WATER)
    end_grant(grant, now=make.NOW.replace(year=2025))

    with pytest.raises(NotYourRole, match=FORMER):
        make.act(pid, "pass_authenticity", around.accepting, opinion="属实")


def test_whoever_began_a_duty_and_is_tied_since_goes_no_further(around):
    pid = submitted(around)
    make.act(pid, "pass_authenticity", around.accepting, opinion="属实")
    make.act(pid, "return_for_correction", around.fund, items=["补"])
    make.act(pid, "resubmit", around.owner, reply="已补")
    tie(around.fund)

    with pytest.raises(NotYourRole, match=PRESENT):
        make.act(pid, "pass_compliance", around.fund, opinion="合规")


def test_the_database_takes_no_duty_act_or_assignment_of_the_tied_even_from_raw_sql(around, owner, rows):
    number = make.draft(around)
    make.advance(around, number, "expert_review")
    root = make.case_of(make.pid_of(number)).id
    expert = make.person("expert")
    tie(expert)
    held = len(rows(Duty))
    attacks = {
        "INSERT INTO duty (root_id, user_id, duty) VALUES (%s, %s, 'expert')": (root, expert.user_id),
        "INSERT INTO case_party (root_id, user_id, role, since) VALUES (%s, %s, 'expert', now())": (
            root,
            expert.user_id,
        ),
    }
    for statement, values in attacks.items():
        with pytest.raises(psycopg.errors.RestrictViolation, match=r"tied|conflict"):
            owner.execute(statement, values)
    tie(around.fund, until=DAY - timedelta(days=10))
    with pytest.raises(psycopg.errors.RestrictViolation, match="is tied to the organisation"):
        owner.execute(
            """INSERT INTO event (root_id, seq, case_id, prev_seq, prev_hash, case_prev_seq, action, role, duty,
                    actor_id, case_from, case_to, root_from, root_to, at, body)
                SELECT root_id, seq + 1, case_id, seq, hash, seq, action, 'fund_office', 'fund_office', %s, case_to,
                    case_to, root_to, root_to, at, body FROM event WHERE root_id = %s ORDER BY seq DESC LIMIT 1""",
            (around.fund.user_id, root),
        )
    assert len(rows(Duty)) == held


def test_nobody_ends_or_withdraws_the_own_tie_not_even_in_the_database(around, owner, table_state):
    ident = tie(around.secretary, by=around.secretary.user_id)
    mine = {"user_id": around.secretary.user_id, "by": around.secretary.user_id, "now": make.NOW}
    before = table_state()

    with pytest.raises(FieldRefused, match="自己"):
        end_tie(ident, EndTie(until_on=DAY), **mine)
    with pytest.raises(FieldRefused, match="自己"):
        withdraw_tie(ident, WithdrawTie(reason="误登"), **mine)
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE affiliation SET until_on = from_on, ended_by_id = user_id")

    assert table_state() == before


def test_a_tie_is_ended_once_or_withdrawn_with_a_reason_and_each_is_recorded(around, rows):
    other = {"user_id": around.accepting.user_id, "by": around.secretary.user_id, "now": make.NOW}
    ended, wrong = tie(around.accepting), tie(around.accepting, kind="board")

    end_tie(ended, EndTie(until_on=date(2020, 5, 1)), **other)
    withdraw_tie(wrong, WithdrawTie(reason="同名误登"), **other)

    assert [(each.until_on, each.withdrawn_reason) for each in rows(Affiliation)] == [
        (date(2020, 5, 1), None),
        (None, "同名误登"),
    ]
    recorded = [each.action for each in rows(RegisterChange) if each.register == "tie"]
    assert recorded == ["add", "add", "change", "end"]
    for again in (lambda: end_tie(ended, EndTie(until_on=DAY), **other), lambda: withdraw_tie(
        wrong, WithdrawTie(reason="再次"), **other
    )):  # fmt: skip
        with pytest.raises(Missing):
            again()
    with pytest.raises(Missing):
        end_tie(ended, EndTie(until_on=DAY), **{**other, "user_id": around.fund.user_id})
    assert make.act(submitted(around), "pass_authenticity", around.accepting, opinion="属实").stage


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"uscc": "53310000500000031P"}, "uscc"), ({"uscc": "短"}, "uscc")],
)
def test_a_code_that_cannot_be_is_refused_on_its_field(around, changed, field, table_state):
    before = table_state()

    with pytest.raises(FieldRefused) as caught:
        tie(around.fund, **changed)

    assert caught.value.field == field
    assert table_state() == before


def test_no_role_is_given_to_oneself_in_service_or_database(around, owner, table_state):
    before = table_state()

    with pytest.raises(FieldRefused, match="不得办理自己的角色"):
        propose_grant(around.fund.user_id, "approver", reason="需要", by=around.fund.user_id, now=make.NOW)
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "INSERT INTO role_grant (user_id, role, granted_at, granted_by_id) VALUES (%s, 'approver', now(), %s)",
            (around.fund.user_id, around.fund.user_id),
        )

    assert table_state() == before
