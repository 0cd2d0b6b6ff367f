"""aidflow user erase, aidflow user erasures: what a person may ask for when the work here is over."""

from pathlib import Path

import click

from app import create_app
from app.cli.people import data_option, user
from app.cli.services import settings_for
from app.database import db
from app.erasing import CannotBeErased, erase_person
from app.people.models import ErasureRequest, User


@user.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, required=True, help="无法恢复 / it cannot be undone")
@data_option
def erase(email: str, *, yes: bool, data: Path | None) -> None:  # noqa: ARG001 -- asked for, so that nobody does it by chance
    """抹去一个人的个人信息, 办理记录仍可核验 / erase a person; the chain of events still verifies."""
    with settings_for(data) as settings:
        if not settings.owner_database_url:
            message = "请设置 AIDFLOW_OWNER_DATABASE_URL / set AIDFLOW_OWNER_DATABASE_URL"
            raise click.ClickException(message)
        now = create_app(settings).extensions["aidflow"].clock.now()
        try:
            done = erase_person(settings.owner_database_url, email.strip().lower(), now=now)
        except CannotBeErased as why:
            raise click.ClickException(str(why)) from None
    click.echo(done.pseudonym)
    for said, counts in (("删除 / deleted", done.deleted), ("代替 / replaced", done.replaced)):
        for where, count in counts.items():
            if count:
                click.echo(f"{said} {where}: {count}")
    for where, count in done.kept.items():
        click.echo(f"依法保留 / kept as the law wants {where}: {count}")


@user.command("erasures")
@data_option
def erasures(data: Path | None) -> None:
    """谁申请了注销并抹去 / who asked to be erased and is not yet."""
    with settings_for(data) as settings, create_app(settings).app_context():
        asked = db.session.query(User.email, ErasureRequest.asked_at).join(User, User.id == ErasureRequest.user_id)
        for email, at in asked.filter(ErasureRequest.done_at.is_(None)).order_by(ErasureRequest.asked_at):
            click.echo(f"{email} {at.isoformat()}")
