"""How Alembic reaches the database: a connection handed over, or the owner's address."""

from alembic import context
from sqlalchemy import Connection, MetaData, create_engine, text

from app.database import Base
from app.features import load_features
from app.migrations.env_names import include_name
from app.provision import WEB, WORKER
from app.settings import Settings


def run(connection: Connection, metadata: MetaData | None) -> None:
    """Carry out the migrations that are asked for, all of them or none."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=include_name,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        # The application compares this number with its own before it serves anybody.
        connection.execute(text(f"GRANT SELECT ON alembic_version TO {WEB}, {WORKER}"))


if context.config.attributes.get("connection") is not None:
    # An upgrade needs the steps alone: a model that changed since must not change an old step.
    run(context.config.attributes["connection"], None)
else:
    load_features()
    with create_engine(Settings().owner_database_url).connect() as own:
        run(own, Base.metadata)
