"""aidflow doctor: looks at everything serving needs, and says in words what is wrong."""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg
from psycopg import errors as refused_by

from app.boot import DatabaseAway, RoleTooPowerful, SchemaNotCurrent, refuse_powerful_role, require_sound
from app.cli import services
from app.cli.people import data_option
from app.cli.store_probe import safe_calls
from app.documents.store import DocumentStore, StoreAway
from app.sealing import KeyMissing
from app.settings import Settings
from app.typesetting.fonts import FontMissing, typeface

#: Seconds. A database and an application whose clocks differ more would date acts differently.
CLOCKS_AGREE_WITHIN = 2
#: What neither role may do, whatever the application is made to ask.
FORBIDDEN = ("DELETE FROM event", "UPDATE event SET at = at", "DELETE FROM posting", "CREATE TABLE t (x int)")
#: Bytes below which a full disk is near.
LEAST_SPACE = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, and what was seen."""

    what: str
    well: bool
    seen: str


class NotWell(Exception):
    """What was looked at is not as it should be."""


@click.command()
@click.option("--json", "as_json", is_flag=True)
@data_option
def doctor(*, as_json: bool, data: Path | None) -> None:
    """检查运行条件, 逐项说明问题 / look at what serving needs and say what is wrong."""
    findings = [nothing] if (nothing := _nothing_installed(data)) else _look(data)
    if as_json:
        click.echo(json.dumps([{"what": f.what, "well": f.well, "seen": f.seen} for f in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'✓' if finding.well else '✗'} {finding.what}: {finding.seen}")
    if not all(finding.well for finding in findings):
        sys.exit(1)


def _nothing_installed(data: Path | None) -> Finding | None:
    """What to say where there is nothing to look at; looking must not put anything there."""
    folder = services.folder(data)
    if services.named() or services.begun(folder):
        return None
    begin = f"aidflow doctor --data {folder / 'demo'}" if services.begun(folder / "demo") else "aidflow demo"
    seen = (
        f"{folder} 中没有安装任何内容，环境变量也没有指明数据库。可运行 {begin}，或设置 AIDFLOW_DATABASE_URL。"
        f" / nothing is installed in {folder} and no database is named."
        f" Run {begin}, or set AIDFLOW_DATABASE_URL."
    )
    return Finding("安装 / installation", well=False, seen=seen)


def _look(data: Path | None) -> list[Finding]:
    with services.settings_for(data) as settings:
        return list(examine(settings))


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, in the order in which one would repair them."""
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("数据库结构 / schema", _schema),
        ("网页角色 / web role", lambda it: _role(it.database_url)),
        ("后台角色 / worker role", lambda it: _role(it.worker_database_url)),
        ("账本 / ledger", _ledger),
        ("时钟 / clocks", _clocks),
        ("材料存储 / document store", _store),
        ("存储扩展操作 / store sub-resources", _sub_resources),
        ("字体 / fonts", _fonts),
        ("磁盘 / disk", _disk),
    )
    for what, check in checks:
        try:
            yield Finding(what, well=True, seen=check(settings))
        except (NotWell, DatabaseAway, KeyMissing, RoleTooPowerful, SchemaNotCurrent, StoreAway, FontMissing) as why:
            yield Finding(what, well=False, seen=str(why))
        except psycopg.OperationalError as why:
            yield Finding(what, well=False, seen=f"无法连接 / cannot connect: {str(why).splitlines()[0]}")


def _schema(settings: Settings) -> str:
    require_sound(settings)
    return "最新 / newest"


def _role(url: str) -> str:
    if not url:
        message = "没有设置数据库地址 / no database address is set"
        raise NotWell(message)
    with psycopg.connect(url, connect_timeout=5) as connection:
        refuse_powerful_role(connection, None)
        for statement in FORBIDDEN:
            try:
                connection.execute(statement)
            except refused_by.InsufficientPrivilege:
                connection.rollback()
            else:
                connection.rollback()
                message = f"角色 {connection.info.user} 竟可执行 / may do what it must not: {statement}"
                raise NotWell(message)
        return str(connection.info.user)


def _ledger(settings: Settings) -> str:
    # Whoever does not say who asks would see no case, and so nothing wrong with one.
    system = "-c aidflow.actor=system"
    with psycopg.connect(settings.database_url, connect_timeout=5, options=system) as connection:
        found = connection.execute("SELECT rule, detail FROM invariant_violations LIMIT 5").fetchall()
    if found:
        raise NotWell("; ".join(f"{rule}: {detail}" for rule, detail in found))
    return "恒等式成立 / every identity holds"


def _clocks(settings: Settings) -> str:
    before = time.time()
    with psycopg.connect(settings.database_url, connect_timeout=5) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    here = datetime.fromtimestamp((before + time.time()) / 2, UTC)
    apart = abs((row[0] - here).total_seconds()) if row else 0.0
    if apart > CLOCKS_AGREE_WITHIN:
        message = f"与数据库相差 {apart:.0f} 秒 / {apart:.0f} s apart from the database"
        raise NotWell(message)
    return f"相差 {apart:.1f} 秒 / {apart:.1f} s apart"


def _store(settings: Settings) -> str:
    DocumentStore.from_settings(settings).probe()
    return "写入、读回、删除均正确 / put, read back and delete are right"


def _sub_resources(settings: Settings) -> str:
    store = DocumentStore.from_settings(settings)
    store.probe()
    safe = safe_calls(store)
    unsafe = sorted(name for name, well in safe.items() if not well)
    kept = sorted(name for name, well in safe.items() if well)
    # Nothing here is a fault: aidflow calls none of them. It is told for whoever would add one.
    return f"可用 / safe: {', '.join(kept) or '—'}; 不可用 / must not be called: {', '.join(unsafe) or '—'}"


def _fonts(_settings: Settings) -> str:
    typeface()
    return "齐全 / there"


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data or Path.cwd()).free
    if free < LEAST_SPACE:
        message = f"仅余 {free // 1024**2} MB / only {free // 1024**2} MB left"
        raise NotWell(message)
    return f"余 {free // 1024**3} GB / {free // 1024**3} GB left"
