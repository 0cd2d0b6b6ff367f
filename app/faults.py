"""What a process says before it ends: a sentence, never a trace, to whoever started it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError

from app.boot import DatabaseAway, RoleTooPowerful, SchemaNotCurrent
from app.clock import ClockCannotBeMoved, ClockOnlyMovesForward
from app.embedded import FolderUnusable
from app.embedded_process import DidNotStart
from app.refusals import FieldRefused
from app.sealing import KeyMissing
from app.web_port import PortTaken

#: What goes wrong for reasons that the person at the keyboard can act on.
EXPECTED = (
    DatabaseAway,
    RoleTooPowerful,
    SchemaNotCurrent,
    KeyMissing,
    FolderUnusable,
    DidNotStart,
    PortTaken,
    ClockCannotBeMoved,
    ClockOnlyMovesForward,
)


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """End the process with status 1 and a sentence; with a trace only where AIDFLOW_TRACE asks for it."""
    try:
        yield
    except Exception as fault:
        if os.environ.get("AIDFLOW_TRACE"):
            raise
        click.echo(sentence(fault), err=True)
        sys.exit(1)


def sentence(fault: Exception) -> str:
    """What went wrong, in Chinese and English, or the field and the reason."""
    if isinstance(fault, ValidationError):
        return "\n".join(_setting(error["loc"], error["msg"]) for error in fault.errors())
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


def _setting(place: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    return ": ".join([*(f"AIDFLOW_{str(step).upper()}" for step in place), said])
