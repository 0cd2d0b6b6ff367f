"""The one list of features, bottom to top: a feature imports only from those before it."""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from flask import Flask

FEATURES = (
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
    "portal",
    "desk",
    "api",
)

#: The modules that register something by being imported, in the order of imports inside a feature.
REGISTERING = ("models", "subject", "effects", "service", "jobs")


def load_features() -> None:
    """Import what every feature teaches casework, the outbox and the schema."""
    for name in FEATURES:
        for part in REGISTERING:
            if _there(name, part):
                _load(f"app.{name}.{part}")


def register_features(app: Flask) -> None:
    """Load every feature and add its pages: each `views.py` offers a tuple `blueprints`."""
    load_features()
    for name in FEATURES:
        if _there(name, "views") and (views := _load(f"app.{name}.views")):
            for blueprint in getattr(views, "blueprints", ()):
                app.register_blueprint(blueprint)


def _there(name: str, part: str) -> bool:
    return find_spec(f"app.{name}") is not None and find_spec(f"app.{name}.{part}") is not None


def _load(module: str) -> ModuleType | None:
    try:
        return import_module(module)
    except ImportError as missing:
        # Until the last feature is written, one that leans on an unwritten module is left out.
        if not (missing.name or "").startswith("app."):
            raise
        print(f"left out for now: {module}: {missing}", file=sys.stderr)
        return None
