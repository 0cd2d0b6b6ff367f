"""A town with a project in every kind of place, and everybody's pages in it."""

from dataclasses import dataclass
from datetime import datetime

from app.people.permissions import PUBLIC_ACTOR, Actor
from app.projects.commands.steps import STEPS
from tests.later import advance_further, only
from tests.make import WATER, Town, act, advance, children, draft, pid_of
from tests.reviewing import with_panel


@dataclass(frozen=True, slots=True)
class Place:
    """A page: who opens it (None is anybody), at which address, and with which status it answers."""

    reader: Actor | None
    path: str
    status: int = 200


def places(around: Town, now: datetime, earlier: datetime) -> list[Place]:
    """Every kind of page of the product, in a town that was founded `earlier`."""
    begun = draft(around, now=earlier)
    waiting = draft(around, now=earlier)
    act(pid_of(waiting), "submit", around.owner, now=earlier)
    panelled = with_panel(around, now=now)
    shown = draft(around, now=now)
    advance(around, shown, "publicity", now=now)
    objection = _objected_to(around, shown, now)
    audited = draft(around, now=earlier)
    advance_further(around, audited, "audit", now=advance(around, audited, "announcement", now=earlier))
    act(only(audited, "audit"), "assign_auditor", around.fund, now=now, firm="CPA1")
    closed = draft(around, now=earlier)
    advance_further(around, closed, "closed", now=advance(around, closed, "announcement", now=earlier))

    sheet, work = children(panelled, "score_sheet")[0], only(audited, "audit")
    of = {
        None: ("/", "/notices", "/results", "/workflow", f"/notices/{shown}", "/sign-in"),
        around.owner: (
            "/inbox", "/projects", "/projects/new", f"/projects/{begun}", f"/projects/{begun}/declare",
            *(f"/projects/{begun}/declare/{step.key}" for step in STEPS), f"/projects/{begun}/declare/check",
            f"/cases/{pid_of(begun).hex}/papers", f"/cases/{pid_of(begun).hex}/actions/submit",
            f"/projects/{closed}", f"/projects/{closed}/declaration", f"/projects/{closed}/delivery", "/calls",
            "/account", "/account/password", "/organisations", f"/organisations/{WATER}",
        ),
        around.fund: (
            "/inbox", "/projects?stage=publicity", f"/projects/{panelled}", f"/projects/{shown}",
            f"/projects/{shown}/reviews", f"/cases/{objection.hex}",
            f"/cases/{pid_of(shown).hex}/actions/decide_objection", f"/projects/{closed}/reviews",
            f"/projects/{closed}/money", "/calls/new", "/ledger", "/ledger/DKZY/2026", "/organisations/new",
        ),
        around.accepting: (f"/projects/{waiting}", f"/cases/{pid_of(waiting).hex}/actions/pass_authenticity"),
        around.experts[0]: (f"/cases/{sheet.hex}", f"/cases/{sheet.hex}/actions/declare_conflict"),
        around.firm: (f"/cases/{work.hex}", f"/cases/{work.hex}/actions/submit_audit"),
        around.supervisor: ("/inbox",),
    }  # fmt: skip
    found = [Place(reader, path) for reader, paths in of.items() for path in paths]
    return [
        *found,
        Place(around.owner, "/projects/AF2026-999999", 404),
        Place(around.owner, "/calls/new", 403),
        Place(around.owner, f"/projects/{closed}/declare", 409),
    ]


def _objected_to(around: Town, number: str, now: datetime) -> object:
    act(pid_of(number), "publish_notice", around.fund, now=now, contact="021-00000000")
    act(pid_of(number), "object", PUBLIC_ACTOR, now=now, objector="张三", contact="13800000000", statement="预算偏高")
    return only(number, "objection")
