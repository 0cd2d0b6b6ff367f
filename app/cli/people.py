"""aidflow user …, aidflow token: people, their passwords and roles, and their keys to the API."""

import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select

from app import create_app
from app.barrier import for_the_system
from app.cli.services import settings_for
from app.database import db
from app.people.models import User
from app.people.queries import everybody
from app.people.service import (
    NewPerson,
    add_user,
    change_password,
    end_grant,
    grant_role,
    issue_token,
    set_active,
)
from app.people.service.factors import remove_factor
from workflows.roles import GRANTABLE

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="内置服务的数据文件夹 / folder of the embedded services",
)


role_option = click.option("--role", required=True, type=click.Choice(GRANTABLE), help="角色 / role")
unit_option = click.option("--unit", help="单位代码 / code of the unit")
org_option = click.option("--org", help="统一社会信用代码 / USCC of the organisation")
password_option = click.option(
    "--password-stdin", is_flag=True, help="从标准输入读取密码 / read the password from standard input"
)


class NobodyOfThatName(click.ClickException):
    """没有这个用户 / nobody has this address."""


class RoleNotHeld(click.ClickException):
    """该人员没有此角色 / this person does not hold the role."""


@contextmanager
def _at_work(data: Path | None) -> Iterator[datetime]:
    """An application context, and the moment by the application's clock."""
    with settings_for(data) as settings:
        app = for_the_system(create_app(settings))
        with app.app_context():
            yield app.extensions["aidflow"].clock.now()


def _id_of(email: str) -> int:
    user_id = db.session.scalar(select(User.id).where(User.email == email.strip().lower()))
    if user_id is None:
        message = f"没有这个用户 / nobody has this address: {email}"
        raise NobodyOfThatName(message)
    # The read is over before the change opens its own transaction.
    db.session.rollback()
    return user_id


def _password(*, from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else secrets.token_urlsafe(12)


@click.group()
def user() -> None:
    """人员 / people."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="姓名 / name")
@role_option
@unit_option
@org_option
@password_option
@data_option
def add(
    email: str, name: str, role: str, unit: str | None, org: str | None, *, password_stdin: bool, data: Path | None
) -> None:
    """添加人员并授予角色; 不给密码时生成一个 / add a person with a role; without a password one is made."""
    password = _password(from_stdin=password_stdin)
    with _at_work(data) as now:
        person = NewPerson(email=email, name=name, role=role, unit_code=unit, uscc=org, password=password)
        add_user(person, now=now)
    click.echo(f"{email} {role}" + ("" if password_stdin else f" {password}"))


@user.command("password")
@click.argument("email")
@password_option
@data_option
def password(email: str, *, password_stdin: bool, data: Path | None) -> None:
    """设置新密码, 已登录的全部退出 / set a new password and sign the person out everywhere."""
    new = _password(from_stdin=password_stdin)
    with _at_work(data):
        change_password(_id_of(email), new)
    click.echo(email if password_stdin else f"{email} {new}")


@user.command("factor")
@click.argument("email")
@data_option
def drop_factor(email: str, data: Path | None) -> None:
    """停用丢失的两步验证, 已登录的全部退出 / take a lost second factor away and sign the person out everywhere."""
    with _at_work(data) as now:
        remove_factor(_id_of(email), by=None, now=now)
    click.echo(f"{email} 两步验证已停用 / second factor removed")


@user.command("disable")
@click.argument("email")
@data_option
def disable(email: str, data: Path | None) -> None:
    """停用人员: 立即退出, 令牌失效 / switch a person off: signed out at once, tokens stop."""
    with _at_work(data):
        set_active(_id_of(email), active=False)
    click.echo(f"{email} 已停用 / disabled")


@user.command("enable")
@click.argument("email")
@data_option
def enable(email: str, data: Path | None) -> None:
    """重新启用人员 / switch a person on again."""
    with _at_work(data):
        set_active(_id_of(email), active=True)
    click.echo(f"{email} 已启用 / enabled")


@user.command("grant")
@click.argument("email")
@role_option
@unit_option
@org_option
@data_option
def grant(email: str, role: str, unit: str | None, org: str | None, data: Path | None) -> None:
    """再授予一个角色 / give a person a further role."""
    with _at_work(data) as now:
        grant_role(_id_of(email), role, now=now, unit_code=unit, uscc=org)
    click.echo(f"{email} {role}")


@user.command("end")
@click.argument("email")
@role_option
@click.option("--unit", help="只收回为该单位的 / only what is held for this unit")
@click.option("--org", help="只收回为该项目主体的 / only what is held for this organisation (USCC)")
@data_option
def end(email: str, role: str, unit: str | None, org: str | None, data: Path | None) -> None:
    """收回角色, 历史记录保留 / end a role; that it was held stays on record."""
    with _at_work(data) as now:
        _id_of(email)
        held = [
            grant.id
            for person in everybody(db.session(), email=email.strip().lower())
            for grant in person.grants
            if grant.role == role and (unit or org) in {None, grant.held_for}
        ]
        db.session.rollback()
        if not held:
            message = f"该人员没有此角色 / this person does not hold the role: {email} {role}"
            raise RoleNotHeld(message)
        for grant_id in held:
            end_grant(grant_id, now=now)
    click.echo(f"{email} {role} 已收回 / ended")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@data_option
def list_(*, as_json: bool, data: Path | None) -> None:
    """列出全部人员和现有角色 / everybody, with the roles held now."""
    with _at_work(data):
        found = everybody(db.session())
    if as_json:
        people = [
            {
                "email": person.email,
                "name": person.name,
                "active": person.active,
                "roles": [{"role": grant.role, "held_for": grant.held_for} for grant in person.grants],
            }
            for person in found
        ]
        click.echo(json.dumps(people, ensure_ascii=False))
        return
    for person in found:
        roles = [f"{each.role}@{each.held_for}" if each.held_for else each.role for each in person.grants]
        off = () if person.active else ("停用/disabled",)
        click.echo("  ".join((person.email, person.name, *roles, *off)))


@click.command()
@click.argument("email")
@click.option("--name", default="aidflow token", help="用途 / what it is for")
@data_option
def token(email: str, name: str, data: Path | None) -> None:
    """签发接口令牌, 只显示这一次 / issue a token for the API; it is shown this once."""
    with _at_work(data) as now:
        issued = issue_token(_id_of(email), name, now=now)
    click.echo(issued)
