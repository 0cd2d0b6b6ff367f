"""aidflow demo: services, schema, made-up data, web and worker, from one command."""

import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import httpx
from rich.console import Console

from app import create_app
from app.barrier import for_the_system
from app.cli import services
from app.cli.supervisor import Supervisor
from app.embedded import Embedded
from app.settings import Settings

#: Seconds until the pages must answer.
READY_WITHIN = 90


def demonstrate(folder: Path, port: int, console: Console, *, history: bool = False) -> None:
    """Run the demonstration until Ctrl-C or SIGTERM; everything it started is then stopped.

    With `history` the made-up projects of 2019 to 2021 are put in as well; once there they stay.
    """
    with console.status("") as status:
        status.update("启动 PostgreSQL 和 S3 / starting PostgreSQL and S3")
        with Embedded(folder) as embedded:
            (folder / "demonstration").touch()
            # By its name and not its number: a browser binds a passkey to a name alone.
            settings = embedded.settings("demo", public_url=f"http://localhost:{port}")
            status.update("更新数据库结构 / migrating")
            services.bring_up(settings)
            with (folder / "aidflow.log").open("ab") as log, Supervisor(embedded, settings, log=log) as supervisor:
                accounts = _install(
                    settings, lambda line: status.update(f"演示数据 / demo data: {line}"), history=history
                )
                status.update("启动网页和后台 / starting pages and worker")
                supervisor.run("web", "app.web", "--port", str(port), "--workers", "2")
                supervisor.run("worker", "app.worker")
                if wait_until_ready(settings.public_url, supervisor):
                    status.stop()
                    _tell(console, settings, accounts)
                    supervisor.watch()
                status.start()
                status.update("正在停止 / stopping")
    console.print("已停止, 数据保留在 / stopped; the data stays in", str(folder))


def _install(settings: Settings, progress: object, *, history: bool) -> list[tuple[str, str, str]]:
    """Put in the made-up people and projects, once; who can sign in: (address, role, password)."""
    if find_spec("app.demo") is None:
        return []
    app = for_the_system(create_app(settings))
    with app.app_context():
        accounts = list(import_module("app.demo").install(app, progress))
        if history:
            import_module("app.demo.history").load_history(app, progress)
    return accounts


def wait_until_ready(url: str, supervisor: Supervisor) -> bool:
    """Whether the pages answer; False when told to stop before."""
    deadline = time.monotonic() + READY_WITHIN
    # A proxy of the surroundings has nothing to do with this machine's own address.
    with httpx.Client(trust_env=False, timeout=5) as client:
        while not supervisor.told_to_stop():
            try:
                if client.get(f"{url}/health/ready").is_success:
                    return True
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                message = "网页没有就绪, 见数据文件夹中的 aidflow.log / pages not ready, see aidflow.log"
                raise click.ClickException(message)
            supervisor.look()
            time.sleep(0.2)
    return False


def _tell(console: Console, settings: Settings, accounts: list[tuple[str, str, str]]) -> None:
    """The address first and last, and between them whom to sign in as: the first account of each role."""
    first = {role: (email, password) for email, role, password in reversed(accounts)}
    lines = [f"[bold]{settings.public_url}[/bold]"]
    if accounts:
        shown = [(email, role) for email, role, _password in accounts if first[role][0] == email]
        width = max(len(email) for email, _role in shown)
        lines += [f"{email:<{width}}  {role}" for email, role in shown]
        lines.append(f"密码 / password: {', '.join(sorted({password for _email, _role, password in accounts}))}")
        lines.append(
            f"另有 {len(accounts) - len(shown)} 个账号 / more accounts:  aidflow user list --data {settings.data}"
        )
    lines.append(f"日志 / log: {settings.data}/aidflow.log")
    lines.append(f"[bold]{settings.public_url}[/bold]  按 Ctrl-C 停止 / press Ctrl-C to stop")
    # Never broken or cut: an address that lost its end signs nobody in.
    console.print("\n".join(lines), soft_wrap=True, highlight=False)
