"""Who put an organisation on the register, with which account and which yearly check, is on record."""

from typing import Any

import pytest

from app.clock import Clock
from app.registers.models import RegisterChange
from tests.app.registers.conftest import Administrators
from tests.make import Town, bearer
from tests.pages.browsing import words

CODE, NUMBER = "513100005000000159", "6222000099998888"
NAME = "上海微光社会服务中心"


@pytest.mark.parametrize("way", ["page", "api"])
def test_it_is_on_record_who_registered_an_organisation_and_where_its_money_goes(
    around: Town, at_desk: Any, three: Administrators, client: Any, clock: Clock, rows: Any, way: str
) -> None:
    account = {"bank_name": "工商银行", "bank_branch": "静安支行", "account_number": NUMBER}
    check = {"year": 2025, "result": "passed"}
    plain = {"uscc": CODE, "name": NAME, "district": "310106"}

    if way == "page":
        typed = {f"bank_account__{name}": value for name, value in account.items()}
        typed |= {"yearly_check__year": "2025", "yearly_check__result": "passed"}
        at_desk(around.fund).fill("/organisations/new", **plain, **typed)
    else:
        body = {**plain, "bank_account": account, "yearly_check": check}
        answer = client.post("/api/v1/organisations", json=body, headers=bearer(around.fund, clock.now()))
        assert answer.status_code == 201, answer.text

    (row,) = (each for each in rows(RegisterChange) if (each.register, each.key) == ("organisation", CODE))
    assert (row.action, row.by_id, row.before) == ("add", around.fund.user_id, None)
    assert row.after == {
        "name": NAME, "district": "310106", "account": "****8888", "yearly_check": [2025, "passed"],
    }  # fmt: skip
    page = words(at_desk(three.audit).get("/administration/changes"))
    assert ("****8888" in page, "合格" in page, NUMBER in page) == (
        True,
        True,
        False,
    )
