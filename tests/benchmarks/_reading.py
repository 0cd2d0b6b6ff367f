"""What reading writes down: that one looked, that one is there, and that a list was taken away; nothing else."""

from typing import TYPE_CHECKING, Any

from tests.benchmarks._asking import Answer, Ask, Asker, asks

if TYPE_CHECKING:
    from tests.benchmarks.sweep import Sweep

#: Tables that a page may write to while it is read, for nothing rests on them; and the record of files.
LOOKS = frozenset({"look", "sign_in"})
TAKEN = "list_export"
#: How lists and the papers of a case are taken away.
FILES = frozenset({"text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"})
#: Who reads every list there is, between them.
READERS = ("fund_office", "audit_admin", "system_admin", "supervisor", "finance_maker")
LONG_AGO = "UPDATE sign_in SET seen_at = now() - interval '6 minutes'"


def written_by(answer: Answer) -> frozenset[str]:
    """The tables to which reading this may have written: a file that is taken away is on record."""
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    return LOOKS | {TAKEN} if answer.status == 200 and kind in FILES else LOOKS


def off(sweep: "Sweep") -> dict[str, Any]:
    """Look at a project, come back after a while, take every list away; a fault where other tables change."""
    fund = Asker(sweep.app, sweep.world, "fund_office")
    project = Ask("", f"/projects/{sweep.world.things['late']['number']}")
    _exactly(sweep, fund, project, {"look"})
    sweep.still.connection.execute(LONG_AGO)
    _exactly(sweep, fund, Ask("", "/account"), {"sign_in"})
    files = set()
    for name in READERS:
        asker = Asker(sweep.app, sweep.world, name)
        for absent, *_things in asks(sweep.app, sweep.world):
            rule = absent.rule(sweep.app, "GET")
            actor = sweep.world.people[name]
            if rule is None or rule.everybody or actor is None or not rule.admits(actor) or absent.thing or absent.api:
                continue
            sweep.still.changed()
            answer = asker.ask(absent, "GET", query_string={"as": "csv"})
            changed = set(sweep.still.changed())
            if answer.headers.get("Content-Type", "").startswith("text/csv"):
                files.add(absent.address)
                if changed != {TAKEN}:
                    sweep.fault("a file wrote to", sorted(changed), name, absent.address)
            elif changed - LOOKS:
                sweep.fault("reading wrote to", sorted(changed), name, absent.address)
    if not files:
        sweep.fault("no list was taken away")
    return {"lists_taken_away": len(files)}


def _exactly(sweep: "Sweep", asker: Asker, ask: Ask, tables: set[str]) -> None:
    sweep.still.changed()
    status = asker.ask(ask, "GET").status
    changed = set(sweep.still.changed())
    if (status, changed) != (200, tables):
        sweep.fault("reading wrote to", sorted(changed), "and not to", sorted(tables), ask.path, status)
