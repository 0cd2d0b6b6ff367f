"""Two people type into one declaration at the same moment, each on a connection of their own."""

import threading

from flask import Flask

from app.database import db
from app.projects.commands.texts import fingerprint, texts_of
from app.projects.queries import declaration_of
from app.projects.service import save_fields
from app.projects.service.drafting import Saved, Typed
from tests import make


def test_two_people_at_once_keep_every_field_and_one_of_them_hears_of_the_clash(app: Flask) -> None:
    around = make.town()
    number = make.draft(around, papers=False)
    colleague = make.person("applicant_member", uscc=make.WATER)
    case = make.case_of(make.pid_of(number))
    pid, seen = case.pid, texts_of(declaration_of(db.session(), case.id))
    db.session.rollback()
    own = {around.owner: ("need", "甲的需求"), colleague: ("team", "乙的团队")}
    start, results = threading.Barrier(2), {}

    def run(actor: make.Actor) -> None:
        name, text = own[actor]
        typed = {name: Typed(text, fingerprint(seen[name])), "goals": Typed(actor.name, fingerprint(seen["goals"]))}
        with app.app_context():
            start.wait()
            results[actor] = save_fields(pid, typed, step="plan", actor=actor, now=make.NOW)

    threads = [threading.Thread(target=run, args=(actor,)) for actor in own]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    clashes: dict[str, Saved] = {actor.name: saved for actor, saved in results.items() if saved.clashes}
    (loser,) = clashes
    winner = next(actor.name for actor in own if actor.name != loser)
    kept = declaration_of(db.session(), case.id)
    assert (kept.need, kept.team, kept.goals) == ("甲的需求", "乙的团队", winner)
    assert {name: (each.mine, each.theirs) for name, each in clashes[loser].clashes.items()} == {
        "goals": (loser, winner)
    }
