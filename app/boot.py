"""What must be so before the application serves anybody."""

from typing import Any

from psycopg import Connection


class RoleTooPowerful(Exception):
    """应用的数据库角色权限过大 / the application's database role may do too much."""


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
        why = "超级用户 / a superuser" if found is None or found[0] else "表的所有者 / an owner of tables"
        message = (
            f"数据库角色 {name} 是{why}, 应用拒绝以它运行。请使用 aidflow_web 或 aidflow_worker。\n"
            f"The application refuses to run as {name}; use aidflow_web or aidflow_worker."
        )
        raise RoleTooPowerful(message)
