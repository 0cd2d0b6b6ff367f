"""The command line: aidflow serve | worker | demo | walk | migrate | doctor | user | token | tick."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec

import click
from click.exceptions import Exit
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError

from app.boot import DatabaseAway, RoleTooPowerful, SchemaNotCurrent
from app.cli.people import token, user
from app.cli.running import demo, migrate, serve, tick, work
from app.clock import ClockCannotBeMoved, ClockOnlyMovesForward
from app.embedded import FolderUnusable
from app.embedded_process import DidNotStart
from app.refusals import FieldRefused
from app.web_port import PortTaken

#: What goes wrong for reasons that the person at the keyboard can act on.
EXPECTED = (
    DatabaseAway,
    RoleTooPowerful,
    SchemaNotCurrent,
    FolderUnusable,
    DidNotStart,
    PortTaken,
    FieldRefused,
    ClockCannotBeMoved,
    ClockOnlyMovesForward,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def aidflow() -> None:
    """公共援助资金: 从申报到拨付。 Public money for aid projects, from declaration to disbursement."""


for command in (serve, work, migrate, demo, tick, user, token):
    aidflow.add_command(command)
for name in ("doctor", "walk", "verify"):
    if find_spec(f"app.cli.{name}"):
        aidflow.add_command(getattr(import_module(f"app.cli.{name}"), name))


def main() -> None:
    """Run the command; a fault is a sentence, and a trace only where AIDFLOW_TRACE asks for it."""
    try:
        status = aidflow.main(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except Exit as left:
        sys.exit(left.exit_code)
    except click.ClickException as refused:
        refused.show()
        sys.exit(refused.exit_code)
    except Exception as fault:
        if os.environ.get("AIDFLOW_TRACE"):
            raise
        click.echo(_sentence(fault), err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _sentence(fault: Exception) -> str:
    if isinstance(fault, ValidationError):
        return "\n".join(str(error["msg"]).removeprefix("Value error, ") for error in fault.errors())
    if isinstance(fault, FieldRefused):
        return f"{fault.field}: {fault.reason}"
    if isinstance(fault, OperationalError | InterfaceError):
        return f"数据库没有应答 / the database does not answer: {str(fault.orig).splitlines()[0]}"
    if isinstance(fault, EXPECTED):
        return str(fault)
    return (
        f"意外错误 / unexpected: {type(fault).__name__}: {fault}\n"
        "设置 AIDFLOW_TRACE=1 可查看详情 / set AIDFLOW_TRACE=1 to see where."
    )
