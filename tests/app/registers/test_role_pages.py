"""The pages of roles that wait: what waits for whom, and why a button is missing."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.people.models import RoleProposal
from app.people.permissions import Actor
from tests.app.registers.conftest import Administrators
from tests.make import Town, person
from tests.pages.browsing import Browser, form, parsed, words

Desk = Callable[[Actor], Browser]


@pytest.fixture
def waits(around: Town, at_desk: Desk, three: Administrators, rows: Any) -> str:
    """The address of a proposal of the system administrator, about the finance maker."""
    system, page = at_desk(three.system), f"/administration/people/{around.maker.user_id}"
    fields = form(system.get(page), f"{page}/roles")
    fields["role"], fields["reason"] = "expert", "参加评审"
    system.send(f"{page}/roles", fields)
    return f"/administration/roles/{rows(RoleProposal)[-1].id}"


def test_each_sees_what_waits_and_why_a_button_is_missing(
    around: Town, at_desk: Desk, three: Administrators, waits: str
) -> None:
    security, system, audit = at_desk(three.security), at_desk(three.system), at_desk(three.audit)

    pages = {name: words(desk.get(waits)) for name, desk in {"sec": security, "sys": system, "aud": audit}.items()}

    not_yours = "由安全管理员核准；提出人、核准人和本人须是三个不同的人。"
    assert [(name, "核准授予" in page, "撤回" in page, not_yours in page) for name, page in pages.items()] == [
        ("sec", True, False, False),
        ("sys", False, True, True),
        ("aud", False, False, True),
    ]
    assert [_counted(desk) for desk in (security, system, audit)] == ["1", "", ""]
    assert "参加评审" in words(audit.get("/administration/roles?state=waiting"))
    assert "参加评审" not in words(audit.get("/administration/roles?state=confirmed"))
    own = words(security.get(f"/administration/people/{three.security.user_id}"))
    assert "不得办理自己的角色，须由其他管理员提出和核准。" in own
    assert "审计管理员只查看记录" in words(audit.get(f"/administration/people/{around.maker.user_id}"))
    at_desk(around.fund).get(waits, 403)


def test_a_refusal_needs_a_reason_and_is_read_by_who_proposed(
    at_desk: Desk, three: Administrators, waits: str, rows: Any
) -> None:
    security = at_desk(three.security)
    fields = form(security.get(waits), f"{waits}/refuse")

    missing = security.send(f"{waits}/refuse", fields, 422)
    fields["reason"] = "财务经办不得兼任评审专家"
    security.send(f"{waits}/refuse", fields)

    assert "理由" in words(missing)
    assert "财务经办不得兼任评审专家" in words(at_desk(three.system).get(waits))
    assert [each.outcome for each in rows(RoleProposal)] == ["refused"]


def test_who_proposed_takes_it_back_and_nobody_else(
    at_desk: Desk, three: Administrators, waits: str, rows: Any, table_state: Any
) -> None:
    other, system = at_desk(person("system_admin")), at_desk(three.system)
    token = form(system.get(waits), f"{waits}/withdraw")
    before = table_state()

    refused = other.client.post(f"{waits}/withdraw", data={"csrf_token": _token(other)})
    assert (refused.status_code, table_state() == before) == (422, True)
    system.send(f"{waits}/withdraw", token)

    assert [each.outcome for each in rows(RoleProposal)] == ["withdrawn"]
    gone = system.client.post(f"{waits}/withdraw", data=token)
    assert gone.status_code == 404


def _counted(browser: Browser) -> str:
    """The number beside the page in the rail."""
    rail = parsed(browser.get("/administration/roles")).find(".//nav//a[@href='/administration/roles']")
    return "".join(re.findall("[0-9]", "".join(rail.itertext())))


def _token(browser: Browser) -> str:
    return form(browser.get("/account/password"))["csrf_token"]
