"""One person, one duty on a project: every ordered pair of two is refused, by HTTP and by SQL."""

from contextlib import closing
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import make_url

from app.casework.service import seen_of
from app.database import db
from app.people.permissions import Actor
from app.people.queries import actor_of
from app.people.service import grant_role
from app.people.service.sessions import begin_session
from tests import make
from tests.benchmarks._asking import Ask, Asker, Still
from tests.benchmarks._place import installed
from tests.benchmarks._world import World
from tests.conftest import Visitor
from tests.later import AUDIT
from tests.reviewing import with_panel
from tests.settled import settle
from workflows.roles import duty_of

NAME = "duties"
WHY = {"reason": "情况有变。"}
EXPERTS = [f"expert{number}@example.org" for number in range(5)]
#: Role → where it acts (a project of `tests/settled.py`, and the life inside it), for whom it is held, what it does.
ACTS: dict[str, tuple[str, str, dict[str, str], str, dict[str, Any]]] = {
    "applicant_owner": ("ready", "", {"uscc": make.WATER}, "submit", {}),
    "accepting_unit": ("authenticity_review", "", {"unit_code": "SH310106"}, "pass_authenticity", {"opinion": "属实"}),
    "front_office": (
        "authenticity_review", "", {"unit_code": "QZ6326"}, "give_opinion", {"supports": True, "opinion": "属实"}
    ),
    "fund_office": ("compliance_review", "", {}, "pass_compliance", {"opinion": "合规"}),
    "secretary": ("expert_review", "", {}, "open_panel", {"experts": EXPERTS, "session_on": "2026-12-01"}),
    "expert": ("", "score_sheet", {}, "declare_conflict", {"conflict": False}),
    "panel_member": ("joint_review", "", {}, "vote", {"vote": "for"}),
    "approver": ("joint_review", "", {}, "approve", {"amount": "1.00", "minutes": "同意"}),
    "audit_firm": ("audit", "audit", {"unit_code": "CPA1"}, "submit_audit", AUDIT),
    "finance_maker": ("settlement", "", {}, "prepare_settlement", {}),
    "finance_checker": ("prepared", "", {}, "confirm_settlement", {"content_hash": "0" * 64}),
    "supervisor": ("order", "", {}, "open_clawback", WHY),
}  # fmt: skip
DUTY = "INSERT INTO duty (root_id, user_id, duty) VALUES (%(root)s, %(user)s, %(duty)s)"
BREACHES = (
    DUTY,
    "UPDATE duty SET duty = %(duty)s WHERE root_id = %(root)s AND user_id = %(user)s",
    "DELETE FROM duty WHERE root_id = %(root)s AND user_id = %(user)s",
)


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """Every pair by the API and by SQL in both forms; by the pages too in full form."""
    with installed("test") as place, place.app.app_context():
        url = make_url(place.settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        # Each request stands alone, though this context is pushed.
        place.app.test_client_class = Visitor
        superuser = psycopg.connect(place.embedded.url("postgres"), autocommit=True)
        with closing(superuser), closing(psycopg.connect(url, autocommit=True)) as web:
            found = _Pairs(place.app, superuser, web).all(pages=full)
        db.engine.dispose()
    return {"name": NAME, "seed": None, "ok": not found.wrong, "pairs": found.pairs, "refused": found.refused,
            "tried_alone": found.alone, "wrong": found.wrong}  # fmt: skip


class _Pairs:
    """The town, and what came of each pair."""

    def __init__(self, app: Flask, superuser: psycopg.Connection[Any], web: psycopg.Connection[Any]) -> None:
        self.app, self.superuser, self.web, self.now = app, superuser, web, datetime.now(UTC)
        self.town, self.numbers = settle(self.now, only={place for place, *_more in ACTS.values()})
        self.sheets = self._sheets()
        self.pairs, self.wrong = 0, list[str]()
        self.refused, self.alone = dict.fromkeys(("api", "page", "sql"), 0), 0

    def _sheets(self) -> list[tuple[Any, Actor]]:
        """As many sheets as there are other duties, each with its expert, who has done nothing yet."""
        found: list[tuple[Any, Actor]] = []
        while len(found) <= len(ACTS):
            self.town.experts = [make.person("expert") for _ in self.town.experts]
            sheets = make.children(with_panel(self.town, now=self.now), "score_sheet")
            found += zip(sheets, self.town.experts, strict=True)
        return found

    def all(self, *, pages: bool) -> "_Pairs":
        """Try each pair, and each duty alone, so that a refusal is known to be about the pair."""
        for role in ACTS:
            pid, actor = self._for(role)
            if not self._offered(pid, actor):
                self.wrong.append(f"{role} alone may do nothing")
            self.alone += 1
        for before, role in permutations(ACTS, 2):
            self._try(before, role, pages=pages)
        return self

    def _for(self, role: str, before: str = "") -> tuple[Any, Actor]:
        """A case on which the role acts, and somebody new who holds it; and who was something else there before.

        The duty comes before the second role: whoever is tied to an organisation already gets no duty at all.
        """
        where, life = ACTS[role][:2]
        if role == "expert":
            pid, actor = self.sheets.pop()
        else:
            number = self.numbers[where]
            pid = make.children(number, life)[0] if life else make.pid_of(number)
            held = ACTS[before or role][2]
            actor = make.person(before or role, uscc=held.get("uscc"), unit=held.get("unit_code"))
        assert actor.user_id is not None
        if before:
            bound = {"root": make.case_of(pid).root_id, "user": actor.user_id, "duty": duty_of(before)}
            self.superuser.execute(DUTY, bound)
            other = before if role == "expert" else role
            grant_role(actor.user_id, other, now=self.now, **ACTS[other][2])
        again = actor_of(db.session(), actor.user_id)
        db.session.rollback()
        assert again is not None
        return pid, again

    def _offered(self, pid: Any, actor: Actor) -> bool:
        """Whether the API names the act to this person, if only as one that waits for something else."""
        role = next(iter(actor.roles))
        seen = self.app.test_client().get(f"/api/v1/cases/{pid.hex}", headers=make.bearer(actor, self.now))
        body = seen.get_json()
        return ACTS[role][3] in {each["name"] for each in (*body.get("actions", ()), *body.get("blocked", ()))}

    def _try(self, before: str, role: str, *, pages: bool) -> None:
        """Somebody was `before` on the project and would now be `role`."""
        self.pairs += 1
        pid, actor = self._for(role, before)
        case = make.case_of(pid)
        bound = {"root": case.root_id, "user": actor.user_id, "duty": duty_of(role)}
        seen, (action, fields) = seen_of(case), ACTS[role][3:]
        bearer, asker = make.bearer(actor, self.now), self._at_a_browser(actor) if pages else None
        still = Still(self.superuser)
        still.changed()
        client = self.app.test_client()
        address = f"/cases/{pid.hex}/actions/{action}"
        status = client.post(f"/api/v1{address}", headers=bearer, json={"seen": seen, **fields}).status_code
        self._note("api", status == 403, f"{before} then {role}: {action} {status}")
        if asker is not None:
            status = asker.ask(Ask(address, address), "POST", data={"seen": seen, **_plain(fields)}).status
            # A table of a form is not sent here; a form that lacks it is refused as such.
            self._note("page", status in {403, 404, 422}, f"{before} then {role}: page of {action} {status}")
        for breach in BREACHES:
            self._note("sql", self._refused(breach, bound), f"{before} then {role}: {breach}")
        if tables := still.changed():
            self.wrong.append(f"{before} then {role}: changed {tables}")

    def _note(self, way: str, kept: bool, what: str) -> None:  # noqa: FBT001 -- what came of one try
        if kept:
            self.refused[way] += 1
        else:
            self.wrong.append(what)

    def _at_a_browser(self, actor: Actor) -> Asker:
        word = begin_session(actor.user_id or 0)
        return Asker(self.app, World(keys={actor.name: word}), actor.name)

    def _refused(self, breach: str, values: dict[str, Any]) -> bool:
        try:
            self.web.execute(breach.encode(), values)
        except psycopg.Error:
            return True
        return False


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as a form sends them, as far as they are plain; the refusal comes before the rest is missed."""
    return {name: str(value) for name, value in fields.items() if not isinstance(value, (list, dict, bool))}
