"""aidflow walk: one project from declaration to closed, by the HTTP interface and nothing else."""

import json
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from app import create_app
from app.barrier import for_the_system
from app.cli import services
from app.cli.demonstration import wait_until_ready
from app.cli.journey import Journey, http
from app.cli.supervisor import Supervisor
from app.demo.cast import assemble, found_organisations
from app.demo.policies import add_policies
from app.demo.tokens import NoDemoTokens, read_tokens, write_tokens
from app.embedded import Embedded


@click.command()
@click.option(
    "--url", help="运行中的演示地址，不填则临时启动一套 / a running demo; without it one is started for the walk"
)
@click.option("--data", type=click.Path(path_type=Path), help="该演示的数据文件夹 / the data folder of that demo")
@click.option("--json", "as_json", is_flag=True, help="逐行 JSON / one JSON object a line")
def walk(*, url: str | None, data: Path | None, as_json: bool) -> None:
    """通过 HTTP 走完一个项目的全过程 / drive one project over HTTP from declaration to closed.

    使用 --url 会把该演示的时钟拨到公示期满: 对所有使用者生效, 到期事项随之办理, 不能拨回。
    With --url the clock of that demonstration is moved to the end of the publicity, for everybody
    who uses it: other terms end on the way, and it cannot be moved back.
    """
    console = Console(stderr=as_json)
    try:
        with _a_demonstration(url, data, console) as (address, tokens), http(address) as client:
            result = Journey(client, tokens, lambda step: _tell(step, console, as_json=as_json)).walk()
    except NoDemoTokens as missing:
        raise click.ClickException(str(missing)) from None
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        console.print(
            f"[bold]{result['number']}[/bold] {result['stage']}  拨付 / paid {result['paid']}  "
            f"公式 / formula {result['expected']}"
        )
    if not result["ok"]:
        raise click.exceptions.Exit(1)


def _tell(step: dict[str, Any], console: Console, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(step, ensure_ascii=False))
    else:
        digest = (step["hash"] or "")[:12]
        console.print(f"{step['step']:>3}  {step['by']:<10} {step['label']:　<10} → {step['stage']:<20} {digest}")


@contextmanager
def _a_demonstration(url: str | None, data: Path | None, console: Console) -> Iterator[tuple[str, dict[str, str]]]:
    """Address and tokens of the demonstration named, or of one that lives as long as the walk."""
    if url is not None:
        yield url, read_tokens(data or services.folder(None) / "demo")
        return
    with tempfile.TemporaryDirectory(prefix="aidflow-walk-") as folder, console.status("") as status:
        # As root the database runs as another user, who has to find its way in.
        Path(folder).chmod(0o711)
        status.update("启动 PostgreSQL 和 S3 / starting PostgreSQL and S3")
        with Embedded(Path(folder) / "data") as embedded:
            address = f"http://127.0.0.1:{_free_port()}"
            settings = embedded.settings("demo", public_url=address)
            services.bring_up(settings)
            status.update("演示人员 / made-up people")
            app = for_the_system(create_app(settings))
            with app.app_context():
                now = datetime.now(UTC)
                add_policies(now)
                found_organisations(now)
                write_tokens(embedded.folder, assemble(now, lambda _name: None))
            status.update("启动网页和后台 / starting pages and worker")
            with (
                (embedded.folder / "aidflow.log").open("ab") as log,
                Supervisor(embedded, settings, log=log) as children,
            ):
                children.run("web", "app.web", "--port", address.rpartition(":")[2], "--workers", "2")
                children.run("worker", "app.worker")
                if not wait_until_ready(address, children):
                    raise click.Abort
                status.stop()
                yield address, read_tokens(embedded.folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
