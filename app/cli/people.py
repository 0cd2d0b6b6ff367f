"""aidflow user add, aidflow token: people and their keys to the API."""

import secrets
import sys
from pathlib import Path

import click
from sqlalchemy import select

from app import create_app
from app.cli.services import settings_for
from app.database import db
from app.people.models import User
from app.people.service import NewPerson, add_user, issue_token
from workflows.roles import GRANTABLE

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="内置服务的数据文件夹 / folder of the embedded services",
)


class NobodyOfThatName(click.ClickException):
    """没有这个用户 / nobody has this address."""


@click.group()
def user() -> None:
    """人员 / people."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="姓名 / name")
@click.option("--role", required=True, type=click.Choice(GRANTABLE), help="角色 / role")
@click.option("--unit", help="单位代码 / code of the unit")
@click.option("--org", help="统一社会信用代码 / USCC of the organisation")
@click.option("--password-stdin", is_flag=True, help="从标准输入读取密码 / read the password from standard input")
@data_option
def add(
    email: str, name: str, role: str, unit: str | None, org: str | None, *, password_stdin: bool, data: Path | None
) -> None:
    """添加人员并授予角色; 不给密码时生成一个 / add a person with a role; without a password one is made."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(12)
    with settings_for(data) as settings:
        app = create_app(settings)
        with app.app_context():
            person = NewPerson(email=email, name=name, role=role, unit_code=unit, uscc=org, password=password)
            add_user(person, now=app.extensions["aidflow"].clock.now())
    click.echo(f"{email} {role}" + ("" if password_stdin else f" {password}"))


@click.command()
@click.argument("email")
@click.option("--name", default="aidflow token", help="用途 / what it is for")
@data_option
def token(email: str, name: str, data: Path | None) -> None:
    """签发接口令牌, 只显示这一次 / issue a token for the API; it is shown this once."""
    with settings_for(data) as settings:
        app = create_app(settings)
        with app.app_context():
            user_id = db.session.scalar(select(User.id).where(User.email == email.strip().lower()))
            if user_id is None:
                message = f"没有这个用户 / nobody has this address: {email}"
                raise NobodyOfThatName(message)
            issued = issue_token(user_id, name, now=app.extensions["aidflow"].clock.now())
    click.echo(issued)
