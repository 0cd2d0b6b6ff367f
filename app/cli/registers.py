"""aidflow unit add, policy add, policy show, ledger check: what stands before the first call, and a full replay."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from app import create_app
from app.barrier import for_the_system
from app.cli.people import data_option
from app.cli.services import settings_for
from app.database import transaction
from app.ledger.jobs import check_ledger
from app.people.models import UNIT_KINDS
from app.people.service import add_unit
from app.programmes.service import add_policy
from workflows.policy import DEFAULT_POLICY, Policy


@click.group()
def unit() -> None:
    """单位 / units."""


@unit.command("add")
@click.argument("code")
@click.option("--name", required=True, help="名称 / name")
@click.option("--kind", required=True, type=click.Choice(tuple(UNIT_KINDS)), help="类别 / kind")
@click.option("--area", help="行政区划代码或其前缀 / code of its area (GB/T 2260) or a prefix of it")
@data_option
def unit_add(code: str, name: str, kind: str, area: str | None, data: Path | None) -> None:
    """添加单位 / add a unit."""
    with settings_for(data) as settings, for_the_system(create_app(settings)).app_context():
        add_unit(code=code, name=name, kind=kind, area_code=area)
    click.echo(f"{code} {name}")


@click.group()
def policy() -> None:
    """政策版本 / policy versions."""


@policy.command("show")
def policy_show() -> None:
    """输出默认政策 (JSON), 可修改后用 policy add 添加 / print the default set, to be changed and added."""
    click.echo(json.dumps(DEFAULT_POLICY.to_json(), ensure_ascii=False, indent=1))


@policy.command("add")
@click.argument("file", required=False, type=click.File(encoding="utf-8"))
@data_option
def policy_add(file: IO[str] | None, data: Path | None) -> None:
    """添加政策版本, 不给文件时为默认政策 / add a policy version from a file, or the default set."""
    try:
        version = Policy.from_json(json.load(file)) if file else DEFAULT_POLICY
    except (ValueError, TypeError, KeyError) as wrong:
        raise click.ClickException(f"政策文件有误 / the file is no policy: {wrong}") from None
    with settings_for(data) as settings, for_the_system(create_app(settings)).app_context(), transaction() as session:
        add_policy(session, version, now=datetime.now(UTC))
    click.echo(f"{version.key} {version.effective_on.isoformat()}")


@click.group()
def ledger() -> None:
    """资金账簿 / the fund ledger."""


@ledger.command("check")
@data_option
def ledger_check(data: Path | None) -> None:
    """立即全面核对账簿 / replay every transfer now; the exit status is 1 when something is wrong."""
    with settings_for(data) as settings, for_the_system(create_app(settings.for_worker())).app_context():
        found = check_ledger()
    click.echo(f"{found} 处不符 / violations")
    if found:
        raise click.exceptions.Exit(1)
