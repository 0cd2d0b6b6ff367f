"""Below the policies lists and searches are found by index, whether a word is common or rare."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, event
from sqlalchemy.orm import Session

from app.barrier import asking
from app.casework.models import Case
from app.database import db
from app.desk.views.projects import PROJECTS
from app.grams import found
from app.people.permissions import Actor
from app.projects.models import Project
from app.projects.queries.lists import projects_seen
from app.search.queries import Filters, papers, projects
from app.tables import listing, read
from tests import make
from tests.benchmarks._crowd import move_in

COUNT = 4_000
#: In everybody's title, and in one.
COMMON, RARE = "校园饮水", ["第3999号"]
Told = list[tuple[str, Any]]


@pytest.fixture
def told(app) -> Told:
    """What was said to the database, with its parameters."""
    del app
    said: Told = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        said.append((statement, given))

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


def test_lists_and_searches_read_what_they_show_and_little_more(told: Told, services, database):
    around = make.town_today(datetime.now(UTC), budget="90000000000.00")
    crowd = move_in(services.url("postgres", database), around, COUNT)
    session, whole = db.session(), {}

    for actor in (crowd.fund, crowd.officer):
        with asking(session, actor.user_id):
            for name, ask in {
                "list": lambda who=actor: session.execute(projects_seen(who).order_by(Case.id.desc()).limit(26)).all(),
                "common": lambda who=actor: session.execute(titled(who)).all(),
                "rare": lambda who=actor: projects(session, who, RARE, Filters(), limit=26),
                "papers": lambda who=actor: papers(session, who, ["budget"], Filters(), limit=26),
            }.items():
                told.clear()
                ask()
                whole[name, actor.user_id] = _read_whole(session, told)
        session.rollback()

    assert {key: sorted(tables) for key, tables in whole.items() if tables} == {}


def test_whatever_a_list_is_sorted_by_it_reads_what_it_shows_and_little_more(app, told: Told, services, database):
    around = make.town_today(datetime.now(UTC), budget="90000000000.00")
    crowd = move_in(services.url("postgres", database), around, COUNT)
    session, whole = db.session(), {}
    keys = [each.key for each in PROJECTS.columns if each.sort]
    looks = [
        f"sort={way}{key}{stage}" for key in keys for way in ("", "-") for stage in ("", "&stage=compliance_review")
    ]

    with asking(session, crowd.fund.user_id):
        for address in looks:
            told.clear()
            onward = shown(app, f"/projects?{address}", crowd.fund)
            shown(app, onward, crowd.fund)
            whole[address] = _read_whole(session, told)
    session.rollback()

    assert {key: sorted(tables) for key, tables in whole.items() if tables} == {}


def test_the_lives_of_an_opened_project_are_found_by_index(app, owner):
    # A function that is not leakproof serves no index below a policy; a sub-select is worked out before.
    (body,) = owner.execute("SELECT prosrc FROM pg_proc WHERE proname = 'lives_opened'").fetchone()
    owner.execute("SET enable_seqscan = off")
    plan = "\n".join(line for (line,) in owner.execute("EXPLAIN " + body))

    assert "Index Cond: (root_id = ANY" in plan


def titled(actor: Actor) -> Select[Any]:
    """The newest projects with a word in their title."""
    return projects_seen(actor).where(found(COMMON, Project.grams, Project.title)).order_by(Case.id.desc()).limit(26)


def shown(app: Flask, address: str, actor: Actor) -> str:
    """Ask for the page at this address; the address of the next one."""
    with app.test_request_context(address):
        page = listing(db.session(), read(PROJECTS), projects_seen(actor))
    assert page.onward
    return page.onward


def _read_whole(session: Session, told: Told) -> set[str]:
    """The tables of `_passed_over` in any plan of what was said."""
    plans = [
        session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", given)
        for statement, given in list(told)
    ]
    assert plans
    return set().union(*(_passed_over(plan.scalar_one()[0]["Plan"]) for plan in plans))


def _passed_over(plan: dict[str, Any]) -> set[str]:
    """Tables of which there is a row for each project and that this plan reads from the first row to the last."""
    whole = plan["Node Type"] == "Seq Scan" and plan["Actual Loops"] > 0
    tables = {plan["Relation Name"]} & {"case", "project", "paper"} if whole else set()
    return tables.union(*(_passed_over(each) for each in plan.get("Plans", ())))
