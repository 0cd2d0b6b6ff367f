"""The database handle, the one transaction helper, and rows read afresh under a lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from psycopg import OperationalError
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import BigInteger, DateTime, Engine, Identity, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model. Times are aware and stored in UTC, whole numbers are BIGINT."""

    metadata = MetaData(naming_convention=NAMING)


# Flask-SQLAlchemy 3.1 rejects a base class that brings its own map, so it goes on the registry.
Base.registry.update_type_annotation_map({datetime: DateTime(timezone=True), int: BigInteger()})


#: The primary key of a table whose rows the database numbers.
Serial = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]

db = SQLAlchemy(model_class=Base, disable_autonaming=True)

Row = TypeVar("Row", bound=Base)
#: Statements that a connection keeps prepared: more than the pages and acts have between them.
MOST_PREPARED = 500


class Missing(LookupError):
    """There is no such thing, or it is not yours to see; both answer 404 alike."""


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what the block did, or none of it."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def locked(session: Session, model: type[Row], ident: int) -> Row:
    """Read a row afresh and hold it until the transaction ends.

    A locking read alone does not refresh a row that the session still holds, hence
    `populate_existing`.
    """
    row = session.get(model, ident, with_for_update=True, populate_existing=True)
    if row is None:
        raise Missing(f"{model.__name__} {ident}")
    return row


def keep_prepared_statements(engine: Engine) -> None:
    """Let a connection keep its prepared statements when a transaction is rolled back.

    Every page that only reads ends so, and psycopg would forget them all each time, although to
    PostgreSQL they are no part of a transaction. It forgets them for the sake of tables made and
    unmade on the way; the roles of the application cannot make any.
    """

    def roll_back(connection: Any) -> None:
        driver = getattr(connection, "driver_connection", connection)
        if driver.pgconn.transaction_status == TransactionStatus.IDLE:
            return
        answer = driver.pgconn.exec_(b"ROLLBACK")
        if answer.status != ExecStatus.COMMAND_OK:
            raise OperationalError(answer.get_error_message())

    engine.dialect.do_rollback = roll_back  # type: ignore[assignment]
    event.listen(engine, "connect", lambda driver, _record: setattr(driver, "prepared_max", MOST_PREPARED))
