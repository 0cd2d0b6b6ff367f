"""People with passwords and tokens, and the browser they sit at."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.organisations.commands import BankAccount, RegisterOrganisation, YearlyCheck
from app.organisations.service import register_organisation
from app.people.service import NewPerson, add_user, issue_token

#: The moment at which people and organisations were added.
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
#: A made-up code of a 民办非企业单位 with its right check character.
SCHOOL = "52310105500000023E"
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in with `PASSWORD`."""

    user_id: int
    email: str
    name: str


def person(role: str | None = None, *, name: str = "王芳", unit: str | None = None, uscc: str | None = None) -> Person:
    """Somebody with one role at most, for a unit or an organisation where the role needs one."""
    email = f"person{next(_numbers)}@aidflow.example"
    new = NewPerson(email=email, name=name, role=role, unit_code=unit, uscc=uscc, password=PASSWORD, made_up=True)
    return Person(add_user(new, now=NOW), email, name)


def registration(uscc: str = SCHOOL, **fields: Any) -> RegisterOrganisation:
    """Part A of a declaration, filled in well."""
    usual = {
        "name": "长宁乐学社会服务中心",
        "district": "310105",
        "registered_with": "长宁区民政局",
        "legal_representative": "周敏",
        "founded_on": date(2015, 6, 1),
        "registered_funds": "500000.00",
        "yearly_check": YearlyCheck(year=2025, result="passed"),
        "bank_account": BankAccount(bank_name="中国银行", bank_branch="长宁支行", account_number="450112345678"),
    }
    return RegisterOrganisation(**{"uscc": uscc} | usual | fields)


def organisation(uscc: str = SCHOOL, **fields: Any) -> int:
    """An organisation that passed its yearly check and has a bank account; its id."""
    return register_organisation(registration(uscc, **fields), by=None, now=NOW, made_up=True)


def bearer(user_id: int, *, now: datetime | None = None) -> dict[str, str]:
    """The header by which the API knows this person."""
    return {"Authorization": f"Bearer {issue_token(user_id, 'test', now=now or datetime.now(UTC))}"}


class Browser:
    """A client that keeps cookies and sends the token of the page with every form."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str, **kwargs: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(url, **kwargs)

    def post(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form."""
        return self.client.post(url, data={"csrf_token": self.csrf_token(), **(data or {})}, **kwargs)

    def csrf_token(self) -> str:
        """The token that a form of this session carries."""
        for page in ("/account", "/sign-in", "/account/second-factor"):
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(page).text)
            if found:
                return found[1]
        raise AssertionError

    def sign_in(self, email: str, password: str = PASSWORD, **kwargs: Any) -> TestResponse:
        """Fill in the page of sign-in."""
        return self.post("/sign-in", {"email": email, "password": password}, **kwargs)


def browser(client: FlaskClient, someone: Person | None = None) -> Browser:
    """A browser, signed in as this person if one is given."""
    made = Browser(client)
    if someone is not None:
        assert made.sign_in(someone.email).location == "/inbox"
    return made
