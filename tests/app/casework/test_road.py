"""The one road: what an act writes together, and what a refused one leaves as it was."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.casework.service import KeyReused, Stale
from app.database import Missing, db
from app.evidence.models import Event
from tests import make
from workflows.engine import GuardRefused, NotFromHere, NotYourRole


def events(number: str) -> list[tuple[int, str, str | None, str]]:
    root = make.case_of(make.pid_of(number)).id
    rows = select(Event.seq, Event.action, Event.root_from, Event.root_to).where(Event.root_id == root)
    return [tuple(row) for row in db.session.execute(rows.order_by(Event.seq))]


def test_a_complete_draft_is_submitted_to_its_district(app: Flask) -> None:
    around = make.town()
    number = make.draft(around)

    receipt = make.act(make.pid_of(number), "submit", around.owner)

    assert receipt.stage == "authenticity_review"
    assert events(number) == [(1, "open", None, "draft"), (2, "submit", "draft", "authenticity_review")]
