"""Which services a command works with: those the environment names, or the embedded ones."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded import Embedded, usual_folder
from app.migrations import upgrade
from app.sealing import seal_standing
from app.settings import Environment, Settings


def named() -> bool:
    """Whether the environment names a database of its own."""
    return bool(os.environ.get("AIDFLOW_DATABASE_URL"))


def folder(data: Path | None) -> Path:
    """Where the embedded services live: as asked, as the environment says, or the usual place."""
    said = os.environ.get("AIDFLOW_DATA")
    return data or (Path(said) if said else usual_folder())


def begun(folder: Path) -> bool:
    """Whether embedded services were ever started in this folder."""
    return (folder.expanduser() / "services.json").exists()


def environment_of(embedded: Embedded) -> Environment:
    """A folder that a demonstration was begun in stays one: its clock may have been moved."""
    return "demo" if (embedded.folder / "demonstration").exists() else "development"


def bring_up(settings: Settings) -> list[str]:
    """Bring the schema to the newest revision and seal what stands in clear; the revisions carried out."""
    done = upgrade(settings.owner_database_url)
    seal_standing(settings)
    return done


@contextmanager
def settings_for(data: Path | None) -> Iterator[Settings]:
    """Complete settings for the length of a command, with services that run and are migrated."""
    if named():
        yield Settings()
        return
    with Embedded(folder(data)) as embedded:
        settings = embedded.settings(environment_of(embedded))
        bring_up(settings)
        yield settings
