"""A world in which everything foreign carries a word of its own, and who may read which of these words.

Each thing has a canary: a word that stands in every text one can type into it, in the names of its papers
and inside the files themselves. Whom a canary may reach is written down here by hand, apart from the queries
that keep it, so that both can be wrong only together.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.casework.models import Case
from app.database import db, transaction
from app.documents.models import Paper
from app.notifications.models import Notification
from app.organisations.models import Organisation
from app.people.models import ApiToken
from app.people.permissions import Actor
from app.people.service import NewPerson, add_unit, add_user, issue_token
from app.people.service.sessions import begin_session
from app.reviews.service.drafts import save_draft
from app.security.principals import PRINCIPALS
from app.workbench.commands import NewNote, NewView
from app.workbench.models import SavedView
from app.workbench.service import save_view, write_note
from tests import make
from tests.benchmarks import _gatherings
from tests.later import advance_further
from workflows.calendar import shanghai_date
from workflows.policy import DEFAULT_POLICY

SCHOOL = "52310105500000023E"
#: Nothing has these names.
ABSENT = {
    "number": "AF2099-999999", "pid": "00000000000040008000000000000000", "paper": "00000000000040008000000000000001",
    "uscc": "91310000MA1FL0000X", "id": "999999", "meeting": "00000000000040008000000000000002",
    "session": "00000000000040008000000000000003", "link_id": "999999", "grant_id": "999999",
}  # fmt: skip
#: Canaries besides those of projects.
BENCH, MINUTES, SHEET, ONESELF = "notes", "minutes", "sheet", "oneself"
CITY = {
    "fund_office", "secretary", "panel_member", "approver", "finance_maker", "finance_checker", "supervisor",
}  # fmt: skip
OWN = {"applicant_owner", "applicant_member"}
HERE = {"accepting_unit", "front_office"}
#: Thing → the principals who may read its canary. "late" is far along, "panel" lies with experts, the rest speak.
AUDIENCE = {
    "panel": {*CITY, *OWN, *HERE, "expert"},
    "late": {*CITY, *OWN, *HERE, "audit_firm"},
    "closed": {*CITY, *OWN, *HERE},
    "other_organisation": {*CITY, *HERE, "other_applicant_owner"},
    "other_district": {*CITY, "other_accepting_unit", "other_front_office"},
    "draft": {"other_applicant_owner"},
    "other_bank": {
        "fund_office", "secretary", "finance_maker", "finance_checker", "supervisor", "accepting_unit",
        "other_accepting_unit", "system_admin", "audit_admin", "other_applicant_owner",
    },
    BENCH: {"accepting_unit", "fund_office", "secretary", "supervisor"},
    MINUTES: CITY,
    SHEET: {"expert"},
    ONESELF: {"fund_office"},
    "sitting": {*CITY, *OWN, *HERE},
    **_gatherings.AUDIENCE,
}  # fmt: skip
#: Who sees which organisation: officials all, applicants their own.
OFFICIALS = AUDIENCE["other_bank"] - {"other_applicant_owner"}
ORGANISATIONS = {
    "late": OFFICIALS | OWN, "other_organisation": AUDIENCE["other_bank"], "other_district": OFFICIALS,
}  # fmt: skip
TEXTS = ("need", "goals", "activities", "team", "beneficiaries")


def canary(thing: str) -> str:
    """The word that stands in everything of this thing, and nowhere else."""
    return f"KANARIE{thing.upper().replace('_', '')}"


@dataclass
class World:
    """Who there is, and the things: name → the words that lead to it in an address."""

    people: dict[str, Actor | None] = field(default_factory=dict)
    things: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


def build(now: datetime) -> World:
    """Make it all, in the pushed context of an application; commits are real."""
    earlier = now - timedelta(days=60)
    around = make.town_today(earlier, budget="50000000.00")
    world = World(_people(around))
    other, third = world.people["other_applicant_owner"], make.person("applicant_owner", uscc=SCHOOL)
    assert other is not None
    projects = {
        "panel": _panel(around, earlier),
        "late": _late(around, earlier),
        "closed": _closed(around, earlier),
        "other_organisation": _elsewhere(around, other, earlier, "other_organisation"),
        "other_district": _elsewhere(around, third, earlier, "other_district"),
        "draft": _draft(around, other, earlier, "draft"),
        "sitting": _draft(around, around.owner, earlier, "sitting"),
    }
    for thing, number in projects.items():
        world.things[thing] = _words(number)
    _bench(world, projects["panel"], now)
    _gather(world, around, projects["sitting"], now)
    world.things["other_organisation"]["uscc"] = make.LIGHT
    world.things["other_district"]["uscc"] = SCHOOL
    world.things["late"]["uscc"] = make.WATER
    for name, actor in world.people.items():
        if actor is not None and actor.user_id is not None:
            world.tokens[name] = issue_token(actor.user_id, "sweep", now=now)
            world.keys[name] = begin_session(actor.user_id)
    return world


def _people(around: make.Town) -> dict[str, Actor | None]:
    add_unit(code="SH310105", name="长宁区合作交流办", kind="accepting_unit", area_code="310105")
    add_unit(code="QZ5334", name="迪庆前方工作组", kind="front_office", area_code="5334")
    add_unit(code="CPA2", name="上海另一会计师事务所", kind="audit_firm")
    make.organisation(make.LIGHT, "上海光明社会服务中心", legal_representative=canary("other_bank"))
    make.organisation(SCHOOL, "长宁乐学社会服务中心", district="310105")
    with transaction() as session:
        light = session.query(Organisation).filter_by(uscc=make.LIGHT).one()
        light.bank_branch = canary("other_bank")
    town = {
        "accepting_unit": around.accepting, "applicant_owner": around.owner, "approver": around.approver,
        "audit_firm": around.firm, "expert": around.experts[0], "finance_checker": around.checker,
        "finance_maker": around.maker, "front_office": around.front, "fund_office": around.fund,
        "panel_member": around.panel[0], "secretary": around.secretary, "supervisor": around.supervisor,
    }  # fmt: skip
    elsewhere = {
        "other_applicant_owner": {"uscc": make.LIGHT}, "other_accepting_unit": {"unit": "SH310105"},
        "other_front_office": {"unit": "QZ5334"}, "other_audit_firm": {"unit": "CPA2"},
        "applicant_member": {"uscc": make.WATER},
    }  # fmt: skip
    found: dict[str, Actor | None] = {}
    for each in PRINCIPALS:
        if not each.signed_in:
            found[each.name] = None
        elif each.name in town:
            found[each.name] = town[each.name]
        elif each.role is None:
            found[each.name] = _without_role()
        else:
            found[each.name] = make.person(each.role, **elsewhere.get(each.name, {}))
    return found


def _without_role() -> Actor:
    ident = add_user(NewPerson(email="nobody@example.org", name="无角色", made_up=True), now=make.NOW)
    return Actor(ident, "无角色")


def _texts(thing: str) -> dict[str, Any]:
    return dict.fromkeys(TEXTS, canary(thing))


def _draft(around: make.Town, owner: Actor, now: datetime, thing: str, **changed: Any) -> str:
    """A draft of this person's organisation, full of the thing's canary, its papers by name and content."""
    kept, around.owner = around.owner, owner
    title = {} if thing == "late" else {"title": canary(thing)}
    try:
        number = make.draft(around, papers=False, now=now, **_texts(thing) | title | changed)
    finally:
        around.owner = kept
    for kind, _label in around.policy.required_papers:
        make.paper(number, kind, owner, content=make.PDF + canary(thing).encode(), name=f"{canary(thing)}-{kind}")
    return number


def _panel(around: make.Town, now: datetime) -> str:
    number = _draft(around, around.owner, now, "panel")
    make.advance(around, number, "expert_review", now=now)
    experts = [make.email_of(expert) for expert in around.experts]
    day = shanghai_date(now).isoformat()
    make.act(make.pid_of(number), "open_panel", around.secretary, now=now, experts=experts, session_on=day)
    mine, expert = make.children(number, "score_sheet")[0], around.experts[0]
    make.act(mine, "declare_conflict", expert, now=now, conflict=False)
    save_draft(mine, {"comment": canary(SHEET)}, version=0, policy=DEFAULT_POLICY, actor=expert, now=now)
    return number


def _late(around: make.Town, now: datetime) -> str:
    kept, around.experts = around.experts, [make.person("expert") for _ in around.experts]
    number = _draft(around, around.owner, now, "late")
    reached = make.advance(around, number, "announcement", now=now)
    advance_further(around, number, "disbursement", now=reached)
    make.paper(number, MINUTES, around.fund, content=make.PDF + canary(MINUTES).encode(), name=canary(MINUTES))
    around.experts = kept
    return number


def _closed(around: make.Town, now: datetime) -> str:
    number = _draft(around, around.owner, now, "closed")
    make.act(make.pid_of(number), "submit", around.owner, now=now)
    make.act(make.pid_of(number), "reject", around.accepting, now=now, reason=canary("closed"))
    return number


def _elsewhere(around: make.Town, owner: Actor, now: datetime, thing: str) -> str:
    place = {"area_code": "533423", "place": "云南省迪庆州"} if thing == "other_district" else {}
    number = _draft(around, owner, now, thing, **place)
    make.act(make.pid_of(number), "submit", owner, now=now)
    return number


def _words(number: str) -> dict[str, str]:
    root = make.case_of(make.pid_of(number))
    cases = db.session.query(Case).filter_by(root_id=root.id).order_by(Case.id).all()
    papers = db.session.query(Paper).filter_by(root_id=root.id).order_by(Paper.id).all()
    lives = {case.life: case.pid.hex for case in reversed(cases)}
    found = {"number": number, "pid": root.pid.hex, "paper": papers[0].public_id.hex, **lives}
    db.session.rollback()
    return found


def _gather(world: World, around: make.Town, number: str, now: datetime) -> None:
    """Panels that sit and are drawn, a panel that meets, somebody who is invited, and a role that waits."""
    kept, around.experts = around.experts, [make.person("expert") for _ in around.experts]
    make.advance(around, number, "expert_review", now=now)
    world.things[_gatherings.SESSION] = _gatherings.sit_together(around, number, canary(_gatherings.SESSION), now)
    _gatherings.draw(around, number, canary(_gatherings.DRAW), now)
    earlier = now - timedelta(days=40)
    # What comes to a notice is called by its title in public, so that one says nothing.
    meets = _draft(around, around.owner, earlier, "sitting", title="会审在办项目")
    make.advance(around, meets, "joint_review", now=earlier)
    around.experts = kept
    world.things[_gatherings.MEETING] = _gatherings.meet(around, canary(_gatherings.MEETING), now)
    owner, system = world.people["other_applicant_owner"], world.people["system_admin"]
    assert owner is not None
    assert system is not None
    invited = canary(_gatherings.INVITED)
    world.things[_gatherings.INVITED] = _gatherings.invite_somebody(owner, make.LIGHT, invited)
    _gatherings.propose(system, around.experts[-1], canary(_gatherings.WAITING), now)


def _bench(world: World, number: str, now: datetime) -> None:
    """What officers keep beside the acts, and what one person keeps alone."""
    fund = world.people["fund_office"]
    assert fund is not None
    assert fund.user_id is not None
    write_note(NewNote(text=canary(BENCH)), make.pid_of(number), actor=fund, now=now)
    save_view(NewView(page="inbox", name=canary(ONESELF), query="all=1", is_default=False), actor=fund, now=now)
    issue_token(fund.user_id, canary(ONESELF), now=now)
    last = {
        name: db.session.query(model).order_by(model.id.desc()).filter_by(user_id=fund.user_id).first()
        for name, model in {"token_id": ApiToken, "view_id": SavedView, "notification_id": Notification}.items()
    }
    world.things[ONESELF] = {name: str(row.id) for name, row in last.items() if row is not None}
    db.session.rollback()
