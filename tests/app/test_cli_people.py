"""People at the command line: forgotten passwords, leavers, roles. And a doctor who leaves nothing behind."""

import json
import subprocess
from collections.abc import Callable

import pytest

from app.people.models import User
from app.people.service import add_unit
from tests import browse
from tests.command_line import aidflow

NEW = "quite another horse"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def user(app, settings) -> Run:
    """`user("password", …)`: the command, on this test's own database."""
    return lambda *words, **more: aidflow("user", *words, **(settings.as_environment() | more))


def listed(user: Run) -> dict[str, tuple[bool, list[tuple[str, str | None]]]]:
    people = json.loads(user("list", "--json").stdout)
    return {each["email"]: (each["active"], [(r["role"], r["held_for"]) for r in each["roles"]]) for each in people}


def test_a_new_password_signs_in_and_ends_every_session(user, client, app):
    someone = browse.person("fund_office")
    browse.browser(client).sign_in(someone.email)

    done = user("password", someone.email.upper(), "--password-stdin", stdin=f"{NEW}\n")

    assert (done.returncode, done.stdout) == (0, f"{someone.email.upper()}\n")
    assert client.get("/account").status_code == 303
    assert browse.browser(app.test_client()).sign_in(someone.email).status_code == 200
    assert browse.browser(app.test_client()).sign_in(someone.email, NEW).status_code == 302


def test_a_password_that_is_made_is_printed_and_signs_in(user, app):
    someone = browse.person("fund_office")

    email, password = user("password", someone.email).stdout.split()

    assert email == someone.email
    assert browse.browser(app.test_client()).sign_in(email, password).status_code == 302


def test_a_short_password_and_an_unknown_person_are_refused_and_change_nothing(user, table_state):
    someone = browse.person("fund_office")
    before = table_state()

    short = user("password", someone.email, "--password-stdin", stdin="short\n")
    nobody = [user(act, "nobody@example.org") for act in ("password", "disable", "enable")]

    assert (short.returncode, short.stderr) == (1, "password: 密码至少 12 个字符。\n")
    assert [(each.returncode, "nobody@example.org" in each.stderr) for each in nobody] == [(1, True)] * 3
    assert table_state() == before


def test_who_is_disabled_cannot_sign_in_until_enabled(user, app, rows):
    someone = browse.person("fund_office")

    user("disable", someone.email)
    refused = browse.browser(app.test_client()).sign_in(someone.email)
    off = [each.active for each in rows(User)]
    user("enable", someone.email)

    assert (refused.status_code, off) == (200, [False])
    assert browse.browser(app.test_client()).sign_in(someone.email).status_code == 302


def test_roles_are_granted_listed_and_ended_one_by_one(user):
    for code in ("HS-JA", "HS-CN"):
        add_unit(code=code, name=code, kind="accepting_unit", area_code="310106")
    someone = browse.person("fund_office")
    for code in ("HS-JA", "HS-CN"):
        assert user("grant", someone.email, "--role", "accepting_unit", "--unit", code).returncode == 0
    granted = listed(user)
    again = user("grant", someone.email, "--role", "accepting_unit", "--unit", "HS-JA")

    user("end", someone.email, "--role", "accepting_unit", "--unit", "HS-JA")
    one_ended = listed(user)
    user("end", someone.email, "--role", "accepting_unit")
    ended = listed(user)
    gone = user("end", someone.email, "--role", "accepting_unit")

    fund = ("fund_office", None)
    assert granted == {
        someone.email: (True, [fund, ("accepting_unit", "HS-JA"), ("accepting_unit", "HS-CN")]),
    }
    assert (again.returncode, again.stderr) == (1, "role: 该人员已具有此角色。\n")
    assert one_ended == {someone.email: (True, [fund, ("accepting_unit", "HS-CN")])}
    assert ended == {someone.email: (True, [fund])}
    assert (gone.returncode, someone.email in gone.stderr) == (1, True)


def test_the_list_reads_as_one_line_a_person(user):
    someone = browse.person("fund_office")
    user("disable", someone.email)

    assert user("list").stdout == f"{someone.email}  {someone.name}  fund_office  停用/disabled\n"


def test_a_doctor_called_to_nothing_says_so_and_leaves_nothing(tmp_path):
    folder = tmp_path / "nowhere"

    words = aidflow("doctor", "--data", str(folder))
    found = json.loads(aidflow("doctor", "--json", "--data", str(folder)).stdout)

    assert (words.returncode, "aidflow demo" in words.stdout, "Traceback" in words.stderr) == (1, True, False)
    assert [(each["what"], each["well"]) for each in found] == [("安装 / installation", False)]
    assert not folder.exists()


def test_a_lost_second_factor_is_taken_away_and_every_session_ends(user, client, superuser):
    someone = browse.person()
    browse.browser(client, someone)
    superuser.execute(
        "INSERT INTO second_factor (user_id, secret, confirmed_at) VALUES (%s, 'x', now())", (someone.user_id,)
    )

    user("factor", someone.email)

    assert client.get("/account").status_code == 303
    assert superuser.execute("SELECT count(*) FROM second_factor").fetchone() == (0,)
    assert browse.browser(client).sign_in(someone.email).location == "/inbox"
