"""Who took which list away as a file: on record before it is sent, and never altered."""

from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from app.clock import Clock
from app.registers.models import ListExport
from tests.app.registers.conftest import Administrators
from tests.make import Town, act, advance, draft, pid_of
from tests.pages.browsing import words
from tests.statements import statements


def test_a_list_that_is_taken_away_is_on_record_with_its_filters_and_rows(
    around: Town, at_desk: Any, three: Administrators, clock: Clock, rows: Any
) -> None:
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    fund = at_desk(around.fund)
    shown = fund.get("/projects?title=校园&cols=number&cols=title")
    with statements() as plain:
        fund.get("/projects?title=校园&cols=number&cols=title")

    with statements() as seen:
        sent = fund.client.get("/projects?title=校园&cols=number&cols=title&sort=title&as=csv", buffered=True)
    fund.client.get("/projects?title=没有&as=xlsx", buffered=True)

    assert (number in shown.text, number in sent.text) == (True, True)
    (first, second) = rows(ListExport)
    assert (first.user_id, first.list, first.kind, first.rows) == (around.fund.user_id, "projects", "csv", 1)
    assert (first.address, list(first.columns)) == (f"/projects?title={quote('校园')}&sort=title", ["title", "number"])
    assert (second.kind, second.rows) == ("xlsx", 0)
    assert len([each for each in seen if not each.startswith("SELECT")]) == 1
    assert len(seen) <= len(plain) + 1
    page = words(at_desk(three.audit).get("/administration/exports"))
    assert "/projects?title=没有" in page
    assert "项目 /projects?title=校园&sort=title csv 1" in page
    fund.get("/administration/exports", 403)


def test_a_file_has_the_numbers_of_the_projects_unless_other_columns_were_chosen(
    around: Town, at_desk: Any, clock: Clock
) -> None:
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    fund = at_desk(around.fund).client

    usual = fund.get("/projects?as=csv", buffered=True).get_data().decode("utf-8-sig")
    chosen = fund.get("/projects?cols=title&as=csv", buffered=True).get_data().decode("utf-8-sig")

    assert usual.splitlines()[0].endswith("项目编号")
    assert number in usual
    assert "项目编号" not in chosen
    assert "排序：项目编号" not in words(at_desk(around.fund).get("/projects"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_taken_away_stays_in_no_cache(around: Town, at_desk: Any, kind: str) -> None:
    answer = at_desk(around.fund).client.get(f"/projects?as={kind}", buffered=True)

    assert answer.headers["Cache-Control"] == "private, no-store"


def test_what_the_public_takes_away_says_what_the_page_says_and_is_not_recorded(
    around: Town, client: Any, clock: Clock, rows: Any
) -> None:
    number = draft(around, now=clock.now())
    advance(around, number, "publicity", now=clock.now())
    act(pid_of(number), "publish_notice", around.fund, now=clock.now(), contact="021-23110000")

    taken = client.get("/notices?as=csv", buffered=True).get_data().decode("utf-8-sig")

    assert number in taken
    assert "公示中" in taken
    assert rows(ListExport) == []


def test_nothing_is_recorded_where_nothing_is_taken(around: Town, at_desk: Any, rows: Any) -> None:
    at_desk(around.fund).get("/projects?as=pdf")

    assert rows(ListExport) == []


@pytest.mark.parametrize(
    "attack", ["UPDATE list_export SET rows = 0", "DELETE FROM list_export", "TRUNCATE list_export"]
)
def test_the_record_of_exports_cannot_be_altered_by_anybody(
    around: Town, owner: psycopg.Connection, attack: str
) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(attack.encode())
