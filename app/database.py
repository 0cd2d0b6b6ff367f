"""The database handle, the one transaction helper, and rows read afresh under a lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Identity, MetaData
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
