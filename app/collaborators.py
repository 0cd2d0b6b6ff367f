"""What views hand down as arguments: settings, clock and document store."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app
from sqlalchemy import Engine

from app.clock import Clock, clock_for
from app.documents.store import DocumentStore
from app.settings import Settings
from app.vault import Vault


@dataclass(frozen=True, slots=True)
class Collaborators:
    """`app.extensions["aidflow"]`: one of each for the life of the application."""

    settings: Settings
    clock: Clock
    store: DocumentStore
    vault: Vault


def init_app(app: Flask, settings: Settings, engine: Engine) -> None:
    """Make the collaborators; none of them contacts anything yet."""
    store = DocumentStore.from_settings(settings)
    app.extensions["aidflow"] = Collaborators(
        settings, clock_for(settings, engine), store, Vault(settings.encryption_keys)
    )


def tools() -> Collaborators:
    """Those of the application that answers now; only views and jobs ask."""
    return cast("Collaborators", current_app.extensions["aidflow"])
