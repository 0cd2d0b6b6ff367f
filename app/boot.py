"""What must be so before the application serves anybody."""

from typing import Any

import psycopg
from psycopg import Connection

from app.migrations import revisions
from app.sealing import require_keys
from app.settings import Settings


class RoleTooPowerful(Exception):
    """应用的数据库角色权限过大 / the application's database role may do too much."""


class SchemaNotCurrent(Exception):
    """数据库结构不是最新 / the schema is not the newest."""


class DatabaseAway(Exception):
    """无法连接数据库 / the database cannot be reached."""


def refuse_powerful_role(connection: Connection, _record: Any) -> None:
    """Refuse a database role that is a superuser, may pass row security or owns a table.

    Listens to every new connection, so no way of starting the application goes around it.
    """
    found = connection.execute(
        """
        SELECT rolsuper OR rolbypassrls,
               EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                       WHERE c.relkind IN ('r', 'p') AND pg_has_role(current_user, c.relowner, 'USAGE')
                         AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t')
        FROM pg_roles WHERE rolname = current_user
        """
    ).fetchone()
    name = connection.info.user
    connection.rollback()
    if found != (False, False):
        why = ("超级用户", "a superuser") if found is None or found[0] else ("表的所有者", "an owner of tables")
        message = (
            f"数据库角色 {name} 是{why[0]}, 应用拒绝以它运行, 请改用 aidflow_web 或 aidflow_worker。\n"
            f"The application refuses to run as {name}, {why[1]}; use aidflow_web or aidflow_worker."
        )
        connection.close()
        raise RoleTooPowerful(message)


def require_sound(settings: Settings) -> None:
    """Refuse to start over a database that is away, too open, not of this version or sealed with another key."""
    wanted = revisions()[-1]
    try:
        with psycopg.connect(settings.database_url, connect_timeout=10) as connection:
            refuse_powerful_role(connection, None)
            found = _revision(connection)
            if found == wanted:
                require_keys(connection, settings)
    except psycopg.OperationalError as error:
        message = f"无法连接数据库 / the database cannot be reached: {error}"
        raise DatabaseAway(message) from None
    if found != wanted:
        message = (
            f"数据库结构为 {found or '空'}, 本程序需要 {wanted}, 请先运行 aidflow migrate。\n"
            f"The schema is at {found or 'nothing'}, this program needs {wanted}: run aidflow migrate first."
        )
        raise SchemaNotCurrent(message)


def _revision(connection: Connection) -> str | None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    return row[0] if row else None
