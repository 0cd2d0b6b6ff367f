"""The one list of features, bottom to top: a feature imports only from those before it."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from flask import Flask

FEATURES = (
    "registers",
    "people",
    "organisations",
    "evidence",
    "ledger",
    "outbox",
    "casework",
    "documents",
    "programmes",
    "projects",
    "reviews",
    "publicity",
    "agreements",
    "delivery",
    "audits",
    "payments",
    "workbench",
    "search",
    "notifications",
    "accounts",
    "portal",
    "desk",
    "help",
    "api",
)

#: The modules that register something by being imported, in the order of imports inside a feature.
REGISTERING = ("models", "subject", "effects", "service", "jobs")


def load_features() -> None:
    """Import what every feature teaches casework, the outbox and the schema."""
    for name in FEATURES:
        for part in REGISTERING:
            _import(name, part)


def register_features(app: Flask) -> None:
    """Load every feature and add its pages: each `views.py` offers a tuple `blueprints`."""
    load_features()
    for name in FEATURES:
        views = _import(name, "views")
        for blueprint in views.blueprints if views else ():
            app.register_blueprint(blueprint)


def _import(name: str, part: str) -> ModuleType | None:
    """The module of this fixed name, or None in a feature that needs none."""
    module = f"app.{name}.{part}"
    return import_module(module) if find_spec(module) else None
