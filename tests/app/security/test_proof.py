"""Before money is granted or a role given one says again who one is, and nothing that was typed is lost."""

import pytest
from sqlalchemy import select

from app.casework.models import Case
from app.database import db
from app.evidence.models import Event
from app.people.models import RoleGrant, RoleProposal
from app.programmes.models import ProgrammeYear
from app.registers.models import ListExport
from tests.make import act, draft, person, pid_of
from tests.pages.browsing import PASSWORD, form, signed_in, words
from tests.pages.conftest import around

__all__ = ["around"]
LONG_AGO = "UPDATE sign_in SET proven_at = now() - interval '6 minutes'"


@pytest.fixture
def site(application_with):
    """The application as it is outside demonstrations and tests."""
    return application_with(reauthentication_minutes=5)


@pytest.fixture
def year(around):
    """The address at which money is appropriated."""
    pid = db.session.scalar(select(Case.pid).join(ProgrammeYear, ProgrammeYear.case_id == Case.id))
    db.session.rollback()
    return f"/cases/{pid.hex}/actions/appropriate"


def test_an_act_about_money_asks_again_and_gives_everything_typed_back(site, around, year, superuser, rows):
    browser = signed_in(site.test_client(), around.fund)
    fields = form(browser.get(year))
    fields["amount"], fields["document"] = "120000.00", "沪财〔2026〕9号 <补充>"
    superuser.execute(LONG_AGO)
    events = len(rows(Event))

    asked = browser.send(year, fields, 403)
    assert "请再次核对身份" in words(asked)
    kept = form(asked, year)
    assert (kept["amount"], kept["document"]) == ("120000.00", "沪财〔2026〕9号 <补充>")

    kept["proof"] = "a wrong password"
    again = browser.send(year, kept, 422)
    kept = form(again, year)
    assert (kept["amount"], kept["proof"]) == ("120000.00", "")

    kept["proof"] = PASSWORD
    back = browser.send(year, kept, 200)
    shown = form(back)
    assert (shown["amount"], shown["document"], len(rows(Event))) == ("120000.00", "沪财〔2026〕9号 <补充>", events)
    assert "身份已核对。" in words(back)

    browser.send(year, shown)
    assert len(rows(Event)) == events + 1


def test_within_five_minutes_nobody_is_asked(site, around, year, superuser, rows):
    browser = signed_in(site.test_client(), around.fund)
    superuser.execute("UPDATE sign_in SET proven_at = now() - interval '4 minutes 50 seconds'")
    events = len(rows(Event))

    browser.fill(year, amount="120000.00", document="沪财〔2026〕9号")

    assert len(rows(Event)) == events + 1


def test_a_role_is_proposed_and_confirmed_only_after_a_proof(site, around, superuser, rows):
    security = signed_in(site.test_client(), person("security_admin"))
    someone = person("expert")
    page = f"/administration/people/{someone.user_id}"
    fields = form(security.get(page), f"{page}/roles")
    fields["role"], fields["reason"] = "secretary", "评审工作需要"
    superuser.execute(LONG_AGO)
    before = len(rows(RoleGrant))

    kept = form(security.send(f"{page}/roles", fields, 403), f"{page}/roles")
    kept["proof"] = PASSWORD
    back = security.send(f"{page}/roles", kept, 200)
    again = form(back, f"{page}/roles")

    assert (again["role"], rows(RoleProposal)) == ("secretary", [])
    security.send(f"{page}/roles", again)
    (proposal,) = rows(RoleProposal)
    other = signed_in(site.test_client(), person("security_admin"))
    confirm = f"/administration/roles/{proposal.id}/confirm"
    fields = form(other.get(f"/administration/roles/{proposal.id}"), confirm)
    superuser.execute(LONG_AGO)
    kept = form(other.send(confirm, fields, 403), confirm)
    kept["proof"] = PASSWORD
    again = form(other.send(confirm, kept, 200), confirm)

    assert len(rows(RoleGrant)) == before + 1
    other.send(confirm, again)
    assert len(rows(RoleGrant)) == before + 2


def test_a_list_is_taken_away_only_after_a_proof(site, around, superuser):
    browser = signed_in(site.test_client(), around.fund)
    superuser.execute(LONG_AGO)
    assert browser.get("/projects").status_code == 200

    asked = browser.get("/projects?as=csv&sort=title", 403)
    to = "/account/prove?next=/projects?as%3Dcsv%26sort%3Dtitle"
    fields = form(asked, to)
    fields["proof"] = "a wrong password"
    browser.send(to, fields, 422)
    fields["proof"] = PASSWORD
    answer = browser.send(to, fields)

    assert answer.mimetype == "text/csv"
    answer.close()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_chosen_cases_of_the_inbox_are_taken_away_only_after_a_proof(site, around, superuser, clock, rows, kind):
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    browser = signed_in(site.test_client(), around.accepting)
    token = form(browser.get("/account"), "/account/language")["csrf_token"]
    chosen = {"csrf_token": token, "case": pid_of(number).hex}
    superuser.execute(LONG_AGO)

    assert browser.client.post("/inbox/chosen", data={**chosen, "do": "remind"}).status_code == 303
    asked = browser.send("/inbox/chosen?desk=free", {**chosen, "do": kind}, 403)
    assert rows(ListExport) == []
    fields = form(asked, "/inbox/chosen?desk=free")
    fields["proof"] = PASSWORD
    answer = browser.client.post("/inbox/chosen?desk=free", data=fields, buffered=True)

    assert (answer.status_code, answer.headers["Content-Disposition"].endswith(f".{kind}")) == (200, True)
    assert [(row.list, row.kind, row.rows) for row in rows(ListExport)] == [("inbox", kind, 1)]


def test_an_answer_to_the_question_leads_nowhere_else(site, around):
    browser = signed_in(site.test_client(), around.fund)
    token = form(browser.get("/account/password"))["csrf_token"]

    answer = browser.client.post("/account/prove?next=//evil.example", data={"csrf_token": token, "proof": PASSWORD})

    assert (answer.status_code, answer.location) == (303, "/inbox")


def test_ten_wrong_proofs_are_enough(site, around, year, superuser):
    browser = signed_in(site.test_client(), around.fund)
    fields = form(browser.get(year))
    superuser.execute(LONG_AGO)
    fields["proof"] = "a wrong password"

    statuses = [browser.client.post(year, data=fields).status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]


def test_with_a_second_factor_its_code_is_asked_for_and_not_the_password(site, around, year, superuser):
    browser = signed_in(site.test_client(), around.fund)
    fields = form(browser.get(year))
    superuser.execute(
        "INSERT INTO second_factor (user_id, secret, confirmed_at) VALUES (%s, 'unreadable', now())",
        (around.fund.user_id,),
    )
    superuser.execute(LONG_AGO)

    asked = browser.send(year, fields, 403)
    assert "验证码" in words(asked)
    kept = form(asked, year)
    kept["proof"] = PASSWORD
    assert browser.client.post(year, data=kept).status_code == 422
