"""What the security administrator alone takes from somebody: a lost second factor, a link to an outside account."""

from collections.abc import Callable
from typing import Any

from app.people.permissions import Actor
from app.registers.models import RegisterChange
from tests.app.registers.conftest import Administrators
from tests.make import Town, email_of
from tests.pages.browsing import Browser, form, words

Desk = Callable[[Actor], Browser]


def test_whoever_lost_the_second_factor_gets_rid_of_it_by_the_security_administrator_alone(
    around: Town, at_desk: Desk, three: Administrators, superuser: Any, rows: Any
) -> None:
    person = around.maker.user_id
    superuser.execute("INSERT INTO second_factor (user_id, secret, confirmed_at) VALUES (%s, 'x', now())", (person,))
    path = f"/administration/people/{person}/second-factor/remove"
    security, system = at_desk(three.security), at_desk(three.system)
    fields = form(security.get(f"/administration/people/{person}"), path).to_dict()
    token = {"csrf_token": form(system.get(f"/administration/people/{person}"), path.replace(
        "second-factor/remove", "password"))["csrf_token"]}  # fmt: skip

    assert system.client.post(path, data=token).status_code == 403
    assert superuser.execute("SELECT count(*) FROM second_factor").fetchone() == (1,)
    security.send(path, fields)

    assert superuser.execute("SELECT count(*) FROM second_factor").fetchone() == (0,)
    own = path.replace(str(person), str(three.security.user_id))
    assert security.client.post(own, data=fields).status_code == 422
    changed = [each.after for each in rows(RegisterChange) if each.key == email_of(around.maker)]
    assert {"second_factor": "removed"} in changed


def test_the_security_administrator_ends_the_link_to_an_outside_account_and_nobody_else_does(
    around: Town, at_desk: Desk, three: Administrators, superuser: Any, rows: Any
) -> None:
    person = around.maker.user_id
    link = "INSERT INTO outside_account (issuer, subject, user_id) VALUES ('https://login.example', 'u-17', %s)"
    superuser.execute(link, (person,))
    page = f"/administration/people/{person}"
    path = f"{page}/outside-account/remove"
    security, system = at_desk(three.security), at_desk(three.system)
    fields = form(security.get(page), path).to_dict()

    assert "https://login.example" in words(security.get(page))
    assert "https://login.example" not in words(system.get(page))
    token = {"csrf_token": form(system.get(page), f"{page}/password")["csrf_token"]}
    assert system.client.post(path, data=token).status_code == 403
    assert "已解除统一登录关联" in words(security.send(path, fields))

    assert superuser.execute("SELECT count(*) FROM outside_account").fetchone() == (0,)
    assert "此人没有统一登录关联" in words(security.send(path, fields, 422))
    assert "已解除" in words(at_desk(three.audit).get("/administration/changes"))
