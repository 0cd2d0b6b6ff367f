"""A small world for papers: two organisations, the offices, and cases at any stage."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app.casework.effects import write_event
from app.casework.models import Case, CaseParty
from app.organisations.models import Organisation
from app.people.models import RoleGrant, Unit, User
from app.people.permissions import SYSTEM_ACTOR, Actor, Grant

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """Actors by what they are, and `case` to make one at a stage."""

    session: object
    organisation_id: int
    accepting_unit_id: int
    firm_id: int
    applicant: Actor
    colleague: Actor
    stranger: Actor
    accepting: Actor
    officer: Actor
    secretary: Actor
    auditor: Actor
    other_auditor: Actor

    def case(self, life="aid_project", stage="draft", root: UUID | None = None, **scope) -> UUID:
        """The pid of a new case; with `root` the pid of the project it lies in."""
        session = self.session
        ident = session.scalar(select(func.nextval("case_id_seq")))
        holds = session.scalars(select(Case).where(Case.pid == root)).one() if root else None
        case = Case(
            id=ident,
            root_id=holds.id if holds else ident,
            pid=uuid4(),
            workflow=f"{life}/1",
            life=life,
            stage=stage,
            entered_at=NOW,
            entered_seq=1,
            last_seq=1,
            content_hash="",
            created_at=NOW,
            chain_seq=None if holds else 1,
            chain_hash=None if holds else b"",
            organisation_id=self.organisation_id,
            accepting_unit_id=self.accepting_unit_id,
            **scope,
        )
        session.add(case)
        session.flush()
        write_event(
            session,
            case,
            holds or case,
            action="open",
            to=stage,
            role="system",
            actor=SYSTEM_ACTOR,
            now=NOW,
            private={},
            opening=True,
        )
        if holds:
            case.entered_seq = case.last_seq
        session.commit()
        return case.pid

    def act(self, pid: UUID, *, to: str) -> int:
        """Move a project to another stage by an event of its own; the id of the event."""
        case = self.session.scalars(select(Case).where(Case.pid == pid).with_for_update()).one()
        event = write_event(
            self.session, case, case, action="move", to=to, role="system", actor=SYSTEM_ACTOR, now=NOW, private={}
        )
        self.session.commit()
        return event.id


@pytest.fixture
def world(session) -> World:
    """The world, committed."""
    organisations = [
        Organisation(uscc=uscc, name=name, kind="foundation", district="310104", created_at=NOW)
        for uscc, name in (("53310000500000031Q", "甲基金会"), ("513100005000000159", "乙协会"))
    ]
    organisations[1].kind = "social_group"
    units = [
        Unit(code=code, name=code, kind=kind, area_code=area)
        for code, kind, area in (
            ("徐汇", "accepting_unit", "310104"),
            ("一所", "audit_firm", None),
            ("二所", "audit_firm", None),
        )
    ]
    session.add_all([*organisations, *units])
    session.flush()
    (own, other), (unit, firm, second) = organisations, units

    def person(name: str, role: str, **scope: int) -> Actor:
        user = User(email=f"{name}@example.org", name=name, fs_uniquifier=uuid4().hex, created_at=NOW)
        session.add(user)
        session.flush()
        session.add(RoleGrant(user_id=user.id, role=role, granted_at=NOW, **scope))
        return Actor(user.id, name, (Grant(role, scope.get("unit_id"), scope.get("organisation_id")),))

    made = World(
        session,
        own.id,
        unit.id,
        firm.id,
        applicant=person("applicant", "applicant_owner", organisation_id=own.id),
        colleague=person("colleague", "applicant_member", organisation_id=own.id),
        stranger=person("stranger", "applicant_owner", organisation_id=other.id),
        accepting=person("accepting", "accepting_unit", unit_id=unit.id),
        officer=person("officer", "fund_office"),
        secretary=person("secretary", "secretary"),
        auditor=person("auditor", "audit_firm", unit_id=firm.id),
        other_auditor=person("other_auditor", "audit_firm", unit_id=second.id),
    )
    session.commit()
    return made


@pytest.fixture
def assigned(world):
    """A project whose audit is at work with the first firm: (project pid, audit pid)."""
    project = world.case(stage="audit")
    audit = world.case("audit", "at_work", project, assigned_unit_id=world.firm_id)
    root_id = world.session.scalar(select(Case.id).where(Case.pid == project))
    world.session.add(CaseParty(root_id=root_id, unit_id=world.firm_id, role="audit_firm", since=NOW))
    world.session.commit()
    return project, audit


@pytest.fixture
def hand_in(world, store):
    """`hand_in(pid, …)`: receive a paper as the applicant, a small picture unless told otherwise."""
    from app.documents.service import receive_paper
    from tests.app.documents.files import PICTURE, stream

    def receive(pid, *, kind="photos", name="照片.png", content=PICTURE, actor=None, limit=1024 * 1024, now=NOW):
        return receive_paper(
            pid,
            kind=kind,
            name=name,
            stream=stream(content),
            actor=actor or world.applicant,
            now=now,
            store=store,
            limit=limit,
        )

    return receive
