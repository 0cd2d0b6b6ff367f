"""The demonstration is put in once for this file: cut off in the middle, and started again."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from flask_security import verify_password
from psycopg import sql
from sqlalchemy import func, select

from app import create_app
from app.agreements.models import Agreement
from app.audits.models import Audit
from app.barrier import for_the_system
from app.casework.models import Case
from app.database import db
from app.demo import install
from app.demo.cast import people
from app.demo.stories import STORIES
from app.demo.tokens import read_tokens
from app.documents.models import Paper
from app.embedded import DATABASE
from app.evidence.models import Event
from app.ledger.queries import project_balances, violations
from app.organisations.models import Organisation
from app.people.models import Unit, User
from app.people.queries import actor_by_token, actor_of
from app.programmes.models import Call, Programme
from app.projects.models import Project
from app.provision import OWNER, WEB, WORKER, guard
from workflows.aid_project import AID_PROJECT
from workflows.money import max_grant, settle
from workflows.policy import DEFAULT_POLICY

MARK = "（演示）"


class PowerCut(Exception):
    """The machine goes off."""


@pytest.fixture(scope="module")
def demo(services: Any, settings: Any, worker_name: str, s3: Any, tmp_path_factory: Any) -> Iterator[SimpleNamespace]:
    """A demonstration in a database of its own, whose installation lost the database once."""
    name = f"demo_{worker_name}"
    with psycopg.connect(services.superuser_url, autocommit=True) as connection:
        identifier = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                identifier, sql.Identifier(OWNER), sql.Identifier(DATABASE)
            )
        )
        guard(connection, name)
    told: list[str] = []
    with psycopg.connect(services.url("postgres", name), autocommit=True) as superuser:
        app = for_the_system(
            create_app(
                services.settings(
                    "demo",
                    data=tmp_path_factory.mktemp("demo"),
                    database_url=services.url(WEB, name),
                    worker_database_url=services.url(WORKER, name),
                    owner_database_url=services.url(OWNER, name),
                    s3_bucket=settings.s3_bucket,
                )
            )
        )

        def cut_the_power(line: str) -> None:
            told.append(line)
            if len(told) == 5:
                superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid()"
                )
                raise PowerCut

        with app.app_context():
            with pytest.raises(PowerCut):
                install(app, cut_the_power)
            db.session.remove()
            halfway = [case.stage for case in roots()]
            accounts = install(app, told.append)
            yield SimpleNamespace(app=app, superuser=superuser, halfway=halfway, accounts=accounts)
            db.session.remove()
            db.engine.dispose()


def roots() -> list[Case]:
    db.session.rollback()
    return list(db.session.scalars(select(Case).where(Case.life == "aid_project").order_by(Case.id)))


def projects() -> list[Project]:
    db.session.rollback()
    return list(db.session.scalars(select(Project).order_by(Project.case_id)))


def state(superuser: psycopg.Connection) -> dict[str, str]:
    tables = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    digest = sql.SQL(
        "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '\n' ORDER BY t::text)), '') FROM {} t"
    )
    return {name: superuser.execute(digest.format(sql.Identifier(name))).fetchone()[0] for (name,) in tables}


def test_every_stage_is_occupied_by_a_project(demo):
    assert {case.stage for case in roots()} == {stage.name for stage in AID_PROJECT.stages}


def test_an_installation_that_was_cut_off_had_not_told_everything(demo):
    assert sorted(demo.halfway) != sorted(case.stage for case in roots())


def test_every_story_is_told_once_and_its_project_marked_as_made_up(demo):
    assert [(project.title, project.made_up) for project in projects()] == [(story.title, True) for story in STORIES]


def test_the_stories_of_one_organisation_follow_each_other(demo):
    span = {
        root: (first, last)
        for root, first, last in db.session.execute(
            select(Event.root_id, func.min(Event.id), func.max(Event.id))
            .where(Event.request_key.like("%demo/%"))
            .group_by(Event.root_id)
        )
    }
    told = [
        (project.organisation_id, span[project.case_id])
        for project, story in zip(projects(), STORIES, strict=True)
        if story.until
    ]

    both = [(one, other) for (whose, one), (of, other) in combinations(told, 2) if whose == of]

    assert both
    assert [(one, other) for one, other in both if one[1] > other[0]] == []


def test_a_second_start_adds_nothing(demo):
    before = state(demo.superuser)

    accounts = install(demo.app, pytest.fail)

    assert state(demo.superuser) == before
    assert accounts == demo.accounts


def test_the_ledger_is_sound(demo):
    assert list(violations(db.session())) == []


def test_every_amount_obeys_the_policy(demo):
    for project in projects():
        ceiling = max_grant(DEFAULT_POLICY, project.planned_total)
        paid = project_balances(db.session(), project.case_id)["disbursed"]
        falling = [ceiling, project.requested, project.suggested, project.approved, paid]
        known = [amount for amount in falling if amount is not None]

        assert known == sorted(known, reverse=True), project.title


def test_closed_projects_are_paid_what_the_formula_says(demo):
    closed = [project for project in projects() if db.session.get_one(Case, project.case_id).stage == "closed"]

    paid = {project.title: project_balances(db.session(), project.case_id)["disbursed"] for project in closed}

    assert paid == {project.title: entitled(project) for project in closed}
    assert len(paid) == 2


def entitled(project: Project) -> int:
    audit = db.session.scalars(select(Audit).where(Audit.project_id == project.case_id)).one()
    return settle(
        DEFAULT_POLICY,
        planned_total=project.planned_total,
        approved=project.approved or 0,
        audited_eligible=audit.audited or 0,
        opinion=audit.opinion or "",
    ).entitled


def test_whatever_is_made_up_says_so(demo):
    organisations = db.session.execute(select(Organisation.name, Organisation.made_up)).all()
    users = db.session.execute(select(User.name, User.made_up)).all()
    firms = db.session.execute(select(Unit.name, Unit.made_up).where(Unit.kind == "audit_firm")).all()
    accountants = db.session.execute(select(Audit.cpa_one, Audit.cpa_two).where(Audit.round > 0)).all()
    titles = [*db.session.scalars(select(Programme.name)), *db.session.scalars(select(Call.title))]

    assert [name for name, made_up in (*organisations, *users, *firms) if not (made_up and name.endswith(MARK))] == []
    assert [name for pair in accountants for name in pair if not name.endswith(MARK)] == []
    assert [title for title in titles if not title.endswith(MARK)] == []


def test_the_head_of_every_chain_is_its_last_event(demo):
    last = select(Event.root_id, func.max(Event.seq)).group_by(Event.root_id)
    events = dict(db.session.execute(last).all())
    heads = {
        case.id: (case.chain_seq, case.chain_hash, case.stage)
        for case in db.session.scalars(select(Case).where(Case.id == Case.root_id))
    }

    assert heads == {
        root_id: db.session.execute(
            select(Event.seq, Event.hash, Event.root_to).where(Event.root_id == root_id, Event.seq == seq)
        ).one()
        for root_id, seq in events.items()
    }


def test_every_history_goes_forward_and_ends_before_now(demo):
    now = demo.app.extensions["aidflow"].clock.now()
    for case in roots():
        times = list(db.session.scalars(select(Event.at).where(Event.root_id == case.id).order_by(Event.seq)))

        assert times == sorted(times)
        assert times[-1] <= now


def test_two_terms_are_overdue_and_all_others_run(demo):
    now: datetime = demo.app.extensions["aidflow"].clock.now()
    overdue = select(Project.title).join(Case, Case.root_id == Project.case_id).where(Case.due_at <= now)

    assert set(db.session.scalars(overdue)) == {"弥渡高原蔬菜助农项目", "哈尼梯田农耕文化进校园项目"}


def test_every_declaration_that_left_the_draft_has_its_papers_sealed(demo):
    submitted = [case.id for case in roots() if case.stage != "draft"]
    wanted = {kind for kind, _label in DEFAULT_POLICY.required_papers}
    for root_id in submitted:
        papers = db.session.execute(select(Paper.kind, Paper.sealed_event_id).where(Paper.case_id == root_id)).all()

        assert {kind for kind, sealed in papers if sealed} >= wanted


def test_no_paper_is_stored_twice_and_each_can_be_read(demo):
    store = demo.app.extensions["aidflow"].store
    papers = db.session.execute(select(Paper.key, Paper.sha256, Paper.size)).all()

    assert len({sha256 for _, sha256, _ in papers}) == len(papers) > 200
    for key, sha256, size in papers[::40]:
        assert b"".join(store.read(key, sha256=sha256, size=size)).startswith(b"%PDF-1.7")


def test_one_agreement_waits_for_one_side(demo):
    states = db.session.scalars(select(Agreement.state).where(Agreement.state.like("awaiting%")))

    assert list(states) == ["awaiting_applicant"]


def test_everybody_of_the_cast_has_a_token_that_works(demo):
    tokens = read_tokens(demo.app.extensions["aidflow"].settings.data)
    now = demo.app.extensions["aidflow"].clock.now()
    holders = {}
    for email, token in tokens.items():
        found = actor_by_token(db.session(), hashlib.sha256(token.encode()).hexdigest(), now=now)
        assert found is not None
        holders[email] = found[1].name

    assert holders == {person.email: person.name for person in people()}


def test_everybody_can_sign_in_with_the_password_that_is_printed(demo):
    hashes = set(db.session.scalars(select(User.password)))
    (email, _role, password) = demo.accounts[0]
    user = db.session.scalars(select(User).where(User.email == email)).one()

    assert len(hashes) == 1
    assert verify_password(password, user.password)
    assert actor_of(db.session(), user.id).holds("applicant_owner")
