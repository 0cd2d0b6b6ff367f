"""The schema, step by step. One head; additive first; never edited once released."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

#: Milliseconds. A migration that cannot have its lock gives way to the people at work.
LOCK_TIMEOUT = 4_000
STATEMENT_TIMEOUT = 60_000
#: Any number, the same for everybody who migrates this database.
ONE_AT_A_TIME = 5_202_017


def upgrade(owner_url: str, *, to: str = "head") -> list[str]:
    """Bring the database to a revision, in the owner role; the revisions carried out, in order."""
    limits = f"-c lock_timeout={LOCK_TIMEOUT} -c statement_timeout={STATEMENT_TIMEOUT}"
    options = f"{limits} -c timezone=UTC -c aidflow.actor=system"
    engine = create_engine(owner_url, poolclass=NullPool, connect_args={"options": options})
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with engine.connect() as guard, engine.connect() as connection:
        guard.execute(text("SET lock_timeout = '120s'; SET statement_timeout = 0"))
        guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        before = current(connection)
        connection.rollback()
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        after = current(connection) or ""
        return [revision for revision in revisions() if (before or "") < revision <= after]


def revisions() -> list[str]:
    """Every revision, first to last. ValueError when there is more than one newest."""
    script = ScriptDirectory.from_config(_config())
    heads = script.get_heads()
    if len(heads) != 1:
        message = f"one head is wanted, there are {sorted(heads)}"
        raise ValueError(message)
    return [revision.revision for revision in script.walk_revisions()][::-1]


def current(connection: Connection) -> str | None:
    """The revision this database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
