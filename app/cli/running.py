"""aidflow serve, worker, migrate, tick and demo."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console

from app import create_app
from app.barrier import for_the_system
from app.casework.clock import tick as let_terms_end
from app.cli import services
from app.cli.demonstration import demonstrate
from app.cli.people import data_option
from app.cli.supervisor import Supervisor
from app.clock import ClockCannotBeMoved
from app.embedded import Embedded
from app.web_port import require_free

port_option = click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="端口 / port")


@click.command()
@port_option
@click.option("--host", default="127.0.0.1", show_default=True, help="地址 / address to listen on")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="进程数 / processes")
@data_option
def serve(port: int, host: str, workers: int, data: Path | None) -> None:
    """提供网页和接口 / serve pages and the API."""
    require_free(host, port)
    arguments = ["app.web", "--host", host, "--port", str(port), "--workers", str(workers)]
    if services.named():
        numbers = tempfile.mkdtemp(prefix="aidflow-metrics-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = numbers
        # The same process goes on as the server, so that signals reach it directly.
        os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606
    _supervised(data, lambda it: it.run("web", *arguments))


@click.command("worker")
@data_option
def work(data: Path | None) -> None:
    """办理后台任务和到期事项 / run background jobs and what falls due."""
    if services.named():
        os.execv(sys.executable, [sys.executable, "-m", "app.worker"])  # noqa: S606
    _supervised(data, lambda it: it.run("worker", "app.worker"))


@click.command()
@click.option("--json", "as_json", is_flag=True)
@data_option
def migrate(*, as_json: bool, data: Path | None) -> None:
    """把数据库结构升级到最新 / bring the schema to the newest revision."""
    if services.named():
        with services.settings_for(data) as settings:
            if not settings.owner_database_url:
                message = "请设置 AIDFLOW_OWNER_DATABASE_URL / set AIDFLOW_OWNER_DATABASE_URL"
                raise click.ClickException(message)
            done = services.bring_up(settings)
    else:
        with Embedded(services.folder(data)) as embedded:
            done = services.bring_up(embedded.settings("development"))
    if as_json:
        click.echo(json.dumps({"carried_out": done}))
    else:
        click.echo("已升级 / upgraded: " + ", ".join(done) if done else "已是最新 / nothing to do")


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="2026-03-01T09:00:00+08:00")
@click.option("--json", "as_json", is_flag=True)
@data_option
def tick(as_of: datetime | None, *, as_json: bool, data: Path | None) -> None:
    """办理到期事项; --as-of 把演示系统的时钟拨到该时刻 / carry out what is due; --as-of moves a demo's clock."""
    with services.settings_for(data) as settings:
        app = for_the_system(create_app(settings))
        clock = app.extensions["aidflow"].clock
        if as_of is not None:
            if not settings.clock_can_be_moved:
                message = "只有演示系统可以使用 --as-of / --as-of is for demonstrations only"
                raise ClockCannotBeMoved(message)
            clock.move(as_of)
        with app.app_context():
            done = let_terms_end(clock.now(), progress=lambda line: None if as_json else click.echo(line))
    counts = {"ended": len(done.ended), "reminded": len(done.reminded), "refused": len(done.refused)}
    if as_json:
        click.echo(json.dumps(counts))
    else:
        click.echo("到期办理 {ended}, 提醒 {reminded}, 未能办理 {refused} / ended, reminded, refused".format(**counts))


@click.command()
@port_option
@click.option(
    "--history", is_flag=True, help="另载入 2019—2021 年的演示历史项目 / also the made-up projects of 2019 to 2021"
)
@data_option
def demo(port: int, data: Path | None, *, history: bool) -> None:
    """在本机演示全部功能 / everything on this machine, with made-up data."""
    require_free("127.0.0.1", port)
    folder = services.folder(data) if data or os.environ.get("AIDFLOW_DATA") else services.folder(None) / "demo"
    demonstrate(folder, port, Console(stderr=False), history=history)


def _supervised(data: Path | None, begin: Callable[[Supervisor], None]) -> None:
    with Embedded(services.folder(data)) as embedded:
        settings = embedded.settings(services.environment_of(embedded))
        services.bring_up(settings)
        with Supervisor(embedded, settings) as supervisor:
            begin(supervisor)
            supervisor.watch()
