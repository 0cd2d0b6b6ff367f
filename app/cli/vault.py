"""aidflow vault …: the keys that seal what the database must not read."""

import json
import sys
from pathlib import Path

import click
import psycopg

from app.cli.people import data_option
from app.cli.services import settings_for
from app.sealing import by_key, give_up
from app.sealing import rotate as seal_anew
from app.vault import Vault


@click.group()
def vault() -> None:
    """密钥 / keys of what is sealed."""


@vault.command("status")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@data_option
def status(*, as_json: bool, data: Path | None) -> None:
    """各密钥密封了多少数据 / how much each key sealed; a key without any can be dropped."""
    with settings_for(data) as settings:
        named = Vault(settings.encryption_keys).keys
        with psycopg.connect(settings.database_url) as connection:
            found = by_key(connection)
    counts = {name: found.get(name, 0) for name in (*named, *sorted(set(found) - set(named)))}
    if as_json:
        click.echo(json.dumps({"seals": named[0], "named": named, "sealed": counts}))
        return
    for name, count in counts.items():
        said = "现用 / in use" if name == named[0] else "可读 / reads" if name in named else "缺少 / missing"
        click.echo(f"{name or '旧格式 / older form'}: {count}" + (f" ({said})" if name else ""))


@vault.command("rotate")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@data_option
def rotate(*, as_json: bool, data: Path | None) -> None:
    """用第一把密钥重新密封, 可中断再运行 / seal everything anew with the first key; may be killed and run again."""

    def tell(table: str, count: int) -> None:
        if not as_json:
            click.echo(f"{table}: {count}", err=True)

    with settings_for(data) as settings:
        done = seal_anew(settings.database_url, Vault(settings.encryption_keys), tell)
    if as_json:
        click.echo(json.dumps({table: {"anew": anew, "unreadable": lost} for table, (anew, lost) in done.items()}))
    else:
        for table, (anew, lost) in done.items():
            click.echo(f"{table}: 重新密封 {anew}, 无法打开 {lost} / sealed anew {anew}, unreadable {lost}")
    if any(lost for _, lost in done.values()):
        sys.exit(1)


@vault.command("forget")
@click.option("--yes", is_flag=True, required=True, help="密钥确已丢失 / the key is lost for good")
@data_option
def forget(*, yes: bool, data: Path | None) -> None:  # noqa: ARG001 -- asked for, so that nobody does it by chance
    """删除任何密钥都打不开的数据, 以便重新登记 / take out what no key opens, so that it can be entered anew."""
    with settings_for(data) as settings:
        done = give_up(settings.owner_database_url, Vault(settings.encryption_keys))
    for table, count in done.items():
        click.echo(f"{table}: 删除 {count} / removed {count}")
