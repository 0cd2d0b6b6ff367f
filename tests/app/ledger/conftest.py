"""What every test of the ledger stands on."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy.orm import Session

from app.embedded import Embedded
from app.provision import WEB
from tests.app.ledger.books import Fund


@pytest.fixture
def fund(session: Session) -> Fund:
    """A programme-year with 1,000 fen available."""
    return Fund(session)


@pytest.fixture
def connect(services: Embedded, database: str) -> Iterator[Callable[..., psycopg.Connection]]:
    """`connect()`: one more connection in the web role, closed after the test."""
    opened: list[psycopg.Connection] = []

    def connect(role: str = WEB) -> psycopg.Connection:
        opened.append(psycopg.connect(services.url(role, database), options="-c aidflow.actor=system"))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()
