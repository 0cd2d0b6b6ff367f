"""aidflow draw verify: work a published draw out again, without any database."""

import json
import sys
from typing import IO

import click

from workflows.draw import faults

#: As a verifier answers: broken, and not to be told from what was given.
BROKEN, UNREADABLE = 1, 2


@click.group()
def draw() -> None:
    """专家抽签 / the draw of experts."""


@draw.command("verify")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--frozen-hash", default="", help="另行公布的名单哈希 / the hash of the frozen pool as told elsewhere")
def draw_verify(file: IO[str], frozen_hash: str) -> None:
    """离线推演抽签记录: 0 属实, 1 不符, 2 无法判断 / replay transcripts; 0 true, 1 broken, 2 cannot tell."""
    try:
        told = json.load(file)
    except ValueError as wrong:
        click.echo(f"不是 JSON / not JSON: {wrong}", err=True)
        sys.exit(UNREADABLE)
    rounds = told if isinstance(told, list) else [told]
    if not rounds:
        click.echo("文件中没有抽签记录 / no transcript in the file", err=True)
        sys.exit(UNREADABLE)
    broken = False
    for place, each in enumerate(rounds, 1):
        found = faults(each)
        if (
            frozen_hash
            and place == len(rounds)
            and (not isinstance(each, dict) or each.get("frozen_hash") != frozen_hash)
        ):
            found.append("frozen_hash: 与另行公布的不同 / is not the one told elsewhere")
        for fault in found:
            click.echo(f"{place}: {fault}", err=True)
        broken |= bool(found)
        if not found:
            told_of = each["frozen"]
            sat = len(each["seated"])
            click.echo(f"{told_of['project']} #{told_of['round']}: 属实 / true ({sat}/{len(told_of['pool'])})")
    sys.exit(BROKEN if broken else 0)
