"""The full replay: what it finds is kept, stops payments and shows on the health page."""

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.barrier import for_the_system
from app.database import db
from app.ledger.jobs import check_ledger
from app.ledger.queries import last_check_was_clean, project_is_sound
from app.settings import Settings
from tests.app.ledger.books import Fund
from tests.app.ledger.test_ledger_invariants import disarm


@pytest.fixture
def corrupted(fund: Fund, superuser: psycopg.Connection) -> int:
    """A project whose reserved balance somebody raised behind the ledger's back; its id."""
    project = fund.project()
    with superuser.transaction():
        disarm(superuser)
        superuser.execute(
            "UPDATE account SET balance = balance + 1 WHERE kind = 'reserved' AND project_id = %s", [project]
        )
    return project


def checked_by_the_worker(settings: Settings) -> int:
    with for_the_system(create_app(settings.for_worker())).app_context():
        try:
            return check_ledger()
        finally:
            db.session.remove()
            db.engine.dispose()


def test_a_project_whose_balances_are_not_its_transfers_is_not_sound_at_once(
    fund: Fund, session: Session, corrupted: int
) -> None:
    assert session.scalar(select(project_is_sound(corrupted))) is False
    assert session.scalar(select(project_is_sound(fund.project()))) is True


def test_what_a_replay_finds_stops_every_payment_and_the_health_page_says_so(
    fund: Fund, session: Session, settings: Settings, client: FlaskClient, corrupted: int
) -> None:
    assert client.get("/health/ready").json["checks"]["ledger"] == "ok"

    assert checked_by_the_worker(settings) > 0

    assert session.scalar(select(last_check_was_clean())) is False
    assert session.scalar(select(project_is_sound(fund.project()))) is False
    assert client.get("/health/ready").json["checks"]["ledger"] == "failing"


def test_a_clean_replay_is_kept_too(fund: Fund, session: Session, settings: Settings) -> None:
    assert checked_by_the_worker(settings) == 0
    assert session.scalar(select(last_check_was_clean())) is True
